//! The files beside the shards.

#![allow(clippy::unwrap_used)]

mod samples;

use std::fs;
use std::path::Path;

use guardset_core::{Reject, Stage};
use guardset_emit::{
    Counts, EmitError, Input, Manifest, Shortfall, read_manifest, read_rows, schema, write_card, write_manifest, write_rejects,
};
use samples::{NASTY, full, samples, taxonomy};

fn manifest() -> Manifest {
    let mut counts = Counts::default();
    for sample in samples() {
        counts.accept(sample.split, &sample.labels.label, sample.checkpoint, sample.pair_role);
    }
    for reject in rejects() {
        counts.reject(&reject);
    }
    counts.close(26);
    Manifest {
        generator_version: "0.1.0".into(),
        taxonomy_version: "9.8.7".into(),
        run: "abc".into(),
        recipe: serde_json::json!({"seed": 7, "surfaces": {"plain": 1.0}}),
        inputs: vec![Input { path: "taxonomy.toml".into(), blake3: "00".into() }],
        counts,
        shortfalls: vec![Shortfall {
            split: "train".into(),
            class: "data_injection".into(),
            role: "attack".into(),
            checkpoint: "session".into(),
            wanted: 9,
            got: 2,
        }],
        sources: Vec::new(),
        conflicts: 1,
        leaks: 2,
        audit_agreement: 0.995,
        evaluation: None,
        paraphrase: None,
        views: vec![],
        benchmarks: vec![],
        shards: vec![],
    }
}

fn rejects() -> Vec<Reject> {
    let reject = |(index, text): (usize, &&str)| Reject {
        stage: [Stage::Expand, Stage::Label, Stage::Dedup][index % 3],
        reason: if index % 2 == 0 { "near_duplicate" } else { "audit_disagrees" }.into(),
        detail: (*text).into(),
        scenario: format!("scenario {text}"),
        pattern: (index % 2 == 0).then(|| format!("pattern {text}")),
        seed: format!("seed {text}"),
    };
    NASTY.iter().enumerate().map(reject).collect()
}

#[test]
fn rejects_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejects.parquet");
    let rejects = rejects();
    write_rejects(&path, &rejects).unwrap();
    let rows: Vec<_> = read_rows(&path, &[]).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), rejects.len());
    for (row, reject) in rows.iter().zip(&rejects) {
        let expected = serde_json::json!({
            "stage": reject.stage.to_string(), "reason": reject.reason, "detail": reject.detail,
            "scenario": reject.scenario, "pattern": reject.pattern, "seed": reject.seed,
        });
        assert_eq!(serde_json::Value::Object(row.clone()), expected);
    }
    let first = fs::read(&path).unwrap();
    write_rejects(&path, &rejects).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);
    write_rejects(&path, &[]).unwrap();
    assert_eq!(read_rows(&path, &[]).unwrap().count(), 0);
}

#[test]
fn a_manifest_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    let manifest = manifest();
    write_manifest(&path, &manifest).unwrap();
    assert_eq!(read_manifest(&path).unwrap(), manifest);
    assert!(fs::read_to_string(&path).unwrap().ends_with("}\n"));

    fs::write(&path, "{\"run\": 3}").unwrap();
    assert!(matches!(read_manifest(&path).unwrap_err(), EmitError::Json { .. }));
}

#[test]
fn counts_add_up() {
    let counts = manifest().counts;
    assert_eq!((counts.generated, counts.accepted, counts.keep_rate), (26, 13, 0.5));
    for by in [&counts.splits, &counts.classes, &counts.checkpoints, &counts.pair_roles] {
        assert_eq!(by.values().sum::<u64>(), 13, "{by:?}");
    }
    assert_eq!(counts.splits["train"], 11);
    assert_eq!(counts.pair_roles["none"], 1);
    assert_eq!(counts.rejected["expand"]["near_duplicate"] + counts.rejected["expand"]["audit_disagrees"], 3);
    let mut none = Counts::default();
    none.close(0);
    assert_eq!(none.keep_rate, 0.0);
}

#[test]
fn the_card_says_what_the_manifest_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("README.md");
    write_card(&path, &manifest(), &taxonomy()).unwrap();
    let card = fs::read_to_string(&path).unwrap();
    for part in [
        "---\nlicense: cc-by-4.0\n",
        "  - n<1K\n",
        "      - split: train\n        path: data/canonical/train-*.parquet\n      - split: validation\n",
        "| `train` | 11 |",
        "| `data_injection` | interaction | intra-flow | Holds when it holds. | 11 |",
        "| expand | `near_duplicate` | 2 |",
        "13 of 26 candidates were kept (50.0 %)",
        "agreed on 99.50 % of the candidates",
        "1 cells of the plan were short of material, by 7 rows",
        "arXiv 2505.14590",
        "arXiv 2504.08623",
        "Apache-2.0",
    ] {
        assert!(card.contains(part), "`{part}` is not in\n{card}");
    }
}

/// The page and the schema say the same, in the same order.
#[test]
fn the_data_dictionary_lists_the_columns() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/data-dictionary.md");
    let page = fs::read_to_string(&page).unwrap();
    let mut listed = vec![];
    let mut in_columns = false;
    for line in page.lines() {
        in_columns = line.starts_with('|') && (in_columns || line.starts_with("| column |"));
        if let Some(name) = line.strip_prefix("| `").filter(|_| in_columns) {
            listed.push(name.split_once('`').unwrap().0);
        }
    }
    let schema = schema();
    assert_eq!(listed, schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data"), "").unwrap();
    let path = folder.path().join("data/train-00000-of-00001.parquet");
    let error = guardset_emit::write_shard(&path, &taxonomy(), Default::default(), [full("x")].into_iter()).unwrap_err();
    assert!(matches!(error, EmitError::NotADirectory { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("train-00000-of-00001.parquet") && message.contains("choose another output folder"), "{message}");
}
