//! The benchmark shares nothing with any training run, says what it is, and has whole pairs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use guardset_emit::{Evaluation, read_manifest};

use crate::support::{Recipe, assert_same, copy_of_root, generate, guardset, guardset_at, outcome, rows, shards};

fn benchmark(output: &Path, total: usize) {
    outcome(generate(output, total, &["--recipe", "benchmark.toml"])).done();
}

#[test]
fn it_is_disjoint_from_a_training_run() {
    let folder = tempfile::tempdir().unwrap();
    let [test, training, another] = ["test", "training", "another"].map(|name| folder.path().join(name));
    benchmark(&test, 1_000);
    outcome(generate(&training, 1_500, &[])).done();
    outcome(generate(&another, 300, &["--seed", "5"])).done();

    let compare = |one: &Path, other: &Path| outcome(guardset(&["disjoint", one.to_str().unwrap(), other.to_str().unwrap()]));
    let told = compare(&test, &training).done();
    for word in ["domain, 0 in both", "family, 0 in both", "pattern, 0 in both", "server, 0 in both", "tool, 0 in both", "\n0 rows of"] {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
    // Two training runs are not, and a run is not of itself, down to its rows.
    compare(&training, &another).fails(2, &["not disjoint", "domain: ", "family: ", "pattern: ", "server: ", "tool: "]);
    compare(&test, &test).fails(2, &["domain: ", "near-duplicates"]);
    compare(&test, folder.path()).fails(2, &["holds no complete run"]);
}

/// The files of the benchmark have no part in a training run: without them it has the same bytes, and the same name.
#[test]
fn a_training_run_does_not_know_of_it() {
    let root = copy_of_root();
    let mut taken = 0;
    for domain in fs::read_dir(root.path().join("seeds")).unwrap() {
        let domain = domain.unwrap().path();
        if fs::read_to_string(domain.join("domain.toml")).unwrap().contains("reserved = true") {
            fs::remove_dir_all(domain).unwrap();
            taken += 1;
        }
    }
    for class in fs::read_dir(root.path().join("templates/attacks")).unwrap() {
        for pattern in fs::read_dir(class.unwrap().path()).unwrap() {
            let pattern = pattern.unwrap().path();
            if fs::read_to_string(&pattern).unwrap().lines().any(|line| line == "reserved = true") {
                fs::remove_file(pattern).unwrap();
                taken += 1;
            }
        }
    }
    assert!(taken > 50, "{taken} domains and patterns are reserved");
    let folder = tempfile::tempdir().unwrap();
    let [with, without] = ["with", "without"].map(|name| folder.path().join(name));
    outcome(generate(&with, 300, &[])).done();
    outcome(guardset_at(root.path(), &["generate", "--total", "300", "--output", without.to_str().unwrap()])).done();
    assert_same(&with, &without);
}

/// No recipe brings the two together.
#[test]
fn a_recipe_cannot_name_what_is_on_the_other_side() {
    for (key, name) in [("holdout.domains", "museum"), ("holdout.servers", "vitrinery")] {
        let recipe = Recipe::with(&[(key, &format!("[\"{name}\"]"))]);
        outcome(guardset(&["check", "--recipe", recipe.path().to_str().unwrap()])).fails(2, &[key, name, "is unknown"]);
    }
    let recipe = Recipe::with(&[("corpus", "\"everything\"")]);
    outcome(guardset(&["check", "--recipe", recipe.path().to_str().unwrap()])).fails(2, &["everything", "training", "benchmark"]);
}

#[test]
fn it_says_of_itself_what_its_rows_say() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    benchmark(&run, 1_200);
    let manifest = read_manifest(&run.join("manifest.json")).unwrap();
    let told = manifest.evaluation.unwrap();

    let rows = rows(&run, &["pair_id", "pair_role", "checkpoint", "label", "split", "attack_followed", "attack_present", "unsafe"]);
    let mut counted = Evaluation::default();
    let mut seen: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        let text = |column: &str| row[column].as_str().unwrap_or_default();
        assert_eq!(text("split"), "test");
        *counted.cells.entry(text("checkpoint").into()).or_default().entry(text("label").into()).or_default() += 1;
        let role = match (text("pair_role"), row["unsafe"].as_bool().unwrap()) {
            ("attack", true) => "attack",
            ("attack", false) => continue,
            (role, _) => role,
        };
        seen.entry((text("pair_id"), text("checkpoint"))).or_default().insert(role);
    }
    for roles in seen.values() {
        let [attack, lookalike, twin] = ["attack", "lookalike", "twin"].map(|role| u64::from(roles.contains(role)));
        assert!(lookalike <= attack && twin <= lookalike, "a partner stands without what it is a partner of: {roles:?}");
        counted.pairs.attacks += attack;
        counted.pairs.with_lookalike += lookalike;
        counted.pairs.with_twin += twin;
        counted.pairs.whole += attack * lookalike * twin;
    }
    assert_eq!(told, counted);
    assert!(counted.pairs.with_lookalike * 2 > counted.pairs.attacks, "{:?}", counted.pairs);
    let unsafe_rows = rows.iter().filter(|row| row["unsafe"] == true).count() as f64 / rows.len() as f64;
    assert!((0.45..=0.55).contains(&unsafe_rows), "{unsafe_rows}");
    assert_eq!(rows.iter().map(|row| row["label"].as_str().unwrap()).collect::<BTreeSet<_>>().len(), 18);

    let card = fs::read_to_string(run.join("README.md")).unwrap();
    for word in
        ["# MCP guard benchmark", "Do not train on it", "split: test", "dataset[\"test\"]", "| all | 11 classes | always `appropriate` |"]
    {
        assert!(card.contains(word), "`{word}` is not in the card");
    }
    assert_eq!(shards(&run).len(), 1);
}

#[test]
fn a_training_run_says_nothing_of_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 300, &[])).done();
    assert_eq!(read_manifest(&folder.path().join("manifest.json")).unwrap().evaluation, None);
    let card = fs::read_to_string(folder.path().join("README.md")).unwrap();
    assert!(card.contains("# MCP guard training data") && !card.contains("Evaluation only"));
}
