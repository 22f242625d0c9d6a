use serde_json::{Map, Value};

/// A function-calling dialogue, whatever format it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Dialogue {
    /// Name within its source.
    pub id: String,
    /// Data set that it is from, where the record tells.
    pub source: Option<String>,
    /// Licence as the record tells it.
    pub license: Option<String>,
    /// Definitions of the tools on offer in MCP form: `name`, `description`, `inputSchema` and what else there was.
    pub tools: Vec<Value>,
    /// What happened, in order.
    pub turns: Vec<Turn>,
}

/// One thing that happened in a dialogue.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// The user says something.
    User(String),
    /// The assistant says something.
    Assistant(String),
    /// The assistant calls a tool.
    Call {
        /// Name of the tool.
        tool: String,
        /// Arguments, as the record has them.
        arguments: Map<String, Value>,
        /// What came back, where the record tells.
        result: Option<String>,
    },
}
