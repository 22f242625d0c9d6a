//! What the server lists.

use serde_json::{Value, json};

use crate::speak::raw;

/// A sound tool.
pub fn tool(name: &str) -> Value {
    json!({"name": name, "description": "Reads a file.", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}})
}

/// Two pages with everything that a definition may hold.
pub fn paged_tools(cursor: &str) -> Option<Value> {
    if cursor == "0" {
        let mut full = tool("full");
        full["title"] = json!("Full");
        full["annotations"] = json!({"readOnlyHint": true, "x-hint": 1});
        full["outputSchema"] = json!({"type": "object", "properties": {"n": {"type": "number", "maximum": 1.5e300}}});
        full["icons"] = json!([{"src": "https://icons.example/a.png", "sizes": ["48x48"]}]);
        full["execution"] = json!({"taskSupport": "optional"});
        full["_meta"] = json!({"vendor.example/level": [1, 2]});
        full["x-unknown"] = json!({"z": 1, "a": null});
        return Some(json!({"tools": [full], "nextCursor": "page two"}));
    }
    Some(json!({"tools": [tool("second")], "_meta": {"x": 1}}))
}

/// The lists that are no tools.
pub fn list(method: &str) -> Option<Value> {
    match method {
        "prompts/list" => Some(json!({"prompts": [{"name": "ask", "arguments": [{"name": "what", "x": 1}]}, "no prompt"]})),
        "resources/list" => Some(json!({"resources": [{"uri": "file:///a", "name": "a", "size": 3}]})),
        "resources/templates/list" => Some(json!({"resourceTemplates": [{"uriTemplate": "file:///{path}", "name": "files"}]})),
        _ => Some(json!({})),
    }
}

/// One answer with tools of every kind; written by hand where no library writes such JSON. `outside` is an address that
/// a schema refers to.
pub fn mixed(outside: &str, id: u64) {
    let schema = r#"{"type":"object"}"#;
    let tools = [
        tool("good").to_string(),
        format!(r#"{{"name":"good","description":"again","inputSchema":{schema}}}"#),
        format!(r#"{{"name":"../../etc/passwd","inputSchema":{schema}}}"#),
        format!(r#"{{"name":"bell\u0007\u001b[31m","inputSchema":{schema}}}"#),
        format!(r#"{{"name":"deep","inputSchema":{{"type":"object","properties":{}}}}}"#, nested(10_000)),
        r##"{"name":"recursive","inputSchema":{"type":"object","$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}}"##.to_owned(),
        format!(r#"{{"name":"outside","inputSchema":{{"type":"object","properties":{{"x":{{"$ref":"{outside}"}}}}}}}}"#),
        format!(r#"{{"name":"text","description":"\u001b[2J{{{{ 7*7 }}}} {{% for x in y %}} \u202e","inputSchema":{schema}}}"#),
        r#"{"name":"schemaless"}"#.to_owned(),
        "null".to_owned(),
    ];
    raw(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"result\":{{\"tools\":[{}]}}}}\n", tools.join(",")).as_bytes());
}

/// An object in an object and so on.
pub fn nested(depth: usize) -> String {
    r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth)
}
