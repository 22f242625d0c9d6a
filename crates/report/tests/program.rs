//! The program: what it writes, and how it fails.
#![allow(clippy::unwrap_used)]

mod run;

use std::fs;
use std::process::{Command, Output};

use run::{Run, embedded, some_rows};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_guardset-report")).args(arguments).output().unwrap()
}

#[track_caller]
fn fails(output: &Output, code: i32, words: &[&str]) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    for word in words {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
}

#[test]
fn page_and_markdown_are_written_into_the_folder() {
    let run = Run::of(some_rows(6), 1);
    let folder = run.path.to_str().unwrap();
    let output = program(&[folder, "--samples", "3"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told, format!("{folder}/report.html\n{folder}/report.md\n"));
    let page = fs::read_to_string(run.path.join("report.html")).unwrap();
    let samples = embedded(&page)["samples"].as_array().unwrap().len();
    assert!((3..10).contains(&samples), "{samples} samples");
    assert!(fs::read_to_string(run.path.join("report.md")).unwrap().starts_with("# guardset run run\n"));

    let other = run.folder.path().join("elsewhere/page.html");
    assert!(program(&[folder, "--output", other.to_str().unwrap(), "--against", folder]).status.success());
    assert!(other.is_file() && other.with_file_name("page.md").is_file());
    assert!(!embedded(&fs::read_to_string(&other).unwrap())["compare"].is_null());
}

#[test]
fn what_is_no_run_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    fails(&program(&[path]), 2, &["holds no complete run", path, "guardset generate"]);
    let run = Run::of(some_rows(2), 1);
    fails(&program(&[run.path.to_str().unwrap(), "--against", path]), 2, &["holds no complete run", path]);
    fails(&program(&[run.path.to_str().unwrap(), "--output", "report.md"]), 2, &["report.md"]);
    fs::write(run.path.join("probe.json"), "{\"rows\": \"many\"}").unwrap();
    fails(&program(&[run.path.to_str().unwrap()]), 2, &["probe.json", "expected u64"]);
}

#[test]
fn a_shard_that_is_gone_or_broken_is_named() {
    let run = Run::of(some_rows(2), 1);
    let shard = fs::read_dir(run.path.join("data/canonical")).unwrap().next().unwrap().unwrap().path();
    fs::write(&shard, "no Parquet").unwrap();
    fails(&program(&[run.path.to_str().unwrap()]), 1, &["error: "]);
    fs::remove_file(&shard).unwrap();
    fails(&program(&[run.path.to_str().unwrap()]), 1, &["error: ", shard.file_name().unwrap().to_str().unwrap()]);
    assert!(!run.path.join("report.html").exists(), "no report of half a run");
}

#[test]
fn a_folder_whose_name_looks_like_a_pattern_is_a_folder() {
    let run = Run::named("run [1] * ? {a,b}", some_rows(3), 2, |_| {});
    let output = program(&[run.path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(run.path.join("report.html").is_file());
}
