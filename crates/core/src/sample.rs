use std::fmt;
use std::str::FromStr;

/// Where a guard is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checkpoint {
    /// Are these definitions safe to load?
    ToolListing,
    /// May this pending call go ahead?
    ToolCall,
    /// Is this return safe to read?
    ToolResult,
    /// Audit of the whole session.
    Session,
}

impl Checkpoint {
    /// All of them, in canonical order.
    pub const ALL: [Self; 4] = [Self::ToolListing, Self::ToolCall, Self::ToolResult, Self::Session];

    /// The name in data sets and recipes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToolListing => "tool_listing",
            Self::ToolCall => "tool_call",
            Self::ToolResult => "tool_result",
            Self::Session => "session",
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Checkpoint {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|c| c.as_str() == text).ok_or_else(|| format!("`{text}` is no checkpoint"))
    }
}

/// Part of the data set that a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// For training.
    Train,
    /// For choosing among models.
    Validation,
    /// Scenarios never trained on.
    Test,
    /// Attack patterns never trained on.
    TestUnseenPattern,
    /// Servers never trained on.
    TestUnseenServer,
    /// Whole domains never trained on.
    TestUnseenDomain,
}

impl Split {
    /// All of them, in canonical order.
    pub const ALL: [Self; 6] =
        [Self::Train, Self::Validation, Self::Test, Self::TestUnseenPattern, Self::TestUnseenServer, Self::TestUnseenDomain];

    /// The name in data sets and recipes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::TestUnseenPattern => "test_unseen_pattern",
            Self::TestUnseenServer => "test_unseen_server",
            Self::TestUnseenDomain => "test_unseen_domain",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Place of a row in its pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairRole {
    /// The session with the attack, followed or not.
    Attack,
    /// The same session without it.
    Twin,
    /// The same surface, made legitimate by the contract.
    Lookalike,
}

impl PairRole {
    /// The name in data sets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attack => "attack",
            Self::Twin => "twin",
            Self::Lookalike => "lookalike",
        }
    }
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Session header and tool list.
    System,
    /// The user.
    User,
    /// The assistant.
    Assistant,
    /// A server or the environment.
    Tool,
}

impl Role {
    /// The name in chat formats.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
        }
    }
}

/// One message of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// One flow in MCIP's terms (arXiv 2505.14590).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Position of the step.
    pub step: u32,
    /// Who sends.
    pub sender: String,
    /// Who receives.
    pub recipient: String,
    /// Whose information it is.
    pub subject: String,
    /// Information type.
    pub information: String,
    /// Transmission principle.
    pub principle: String,
}

/// Where the evidence stands. Offsets count Unicode scalar values of the text that `pointer` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Kind of place, e.g. `tool_description`, `call_arguments`.
    pub surface: &'static str,
    /// Position of the step; `None` for the session header.
    pub step: Option<u32>,
    /// Column and JSON pointer within it, e.g. `/tools/2/description`; a value that is no string is meant as compact JSON.
    pub pointer: String,
    /// First character.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// The text between them.
    pub text: String,
}

/// What the audit found, and what the pattern states beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Class that decides.
    pub label: String,
    /// Every class that holds; `appropriate` alone when none does.
    pub labels: Vec<String>,
    /// The answer to the checkpoint's question.
    pub is_unsafe: bool,
    /// An attack is visible, whether or not anybody followed it.
    pub attack_present: bool,
    /// The assistant or client did what the attack wants.
    pub attack_followed: bool,
    /// Where the adversary got in; `None` when no attack is visible.
    pub vector: Option<String>,
    /// What it leads or would lead to; `None` when no attack is visible.
    pub effect: Option<String>,
    /// How the text asks; `None` when no attack is visible.
    pub disguise: Option<String>,
    /// What the attack is after; `None` when no attack is visible.
    pub goal: Option<String>,
    /// `none` when safe.
    pub severity: String,
    /// Controls that would have stopped it; empty when no attack is visible.
    pub controls: Vec<String>,
    /// Steps that are wrong.
    pub violating_steps: Vec<u32>,
    /// Where that can be seen.
    pub evidence: Vec<Evidence>,
    /// What happened, in terms of the flow.
    pub rationale: String,
}

/// Where a row comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Domain id.
    pub domain: String,
    /// Scenario id.
    pub scenario: String,
    /// Pattern id.
    pub pattern: Option<String>,
    /// Names of the servers connected.
    pub servers: Vec<String>,
    /// Surface id.
    pub surface: String,
    /// Voice id.
    pub voice: String,
    /// Manner of the assistant.
    pub agent: String,
    /// BCP 47 tag of what the user writes.
    pub language: String,
    /// Protocol version.
    pub protocol_version: String,
    /// Words that name the random source.
    pub seed: String,
    /// Model that reworded some of the text; `None` when none did.
    pub paraphrase_model: Option<String>,
    /// What was reworded: `field/style`, sorted.
    pub reworded: Vec<String>,
}

/// The text of a trajectory cut at a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surfaced {
    /// The transcript.
    pub messages: Vec<Message>,
    /// Tool definitions, JSON array in MCP form; `_meta.server` names the server.
    pub tools: String,
    /// Session header, JSON object.
    pub session: String,
    /// Steps, JSON array.
    pub steps: String,
    /// Everything as one text.
    pub body: String,
    /// Flows.
    pub flows: Vec<Flow>,
    /// Number of tool definitions.
    pub n_tools: u32,
    /// Number of steps.
    pub n_steps: u32,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Attack, twin and look-alike share it.
    pub pair_id: Option<String>,
    /// Place in the pair.
    pub pair_role: Option<PairRole>,
    /// What must not cross splits.
    pub family: String,
    /// Part of the data set.
    pub split: Split,
    /// Where the guard is asked.
    pub checkpoint: Checkpoint,
    /// What the guard sees.
    pub text: Surfaced,
    /// The answer.
    pub labels: Labels,
    /// Where it comes from.
    pub lineage: Lineage,
}
