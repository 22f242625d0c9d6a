//! Bad input is told with file, line or field, and what would be right; all of it in one go.
//!
//! `good/` is a tiny tree that loads. Each folder of `bad/` is laid over it; its `expected.txt` has a line for each
//! problem, in the order in which they are told: texts that must be in the message, with ` … ` between them.

use std::fs;
use std::path::{Path, PathBuf};

use guardset_expand::load;

/// Classes that the audit is taken to have rules for.
const RULES: [&str; 2] = ["appropriate", "replay_injection"];

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

#[test]
fn the_good_tree_loads() {
    if let Err(problems) = load(&tests().join("good"), &["seeds".to_owned()], &RULES) {
        panic!("{problems}");
    }
}

#[test]
fn each_bad_input_is_told() {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(tests().join("bad")).expect("folder of cases").map(|entry| entry.expect("entry").path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "there are cases");
    let failures: Vec<String> = cases.iter().filter_map(|case| failure(case)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What is wrong with what is told of a case.
fn failure(case: &Path) -> Option<String> {
    let root = tempfile::tempdir().expect("temporary folder");
    lay(&tests().join("good"), root.path());
    lay(case, root.path());
    let told: Vec<String> = match load(root.path(), &["seeds".to_owned()], &RULES) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0.iter().map(ToString::to_string).collect(),
    };
    let expected = fs::read_to_string(case.join("expected.txt")).expect("expected.txt");
    let expected: Vec<&str> = expected.lines().collect();
    let as_expected = told.len() == expected.len()
        && told.iter().zip(&expected).all(|(told, expected)| expected.split(" … ").all(|text| told.contains(text)) && !told.contains('\n'));
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    (!as_expected).then(|| format!("{name}: expected\n  {}\ntold\n  {}", expected.join("\n  "), told.join("\n  ")))
}

/// Copies a tree over another.
fn lay(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("folder");
            lay(&entry.path(), &target);
        } else if entry.file_name() != "expected.txt" {
            fs::copy(entry.path(), target).expect("file");
        }
    }
}

#[test]
fn an_empty_root_tells_all_that_is_missing() {
    let root = tempfile::tempdir().expect("temporary folder");
    let told = load(root.path(), &["seeds".to_owned()], &RULES).expect_err("nothing there").to_string();
    for path in [
        "taxonomy.toml",
        "seeds",
        "templates/attacks",
        "templates/surfaces",
        "templates/voices.toml",
        "templates/events.toml",
        "templates/rationales.toml",
    ] {
        assert!(told.lines().any(|line| line.starts_with(&format!("{path}: ")) && line.contains("cannot be read")), "{path} in\n{told}");
    }
}
