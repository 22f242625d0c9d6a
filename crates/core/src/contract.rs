use std::borrow::Cow;

/// What a session allows. Whatever in here decides a label is printed in the sample too.
#[derive(Debug, Clone)]
pub struct Contract<'c> {
    /// Who is speaking.
    pub principal: Principal<'c>,
    /// What may be used, and until when.
    pub grants: Vec<Grant<'c>>,
    /// The calls that the user asked for, in order.
    pub plan: Vec<Intended<'c>>,
    /// Handling rules.
    pub policies: Vec<String>,
    /// The approved model.
    pub model: String,
}

/// Who is speaking.
#[derive(Debug, Clone, Default)]
pub struct Principal<'c> {
    /// Full name.
    pub name: String,
    /// Account.
    pub handle: String,
    /// Organisation.
    pub organisation: String,
    /// Host name of the organisation; what goes elsewhere leaves it.
    pub domain: String,
    /// The role that the session header shows.
    pub role: Cow<'c, str>,
    /// An identity provider vouched for the role, so that it may be relied on.
    pub verified: bool,
}

/// A scope that was granted.
#[derive(Debug, Clone)]
pub struct Grant<'c> {
    /// The scope.
    pub scope: &'c str,
    /// Second of the session at which it ends; `None` lasts as long as the session.
    pub until: Option<u32>,
}

/// A call that the user asked for.
#[derive(Debug, Clone)]
pub struct Intended<'c> {
    /// Index of the connection.
    pub connection: usize,
    /// Name of the tool.
    pub tool: Cow<'c, str>,
    /// Index of the tool in the catalog, whose facts hold for it.
    pub facts: usize,
    /// Arguments that the user or an earlier result bound.
    pub bindings: Vec<Binding<'c>>,
    /// Positions in the plan of calls that must come first.
    pub after: Vec<usize>,
    /// May run once only.
    pub once: bool,
}

/// An argument and the value it is bound to, as compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding<'c> {
    /// Parameter.
    pub parameter: &'c str,
    /// Compact JSON.
    pub value: String,
}

/// What an administrator approved about a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Day, ISO 8601.
    pub on: String,
    /// Package source it is installed from.
    pub source: String,
    /// SHA-256 prefix of the package and tool list.
    pub digest: String,
}

/// A server as it is connected in this session.
#[derive(Debug, Clone)]
pub struct Connection<'c> {
    /// Name it goes by. Not unique: that is the point of some attacks.
    pub name: Cow<'c, str>,
    /// Index of the catalog's server that it is or copies.
    pub facts: usize,
    /// Host that answers.
    pub endpoint: String,
    /// Publisher.
    pub publisher: Cow<'c, str>,
    /// Version.
    pub version: Cow<'c, str>,
    /// Digest of what runs.
    pub digest: String,
    /// What was approved; `None` when nobody did.
    pub approval: Option<Approval>,
    /// Instructions for clients.
    pub instructions: Option<Cow<'c, str>>,
    /// A directive in the instructions.
    pub directive: Option<crate::Directive<'c>>,
    /// Tools that it offers.
    pub tools: Vec<Offered<'c>>,
}

/// A tool as a connection offers it.
#[derive(Debug, Clone)]
pub struct Offered<'c> {
    /// Name.
    pub name: Cow<'c, str>,
    /// Index of the catalog's tool whose facts hold for it.
    pub facts: usize,
    /// Description as its server words it.
    pub own: &'c str,
    /// Description, when an edit changed it.
    pub description: Option<String>,
    /// A property added to the schema: name and description.
    pub property: Option<(String, String)>,
    /// A display title in the annotations, put there by an edit.
    pub annotation: Option<String>,
    /// A directive in the description, in the description of the added property, or in the display title.
    pub directive: Option<crate::Directive<'c>>,
}
