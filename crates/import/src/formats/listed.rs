use serde_json::Value;

use super::builder::told;
use super::fields::{field, kind, string};
use super::offer::Offer;
use super::refusal::{Reason, Refusal};

/// Definitions of tools without a dialogue around them.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolRecord {
    /// Collection that they are from, where the record tells.
    pub source: Option<String>,
    /// Licence as the record tells it.
    pub license: Option<String>,
    /// Name of the server that offers them, where the record tells.
    pub server: Option<String>,
    /// Definitions in MCP form, one or more, under different names.
    pub tools: Vec<Value>,
}

/// Reads a record with a `tool` (and `source`, `license`, `server` beside it), a tool of MCP, the result of `tools/list`
/// with or without its JSON-RPC envelope, or a function of the OpenAI API.
///
/// # Errors
///
/// As [`read`](super::read), for the reasons that definitions have.
pub fn read_tool(record: &Value) -> Result<ToolRecord, Refusal> {
    if !record.is_object() {
        return Err(Refusal::new(Reason::NoRecord, "record", format!("is {}", kind(record)), "a JSON object is needed"));
    }
    let result = field(record, "result").filter(|result| result.get("tools").is_some()).unwrap_or(record);
    let listed = ["tools", "tool"].into_iter().find(|key| field(result, key).is_some());
    let offer = match listed {
        Some(key) => Offer::of_field(result, &[key])?,
        None => Offer::one(record, "record")?,
    };
    let server = field(record, "server").or_else(|| field(record, "serverInfo"));
    let server = server.and_then(|server| server.as_str().or_else(|| string(server, "name"))).map(str::to_owned);
    let license = told(record, "license").or_else(|| told(record, "licence"));
    Ok(ToolRecord { source: told(record, "source"), license, server, tools: offer.tools })
}
