use crate::support::{Recipe, assert_same, generate, outcome, paths};

#[test]
fn memory_of_the_search_changes_no_byte_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [one, little] = ["one", "little"].map(|name| folder.path().join(name));
    outcome(generate(&one, 2000, &["--threads", "2"])).done();
    // A run of this size has some 6 MB of shingles, so most of them go to a file.
    let recipe = Recipe::with(&[("dedup.memory", "\"1MiB\"")]);
    outcome(generate(&little, 2000, &["--threads", "1", "--recipe", recipe.path().to_str().unwrap()])).done();
    assert_same(&one, &little);
    let hidden = paths(&little).into_iter().filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with('.'));
    assert_eq!(hidden.map(|path| path.file_name().unwrap().to_owned()).collect::<Vec<_>>(), [".speed.json"]);
}
