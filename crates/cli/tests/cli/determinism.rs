use std::collections::BTreeSet;

use crate::support::{assert_same, files, generate, outcome, rows};

#[test]
fn the_same_recipe_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, again] = ["one", "two", "again"].map(|name| folder.path().join(name));
    outcome(generate(&one, 600, &["--threads", "1"])).done();
    outcome(generate(&two, 600, &["--threads", "2"])).done();
    outcome(generate(&again, 600, &["--threads", "2"])).done();
    assert!(files(&one).len() > 6, "a run has shards, rejects, manifest, card and run file");
    assert_same(&one, &two);
    assert_same(&two, &again);
}

#[test]
fn another_seed_gives_other_rows() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["1", "2"].map(|seed| {
        let run = folder.path().join(seed);
        outcome(generate(&run, 600, &["--seed", seed])).done();
        rows(&run, &["id"]).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    });
    assert!(one.len() > 500 && other.len() > 500, "{} and {}", one.len(), other.len());
    let shared = one.intersection(&other).count();
    assert!(shared * 20 < one.len(), "{shared} of {} rows are the same", one.len());
}
