//! Broken seeds and templates. What each loader finds is tested in `guardset-expand`; here, that all of it is told at once.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{copy_of_root, guardset, guardset_at, outcome, paths, root};

#[test]
fn the_shipped_files_have_no_problem() {
    let told = outcome(guardset(&["check"])).done();
    assert!(told.contains("no problems") && told.contains("18 classes"), "{told}");
}

/// The first file in a folder whose text has `needle`.
#[track_caller]
fn file_with(folder: &Path, needle: &str) -> PathBuf {
    let found = paths(folder).into_iter().find(|path| fs::read_to_string(path).unwrap().contains(needle));
    found.unwrap_or_else(|| panic!("no file in {} has `{needle}`", folder.display()))
}

/// Puts `to` for the first `from` and gives the file's name and the line.
fn break_file(path: &Path, from: &str, to: &str) -> (String, usize) {
    let text = fs::read_to_string(path).unwrap();
    let line = text[..text.find(from).unwrap()].matches('\n').count() + 1;
    fs::write(path, text.replacen(from, to, 1)).unwrap();
    (path.file_name().unwrap().to_str().unwrap().to_owned(), line)
}

#[test]
fn every_problem_comes_in_one_go() {
    let copy = copy_of_root();
    let seeds = copy.path().join("seeds");
    let scenarios = |domain: &str| seeds.join(domain).join("scenarios");

    let broken = file_with(&scenarios("crm"), "title = ");
    let (broken, line) = break_file(&broken, "title = ", "title ");
    let unknown_tool = file_with(&scenarios("finance"), "call = \"ledgerline.");
    let (unknown_tool, _) = break_file(&unknown_tool, "call = \"ledgerline.", "call = \"ledgerline.no_such_");
    let unknown_key = file_with(&scenarios("code"), "role = ");
    let (unknown_key, _) = break_file(&unknown_key, "role = ", "colour = \"blue\"\nrole = ");
    let pattern = file_with(&copy.path().join("templates/attacks/replay_injection"), "vector = \"");
    let (pattern, _) = break_file(&pattern, "vector = \"", "vector = \"carrier_pigeon_");
    break_file(&copy.path().join("guardset.toml"), "\nseed = ", "\nsead = ");

    let told = outcome(guardset_at(copy.path(), &["check"])).fails(
        2,
        &[
            &format!("{broken}:{line}"),
            &unknown_tool,
            "no_such_",
            &unknown_key,
            "colour",
            &pattern,
            "carrier_pigeon_",
            "guardset.toml:",
            "`sead`",
        ],
    );
    let last = told.lines().last().unwrap();
    assert!(last.ends_with(" problems"), "{told}");
    assert!(told.lines().count() > 5, "{told}");

    // The other commands refuse the same files, and write nothing.
    outcome(guardset_at(copy.path(), &["generate", "--total", "100"])).fails(2, &["carrier_pigeon_"]);
    outcome(guardset_at(copy.path(), &["taxonomy"])).fails(2, &["carrier_pigeon_"]);
    assert!(!copy.path().join("output").exists());
}

#[test]
fn a_template_that_names_what_there_is_not_is_told_with_its_file() {
    let copy = copy_of_root();
    let scenario = file_with(&copy.path().join("seeds/health/scenarios"), "replies = [");
    let (file, _) = break_file(&scenario, "replies = [", "replies = [\"It is {{ no_such_slot }}.\", ");
    outcome(guardset_at(copy.path(), &["check"])).fails(2, &[&file, "no_such_slot", "replies"]);
}

#[test]
fn an_id_that_is_used_twice_is_told() {
    let copy = copy_of_root();
    let scenario = file_with(&copy.path().join("seeds/hr/scenarios"), "title = ");
    fs::copy(&scenario, copy.path().join("seeds/crm/scenarios").join(scenario.file_name().unwrap())).unwrap();
    let stem = scenario.file_stem().unwrap().to_str().unwrap();
    outcome(guardset_at(copy.path(), &["check"])).fails(2, &[stem, "is taken by", "rename"]);
}

#[test]
fn a_class_that_the_audit_needs_must_be_in_the_taxonomy() {
    let copy = copy_of_root();
    break_file(&copy.path().join("taxonomy.toml"), "id = \"replay_injection\"", "id = \"replayed\"");
    outcome(guardset_at(copy.path(), &["check"])).fails(2, &["taxonomy.toml", "replay_injection"]);
}

#[test]
fn a_root_without_files_says_what_is_missing() {
    let empty = tempfile::tempdir().unwrap();
    outcome(guardset_at(empty.path(), &["check"])).fails(2, &["taxonomy.toml", "seeds", "templates"]);
    assert!(root().join("taxonomy.toml").exists());
}
