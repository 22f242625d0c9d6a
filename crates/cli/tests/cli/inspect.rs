use std::path::Path;

use crate::support::{Outcome, generate, guardset, outcome, rows};

fn inspect(run: &Path, more: &[&str]) -> Outcome {
    let mut command = guardset(&["inspect"]);
    command.arg(run).args(more);
    outcome(command)
}

fn a_run() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 600, &[])).done();
    folder
}

/// The count that a table gives for a value.
fn count(told: &str, value: &str) -> usize {
    let line = told.lines().find(|line| line.ends_with(&format!("  {value}"))).unwrap_or_else(|| panic!("no {value} in: {told}"));
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn tables_count_what_the_rows_hold() {
    let run = a_run();
    let rows = rows(run.path(), &["label", "checkpoint"]);
    let told = inspect(run.path(), &[]).done();
    assert!(told.starts_with(&format!("{} rows\n", rows.len())), "{told}");
    assert_eq!(count(&told, "replay_injection"), rows.iter().filter(|row| row["label"] == "replay_injection").count());
    assert_eq!(count(&told, "tool_listing"), rows.iter().filter(|row| row["checkpoint"] == "tool_listing").count());

    let told = inspect(run.path(), &["--only", "label=replay_injection", "--only", "split=train"]).done();
    assert_eq!(count(&told, "replay_injection"), count(&told, "train"));
    assert!(!told.contains("data_injection") && !told.contains("validation"), "{told}");
}

#[test]
fn samples_are_drawn_by_seed_and_mark_their_evidence() {
    let run = a_run();
    let sample = |seed| inspect(run.path(), &["--sample", "12", "--only", "unsafe=true", "--seed", seed]).done();
    let told = sample("1");
    assert_eq!(told.lines().filter(|line| line.contains("| unsafe true |")).count(), 12, "{told}");
    assert!(told.contains('⟦') && told.contains('⟧'), "no evidence is marked in: {told}");
    assert!(!told.contains('\u{1b}'), "escape sequences where no terminal is");
    assert_eq!(told, sample("1"));
    assert_ne!(told, sample("2"));
}

#[test]
fn what_cannot_be_inspected_is_named() {
    let folder = tempfile::tempdir().unwrap();
    inspect(folder.path(), &[]).fails(2, &["holds no complete run", "manifest.json"]);
    inspect(&folder.path().join("nowhere"), &[]).fails(2, &["holds no complete run", "nowhere"]);
    let run = a_run();
    inspect(run.path(), &["--only", "label"]).fails(2, &["--only label", "COLUMN=VALUE"]);
    inspect(run.path(), &["--only", "lable=appropriate"]).fails(2, &["lable", "label"]);
    inspect(run.path(), &["--only", "lable=appropriate", "--sample", "1"]).fails(2, &["lable", "label"]);
}
