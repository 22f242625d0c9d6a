use crate::support::{Recipe, generate, guardset, outcome};

/// What is wrong with a recipe, and the words that the message must have.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("temperature", "0.7", &["temperature", "recipe.toml:", "benign_share"]),
    ("total", "\"many\"", &["recipe.toml:", "many"]),
    ("total", "0", &["total", "at least 1"]),
    ("benign_share", "1.5", &["benign_share", "1.5", "from 0"]),
    ("benign_share", "nan", &["benign_share"]),
    ("benign_share", "", &["benign_share", "missing"]),
    ("class_weights.replay_incection", "2.0", &["class_weights", "replay_incection", "replay_injection"]),
    ("class_weights.replay_injection", "-1.0", &["class_weights", "negative"]),
    ("benign.twin", "-0.32", &["benign", "negative"]),
    ("benign.triplet", "0.1", &["triplet", "recipe.toml:"]),
    ("surfaces.papyrus", "0.5", &["surfaces", "papyrus", "jsonrpc"]),
    ("surfaces", "{ plain = 0 }", &["surfaces", "above 0"]),
    ("checkpoints", "{ tool_listing = 0, tool_call = 0, tool_result = 0, session = 0 }", &["checkpoints", "above 0"]),
    ("holdout.domains", "[\"logistix\"]", &["holdout.domains", "logistix", "logistics"]),
    ("holdout.domains", "[]", &["holdout.domains", "test_unseen_domain"]),
    ("holdout.patterns", "[\"no-such-pattern\"]", &["holdout.patterns", "no-such-pattern"]),
    ("dedup.threshold", "80.0", &["dedup.threshold", "80", "up to 1"]),
    ("dedup.memory", "\"1 gigabyte\"", &["recipe.toml:", "1 gigabyte", "\"1GiB\""]),
    ("dedup.memory", "-1", &["recipe.toml:", "-1", "number of bytes"]),
    ("dedup.memory", "true", &["recipe.toml:", "number of bytes"]),
    ("decontaminate.ngram", "3", &["decontaminate.ngram", "8 to 64"]),
    ("decontaminate.threshold", "0.2", &["decontaminate.threshold", "0.5 to 1"]),
    ("shard_mib", "0", &["shard_mib"]),
    ("zstd_level", "40", &["zstd_level", "1 to 22"]),
    ("max_attempts", "0", &["max_attempts"]),
    ("errands", "1.5", &["errands", "from 0 to 1"]),
    ("views.drop", "-0.1", &["views.drop", "from 0 to 1"]),
    ("views.rationale", "\"some\"", &["some", "`both`", "recipe.toml:"]),
    ("views.colour", "1", &["colour", "recipe.toml:"]),
    ("probe.view_auroc", "0.3", &["probe.view_auroc", "from 0.5"]),
];

#[test]
fn what_is_wrong_with_a_recipe_is_named() {
    for (key, value, words) in WRONG {
        let recipe = Recipe::with(&[(key, value)]);
        let file = recipe.path();
        outcome(guardset(&["check", "--recipe", file.to_str().unwrap()])).fails(2, words);
    }
}

#[test]
fn a_recipe_that_is_no_toml_is_named_with_its_line() {
    let recipe = Recipe::written("seed = 1\ntotal = \nbenign_share = 0.4\n");
    outcome(guardset(&["check", "--recipe", recipe.path().to_str().unwrap()])).fails(2, &["recipe.toml:2"]);
}

#[test]
fn all_that_is_wrong_comes_in_one_go_and_nothing_is_written() {
    let recipe = Recipe::with(&[("benign_share", "1.5"), ("shard_mib", "0"), ("surfaces.papyrus", "0.5")]);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let file = recipe.path();
    outcome(generate(&run, 300, &["--recipe", file.to_str().unwrap()])).fails(2, &["benign_share", "shard_mib", "papyrus", "3 problems"]);
    assert!(!run.exists());
}

#[test]
fn a_recipe_that_is_not_there_is_named() {
    outcome(guardset(&["check", "--recipe", "no-such-recipe.toml"])).fails(2, &["no-such-recipe.toml", "cannot be read"]);
}

#[test]
fn options_are_held_to_the_same_rules() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    outcome(generate(&run, 0, &[])).fails(2, &["total", "at least 1"]);
    outcome(guardset(&["generate", "--total", "many"])).fails(2, &["--total", "many"]);
    outcome(guardset(&["generate", "--totall", "5"])).fails(2, &["--totall"]);
    assert!(!run.exists());
}

#[test]
fn a_class_of_weight_zero_is_left_out() {
    let recipe = Recipe::with(&[("class_weights.replay_injection", "0.0")]);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let file = recipe.path();
    outcome(generate(&run, 600, &["--recipe", file.to_str().unwrap()])).done();
    let rows = crate::support::rows(&run, &["label"]);
    assert!(rows.iter().any(|row| row["label"] == "data_injection"));
    assert!(!rows.iter().any(|row| row["label"] == "replay_injection"));
}
