/// The class of a session in which nothing is wrong.
pub const APPROPRIATE: &str = "appropriate";

/// Every class that a rule of the audit can return; the taxonomy must have each (MCIP, arXiv 2505.14590, section 3).
pub const RULES: [&str; 18] = [
    APPROPRIATE,
    SERVER_NAME,
    INSTALLER,
    BACKDOOR,
    TOOL_NAME,
    FUNCTION_OVERLAP,
    PRIVILEGES,
    DEPENDENCY,
    INJECTION,
    CAUSAL,
    WRONG_FUNCTION,
    WRONG_ARGUMENTS,
    DATA,
    IDENTITY,
    REPLAY,
    EXPIRED,
    DRIFT,
    VERSION,
];

pub(crate) const SERVER_NAME: &str = "server_name_overlapping";
pub(crate) const INSTALLER: &str = "installer_spoofing";
pub(crate) const BACKDOOR: &str = "backdoor_implantation";
pub(crate) const TOOL_NAME: &str = "tool_name_overlapping";
pub(crate) const FUNCTION_OVERLAP: &str = "function_overlapping";
pub(crate) const PRIVILEGES: &str = "excessive_privileges_overlapping";
pub(crate) const DEPENDENCY: &str = "function_dependency_injection";
pub(crate) const INJECTION: &str = "function_injection";
pub(crate) const CAUSAL: &str = "causal_dependency_injection";
pub(crate) const WRONG_FUNCTION: &str = "wrong_function_intent_injection";
pub(crate) const WRONG_ARGUMENTS: &str = "wrong_arguments_intent_injection";
pub(crate) const DATA: &str = "data_injection";
pub(crate) const IDENTITY: &str = "identity_injection";
pub(crate) const REPLAY: &str = "replay_injection";
pub(crate) const EXPIRED: &str = "expired_privilege_redundancy";
pub(crate) const DRIFT: &str = "configuration_drift";
pub(crate) const VERSION: &str = "server_version_mismatch";

/// Where in a session something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directive in the description of a tool (or of a property added to it): connection, position of the tool.
    Definition(usize, usize),
    /// A directive in the changed description of a listing: step.
    ChangedDefinition(usize),
    /// A directive in the instructions of a connection.
    Instructions(usize),
    /// A directive in the text of a step.
    Text(usize),
    /// The name of the tool that a step calls.
    Tool(usize),
    /// The server that a step calls or lists.
    Server(usize),
    /// An argument of a step.
    Argument(usize, String),
    /// A field of a step: its name in the `steps` column, its value.
    Field(usize, &'static str, String),
    /// The whole text of a return or material.
    Whole(usize),
    /// The role in the session header.
    Role,
    /// A grant in the session header: its position.
    Grant(usize),
    /// The publisher of a connection in the session header.
    Publisher(usize),
}

/// Something that is wrong, or that would be if a text had its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The class that holds.
    pub class: &'static str,
    /// The step at which it holds; `None` for what stands in the session header.
    pub step: Option<usize>,
    /// Where it can be seen, the most telling place first.
    pub places: Vec<Place>,
    /// What the rationale may name: keys of [`crate::Verdict::facts`] order (name, value).
    pub facts: Vec<(&'static str, String)>,
}

/// What the audit made of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What was done against the contract, in order of the steps.
    pub violations: Vec<Finding>,
    /// What a visible text or offer asks for against the contract, in order of appearance.
    pub exposures: Vec<Finding>,
    /// A call whose class depends on what has not happened yet.
    pub undecided: bool,
    /// Names for a rationale of a session in which nothing is wrong.
    pub facts: Vec<(&'static str, String)>,
}
