//! Runs made by hand, small and odd.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};

use guardset_core::{
    Checkpoint, Class, Evidence, Flow, Labels, Lineage, Message, PairRole, Role, Sample, Spellings, Split, Surfaced, Taxonomy,
};
use guardset_emit::{Counts, Manifest, ShardOptions, Shortfall, write_manifest, write_shard};
use guardset_report::{Options, Report, report};
use serde_json::{Value, json};

/// Text that breaks careless pages.
pub const HOSTILE: [&str; 9] = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "{{data}} {{static}} {% raw %} ${x} {{constructor.constructor('alert(1)')()}}",
    "<!--<script>",
    "\u{202e}gnp.exe\u{2066}\u{2069}",
    "zero\u{200b}width\u{feff}\u{e0041}\u{2060}",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\u{2028}\u{2029}&lt;\u{0}'",
];

pub const CLASSES: [&str; 3] = ["appropriate", "data_injection", "replay_injection"];

pub fn taxonomy() -> Taxonomy {
    let class = |id: &str| Class {
        id: id.into(),
        title: id.into(),
        phase: "interaction".into(),
        source: "server".into(),
        scope: "intra-flow".into(),
        element: None,
        threat_type: "injection".into(),
        maestro: vec![],
        severity: "high".into(),
        definition: "Holds when it holds.".into(),
        spellings: Spellings::default(),
        choice: None,
        catalogue_ids: vec![],
    };
    Taxonomy { version: "1.0.0".into(), classes: CLASSES.map(class).into(), ..Taxonomy::default() }
}

/// A row; `number` makes its text its own.
pub fn row(number: usize, label: &str, checkpoint: Checkpoint, split: Split, pair: Option<(&str, PairRole)>) -> Sample {
    let bad = label != "appropriate";
    let text = format!("text of row {number}");
    Sample {
        pair_id: pair.map(|(pair, _)| pair.to_owned()),
        pair_role: pair.map(|(_, role)| role),
        family: "family".into(),
        split,
        checkpoint,
        text: Surfaced {
            messages: (0..1 + number % 3).map(|_| Message { role: Role::User, content: text.clone() }).collect(),
            tools: r#"[{"name":"t","description":"d","inputSchema":{"type":"object"}}]"#.into(),
            session: r#"{"user":{"name":"n"}}"#.into(),
            steps: json!([{"step": 0, "kind": "query", "text": text}]).to_string(),
            body: format!("body: {text}"),
            flows: vec![Flow {
                step: 0,
                sender: "user".into(),
                recipient: "assistant".into(),
                subject: "s".into(),
                information: "i".into(),
                principle: "p".into(),
            }],
            n_tools: 1 + (number % 2) as u32,
            n_steps: 1,
        },
        labels: Labels {
            label: label.into(),
            labels: vec![label.into()],
            is_unsafe: bad,
            attack_present: bad,
            attack_followed: bad,
            vector: bad.then(|| if number.is_multiple_of(2) { "log".into() } else { "tool_result".into() }),
            effect: bad.then(|| "exfiltration".into()),
            disguise: None,
            goal: None,
            severity: if bad { "high".into() } else { "none".into() },
            controls: vec![],
            violating_steps: if bad { vec![0] } else { vec![] },
            evidence: vec![Evidence {
                surface: "user",
                step: Some(0),
                pointer: "/steps/0/text".into(),
                start: 0,
                end: 4,
                text: "text".into(),
            }],
            rationale: "because".into(),
        },
        lineage: Lineage {
            domain: if number.is_multiple_of(3) { "finance".into() } else { "code".into() },
            scenario: "scenario".into(),
            pattern: bad.then(|| "pattern".into()),
            servers: vec!["server".into()],
            surface: "plain".into(),
            voice: "terse".into(),
            agent: "plain".into(),
            language: "en".into(),
            protocol_version: "2025-06-18".into(),
            seed: format!("1:scenario/pattern/{number}"),
            paraphrase_model: None,
            reworded: vec![],
        },
    }
}

/// Pairs at every checkpoint of two splits, with rows that stand alone; some pairs lack a partner.
pub fn some_rows(pairs: usize) -> Vec<Sample> {
    let mut rows = Vec::new();
    for pair in 0..pairs {
        let name = format!("{pair:016x}");
        let split = if pair % 3 == 0 { Split::Test } else { Split::Train };
        let class = CLASSES[1 + pair % 2];
        for checkpoint in [Checkpoint::Session, Checkpoint::ToolCall].into_iter().take(1 + pair % 2) {
            rows.push(row(rows.len(), class, checkpoint, split, Some((&name, PairRole::Attack))));
            if pair % 4 != 0 {
                rows.push(row(rows.len(), "appropriate", checkpoint, split, Some((&name, PairRole::Twin))));
                rows.push(row(rows.len(), "appropriate", checkpoint, split, Some((&name, PairRole::Lookalike))));
            }
        }
        rows.push(row(rows.len(), "appropriate", Checkpoint::ToolListing, split, None));
    }
    rows
}

/// A run on disk.
pub struct Run {
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
}

impl Run {
    /// A run of these rows, in so many shards per split.
    pub fn of(rows: Vec<Sample>, shards: usize) -> Self {
        Self::named("run", rows, shards, |_| {})
    }

    /// The same with a name and a manifest of its own.
    pub fn named(name: &str, rows: Vec<Sample>, shards: usize, change: impl FnOnce(&mut Manifest)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let mut counts = Counts::default();
        for row in &rows {
            counts.accept(row.split, &row.labels.label, row.checkpoint, row.pair_role);
        }
        counts.rejected.entry("dedup".into()).or_default().insert("near_duplicate".into(), 3);
        counts.close(rows.len() as u64 + 3);
        let mut manifest = Manifest {
            generator_version: "0.1.0".into(),
            taxonomy_version: "1.0.0".into(),
            run: "0123456789abcdef0123456789abcdef".into(),
            recipe: json!({"total": rows.len(), "benign_share": 0.6, "probe": {"view_auroc": 0.6, "size_auroc": 0.55, "token_ratio": 3.0}}),
            counts,
            audit_agreement: 1.0,
            evaluation: None,
            ..Manifest::default()
        };
        let splits = [Split::Train, Split::Test];
        for split in splits {
            let mut parts: Vec<Vec<Sample>> = (0..shards).map(|_| Vec::new()).collect();
            for (at, row) in rows.iter().filter(|row| row.split == split).enumerate() {
                parts[at % shards].push(row.clone());
            }
            for (at, part) in parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty()) {
                let file = path.join(format!("data/canonical/{split}-{at:05}-of-{shards:05}.parquet"));
                manifest.shards.push(write_shard(&file, &taxonomy(), ShardOptions::default(), part.into_iter()).unwrap());
            }
        }
        change(&mut manifest);
        write_manifest(&path.join("manifest.json"), &manifest).unwrap();
        Self { folder, path }
    }

    /// What the probes would have written.
    pub fn probed(self, word: &str) -> Self {
        let found = json!({
            "texts": 9, "distinct": [0.5, 0.6, 0.7], "self_repetition": 0.1, "compression_ratio": 3.0, "skeleton_repetition": 0.2,
            "effective_number": 12.5, "sampled": 9,
        });
        let score = |view: &str, limit: &str, auroc: f64| json!({"view": view, "limit": limit, "rows": 9, "auroc": auroc, "deviation": 0.01, "macro_f1": 0.2, "chance_f1": 0.1});
        let token = |text: &str, because: Value| {
            json!({"text": text, "in_unsafe": 20, "in_safe": 2, "ratio": 7.5, "ratio_beside": 7.5, "information": 1.25, "is_word": true,
                "is_telltale": true, "because": because})
        };
        let probe = json!({
            "rows": 9, "unsafe_share": 0.5,
            "shortcuts": [score("length", "size", 0.5), score("user", "view", 0.61), score("whole", "none", 0.9)],
            "tokens": [token(word, Value::Null), token("justified", json!("a reason"))],
            "diversity": {"fields": {"user": found}, "classes": {"data_injection": found}},
            "coverage": {"class_vector_checkpoint": {}, "class_domain": {}, "thin": [{"class": word, "axis": "vector", "value": word, "rows": 0}]},
            "near_duplicates": {"threshold": 0.8, "dropped_share": 0.03, "rows": 9, "plain_share": 0.002, "masked_share": 0.2},
        });
        fs::write(self.path.join("probe.json"), probe.to_string()).unwrap();
        self
    }

    #[track_caller]
    pub fn report(&self, samples: Option<usize>) -> Report {
        self.report_against(samples, None)
    }

    #[track_caller]
    pub fn report_against(&self, samples: Option<usize>, against: Option<&Path>) -> Report {
        report(&Options { run: self.path.clone(), against: against.map(Path::to_owned), samples }).unwrap()
    }
}

/// A cell of the plan that is short.
pub fn short(class: &str) -> Shortfall {
    Shortfall { split: "train".into(), class: class.into(), role: "attack".into(), checkpoint: "session".into(), wanted: 5, got: 2 }
}

/// The data within a page, as a browser would find it.
#[track_caller]
pub fn embedded(html: &str) -> Value {
    let open = "<script type=\"application/json\" id=\"guardset-data\">";
    let start = html.find(open).expect("the page has its data") + open.len();
    let end = start + html[start..].find("</script").expect("the data end");
    serde_json::from_str(&html[start..end]).unwrap()
}

/// A page without its data and its script: what a browser takes as markup.
#[track_caller]
pub fn markup(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        let end = start + rest[start..].find("</script>").expect("a script ends");
        out.push_str(&rest[..start]);
        rest = &rest[end + "</script>".len()..];
    }
    out.push_str(rest);
    out
}

/// The table of a chart.
#[track_caller]
pub fn table<'a>(data: &'a Value, id: &str) -> &'a Value {
    let charts = data["charts"].as_array().unwrap();
    &charts.iter().find(|chart| chart["id"] == id).unwrap_or_else(|| panic!("no chart {id}"))["table"]
}

/// A figure at a glance.
#[track_caller]
pub fn glance<'a>(data: &'a Value, label: &str) -> &'a Value {
    let glance = data["glance"].as_array().unwrap();
    glance.iter().find(|figure| figure["label"] == label).unwrap_or_else(|| panic!("no figure {label}"))
}
