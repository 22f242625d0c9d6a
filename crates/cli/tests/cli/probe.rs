use std::path::Path;

use serde_json::Value;

use crate::support::{Outcome, Recipe, generate, guardset, outcome, rows};

/// Limits that nothing passes: a run of this size is too small to judge, and what it finds is not the point here.
const OPEN: [(&str, &str); 3] = [("probe.view_auroc", "1.0"), ("probe.size_auroc", "1.0"), ("probe.token_ratio", "1e9")];

fn probe(run: &Path, recipe: &Recipe, more: &[&str]) -> Outcome {
    let mut command = guardset(&["probe"]);
    command.arg(run).arg("--recipe").arg(recipe.path()).args(more);
    outcome(command)
}

fn a_run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 900, &[])).done();
    folder
}

fn report(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_report_is_printed_and_written_beside_the_run() {
    let run = a_run();
    let told = probe(run.path(), &Recipe::with(&OPEN), &[]).done();
    for word in ["shortcuts", "whole", "tokens beside the evidence", "diversity", "near-duplicates at Jaccard 0.8", "coverage"] {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
    let report = report(&run.path().join("probe.json"));
    let there = rows(run.path(), &["unsafe", "label"]);
    assert_eq!(report["rows"], there.len());
    let bad = there.iter().filter(|row| row["unsafe"] == true).count() as f64 / there.len() as f64;
    assert!((report["unsafe_share"].as_f64().unwrap() - bad).abs() < 1e-9);
    let replays: i64 =
        report["coverage"]["class_domain"]["replay_injection"].as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum();
    assert_eq!(replays, there.iter().filter(|row| row["label"] == "replay_injection").count() as i64);
    assert_eq!(report["near_duplicates"]["plain_share"], 0.0, "a run drops what is near another");
    assert!(report["diversity"]["fields"]["user"]["distinct"].as_array().is_some_and(|distinct| distinct.len() == 3));
}

#[test]
fn the_same_run_gives_the_same_report_and_a_sample_is_told() {
    let run = a_run();
    let recipe = Recipe::with(&OPEN);
    let other = run.path().join("other.json");
    probe(run.path(), &recipe, &["--sample", "300"]).done();
    probe(run.path(), &recipe, &["--sample", "300", "--json", other.to_str().unwrap()]).done();
    assert_eq!(report(&run.path().join("probe.json")), report(&other));
    assert_eq!(report(&other)["rows"], 300);
}

#[test]
fn a_limit_that_is_passed_fails_and_is_named() {
    let run = a_run();
    let recipe = Recipe::with(&[("probe.view_auroc", "0.5"), ("probe.size_auroc", "0.5"), ("probe.token_ratio", "1.0")]);
    let told = probe(run.path(), &recipe, &[]).fails(2, &["limits of [probe]", "docs/corpus.md", "over the limit of 0.50"]);
    assert!(told.contains("stands in"), "a word is named: {told}");
    assert!(run.path().join("probe.json").is_file(), "the report is there all the same");
}

#[test]
fn a_new_run_takes_the_old_report_away() {
    let run = a_run();
    probe(run.path(), &Recipe::with(&OPEN), &[]).done();
    outcome(generate(run.path(), 950, &["--force"])).done();
    assert!(!run.path().join("probe.json").exists());
}

#[test]
fn limits_have_no_part_in_what_a_run_is() {
    let run = a_run();
    let recipe = Recipe::with(&[("probe.view_auroc", "0.9")]);
    let told = outcome(generate(run.path(), 900, &["--recipe", recipe.path().to_str().unwrap()]));
    assert!(told.stderr.contains("complete and up to date"), "{}", told.stderr);
}

#[test]
fn what_cannot_be_probed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = Recipe::with(&[]);
    probe(folder.path(), &recipe, &[]).fails(2, &["holds no complete run", "manifest.json"]);
    outcome(guardset(&["probe", "nowhere", "--recipe", "no-such.toml"])).fails(2, &["no-such.toml", "cannot be read"]);
}
