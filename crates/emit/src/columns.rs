use guardset_core::{Class, Evidence, Flow, Message, PairRole, Sample};

/// Everything that a column may ask: the sample, its class, and what is derived from both once per row.
pub(crate) struct Row<'a> {
    pub(crate) sample: &'a Sample,
    pub(crate) class: &'a Class,
    pub(crate) taxonomy_version: &'a str,
    pub(crate) id: &'a str,
    pub(crate) content_hash: &'a str,
    pub(crate) n_chars: u32,
}

/// How a column is typed, stored and filled.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Text that recurs from row to row; dictionary.
    Word(for<'a> fn(&'a Row<'a>) -> Option<&'a str>),
    /// Text that is mostly its own; a dictionary would be time wasted.
    Text(for<'a> fn(&'a Row<'a>) -> Option<&'a str>),
    /// Text with Parquet's JSON type; no dictionary.
    Json(for<'a> fn(&'a Row<'a>) -> &'a str),
    /// The same, recurring; a large dictionary.
    SharedJson(for<'a> fn(&'a Row<'a>) -> &'a str),
    Flag(fn(&Row) -> bool),
    Number(fn(&Row) -> u32),
    Words(for<'a> fn(&'a Row<'a>) -> &'a [String]),
    Numbers(for<'a> fn(&'a Row<'a>) -> &'a [u32]),
    Messages(for<'a> fn(&'a Row<'a>) -> &'a [Message], Leaves<Message>),
    Flows(for<'a> fn(&'a Row<'a>) -> &'a [Flow], Leaves<Flow>),
    Evidence(for<'a> fn(&'a Row<'a>) -> &'a [Evidence], Leaves<Evidence>),
}

/// The fields of the structs in a list.
pub(crate) type Leaves<T> = &'static [(&'static str, Leaf<T>)];

/// One of them.
pub(crate) enum Leaf<T: 'static> {
    Word(for<'a> fn(&'a T) -> &'a str),
    Text(for<'a> fn(&'a T) -> &'a str),
    Number(fn(&T) -> Option<u32>),
}

/// The contract with those who read the shards: names, order, types. Add, never rename; `docs/data-dictionary.md` says
/// what each means, and a test compares the two.
pub(crate) const COLUMNS: &[(&str, Kind)] = &[
    ("id", Kind::Text(|row| Some(row.id))),
    ("pair_id", Kind::Word(|row| row.sample.pair_id.as_deref())),
    ("pair_role", Kind::Word(|row| row.sample.pair_role.map(PairRole::as_str))),
    ("family", Kind::Word(|row| Some(&row.sample.family))),
    ("split", Kind::Word(|row| Some(row.sample.split.as_str()))),
    ("checkpoint", Kind::Word(|row| Some(row.sample.checkpoint.as_str()))),
    ("messages", Kind::Messages(|row| &row.sample.text.messages, MESSAGE)),
    ("tools", Kind::SharedJson(|row| &row.sample.text.tools)),
    ("session", Kind::Json(|row| &row.sample.text.session)),
    ("steps", Kind::Json(|row| &row.sample.text.steps)),
    ("body", Kind::Text(|row| Some(&row.sample.text.body))),
    ("flows", Kind::Flows(|row| &row.sample.text.flows, FLOW)),
    ("label", Kind::Word(|row| Some(&row.sample.labels.label))),
    ("labels", Kind::Words(|row| &row.sample.labels.labels)),
    ("unsafe", Kind::Flag(|row| row.sample.labels.is_unsafe)),
    ("attack_present", Kind::Flag(|row| row.sample.labels.attack_present)),
    ("attack_followed", Kind::Flag(|row| row.sample.labels.attack_followed)),
    ("vector", Kind::Word(|row| row.sample.labels.vector.as_deref())),
    ("effect", Kind::Word(|row| row.sample.labels.effect.as_deref())),
    ("disguise", Kind::Word(|row| row.sample.labels.disguise.as_deref())),
    ("goal", Kind::Word(|row| row.sample.labels.goal.as_deref())),
    ("severity", Kind::Word(|row| Some(&row.sample.labels.severity))),
    ("phase", Kind::Word(|row| Some(&row.class.phase))),
    ("source", Kind::Word(|row| Some(&row.class.source))),
    ("scope", Kind::Word(|row| Some(&row.class.scope))),
    ("threat_type", Kind::Word(|row| Some(&row.class.threat_type))),
    ("maestro", Kind::Words(|row| &row.class.maestro)),
    ("controls", Kind::Words(|row| &row.sample.labels.controls)),
    ("catalogue_ids", Kind::Words(|row| &row.class.catalogue_ids)),
    ("violating_steps", Kind::Numbers(|row| &row.sample.labels.violating_steps)),
    ("evidence", Kind::Evidence(|row| &row.sample.labels.evidence, EVIDENCE)),
    ("rationale", Kind::Text(|row| Some(&row.sample.labels.rationale))),
    ("domain", Kind::Word(|row| Some(&row.sample.lineage.domain))),
    ("scenario", Kind::Word(|row| Some(&row.sample.lineage.scenario))),
    ("pattern", Kind::Word(|row| row.sample.lineage.pattern.as_deref())),
    ("servers", Kind::Words(|row| &row.sample.lineage.servers)),
    ("surface", Kind::Word(|row| Some(&row.sample.lineage.surface))),
    ("voice", Kind::Word(|row| Some(&row.sample.lineage.voice))),
    ("agent", Kind::Word(|row| Some(&row.sample.lineage.agent))),
    ("language", Kind::Word(|row| Some(&row.sample.lineage.language))),
    ("protocol_version", Kind::Word(|row| Some(&row.sample.lineage.protocol_version))),
    ("seed", Kind::Text(|row| Some(&row.sample.lineage.seed))),
    ("paraphrase_model", Kind::Word(|row| row.sample.lineage.paraphrase_model.as_deref())),
    ("reworded", Kind::Words(|row| &row.sample.lineage.reworded)),
    ("content_hash", Kind::Text(|row| Some(row.content_hash))),
    ("taxonomy_version", Kind::Word(|row| Some(row.taxonomy_version))),
    ("generator_version", Kind::Word(|_| Some(env!("CARGO_PKG_VERSION")))),
    ("n_chars", Kind::Number(|row| row.n_chars)),
    ("n_tools", Kind::Number(|row| row.sample.text.n_tools)),
    ("n_steps", Kind::Number(|row| row.sample.text.n_steps)),
];

pub(crate) const MESSAGE: Leaves<Message> =
    &[("role", Leaf::Word(|message| message.role.as_str())), ("content", Leaf::Text(|message| &message.content))];

const FLOW: Leaves<Flow> = &[
    ("step", Leaf::Number(|flow| Some(flow.step))),
    ("sender", Leaf::Word(|flow| &flow.sender)),
    ("recipient", Leaf::Word(|flow| &flow.recipient)),
    ("subject", Leaf::Word(|flow| &flow.subject)),
    ("information", Leaf::Word(|flow| &flow.information)),
    ("principle", Leaf::Word(|flow| &flow.principle)),
];

const EVIDENCE: Leaves<Evidence> = &[
    ("surface", Leaf::Word(|evidence| evidence.surface)),
    ("step", Leaf::Number(|evidence| evidence.step)),
    ("pointer", Leaf::Word(|evidence| &evidence.pointer)),
    ("start", Leaf::Number(|evidence| Some(evidence.start))),
    ("end", Leaf::Number(|evidence| Some(evidence.end))),
    ("text", Leaf::Text(|evidence| &evidence.text)),
];
