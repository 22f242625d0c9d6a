//! What was loaded from files: resolved, checked, ready to expand. Indices are positions in the catalog's own lists.

use std::collections::BTreeMap;

use crate::{Checkpoint, Names, Taxonomy, Template};

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
    /// Scenarios, sorted by domain and id.
    pub scenarios: Vec<Scenario>,
    /// Attack patterns, sorted by class and id.
    pub patterns: Vec<Pattern>,
    /// Ways to write a session down, sorted by id.
    pub surfaces: Vec<Surface>,
    /// Ways in which users write, sorted by id.
    pub voices: Vec<Voice>,
    /// Sentences of rationales by key: a class id, or one of the benign situations.
    pub rationales: BTreeMap<String, Vec<Template>>,
    /// Names that the rationales use.
    pub rationale_names: Names,
    /// How lifecycle events are worded, in the order of [`crate::Event::KEYS`]; slots are numbered by the key's own list of names.
    pub events: Vec<Template>,
    /// Words that slots are built from.
    pub banks: Banks,
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
    /// Title for people.
    pub title: String,
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
    pub instructions: Option<String>,
    /// Protocol version it speaks.
    pub protocol: String,
    /// Settings that matter for security; at least one.
    pub settings: Vec<Setting>,
    /// The release that replaces this version.
    pub next_release: Release,
    /// Range of its tools in [`Catalog::tools`].
    pub tools: std::ops::Range<usize>,
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
    /// Description that clients see.
    pub description: String,
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
    pub results: Vec<Template>,
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
    /// A time of day.
    Time,
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
    pub requests: Vec<Template>,
    /// What happens, in order.
    pub steps: Vec<ScenarioStep>,
    /// Closing words.
    pub replies: Vec<Template>,
    /// Slots.
    pub slots: Vec<Slot>,
    /// Names that its templates use.
    pub names: Names,
}

/// One step of a scenario.
#[derive(Debug)]
pub enum ScenarioStep {
    /// The assistant calls a tool.
    Call(PlannedStep),
    /// The assistant asks or reports.
    Assistant(Vec<Template>),
    /// The user answers.
    User(Vec<Template>),
}

/// A call that the scenario intends.
#[derive(Debug)]
pub struct PlannedStep {
    /// The tool.
    pub tool: usize,
    /// What the assistant may say first.
    pub says: Vec<Template>,
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

/// An attack, as data: edits to a benign trajectory, and a claim about what they amount to.
#[derive(Debug)]
pub struct Pattern {
    /// File stem, unique over the catalog.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Class claimed; the audit must agree.
    pub class: String,
    /// Where the adversary gets in.
    pub vector: String,
    /// What it leads to.
    pub effect: String,
    /// How bad.
    pub severity: String,
    /// What would have stopped it.
    pub controls: Vec<String>,
    /// Checkpoints at which the attack can be told from what is visible.
    pub checkpoints: Vec<Checkpoint>,
    /// Which scenarios it fits.
    pub fits: Fits,
    /// Slots of its own.
    pub slots: Vec<Slot>,
    /// Wordings of the adversary's text.
    pub payloads: Vec<Payload>,
    /// What the adversary does.
    pub expose: Vec<Edit>,
    /// What the assistant or client then does, if it follows.
    pub comply: Vec<Edit>,
    /// Closing words of an assistant that followed; empty means the scenario's own.
    pub follows: Vec<Template>,
    /// Words of an assistant that noticed and goes on without it.
    pub refuses: Vec<Template>,
    /// An assistant that refuses does not make the target call.
    pub stops: bool,
    /// Words of an assistant that stops to ask.
    pub asks: Vec<Template>,
    /// The same surface, made legitimate.
    pub lookalike: Lookalike,
    /// Names that its templates use.
    pub names: Names,
}

/// Which planned calls a pattern can hook on.
#[derive(Debug, Clone, Default)]
pub struct Fits {
    /// The target has one of these effects; empty for any.
    pub effects: Vec<String>,
    /// The target has a bound parameter with one of these purposes; empty for any.
    pub parameters: Vec<String>,
    /// The target needs a role.
    pub role: bool,
    /// The target is once-only.
    pub once: bool,
    /// The target is the last call.
    pub last: bool,
    /// A call stands before the target that could be swapped with it.
    pub ordered: bool,
    /// A call outside the plan that the attack needs.
    pub rogue: Option<RogueNeed>,
}

/// What an unintended tool must be like.
#[derive(Debug, Clone, Default)]
pub struct RogueNeed {
    /// It has one of these effects; empty for any.
    pub effects: Vec<String>,
    /// It has a parameter with this purpose.
    pub parameter: Option<String>,
    /// It does the target's job with more power.
    pub broader: bool,
    /// It sits on the target's server.
    pub same_server: bool,
}

/// One wording of the adversary's text.
#[derive(Debug)]
pub struct Payload {
    /// How it asks.
    pub disguise: String,
    /// The text.
    pub text: Template,
}

/// The benign partner of an attack.
#[derive(Debug)]
pub struct Lookalike {
    /// Wordings that stand where the payload would.
    pub payloads: Vec<Template>,
    /// Edits to contract and steps.
    pub edits: Vec<Edit>,
    /// Closing words; empty means the scenario's own.
    pub replies: Vec<Template>,
    /// Why it is fine, for the rationale.
    pub because: Vec<Template>,
}

/// Where an edit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// Before anything is asked.
    Start,
    /// Before the target call.
    BeforeTarget,
    /// After the target call's result.
    AfterTarget,
    /// After the last planned call's result.
    AfterLast,
    /// Right after the listings, before the assistant does anything.
    AfterListing,
    /// After everything, the closing words included.
    End,
}

/// What a payload asks for, before it is tied to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DemandKind {
    /// Call the rogue tool before the target.
    CallBefore,
    /// Call the rogue tool after the target.
    CallAfter,
    /// Call the rogue tool instead of the target.
    CallInstead,
    /// Call the target on the added server.
    Route,
    /// Use the value of the `rewrite_argument` edit.
    Argument,
    /// Run the target again.
    Repeat,
    /// Run the target before the call it must follow.
    Reorder,
    /// Take the text for the target's return.
    Data,
    /// Treat the user as bearing the role.
    Role,
    /// Go on with a grant that has ended.
    Keep,
    /// Install from another source.
    Install,
    /// Change a setting.
    Configure,
    /// Stay on the version and skip its check.
    Stay,
    /// Put a model or adapter in place.
    Model,
}

/// One change to a benign trajectory. A closed list: the compiler points at every place when one is added.
#[derive(Debug)]
pub enum Edit {
    /// Adds the payload to the description of the target's tool.
    RewriteDescription {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds a property to the target's schema, described by the payload.
    RewriteSchema {
        /// Name of the property.
        property: String,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds the payload to the instructions of the target's server.
    RewriteInstructions {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds the payload to a result that the assistant reads before it acts.
    RewriteResult {
        /// The result of the call that ends at this anchor.
        at: Anchor,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Lets a first attempt at the target fail with the payload as error text.
    FailFirst {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds the payload to the user's request, as pasted content.
    RewriteRequest {
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Adds words of the user's own to the request, before or after it.
    ExtendRequest {
        /// Wordings.
        text: Vec<Template>,
        /// Put before the request instead of after it.
        before: bool,
    },
    /// Adds a resource, prompt template or log that the client reads.
    AddMaterial {
        /// Where.
        at: Anchor,
        /// `resource`, `prompt` or `log`.
        material: String,
        /// Its URI or name.
        name: Template,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
    /// Turns the user's verified role into a claim that nothing verifies.
    ClaimRole,
    /// Adds a call of the rogue tool.
    InsertCall {
        /// Where.
        at: Anchor,
        /// Argument values by purpose or name.
        arguments: Vec<(String, Template)>,
        /// The contract has it.
        planned: bool,
    },
    /// Puts the rogue tool in the target's place.
    ReplaceCall {
        /// Argument values by purpose or name.
        arguments: Vec<(String, Template)>,
        /// Its result is empty: the intended return is missing.
        empty: bool,
        /// The contract has it.
        planned: bool,
    },
    /// Swaps the target with the call that must come first.
    SwapCalls,
    /// Runs the target again.
    RepeatCall {
        /// The contract has it: the user asked.
        planned: bool,
    },
    /// Takes the target's call away and leaves a return that no call produced.
    DropCall,
    /// Changes a bound argument of the target.
    RewriteArgument {
        /// Purposes, the first that fits.
        purposes: Vec<String>,
        /// New value; drawn again from the same slot when there is none.
        value: Option<Template>,
        /// The contract has the new value.
        planned: bool,
    },
    /// Takes away every call after the target.
    Truncate,
    /// Connects a further server that copies the target's tool.
    AddServer {
        /// Its name; the target server's own where there is none.
        name: Option<Template>,
        /// Its publisher.
        publisher: Template,
        /// Name of the copied tool; the target's own where there is none.
        tool: Option<Template>,
        /// An administrator approved it.
        approved: bool,
        /// What the payload, put in the tool's description, asks for.
        demand: Option<DemandKind>,
    },
    /// Sends the target call to the added server.
    RedirectCall {
        /// Its result is empty: the intended return is missing.
        empty: bool,
        /// The contract has it: the user named that server.
        planned: bool,
    },
    /// Adds a lifecycle event.
    AddEvent {
        /// Where.
        at: Anchor,
        /// What happens.
        event: EventTemplate,
    },
    /// Lets the target's grant end before the target call.
    ExpireGrant {
        /// By a revocation event instead of a passed time.
        revoked: bool,
        /// A new grant follows before the call.
        renewed: bool,
    },
    /// The target's server announces a changed tool list, with the payload in the target's description.
    Relist {
        /// Where.
        at: Anchor,
        /// A change record approves the new list.
        recorded: bool,
        /// What the payload asks for.
        demand: Option<DemandKind>,
    },
}

impl Edit {
    /// True for an edit that puts the payload of an attack into the session.
    pub fn shows_payload(&self) -> bool {
        match self {
            Self::RewriteDescription { .. }
            | Self::RewriteSchema { .. }
            | Self::RewriteInstructions { .. }
            | Self::RewriteResult { .. }
            | Self::FailFirst { .. }
            | Self::RewriteRequest { .. }
            | Self::AddMaterial { .. }
            | Self::ClaimRole => true,
            Self::AddServer { demand, .. } | Self::Relist { demand, .. } => demand.is_some(),
            Self::ExtendRequest { .. }
            | Self::InsertCall { .. }
            | Self::ReplaceCall { .. }
            | Self::SwapCalls
            | Self::RepeatCall { .. }
            | Self::DropCall
            | Self::RewriteArgument { .. }
            | Self::Truncate
            | Self::RedirectCall { .. }
            | Self::AddEvent { .. }
            | Self::ExpireGrant { .. } => false,
        }
    }
}

/// A lifecycle event with holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventTemplate {
    /// The target's server is installed.
    Install {
        /// From its own package source, or from this one.
        source: Option<Template>,
        /// The digest is the approved one.
        digest_matches: bool,
        /// The user was shown the command and agreed.
        consent: bool,
    },
    /// The target's server is brought to its next release.
    Update {
        /// A change record exists.
        recorded: bool,
    },
    /// A setting of the target's server becomes its weaker value.
    Configure {
        /// A change record exists.
        recorded: bool,
        /// It is set back to the approved value instead.
        approved: bool,
    },
    /// A model or adapter is put in place.
    Model {
        /// Its name.
        adapter: Template,
        /// A change record approves it.
        recorded: bool,
    },
    /// The target's server announces that its version must be replaced and what check runs until then.
    Notice,
    /// The enforcement step of the next release runs.
    Check,
    /// The user's role is verified by a step-up.
    Verify,
}

/// A way to write a session down: the templates of its lines.
#[derive(Debug)]
pub struct Surface {
    /// File stem.
    pub id: String,
    /// Templates in the order of [`Line::KEYS`]; slots are numbered by the line's own list of names.
    pub lines: Vec<Template>,
    /// Each tool as its own server offers it, written once: most samples list it unchanged.
    pub tools: Vec<String>,
}

impl Surface {
    /// The template of a line.
    pub fn line(&self, line: Line) -> &Template {
        &self.lines[line as usize]
    }
}

/// A line of a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The header.
    Session,
    /// A granted scope.
    Grant,
    /// A granted scope that ends.
    GrantUntil,
    /// A connected server.
    Server,
    /// What was approved about a server.
    Approved,
    /// Nothing was.
    Unapproved,
    /// What a server says to clients.
    Instructions,
    /// A security setting.
    Setting,
    /// A handling rule.
    Policy,
    /// A tool definition.
    Tool,
    /// A required parameter.
    Parameter,
    /// An optional parameter.
    OptionalParameter,
    /// A parameter that an edit added.
    AddedParameter,
    /// User to assistant.
    Query,
    /// Tool definitions.
    Listing,
    /// A call.
    Call,
    /// A result.
    Result,
    /// A failed call.
    Error,
    /// A resource, prompt template or log.
    Material,
    /// A lifecycle event.
    Event,
    /// Assistant to user.
    Response,
}

impl Line {
    /// Every line with its key in a surface file and the names that its template may use, in order of the lines.
    pub const KEYS: [(Self, &'static str, &'static [&'static str]); 21] = [
        (
            Line::Session,
            "session",
            &[
                "user.name",
                "user.handle",
                "user.role",
                "org.name",
                "org.domain",
                "session.date",
                "session.started",
                "session.model",
                "session.protocol",
                "grants",
                "servers",
                "policies",
            ],
        ),
        (Line::Grant, "grant", &["scope"]),
        (Line::GrantUntil, "grant_until", &["scope", "until"]),
        (Line::Server, "server", &["name", "version", "publisher", "endpoint", "source", "digest", "approval", "settings", "instructions"]),
        (Line::Approved, "approved", &["on", "source", "digest"]),
        (Line::Unapproved, "unapproved", &[]),
        (Line::Instructions, "instructions", &["text.raw", "text.json"]),
        (Line::Setting, "setting", &["name", "value"]),
        (Line::Policy, "policy", &["text.raw", "text.json"]),
        (Line::Tool, "tool", &["server", "name", "description.raw", "description.json", "parameters", "definition"]),
        (Line::Parameter, "parameter", &["name", "type"]),
        (Line::OptionalParameter, "optional_parameter", &["name", "type"]),
        (Line::AddedParameter, "added_parameter", &["name", "description.raw", "description.json"]),
        (Line::Query, "query", &["n", "time", "sender", "recipient", "subject", "information", "principle", "text.raw", "text.json"]),
        (
            Line::Listing,
            "listing",
            &["n", "time", "sender", "recipient", "subject", "information", "principle", "server", "digest", "record", "tools"],
        ),
        (
            Line::Call,
            "call",
            &["n", "time", "sender", "recipient", "subject", "information", "principle", "server", "tool", "id", "arguments", "scope"],
        ),
        (
            Line::Result,
            "result",
            &["n", "time", "sender", "recipient", "subject", "information", "principle", "server", "tool", "id", "text.raw", "text.json"],
        ),
        (
            Line::Error,
            "error",
            &["n", "time", "sender", "recipient", "subject", "information", "principle", "server", "tool", "id", "text.raw", "text.json"],
        ),
        (
            Line::Material,
            "material",
            &[
                "n",
                "time",
                "sender",
                "recipient",
                "subject",
                "information",
                "principle",
                "server",
                "material",
                "name",
                "text.raw",
                "text.json",
            ],
        ),
        (Line::Event, "event", &["n", "time", "sender", "recipient", "subject", "information", "principle", "text.raw", "text.json"]),
        (Line::Response, "response", &["n", "time", "sender", "recipient", "subject", "information", "principle", "text.raw", "text.json"]),
    ];

    /// The names that the line's template may use.
    pub fn names(self) -> &'static [&'static str] {
        Self::KEYS[self as usize].2
    }
}

/// A way in which users write.
#[derive(Debug, Clone)]
pub struct Voice {
    /// Id.
    pub id: String,
    /// What may stand before the request; an empty one is drawn as often as any other.
    pub openers: Vec<String>,
    /// What may stand after it.
    pub closers: Vec<String>,
    /// Everything in lower case.
    pub lower_case: bool,
    /// Slips of the keyboard per hundred words.
    pub typos: u32,
    /// The full stop at the end is left out.
    pub no_full_stop: bool,
}
