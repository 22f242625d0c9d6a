use serde::Serialize;
use serde_json::{Map, Value};

/// A function-calling dialogue, whatever format it came in. Prompts of the system have no place in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dialogue {
    /// Name within its source: its `id`, else the place that it was read from.
    pub id: String,
    /// Data set that it is from, where the record tells.
    pub source: Option<String>,
    /// Licence as the record tells it.
    pub license: Option<String>,
    /// Definitions of the tools on offer in MCP form: `name`, `description`, `inputSchema` and what else MCP has, names
    /// conformant and unique, schemas of the type object. At least one.
    pub tools: Vec<Value>,
    /// What happened, in order. At least one is of the user.
    pub turns: Vec<Turn>,
}

/// One thing that happened in a dialogue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Turn {
    /// The user says something, byte for byte.
    User(String),
    /// The assistant says something, its thoughts left out.
    Assistant(String),
    /// The assistant calls a tool.
    Call {
        /// Name of the tool, one of those on offer.
        tool: String,
        /// Arguments, as the record has them.
        arguments: Map<String, Value>,
        /// What came back, where the record tells.
        result: Option<String>,
    },
}

impl Dialogue {
    /// All of it as JSON.
    pub(crate) fn to_json(&self) -> String {
        // Strings and JSON values alone: nothing in it can fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
