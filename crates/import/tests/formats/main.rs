//! Function-calling data sets, format by format, on records made up for the test.

mod bfcl;
mod documented;
mod glaive;
mod hermes;
mod licenses;
mod openai;
mod properties;
mod real;
mod schemas;
mod toolace;
mod tools;
mod xlam;

use guardset_import::formats::{DialogueFormat, read};
use guardset_import::{Dialogue, Turn};
use serde_json::{Value, json};

/// Reads a record that is to be taken.
fn taken(format: DialogueFormat, record: &Value) -> Dialogue {
    read(format, record, "made-up.jsonl:1").unwrap_or_else(|refusal| panic!("{format}: {refusal}\n{record:#}"))
}

/// The reason why a record is refused.
fn refused(format: DialogueFormat, record: &Value) -> &'static str {
    let refusal = read(format, record, "made-up.jsonl:1").expect_err("a refusal");
    assert!(!refusal.wrong.is_empty() && !refusal.right.is_empty(), "{refusal:?}");
    refusal.reason()
}

fn user(text: &str) -> Turn {
    Turn::User(text.to_owned())
}

fn assistant(text: &str) -> Turn {
    Turn::Assistant(text.to_owned())
}

fn call(tool: &str, arguments: Value, result: Option<&str>) -> Turn {
    let arguments = arguments.as_object().expect("an object").clone();
    Turn::Call { tool: tool.to_owned(), arguments, result: result.map(str::to_owned) }
}

/// A tool in MCP form with a parameter of type string.
fn mcp_tool(name: &str, parameter: &str) -> Value {
    json!({"name": name, "description": "Made up.", "inputSchema": {"type": "object", "properties": {parameter: {"type": "string"}}}})
}

/// The same as a function of the OpenAI API, without its wrapper.
fn function(name: &str, parameter: &str) -> Value {
    json!({"name": name, "description": "Made up.", "parameters": {"type": "object", "properties": {parameter: {"type": "string"}}}})
}
