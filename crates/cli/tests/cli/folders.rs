use std::fs;

use crate::support::{assert_same, files, generate, outcome};

#[test]
fn a_folder_that_holds_another_run_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let [run, fresh] = ["run", "fresh"].map(|name| folder.path().join(name));
    outcome(generate(&run, 300, &["--seed", "1"])).done();
    let before = files(&run);
    outcome(generate(&run, 300, &["--seed", "2"])).fails(2, &["holds another run", "--force", "--output", run.to_str().unwrap()]);
    assert_eq!(files(&run), before);

    outcome(generate(&run, 300, &["--seed", "2", "--force"])).done();
    outcome(generate(&fresh, 300, &["--seed", "2"])).done();
    assert_same(&run, &fresh);
}

#[test]
fn force_leaves_no_shard_of_the_run_before() {
    let folder = tempfile::tempdir().unwrap();
    let [run, fresh] = ["run", "fresh"].map(|name| folder.path().join(name));
    let recipe = crate::support::Recipe::with(&[("shard_mib", "1")]);
    outcome(generate(&run, 600, &["--recipe", recipe.path().to_str().unwrap()])).done();
    outcome(generate(&run, 600, &["--force"])).done();
    outcome(generate(&fresh, 600, &[])).done();
    assert_same(&run, &fresh);
}

/// Without it a finished run is left alone, also where the program has changed since.
#[test]
fn force_makes_the_same_run_again() {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 300, &[])).done();
    let before = files(folder.path());
    let said = outcome(generate(folder.path(), 300, &["--force"]));
    assert!(said.stderr.contains("write: "), "{}", said.stderr);
    said.done();
    assert_eq!(files(folder.path()), before);
}

#[test]
fn a_folder_with_other_files_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "irreplaceable").unwrap();
    fs::write(folder.path().join("README.md"), "mine").unwrap();
    let before = files(folder.path());
    // Not even by force: what a run would remove first could be somebody's own.
    for more in [&[][..], &["--force"]] {
        outcome(generate(folder.path(), 300, more)).fails(2, &["not of a run", "--output", folder.path().to_str().unwrap()]);
        assert_eq!(files(folder.path()), before);
    }
}

#[test]
fn an_empty_folder_and_a_hidden_file_are_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".gitkeep"), "").unwrap();
    outcome(generate(folder.path(), 300, &[])).done();
    assert!(folder.path().join("manifest.json").exists());
}
