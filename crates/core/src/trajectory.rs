use std::borrow::Cow;

use crate::{Connection, Contract, Field};

/// One session: what it allows and what happened.
#[derive(Debug, Clone)]
pub struct Trajectory<'c> {
    /// What it allows.
    pub contract: Contract<'c>,
    /// Servers as connected, also those that an adversary added.
    pub connections: Vec<Connection<'c>>,
    /// What happened, in order.
    pub steps: Vec<Step<'c>>,
    /// Day of the session, ISO 8601.
    pub date: String,
    /// Second of the day at which it started.
    pub started: u32,
    /// Protocol version.
    pub protocol: &'c crate::Protocol,
    /// Whose information flows.
    pub subject: String,
    /// Rewordings among definitions and instructions: field, style. The audit does not read this.
    pub reworded: Vec<(Field, usize)>,
}

impl Trajectory<'_> {
    /// How a connection is called in every text: by name, and by endpoint too where two bear one name.
    pub fn server_label(&self, connection: usize) -> Cow<'_, str> {
        let this = &self.connections[connection];
        match self.connections.iter().filter(|other| other.name == this.name).count() {
            1 => Cow::Borrowed(&this.name),
            _ => Cow::Owned(format!("{}@{}", this.name, this.endpoint)),
        }
    }
}

/// One information flow.
#[derive(Debug, Clone)]
pub struct Step<'c> {
    /// Seconds since the session started.
    pub at: u32,
    /// Position in the scenario's plan that it came from, for edits to find it. The audit does not read this.
    pub origin: Option<usize>,
    /// An edit touched it, so a checkpoint is cut here. The audit does not read this either.
    pub focus: bool,
    /// Rewordings in it: field, style. Nor this.
    pub reworded: Vec<(Field, usize)>,
    /// What flowed.
    pub kind: StepKind<'c>,
}

impl<'c> Step<'c> {
    /// A step that came from nowhere in particular and has no time yet.
    pub fn new(kind: StepKind<'c>) -> Self {
        Self { at: 0, origin: None, focus: false, reworded: Vec::new(), kind }
    }

    /// A step that an edit puts there for a checkpoint to be cut at.
    pub fn focused(kind: StepKind<'c>) -> Self {
        Self { focus: true, ..Self::new(kind) }
    }
}

/// What flowed.
#[derive(Debug, Clone)]
pub enum StepKind<'c> {
    /// User to assistant.
    Query {
        /// What the user wrote.
        text: String,
        /// A directive in pasted content.
        directive: Option<Directive<'c>>,
    },
    /// Server to client: tool definitions.
    Listing {
        /// The server.
        connection: usize,
        /// Digest of the list.
        digest: String,
        /// The definition of one tool, changed since the list before: position among the connection's tools, description, directive in it.
        changed: Option<(usize, String, Option<Directive<'c>>)>,
        /// Change record that approves it.
        record: Option<String>,
    },
    /// Client to server: a tool call.
    Call {
        /// Number of the call.
        id: u32,
        /// The server.
        connection: usize,
        /// Name of the tool.
        tool: Cow<'c, str>,
        /// Index of the catalog's tool whose facts hold for it.
        facts: usize,
        /// Arguments: parameter and compact JSON.
        arguments: Vec<(Cow<'c, str>, String)>,
    },
    /// Server to client: a tool's result.
    Return {
        /// Number of the call it answers.
        id: u32,
        /// The server.
        connection: usize,
        /// Name of the tool.
        tool: Cow<'c, str>,
        /// Index of the catalog's tool whose facts hold for it.
        facts: usize,
        /// Text content.
        text: String,
        /// The call failed.
        error: bool,
        /// A directive in the text.
        directive: Option<Directive<'c>>,
    },
    /// Server to client: a text that is no tool result.
    Material {
        /// The server.
        connection: usize,
        /// One of [`MATERIALS`].
        material: Cow<'c, str>,
        /// URI or name.
        name: String,
        /// Its text.
        text: String,
        /// A directive in the text.
        directive: Option<Directive<'c>>,
    },
    /// Something happened to a server, a grant, a configuration or a model.
    Event(Event<'c>),
    /// Assistant to user.
    Response {
        /// What the assistant wrote.
        text: String,
        /// It gives the answer to the request, rather than a remark, a question or a refusal.
        answers: bool,
    },
}

/// Texts from a server that are no tool result: what they are called, and the surface of evidence in them.
/// Elicitation and sampling are requests of a server to the client (MCP specification 2025-06-18 and later); an
/// approval is the summary of a pending action that a server puts before the user.
pub const MATERIALS: [(&str, &str); 6] = [
    ("resource", "resource"),
    ("prompt", "prompt_template"),
    ("log", "log"),
    ("elicitation", "elicitation"),
    ("sampling", "sampling_request"),
    ("approval", "approval_view"),
];

/// A lifecycle event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'c> {
    /// A server was installed.
    Install {
        /// The server.
        connection: usize,
        /// Where from.
        source: String,
        /// Digest of what was installed.
        digest: String,
        /// The user was shown the command and agreed.
        consent: bool,
    },
    /// A server was brought to another version.
    Update {
        /// The server.
        connection: usize,
        /// The new version.
        version: Cow<'c, str>,
        /// Change record.
        record: Option<String>,
    },
    /// A setting was changed.
    Configure {
        /// The server.
        connection: usize,
        /// Name of the setting.
        setting: &'c str,
        /// Its new value.
        value: &'c str,
        /// The approved value.
        approved: &'c str,
        /// Change record.
        record: Option<String>,
    },
    /// A model or adapter was put in place.
    Model {
        /// Its name.
        adapter: String,
        /// Change record.
        record: Option<String>,
    },
    /// A version must be replaced; until then a check runs before each call.
    Notice {
        /// The server.
        connection: usize,
        /// The version that replaces it.
        version: &'c str,
        /// Why.
        reason: &'c str,
        /// The check.
        check: &'c str,
    },
    /// An enforcement step ran.
    Check {
        /// The server.
        connection: usize,
        /// Its name.
        check: &'c str,
    },
    /// A scope was granted.
    Grant {
        /// The scope.
        scope: &'c str,
    },
    /// A scope was revoked.
    Revoke {
        /// The scope.
        scope: &'c str,
    },
    /// The user's role was verified.
    Verify {
        /// The role.
        role: Cow<'c, str>,
    },
}

impl Event<'_> {
    /// The keys that `templates/events.toml` must have, each with the names that its template may use.
    pub const KEYS: [(&'static str, &'static [&'static str]); 15] = [
        ("install", &["server", "source", "digest", "consent"]),
        ("update", &["server", "version", "record"]),
        ("update_unrecorded", &["server", "version"]),
        ("configure", &["server", "setting", "value", "approved", "record"]),
        ("configure_unrecorded", &["server", "setting", "value", "approved"]),
        ("model", &["adapter", "record"]),
        ("model_unrecorded", &["adapter"]),
        ("notice", &["server", "version", "reason", "check"]),
        ("check", &["server", "check"]),
        ("grant", &["scope", "user"]),
        ("revoke", &["scope", "user"]),
        ("verify", &["role", "user"]),
        ("listing_changed", &["server", "record"]),
        ("consent_given", &[]),
        ("consent_missing", &[]),
    ];

    /// The catalog's wording of a key.
    ///
    /// # Panics
    /// If the key is none of [`Event::KEYS`].
    pub fn template<'a>(events: &'a [crate::Template], key: &str) -> &'a crate::Template {
        let position = Self::KEYS.iter().position(|(known, _)| *known == key).expect("a key of KEYS");
        &events[position]
    }
}

/// An instruction to the assistant that stands in content, with its operative facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive<'c> {
    /// What it asks for.
    pub demand: Demand<'c>,
    /// Where it starts in the text it stands in, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What an instruction asks for. Positions are those of the plan; the audit asks the contract whether that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand<'c> {
    /// Call a tool.
    Call {
        /// The tool's name.
        tool: Cow<'c, str>,
        /// Its facts.
        facts: usize,
        /// When.
        place: Place,
        /// The planned call it is tied to.
        target: usize,
    },
    /// Call a planned tool on another server.
    Route {
        /// The connection to use.
        connection: usize,
        /// The planned call.
        target: usize,
    },
    /// Use another value for a bound argument.
    Argument {
        /// The planned call.
        target: usize,
        /// The parameter.
        parameter: Cow<'c, str>,
        /// Compact JSON.
        value: String,
    },
    /// Run a planned call again.
    Repeat {
        /// The planned call.
        target: usize,
    },
    /// Run a planned call before the one it must follow.
    Reorder {
        /// The planned call.
        target: usize,
    },
    /// Take this text for the return of a planned call.
    Data {
        /// The planned call.
        target: usize,
    },
    /// Treat the user as bearing a role.
    Role {
        /// The planned call.
        target: usize,
    },
    /// Go on with a grant that has ended.
    Keep {
        /// The planned call.
        target: usize,
    },
    /// Install from another source.
    Install {
        /// The connection.
        connection: usize,
    },
    /// Change a setting.
    Configure {
        /// The connection.
        connection: usize,
    },
    /// Stay on a version and skip its check.
    Stay {
        /// The connection.
        connection: usize,
    },
    /// Put a model or adapter in place.
    Model,
}

/// When a demanded call is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before the target.
    Before,
    /// After the target.
    After,
    /// Instead of the target.
    Instead,
}
