//! How sessions sound: the lines of surfaces, the voices of users, the manners of assistants, the versions of the protocol.

use crate::Template;

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
    /// A display title that an edit added.
    Annotation,
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
    pub const KEYS: [(Self, &'static str, &'static [&'static str]); 22] = [
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
                "session.handshake",
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
        (Line::Tool, "tool", &["server", "name", "description.raw", "description.json", "parameters", "definition", "annotation"]),
        (Line::Parameter, "parameter", &["name", "type"]),
        (Line::OptionalParameter, "optional_parameter", &["name", "type"]),
        (Line::AddedParameter, "added_parameter", &["name", "description.raw", "description.json"]),
        (Line::Annotation, "annotation", &["text.raw", "text.json"]),
        (Line::Query, "query", &["n", "time", "sender", "recipient", "subject", "information", "principle", "text.raw", "text.json"]),
        (
            Line::Listing,
            "listing",
            &["n", "time", "sender", "recipient", "subject", "information", "principle", "server", "digest", "record", "tools", "protocol"],
        ),
        (
            Line::Call,
            "call",
            &[
                "n",
                "time",
                "sender",
                "recipient",
                "subject",
                "information",
                "principle",
                "server",
                "tool",
                "id",
                "arguments",
                "scope",
                "protocol",
            ],
        ),
        (
            Line::Result,
            "result",
            &[
                "n",
                "time",
                "sender",
                "recipient",
                "subject",
                "information",
                "principle",
                "server",
                "tool",
                "id",
                "text.raw",
                "text.json",
                "structured",
                "protocol",
            ],
        ),
        (
            Line::Error,
            "error",
            &[
                "n",
                "time",
                "sender",
                "recipient",
                "subject",
                "information",
                "principle",
                "server",
                "tool",
                "id",
                "text.raw",
                "text.json",
                "protocol",
            ],
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

/// A manner in which assistants work.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Id.
    pub id: String,
    /// How often it is drawn, relative to the others.
    pub share: u32,
    /// What it says before each call, with the names of [`Agent::THOUGHT`]; empty for one that says nothing of its own.
    pub thoughts: Vec<Template>,
    /// Forms of its last message, with the names of [`Agent::ANSWER`].
    pub answers: Vec<Template>,
    /// It sends calls that do not wait for one another together.
    pub parallel: bool,
}

impl Agent {
    /// Names that a thought may use.
    pub const THOUGHT: [&'static str; 5] = ["tool", "server", "takes", "returns", "n"];
    /// Names that the form of an answer may use.
    pub const ANSWER: [&'static str; 5] = ["answer.raw", "answer.json", "calls", "last.tool", "last.quote"];
}

/// What a server puts around a result.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Text before it, with the names of [`Frame::NAMES`].
    pub before: Template,
    /// Text after it.
    pub after: Template,
    /// Fewest and most filler lines, where a text asks for them.
    pub count: (usize, usize),
}

impl Frame {
    /// Names that a frame may use; the last stands for filler lines and is not for these lines themselves.
    pub const NAMES: [&'static str; 8] = ["n", "small", "hex", "ms", "day", "tool", "server", "lines"];
}

/// A text that a server hands to the client in the course of any session.
#[derive(Debug, Clone)]
pub struct Handout {
    /// One of [`crate::MATERIALS`].
    pub material: String,
    /// URI or name, with the names of [`Frame::NAMES`] but the last.
    pub name: Template,
    /// The text, likewise.
    pub text: Template,
}

/// A version of the Model Context Protocol, and what its messages carry.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Date of the version.
    pub version: String,
    /// Members of the envelope of a session.
    pub session: String,
    /// Members of a tool list.
    pub listing: String,
    /// Members of the params of a call.
    pub call: String,
    /// Members of a call's result.
    pub result: String,
    /// Members of a tool definition, one of which is taken for each tool, with the names of [`Protocol::TOOL`].
    pub tool: Vec<Template>,
}

impl Protocol {
    /// Names that the members of a tool definition may use.
    pub const TOOL: [&'static str; 2] = ["publisher", "name"];
}
