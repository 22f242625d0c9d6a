//! `docs/corpus.md` says what is covered; the shipped files bear it out.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{root, shipped};
use guardset_core::Corpus;

fn docs() -> String {
    std::fs::read_to_string(root().join("docs/corpus.md")).expect("docs/corpus.md")
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_table_of_classes_and_vectors_is_what_ships() {
    let catalog = shipped();
    let mut shipped: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for pattern in catalog.patterns.iter().filter(|pattern| pattern.corpus == Corpus::Training) {
        shipped.entry(&pattern.class).or_default().insert(&pattern.vector);
    }
    let docs = docs();
    let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in docs.lines().filter(|line| line.starts_with("| `")) {
        let mut names = quoted(line);
        let Some(class) = names.next().filter(|name| shipped.contains_key(name)) else { continue };
        told.insert(class, names.collect());
    }
    assert_eq!(told, shipped);
}

#[test]
fn every_threat_without_a_class_is_reached_or_its_absence_explained() {
    let catalog = shipped();
    let taxonomy = &catalog.taxonomy;
    let axes = taxonomy.vectors.iter().chain(&taxonomy.effects).map(|axis| axis.id.as_str());
    let known: BTreeSet<&str> = catalog.patterns.iter().map(|pattern| pattern.id.as_str()).chain(axes).chain(["tool_listing"]).collect();
    let docs = docs();
    for threat in 1..=16 {
        let head = format!("| X{threat} |");
        let line = docs.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("no row for X{threat}"));
        let names: Vec<&str> = quoted(line).collect();
        assert!(!names.is_empty() || line.contains("left out"), "X{threat} is neither reached nor explained: {line}");
        for name in names {
            assert!(known.contains(name), "X{threat}: `{name}` is no pattern, vector or effect");
        }
    }
}

#[test]
fn the_worked_examples_are_there() {
    let (docs, root) = (docs(), root());
    let files: Vec<&str> = quoted(&docs)
        .filter(|name| name.starts_with("seeds/") && name.ends_with(".toml") || name.starts_with("templates/attacks/"))
        .collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert!(root.join(file).is_file(), "{file}");
    }
}
