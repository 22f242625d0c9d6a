//! What was loaded from files: resolved, checked, ready to expand. Indices are positions in the catalog's own lists.

use std::collections::BTreeMap;

use crate::{
    Agent, Corpus, Frame, Handout, Languages, Names, Pattern, Prompts, Protocol, Style, Surface, Taxonomy, Template, Voice, Wording,
};

/// Everything that varies, as one value. Built by the loader, which reports every problem before this exists.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Classes and axes.
    pub taxonomy: Taxonomy,
    /// Domains, sorted by id.
    pub domains: Vec<Domain>,
    /// Servers, sorted by domain and name.
    pub servers: Vec<Server>,
    /// Tools, grouped by server.
    pub tools: Vec<Tool>,
    /// Some name is borne by two tools, which only imported servers do.
    pub homonyms: bool,
    /// Scenarios, sorted by domain and id.
    pub scenarios: Vec<Scenario>,
    /// Attack patterns, sorted by class and id.
    pub patterns: Vec<Pattern>,
    /// Ways to write a session down, sorted by id.
    pub surfaces: Vec<Surface>,
    /// Ways in which users write, sorted by id.
    pub voices: Vec<Voice>,
    /// Manners in which assistants work, sorted by id.
    pub agents: Vec<Agent>,
    /// Texts that servers hand out in any session.
    pub handouts: Vec<Handout>,
    /// What servers put around results.
    pub frames: Vec<Frame>,
    /// Lines that frames are filled with.
    pub frame_lines: Vec<Template>,
    /// What users answer who do not want what the assistant asks about.
    pub declines: Vec<Template>,
    /// Versions of the protocol, sorted.
    pub protocols: Vec<Protocol>,
    /// Sentences of rationales by key: a class id, or one of the benign situations.
    pub rationales: BTreeMap<String, Vec<Template>>,
    /// Names that the rationales use.
    pub rationale_names: Names,
    /// How lifecycle events are worded, in the order of [`crate::Event::KEYS`]; slots are numbered by the key's own list of names.
    pub events: Vec<Template>,
    /// Words that slots are built from.
    pub banks: Banks,
    /// Ways of writing that a rewording can be asked for in, in the order of the file.
    pub styles: Vec<Style>,
    /// What must not change between a text and its rewording.
    pub languages: Languages,
    /// What a model is told that rewords.
    pub prompts: Prompts,
    /// Share of the texts of each field that are drawn from their rewordings, in the order of [`crate::Field::ALL`].
    pub reworded: [f64; 5],
    /// What imports inferred and nobody has confirmed, by file.
    pub unconfirmed: Vec<Unconfirmed>,
    /// Digest (BLAKE3, hex) of every input file, for the manifest: path, digest.
    pub digests: Vec<(String, String)>,
}

/// Words that slots are built from.
#[derive(Debug, Default)]
pub struct Banks {
    /// First and last names, by locale; each as it is written and as it stands in an address.
    pub names: Vec<[Vec<(String, String)>; 2]>,
    /// First words of company names.
    pub company_heads: Vec<String>,
    /// Last words of company names.
    pub company_tails: Vec<String>,
    /// Streets.
    pub streets: Vec<String>,
    /// Cities and their countries.
    pub cities: Vec<(String, String)>,
    /// First words of outside hosts.
    pub sink_heads: Vec<String>,
    /// Last words of outside hosts.
    pub sink_tails: Vec<String>,
    /// Mailboxes there.
    pub sink_mailboxes: Vec<String>,
    /// Approved models.
    pub models: Vec<String>,
}

/// A domain of work.
#[derive(Debug)]
pub struct Domain {
    /// Folder name.
    pub id: String,
    /// Path of the folder that it stands in, relative to the root: `seeds` for what is shipped.
    pub seeds: String,
    /// Title for people.
    pub title: String,
    /// Part of the files that it is of, with all its servers and scenarios.
    pub corpus: Corpus,
}

/// An MCP server.
#[derive(Debug)]
pub struct Server {
    /// Name, unique over the catalog.
    pub name: String,
    /// Index of its domain.
    pub domain: usize,
    /// Display name.
    pub title: String,
    /// Version in use.
    pub version: String,
    /// Publisher's host name (reserved).
    pub publisher: String,
    /// Package identifier (`npm:...`, `pypi:...`, `oci:...`).
    pub package: String,
    /// Instructions that it gives to clients.
    pub instructions: Option<Wording>,
    /// Protocol version it speaks, in [`Catalog::protocols`].
    pub protocol: usize,
    /// Settings that matter for security; at least one.
    pub settings: Vec<Setting>,
    /// The release that replaces this version.
    pub next_release: Release,
    /// Range of its tools in [`Catalog::tools`].
    pub tools: std::ops::Range<usize>,
    /// Where it was imported from; none for one that was written here.
    pub provenance: Option<Provenance>,
}

/// Where imported seeds come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Provenance {
    /// Command line, address or data set.
    pub source: String,
    /// Day of the import, ISO 8601, as the user gave it.
    pub date: Option<String>,
    /// Licence, SPDX where it is known.
    pub license: Option<String>,
    /// BLAKE3 of what came in, hex.
    pub digest: String,
}

/// Keys that an import may infer of a server.
pub const INFERRED_OF_SERVER: [&str; 4] = ["publisher", "package", "setting", "next_release"];
/// Keys that an import may infer of a tool.
pub const INFERRED_OF_TOOL: [&str; 8] = ["effects", "scopes", "capability", "takes", "returns", "idempotent", "role", "parameters"];
/// Keys that an import may infer of a scenario.
pub const INFERRED_OF_SCENARIO: [&str; 7] = ["requests", "arguments", "results", "replies", "role", "policies", "slots"];

/// Facts that an import inferred and no person has confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// File, as the user knows it.
    pub file: String,
    /// The tool; empty for the server or scenario itself.
    pub place: String,
    /// Keys of the file.
    pub keys: Vec<String>,
}

/// A setting of a server that matters for security.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Name.
    pub name: String,
    /// What an administrator approved.
    pub approved: String,
    /// What somebody might slip in.
    pub weaker: String,
    /// What it governs.
    pub about: String,
}

/// A release that replaces a version.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its version.
    pub version: String,
    /// Why the old one must go.
    pub reason: String,
    /// Enforcement step that it brings.
    pub check: String,
}

/// An MCP tool with the facts that the audit needs. The facts never reach the text of a sample.
#[derive(Debug)]
pub struct Tool {
    /// Name, unique over the catalog.
    pub name: String,
    /// Index of its server.
    pub server: usize,
    /// Display title.
    pub title: Option<String>,
    /// Description that clients see; it has no slots.
    pub description: Wording,
    /// `inputSchema` as compact JSON.
    pub input_schema: String,
    /// Byte offset in `input_schema` at which a further property can be written, and whether a comma must go first.
    pub property_slot: (usize, bool),
    /// `outputSchema` as compact JSON.
    pub output_schema: Option<String>,
    /// `annotations` as compact JSON.
    pub annotations: Option<String>,
    /// The whole in MCP form as compact JSON, without the closing brace, so that `_meta` can follow.
    pub definition: String,
    /// `(name, JSON type, required)` of each parameter, in schema order.
    pub signature: Vec<(String, String, bool)>,
    /// What it does: read, write, delete, send, pay, execute, administer.
    pub effects: Vec<String>,
    /// Scopes that a call needs.
    pub scopes: Vec<String>,
    /// The job it does; tools that share one can stand in for each other.
    pub capability: String,
    /// Information type of a call.
    pub takes: String,
    /// Information type of the result.
    pub returns: String,
    /// A repeat does no harm.
    pub idempotent: bool,
    /// Role that a call needs.
    pub role: Option<String>,
    /// What parameters are for: (parameter, purpose).
    pub parameters: Vec<(String, String)>,
    /// Tools that its own description says to call first.
    pub prerequisites: Vec<String>,
    /// One call that makes sense by itself.
    pub example: StepTemplate,
    /// Slots of the example.
    pub slots: Vec<Slot>,
    /// Names used by the example.
    pub names: Names,
}

impl Tool {
    /// True when it can do strictly more than `other`: more effects, administration or execution that the other lacks,
    /// or a scope that ends in `admin` or `root` where the other has none.
    pub fn is_broader_than(&self, other: &Self) -> bool {
        let has = |tool: &Self, effect: &str| tool.effects.iter().any(|e| e == effect);
        let rules = |tool: &Self| tool.scopes.iter().any(|scope| scope.ends_with("admin") || scope.ends_with("root"));
        let superset = other.effects.iter().all(|effect| has(self, effect)) && self.effects.len() > other.effects.len();
        superset || rules(self) && !rules(other) || ["administer", "execute"].iter().any(|power| has(self, power) && !has(other, power))
    }

    /// The parameter that serves a purpose.
    pub fn parameter_for(&self, purpose: &str) -> Option<&str> {
        self.parameters.iter().find(|(_, p)| p == purpose).map(|(name, _)| name.as_str())
    }
}

/// The arguments and result of one call.
#[derive(Debug, Default)]
pub struct StepTemplate {
    /// Arguments: name and compact JSON with holes. A hole inside a JSON string is filled with JSON-escaped text.
    pub arguments: Vec<(String, Template)>,
    /// Results, one of which is drawn.
    pub results: Vec<Wording>,
}

/// A named slot.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its name in templates.
    pub name: String,
    /// What fills it.
    pub kind: SlotKind,
}

/// What fills a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum SlotKind {
    /// A person at the user's organisation.
    Person,
    /// A person elsewhere.
    Outsider,
    /// A company.
    Company,
    /// A city.
    City,
    /// A street and number.
    Street,
    /// A day, offset from the session's day.
    Date {
        /// First offset.
        from: i64,
        /// Last offset.
        to: i64,
    },
    /// A time of day, before the session starts or at least an hour after that.
    Time {
        /// After.
        later: bool,
    },
    /// A whole number.
    Int {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A number with decimals.
    Decimal {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
        /// Digits after the point.
        places: usize,
    },
    /// An amount of money.
    Money {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// An identifier by pattern.
    Id(String),
    /// A documentation address (RFC 5737).
    Ip,
    /// One of several texts.
    Choice(Vec<String>),
    /// One of several rows with the same keys: keys, rows.
    Rows(Vec<String>, Vec<Vec<String>>),
    /// An outside address that an attack uses; reserved names only.
    Sink,
}

/// A task that a person gives an assistant.
#[derive(Debug)]
pub struct Scenario {
    /// File stem, unique over the catalog.
    pub id: String,
    /// Index of its domain.
    pub domain: usize,
    /// Title for people.
    pub title: String,
    /// Servers it calls.
    pub servers: Vec<usize>,
    /// Verified role of the user.
    pub role: String,
    /// Scopes granted for the session.
    pub grants: Vec<String>,
    /// Whose information flows.
    pub subject: Template,
    /// Handling rules.
    pub policies: Vec<Template>,
    /// Wordings of the request.
    pub requests: Vec<Wording>,
    /// What happens, in order.
    pub steps: Vec<ScenarioStep>,
    /// Closing words.
    pub replies: Vec<Wording>,
    /// Slots.
    pub slots: Vec<Slot>,
    /// Names that its templates use.
    pub names: Names,
    /// Where it was imported from; none for one that was written here.
    pub provenance: Option<Provenance>,
}

/// One step of a scenario.
#[derive(Debug)]
pub enum ScenarioStep {
    /// The assistant calls a tool.
    Call(PlannedStep),
    /// The assistant asks or reports.
    Assistant(Vec<Wording>),
    /// The user answers.
    User(Vec<Wording>),
}

/// A call that the scenario intends.
#[derive(Debug)]
pub struct PlannedStep {
    /// The tool.
    pub tool: usize,
    /// What the assistant may say first.
    pub says: Vec<Wording>,
    /// Arguments and results.
    pub template: StepTemplate,
    /// Positions (among the calls) of calls that must come first.
    pub after: Vec<usize>,
    /// Those of `after` that a policy demands and no value depends on: the two could be swapped.
    pub swappable: Vec<usize>,
    /// Doing it twice would do harm.
    pub once: bool,
    /// The call fails.
    pub error: bool,
}

impl Scenario {
    /// The planned calls, in order.
    pub fn calls(&self) -> impl Iterator<Item = &PlannedStep> {
        self.steps.iter().filter_map(|step| match step {
            ScenarioStep::Call(call) => Some(call),
            ScenarioStep::Assistant(_) | ScenarioStep::User(_) => None,
        })
    }
}
