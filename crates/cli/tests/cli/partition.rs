use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Recipe, assert_same, copy_of_root, files, generate, guardset, guardset_at, outcome, rows, shards};

/// Makes a part of a run.
fn part(folder: &Path, total: usize, share: &str, more: &[&str]) -> PathBuf {
    let part = folder.join(format!("part-{}", share.replace('/', "-of-")));
    outcome(generate(&part, total, &[&["--partition", share], more].concat())).done();
    part
}

fn parts(folder: &Path, total: usize, of: usize, more: &[&str]) -> Vec<PathBuf> {
    (1..=of).map(|number| part(folder, total, &format!("{number}/{of}"), more)).collect()
}

fn merge(parts: &[PathBuf], output: &Path) -> std::process::Command {
    let mut command = guardset(&["merge"]);
    command.args(parts).arg("--output").arg(output);
    command
}

#[test]
fn parts_merged_in_any_order_are_the_run_made_in_one_go() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    outcome(generate(&whole, 600, &[])).done();
    for of in [1, 2, 3] {
        let mut parts = parts(folder.path(), 600, of, &[]);
        let sizes: Vec<usize> = parts.iter().map(|part| rows(part, &["id"]).len()).collect();
        assert!(sizes.iter().all(|size| size * of < 2 * 600), "a part makes about its share: {sizes:?}");
        parts.reverse();
        parts.rotate_left(of / 2);
        let merged = folder.path().join(format!("merged-{of}"));
        let said = outcome(merge(&parts, &merged));
        // Most was made in the parts; what was not is made when they are merged, and both end in the same file.
        let copied = said.stderr.lines().find(|line| line.contains("are copied from the parts")).unwrap().to_owned();
        let copied: usize = copied.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
        assert!(copied * 10 > 600 * 8, "{copied} rows were copied");
        said.done();
        assert_same(&whole, &merged);
    }
}

#[test]
fn duplicates_across_parts_go_and_are_counted_as_in_one_go() {
    // So strict that most sessions of a scenario are taken for copies of each other.
    let recipe = Recipe::with(&[("dedup.threshold", "0.55"), ("dedup.memory", "1"), ("whole_pairs", "true")]);
    let recipe = recipe.path();
    let options = ["--recipe", recipe.to_str().unwrap()];
    let folder = tempfile::tempdir().unwrap();
    let [whole, merged] = ["whole", "merged"].map(|name| folder.path().join(name));
    outcome(generate(&whole, 900, &options)).done();
    let parts = parts(folder.path(), 900, 2, &options);
    outcome(merge(&parts, &merged)).done();
    assert_same(&whole, &merged);

    let ids = |run: &Path| rows(run, &["id"]).iter().map(|row| row["id"].to_string()).collect::<BTreeSet<_>>();
    let kept = ids(&merged);
    let rejects = guardset_emit::read_rows(&merged.join("rejects.parquet"), &["reason", "seed"]).unwrap().map(Result::unwrap);
    let near: BTreeSet<String> =
        rejects.filter(|reject| reject["reason"] == "near_duplicate").map(|reject| reject["seed"].as_str().unwrap().to_owned()).collect();
    let dropped = parts.iter().flat_map(|part| rows(part, &["id", "seed"])).filter(|row| {
        let seed = row["seed"].as_str().unwrap();
        !kept.contains(&row["id"].to_string()) && near.iter().any(|near| seed.contains(near.as_str()))
    });
    assert!(dropped.count() > 0, "a part has rows that repeat those of the other");
}

#[test]
fn parts_that_do_not_make_up_a_run_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let merged = folder.path().join("merged");
    let [one, two] = ["1/2", "2/2"].map(|share| part(folder.path(), 300, share, &[]));
    let of_three = part(folder.path(), 300, "3/3", &[]);
    let stale = folder.path().join("stale");
    outcome(generate(&stale, 310, &["--partition", "2/2"])).done();

    outcome(merge(std::slice::from_ref(&two), &merged)).fails(2, &["missing", "1/2"]);
    outcome(merge(&[one.clone(), one.clone()], &merged)).fails(2, &["both part 1/2", "once"]);
    outcome(merge(&[one.clone(), of_three], &merged)).fails(2, &["part-3-of-3", "part 3/3", "part 1/2"]);
    outcome(merge(&[one.clone(), stale], &merged)).fails(2, &["stale is a part of another run", "part-1-of-2", "recipe"]);
    outcome(merge(&[one.clone(), folder.path().join("nothing")], &merged)).fails(2, &["part.json", "no finished part", "--partition"]);
    outcome(merge(&[one.clone(), two.clone()], &two)).fails(2, &["another run"]);
    assert!(!merged.exists());

    for damaged in [two.join("signatures.bin"), shards(&two)[0].clone()] {
        let whole = fs::read(&damaged).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        for wrong in [&bytes[..], &whole[..whole.len() - 1]] {
            fs::write(&damaged, wrong).unwrap();
            let name = damaged.file_name().unwrap().to_str().unwrap();
            outcome(merge(&[one.clone(), two.clone()], &merged)).fails(2, &[name, "make the part again", "--partition 2/2"]);
        }
        fs::write(&damaged, whole).unwrap();
    }
    outcome(merge(&[one, two], &merged)).done();
}

#[test]
fn parts_of_other_seeds_are_stale() {
    let folder = tempfile::tempdir().unwrap();
    let parts = parts(folder.path(), 300, 2, &[]);
    let root = copy_of_root();
    let changed = root.path().join("taxonomy.toml");
    fs::write(&changed, fs::read_to_string(&changed).unwrap() + "\n# changed\n").unwrap();
    let mut command = guardset_at(root.path(), &["merge"]);
    command.args(&parts).arg("--output").arg(folder.path().join("merged"));
    outcome(command).fails(2, &["part-1-of-2", "stale", "seeds"]);
}

#[test]
fn a_part_goes_on_with_the_shards_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let part = part(folder.path(), 600, "1/2", &[]);
    let again = || outcome(generate(&part, 600, &["--partition", "1/2", "--threads", "1"]));
    let whole = files(&part);
    assert!(again().stderr.contains("nothing to do"));

    fs::remove_file(part.join("part.json")).unwrap();
    fs::remove_file(&shards(&part)[1]).unwrap();
    let said = again();
    assert!(said.stderr.contains("going on with the run"), "{}", said.stderr);
    said.done();
    let told = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).lines().filter(|line| !line.contains("\"threads\"")).map(str::to_owned).collect::<Vec<_>>()
    };
    for (name, bytes) in &whole {
        let now = fs::read(part.join(name)).unwrap();
        assert!(now == *bytes || name == "part.json" && told(&now) == told(bytes), "{name} differs");
    }
    // The other part and the whole run have folders of their own.
    outcome(generate(&part, 600, &["--partition", "2/2"])).fails(2, &["another run"]);
    outcome(generate(&part, 600, &[])).fails(2, &["another run"]);
}

#[test]
fn what_is_no_part_is_refused_with_what_would_be_right() {
    for share in ["0/3", "4/3", "2", "x/y"] {
        outcome(guardset(&["generate", "--partition", share])).fails(2, &[share, "1/4"]);
    }
    outcome(guardset(&["merge", "--output", "x"])).fails(2, &["PART"]);
    let asked = ["generate", "--partition", "1/2", "--paraphrase", "--output", "x", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"];
    outcome(guardset(&asked)).fails(2, &["parts ask no model", "replay"]);
}
