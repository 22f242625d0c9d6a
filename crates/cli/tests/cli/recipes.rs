use crate::support::{Recipe, generate, guardset, outcome};

/// What is wrong with a recipe, and the words that the message must have.
const WRONG: &[(&str, &str, &[&str])] = &[
    ("seed = 2026", "seed = 2026\ntemperature = 0.7", &["temperature", "recipe.toml:", "benign_share"]),
    ("total = 36000", "total = \"many\"", &["recipe.toml:", "many"]),
    ("total = 36000", "total = 0", &["total", "at least 1"]),
    ("total = 36000", "total = ", &["recipe.toml:"]),
    ("benign_share = 0.42", "benign_share = 1.5", &["benign_share", "1.5", "from 0"]),
    ("benign_share = 0.42", "benign_share = nan", &["benign_share"]),
    ("benign_share = 0.42", "", &["benign_share", "missing"]),
    ("# replay_injection = 2.0", "replay_incection = 2.0", &["class_weights", "replay_incection", "replay_injection"]),
    ("# replay_injection = 2.0", "replay_injection = -1.0", &["class_weights", "negative"]),
    ("twin = 0.32", "twin = -0.32", &["benign", "negative"]),
    ("plain = 0.5", "plane = 0.5", &["surfaces", "plane", "jsonrpc"]),
    ("plain = 0.5\nflow = 0.2\njsonrpc = 0.3", "plain = 0", &["surfaces", "above 0"]),
    ("domains = [\"logistics\"]", "domains = [\"logistix\"]", &["holdout.domains", "logistix", "logistics"]),
    ("domains = [\"logistics\"]", "domains = []", &["holdout.domains", "test_unseen_domain"]),
    ("threshold = 0.8", "threshold = 80", &["dedup.threshold", "80", "up to 1"]),
    ("shard_mib = 32", "shard_mib = 0", &["shard_mib"]),
    ("zstd_level = 3", "zstd_level = 40", &["zstd_level", "1 to 22"]),
    ("max_attempts = 12", "max_attempts = 0", &["max_attempts"]),
];

#[test]
fn what_is_wrong_with_a_recipe_is_named() {
    for (from, to, words) in WRONG {
        let recipe = Recipe::with(&[(from, to)]);
        let file = recipe.path();
        outcome(guardset(&["check", "--recipe", file.to_str().unwrap()])).fails(2, words);
    }
}

#[test]
fn all_that_is_wrong_comes_in_one_go_and_nothing_is_written() {
    let recipe =
        Recipe::with(&[("benign_share = 0.42", "benign_share = 1.5"), ("shard_mib = 32", "shard_mib = 0"), ("plain = 0.5", "plane = 0.5")]);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let file = recipe.path();
    outcome(generate(&run, 300, &["--recipe", file.to_str().unwrap()])).fails(2, &["benign_share", "shard_mib", "plane", "3 problems"]);
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
    let recipe = Recipe::with(&[("# replay_injection = 2.0", "replay_injection = 0")]);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let file = recipe.path();
    outcome(generate(&run, 600, &["--recipe", file.to_str().unwrap()])).done();
    let rows = crate::support::rows(&run, &["label"]);
    assert!(rows.iter().any(|row| row["label"] == "data_injection"));
    assert!(!rows.iter().any(|row| row["label"] == "replay_injection"));
}
