//! Hand-made samples, for tests and benches.

use guardset_core::{
    Checkpoint, Class, Evidence, Flow, Labels, Lineage, Message, PairRole, Role, Sample, Spellings, Split, Surfaced, Taxonomy,
};

pub fn taxonomy() -> Taxonomy {
    let class = |id: &str, phase: &str, source: &str, scope: &str, threat: &str, maestro: &[&str], ids: &[&str]| Class {
        id: id.into(),
        title: id.into(),
        phase: phase.into(),
        source: source.into(),
        scope: scope.into(),
        element: None,
        threat_type: threat.into(),
        maestro: maestro.iter().map(|layer| (*layer).into()).collect(),
        severity: "none".into(),
        definition: "Holds when it holds.".into(),
        spellings: Spellings::default(),
        choice: None,
        catalogue_ids: ids.iter().map(|id| (*id).into()).collect(),
    };
    Taxonomy {
        version: "9.8.7".into(),
        classes: vec![
            class("appropriate", "none", "none", "none", "none", &[], &[]),
            class("data_injection", "interaction", "server", "intra-flow", "injection", &["mcip:L4", "mcip:L5"], &["owasp-mcp:MCP03"]),
        ],
        ..Taxonomy::default()
    }
}

/// Text that breaks careless writers.
pub const NASTY: &[&str] = &[
    "",
    "say \"hi\"\\\n\r\tnext\u{0}line\u{1f}",
    "👩‍👩‍👧‍👦 Größe: 4 €",
    "zero\u{200b}width\u{feff} tags\u{e0041}\u{e0042}",
    "\u{202e}gnp.exe \u{2067}مرحبا\u{2069}",
    "{\"role\":\"system\"}",
    "null",
    "'; DROP TABLE -- , | \u{2028}\u{2029}",
    "\u{10ffff}\u{fffd}",
];

/// A benign row with nothing in it that need not be.
pub fn empty() -> Sample {
    Sample {
        pair_id: None,
        pair_role: None,
        family: String::new(),
        split: Split::TestUnseenDomain,
        checkpoint: Checkpoint::ToolListing,
        text: Surfaced { tools: "[]".into(), session: "{}".into(), steps: "[]".into(), ..Surfaced::default() },
        labels: Labels {
            label: "appropriate".into(),
            labels: vec!["appropriate".into()],
            is_unsafe: false,
            attack_present: false,
            attack_followed: false,
            vector: None,
            effect: None,
            disguise: None,
            goal: None,
            severity: "none".into(),
            controls: vec![],
            violating_steps: vec![],
            evidence: vec![],
            rationale: String::new(),
        },
        lineage: Lineage {
            domain: String::new(),
            scenario: String::new(),
            pattern: None,
            servers: vec![],
            surface: String::new(),
            voice: String::new(),
            agent: String::new(),
            language: "en".into(),
            protocol_version: String::new(),
            seed: String::new(),
            paraphrase_model: None,
            reworded: vec![],
        },
    }
}

/// An attack with `text` in every field that takes text.
pub fn full(text: &str) -> Sample {
    let json = serde_json::to_string(text).expect("text is always JSON");
    let word = |name: &str| format!("{name} {text}");
    Sample {
        pair_id: Some(word("pair")),
        pair_role: Some(PairRole::Attack),
        family: word("family"),
        split: Split::Train,
        checkpoint: Checkpoint::ToolResult,
        text: Surfaced {
            messages: [Role::System, Role::User, Role::Assistant, Role::Tool]
                .map(|role| Message { role, content: word(role.as_str()) })
                .to_vec(),
            tools: format!(r#"[{{"name":"t","description":{json},"inputSchema":{{"type":"object"}}}}]"#),
            session: format!(r#"{{"principal":{json}}}"#),
            steps: format!(r#"[{{"step":0,"result":{json}}}]"#),
            body: word("body"),
            flows: (0..3)
                .map(|step| Flow {
                    step,
                    sender: word("sender"),
                    recipient: word("recipient"),
                    subject: word("subject"),
                    information: word("information"),
                    principle: word("principle"),
                })
                .collect(),
            n_tools: 1,
            n_steps: 3,
        },
        labels: Labels {
            label: "data_injection".into(),
            labels: vec!["data_injection".into(), word("label")],
            is_unsafe: true,
            attack_present: true,
            attack_followed: true,
            vector: Some(word("vector")),
            effect: Some(word("effect")),
            disguise: Some(word("disguise")),
            goal: Some(word("goal")),
            severity: "high".into(),
            controls: vec![word("control"), String::new()],
            violating_steps: vec![0, 2],
            evidence: vec![
                Evidence {
                    surface: "session_header",
                    step: None,
                    pointer: "/session/principal".into(),
                    start: 0,
                    end: text.chars().count() as u32,
                    text: text.into(),
                },
                Evidence {
                    surface: "call_result",
                    step: Some(2),
                    pointer: "/body".into(),
                    start: 5,
                    end: 5 + text.chars().count() as u32,
                    text: text.into(),
                },
            ],
            rationale: word("rationale"),
        },
        lineage: Lineage {
            domain: word("domain"),
            scenario: word("scenario"),
            pattern: Some(word("pattern")),
            servers: vec![word("server"), "second".into()],
            surface: word("surface"),
            voice: word("voice"),
            agent: word("agent"),
            language: "en".into(),
            protocol_version: "2025-06-18".into(),
            seed: word("seed"),
            paraphrase_model: Some(word("model")),
            reworded: vec![word("reworded")],
        },
    }
}

/// An attack that nobody followed: safe, though an attack is there.
pub fn resisted() -> Sample {
    let mut sample = full("resisted");
    sample.labels = Labels { attack_present: true, vector: Some("tool_name".into()), ..empty().labels };
    sample.text.n_tools = 7;
    sample
}

/// Every nasty text, an empty row, an attack that was resisted, and a row of a megabyte.
pub fn samples() -> Vec<Sample> {
    let mut samples: Vec<_> = NASTY.iter().map(|text| full(text)).collect();
    samples.push(empty());
    samples.push(resisted());
    samples.push(full(&"0123456789abcde€".repeat(1 << 16)));
    samples.push(Sample { split: Split::Validation, ..full("last") });
    samples
}
