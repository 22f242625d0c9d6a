//! Samples of every class at every checkpoint, and the views that are shipped.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use guardset_core::{Checkpoint, Labels, Lineage, Reasons, Role, Sample, Split, Surfaced, Taxonomy, ViewOptions, ViewRow};
use guardset_views::{Views, load};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The lists of `taxonomy.toml` that views use. `expand` reads the file for the program, and checks it.
pub fn taxonomy() -> &'static Taxonomy {
    static TAXONOMY: LazyLock<Taxonomy> = LazyLock::new(|| {
        let text = std::fs::read_to_string(root().join("taxonomy.toml")).unwrap();
        let table: toml::Table = text.parse().unwrap();
        Taxonomy {
            classes: table["class"].clone().try_into().unwrap(),
            vectors: table["vector"].clone().try_into().unwrap(),
            effects: table["effect"].clone().try_into().unwrap(),
            controls: table["control"].clone().try_into().unwrap(),
            ..Taxonomy::default()
        }
    });
    &TAXONOMY
}

pub fn views() -> Views {
    load(&root(), taxonomy()).unwrap_or_else(|problems| panic!("{problems}"))
}

pub fn options(rationale: Reasons) -> ViewOptions {
    ViewOptions { shuffle: true, rationale, ..ViewOptions::default() }
}

/// A sample for each class and checkpoint.
pub fn samples(split: Split) -> Vec<Sample> {
    let classes = taxonomy().classes.iter();
    classes.flat_map(|class| Checkpoint::ALL.map(|checkpoint| sample(&class.id, checkpoint, split))).collect()
}

pub fn sample(class: &str, checkpoint: Checkpoint, split: Split) -> Sample {
    let is_unsafe = class != "appropriate";
    let word = || "w".to_owned();
    Sample {
        pair_id: None,
        pair_role: None,
        family: word(),
        split,
        checkpoint,
        text: Surfaced { body: format!("[session] of {checkpoint}\n[call] run_it {{\"a\": 1}}"), ..Surfaced::default() },
        labels: Labels {
            label: class.to_owned(),
            labels: vec![class.to_owned()],
            is_unsafe,
            attack_present: is_unsafe,
            attack_followed: is_unsafe,
            vector: is_unsafe.then(|| "tool_result".to_owned()),
            effect: is_unsafe.then(|| "exfiltration".to_owned()),
            disguise: None,
            goal: None,
            severity: "high".to_owned(),
            controls: if is_unsafe { vec!["egress_restrict".to_owned()] } else { Vec::new() },
            violating_steps: if is_unsafe { vec![3] } else { Vec::new() },
            evidence: Vec::new(),
            rationale: "This is what decides it.".to_owned(),
        },
        lineage: Lineage {
            domain: word(),
            scenario: word(),
            pattern: None,
            servers: Vec::new(),
            surface: word(),
            voice: word(),
            agent: word(),
            language: word(),
            protocol_version: word(),
            seed: word(),
            paraphrase_model: None,
            reworded: Vec::new(),
        },
    }
}

/// All turns before the answer, and the answer.
pub fn prompt_and_answer(row: &ViewRow<'_>) -> (String, String) {
    let (answer, prompt) = row.messages.split_last().unwrap();
    assert_eq!(answer.role, Role::Assistant);
    (prompt.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n"), answer.content.clone())
}
