use std::path::Path;

use serde_json::Value;

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
fn bars_are_as_long_as_rows_are_many() {
    let run = a_run();
    let told = inspect(run.path(), &[]).done();
    let of = |value: &str| {
        let line = told.lines().find(|line| line.ends_with(&format!("  {value}"))).unwrap();
        line.chars().filter(|c| ('█'..='▏').contains(c)).count()
    };
    assert_eq!(of("session"), 16, "the longest fills its place: {told}");
    let (session, call) = (count(&told, "session") as f64, count(&told, "tool_call") as f64);
    assert_eq!(of("tool_call"), (16.0 * call / session).ceil() as usize, "{told}");
}

#[test]
fn json_has_the_same_numbers_for_scripts() {
    let run = a_run();
    let rows = rows(run.path(), &["label", "vector", "domain", "unsafe", "n_chars"]);
    let told: Value = serde_json::from_str(&inspect(run.path(), &["--json"]).done()).unwrap();
    assert_eq!(told["rows"], rows.len());
    let replays = rows.iter().filter(|row| row["label"] == "replay_injection");
    assert_eq!(told["columns"]["label"]["replay_injection"], replays.clone().count());
    assert_eq!(told["columns"]["vector"]["null"], rows.iter().filter(|row| row["vector"].is_null()).count());
    let (column, class) = (&told["columns"]["agent"], &told["classes"]["domain"]["replay_injection"]);
    assert_eq!(column.as_object().unwrap().values().map(|rows| rows.as_u64().unwrap()).sum::<u64>(), rows.len() as u64);
    for (domain, count) in class.as_object().unwrap() {
        assert_eq!(*count, replays.clone().filter(|row| row["domain"] == *domain.as_str()).count(), "{domain}");
    }
    let mut lengths: Vec<i64> = rows.iter().filter(|row| row["unsafe"] == true).map(|row| row["n_chars"].as_i64().unwrap()).collect();
    lengths.sort_unstable();
    let size = &told["sizes"]["n_chars"]["unsafe"];
    assert_eq!((&size["rows"], &size["median"]), (&Value::from(lengths.len()), &Value::from(lengths[(lengths.len() - 1) / 2])));

    let told: Value = serde_json::from_str(&inspect(run.path(), &["--json", "--only", "label=replay_injection"]).done()).unwrap();
    assert_eq!(told["rows"], replays.count());
    assert_eq!(told["sizes"]["n_chars"]["safe"]["median"], Value::Null);
    inspect(run.path(), &["--json", "--sample", "3"]).fails(2, &["--json", "--sample"]);
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
