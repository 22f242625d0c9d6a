use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Recipe, assert_same, generate, outcome, shards};

/// What changes when a file is written anew: a rename gives it another inode.
fn identity(path: &Path) -> (u64, i64, i64) {
    let metadata = fs::metadata(path).unwrap();
    (metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

#[test]
fn a_run_goes_on_with_the_shards_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    for run in [&whole, &broken] {
        outcome(generate(run, 600, &[])).done();
    }
    let mut kept = shards(&broken);
    let lost = kept.remove(1);
    fs::remove_file(&lost).unwrap();
    fs::remove_file(broken.join("manifest.json")).unwrap();
    let leftover = lost.with_file_name(format!(".{}.tmp", lost.file_name().unwrap().to_str().unwrap()));
    fs::write(&leftover, "what a killed run had written so far").unwrap();
    let before: Vec<_> = kept.iter().map(|path| identity(path)).collect();

    let said = outcome(generate(&broken, 600, &[]));
    assert!(said.stderr.contains("going on with the run"), "{}", said.stderr);
    said.done();
    assert_eq!(kept.iter().map(|path| identity(path)).collect::<Vec<_>>(), before, "a finished shard was written again");
    assert_same(&whole, &broken);
}

#[test]
fn a_finished_run_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    outcome(generate(&run, 600, &["--threads", "1"])).done();
    let before: Vec<_> = crate::support::paths(&run).iter().map(|path| identity(path)).collect();
    // The number of threads does not make it another run.
    let said = outcome(generate(&run, 600, &["--threads", "2"]));
    assert!(said.stderr.contains("nothing to do"), "{}", said.stderr);
    said.done();
    assert_eq!(crate::support::paths(&run).iter().map(|path| identity(path)).collect::<Vec<_>>(), before);
}

#[test]
fn a_killed_run_leaves_whole_files_and_is_finished_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name));
    // Many small shards: time enough between the first and the last.
    let recipe = Recipe::with(&[("shard_mib", "1")]);
    let recipe = recipe.path();
    let options = ["--threads", "2", "--recipe", recipe.to_str().unwrap()];
    outcome(generate(&whole, 12_000, &options)).done();

    let mut child = generate(&killed, 12_000, &options).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while shards(&killed).is_empty() && started.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "the run ended before it was killed");

    let left = shards(&killed);
    assert!(!left.is_empty() && left.len() < shards(&whole).len(), "{} shards", left.len());
    assert!(!killed.join("manifest.json").exists(), "the manifest says that a run is complete");
    for shard in &left {
        assert!(guardset_emit::summarize(shard).unwrap().rows > 0, "{}", shard.display());
    }
    let before: Vec<_> = left.iter().map(|path| identity(path)).collect();

    outcome(generate(&killed, 12_000, &options)).done();
    assert_eq!(left.iter().map(|path| identity(path)).collect::<Vec<_>>(), before, "a finished shard was written again");
    assert_same(&whole, &killed);
}
