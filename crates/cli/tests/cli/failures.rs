//! What the disk does to a run: exit code 1, a message that names the file, nothing half-written under a final name.

use std::fs;
use std::process::Command;

use crate::support::{assert_same, files, generate, outcome, shards};

#[test]
fn a_file_where_a_folder_must_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("output");
    fs::write(&file, "a file").unwrap();
    for output in [file.clone(), file.join("run")] {
        outcome(generate(&output, 300, &[])).fails(1, &["cannot be written", output.to_str().unwrap(), "--output"]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "a file");
}

#[test]
fn a_folder_where_a_file_must_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("run/manifest.json");
    fs::create_dir_all(manifest.join("inside")).unwrap();
    // A folder of another run, which `--force` may replace.
    fs::write(folder.path().join("run/run.json"), "{\"run\":\"another\"}").unwrap();
    outcome(generate(&folder.path().join("run"), 300, &["--force"])).fails(1, &["manifest.json"]);
}

/// A disk that is full cannot be had without mounting one. A limit on the size of files fails the same writes.
#[test]
fn a_disk_that_takes_no_more_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let [run, whole] = ["run", "whole"].map(|name| folder.path().join(name));
    let program = generate(&run, 600, &["--threads", "2"]);
    let mut limited = Command::new("sh");
    // The signal would end the program before it could say anything.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 24; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    let said = outcome(limited).fails(1, &["could not be written"]);
    assert!(said.contains(".parquet: "), "{said}");

    for shard in shards(&run) {
        guardset_emit::summarize(&shard).unwrap();
    }
    let left = files(&run);
    for name in ["manifest.json", "README.md"] {
        assert!(!left.contains_key(name), "{:?}", left.keys());
    }
    assert!(!left.keys().any(|name| name.ends_with(".tmp")), "{:?}", left.keys());

    // With room again, the same command ends where an undisturbed one does.
    outcome(generate(&run, 600, &[])).done();
    outcome(generate(&whole, 600, &[])).done();
    assert_same(&run, &whole);
}

#[test]
fn a_shard_that_is_cut_short_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let [run, whole] = ["run", "whole"].map(|name| folder.path().join(name));
    for run in [&run, &whole] {
        outcome(generate(run, 300, &[])).done();
    }
    let shard = &shards(&run)[0];
    let bytes = fs::read(shard).unwrap();
    fs::write(shard, &bytes[..bytes.len() / 2]).unwrap();
    fs::remove_file(run.join("manifest.json")).unwrap();
    outcome(generate(&run, 300, &[])).done();
    assert_same(&run, &whole);
}
