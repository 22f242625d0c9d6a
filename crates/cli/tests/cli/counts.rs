//! What a run says of itself holds for its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use guardset_emit::{Manifest, read_manifest, read_rows};

use crate::support::{generate, outcome, rows};

fn a_run() -> (tempfile::TempDir, Manifest) {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 1_200, &[])).done();
    let manifest = read_manifest(&folder.path().join("manifest.json")).unwrap();
    (folder, manifest)
}

fn tally(run: &Path, column: &str) -> BTreeMap<String, u64> {
    let mut tally = BTreeMap::new();
    for row in rows(run, &[column]) {
        *tally.entry(row[column].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    tally
}

#[test]
fn quotas_are_met() {
    let (run, manifest) = a_run();
    let labels = tally(run.path(), "label");
    assert_eq!(labels.len(), 18, "{labels:?}");
    let total: u64 = labels.values().sum();
    let benign = labels["appropriate"] as f64 / total as f64;
    assert!((0.35..=0.50).contains(&benign), "{benign}");
    // Classes weigh the same, so no attack class may fall far behind.
    let even = (total - labels["appropriate"]) / 17;
    assert!(labels.iter().all(|(label, count)| label == "appropriate" || *count * 10 >= even * 7), "{labels:?}");
    assert_eq!(tally(run.path(), "checkpoint").len(), 4);
    assert_eq!(tally(run.path(), "split").len(), 6);
    assert_eq!(tally(run.path(), "surface").len(), 3);

    // Wanted is got plus what is told to be short.
    let short: u64 = manifest.shortfalls.iter().map(|short| short.wanted - short.got).sum();
    assert_eq!(total + short, 1_200);
}

#[test]
fn the_manifest_counts_what_is_there() {
    let (run, manifest) = a_run();
    let counts = &manifest.counts;
    assert_eq!(manifest.shards.iter().map(|shard| shard.rows).sum::<u64>(), counts.accepted);
    assert_eq!(tally(run.path(), "label"), counts.classes);
    assert_eq!(tally(run.path(), "split"), counts.splits);
    assert_eq!(tally(run.path(), "checkpoint"), counts.checkpoints);
    assert_eq!(tally(run.path(), "pair_role"), counts.pair_roles);
    for shard in &manifest.shards {
        let path = run.path().join("data/canonical").join(&shard.file);
        assert_eq!(guardset_emit::summarize(&path).unwrap(), *shard);
    }
}

#[test]
fn every_candidate_is_a_row_or_a_counted_reject() {
    let (run, manifest) = a_run();
    let counts = &manifest.counts;
    let mut rejected: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for row in read_rows(&run.path().join("rejects.parquet"), &["stage", "reason", "detail"]).unwrap() {
        let row = row.unwrap();
        let text = |column: &str| row[column].as_str().unwrap().to_owned();
        assert!(!text("detail").is_empty());
        *rejected.entry(text("stage")).or_default().entry(text("reason")).or_default() += 1;
    }
    assert_eq!(rejected, counts.rejected);
    // Patterns and audit keep their books apart; where they differ on shipped files, one of the two is wrong.
    assert_eq!(counts.rejected.get("label"), None, "no candidate is rejected for its label");
    let at = |stage: &str| counts.rejected.get(stage).map_or(0, |reasons| reasons.values().sum::<u64>()) as f64;
    let audited = counts.generated as f64 - at("expand");
    assert!((manifest.audit_agreement - (1.0 - at("label") / audited)).abs() < 1e-12, "{}", manifest.audit_agreement);
    let fallen: u64 = counts.rejected.values().flat_map(BTreeMap::values).sum();
    assert!(fallen > 0, "a run of this size has rejects");
    assert_eq!(counts.accepted + fallen, counts.generated);
}

#[test]
fn ids_are_unique_and_families_keep_to_their_split() {
    let (run, _) = a_run();
    let rows = rows(run.path(), &["id", "family", "split", "pattern", "servers", "domain"]);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rows.len());

    let mut splits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        splits.entry(row["family"].as_str().unwrap()).or_default().insert(row["split"].as_str().unwrap());
    }
    assert!(splits.values().all(|splits| splits.len() == 1), "{splits:?}");

    // What the unseen splits are about is not seen in the others.
    let seen = |column: &str, split: &str| -> BTreeSet<&str> {
        let of = |row: &&serde_json::Map<String, serde_json::Value>| row["split"] == split;
        rows.iter().filter(of).filter_map(|row| row[column].as_str()).collect()
    };
    for known in ["train", "validation", "test"] {
        assert!(seen("pattern", known).is_disjoint(&seen("pattern", "test_unseen_pattern")), "{known}");
        assert!(seen("domain", known).is_disjoint(&seen("domain", "test_unseen_domain")), "{known}");
    }
}
