use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a server says of itself and lists, each definition as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// What was asked: the command line, or the address without credentials. Never anything of its environment.
    pub source: String,
    /// Package that the command runs (`npm:...`, `pypi:...`, `oci:...`), where the command tells.
    #[serde(default)]
    pub package: Option<String>,
    /// Name under which people know it here: the key in a client configuration, else the name it gives itself.
    pub name: String,
    /// `serverInfo` of the handshake: name, version, title and the like.
    pub server: Value,
    /// Version of the protocol that was agreed on.
    pub protocol: String,
    /// `instructions` of the handshake.
    pub instructions: Option<String>,
    /// Definitions of its tools (MCP specification, Tool), in the order of the pages.
    pub tools: Vec<Value>,
    /// Its prompts (MCP specification, Prompt); none where it does not offer any.
    #[serde(default)]
    pub prompts: Vec<Value>,
    /// Its resources (MCP specification, Resource).
    #[serde(default)]
    pub resources: Vec<Value>,
    /// Its resource templates (MCP specification, ResourceTemplate).
    #[serde(default)]
    pub resource_templates: Vec<Value>,
    /// Entries that were left out, with the reason.
    #[serde(default)]
    pub refused: Vec<Unlisted>,
}

/// An entry of a list that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlisted {
    /// Name of the tool, escaped; `prompt x`, `resource x` or `resource template x` for one that is no tool.
    pub tool: String,
    /// What is wrong with it.
    pub reason: String,
}
