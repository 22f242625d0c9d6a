use guardset_import::formats::read_tool;
use serde_json::{Value, json};

use crate::{function, mcp_tool};

#[test]
fn tools_are_read_bare_listed_and_with_where_they_are_from() {
    let told = read_tool(&json!({"source": "made up", "license": "MIT", "server": "s", "tool": mcp_tool("find", "what")})).expect("a tool");
    assert_eq!((told.source.as_deref(), told.license.as_deref(), told.server.as_deref()), (Some("made up"), Some("MIT"), Some("s")));
    assert_eq!(told.tools, [mcp_tool("find", "what")]);
    let both = [mcp_tool("find", "what"), mcp_tool("send", "to")];
    let cases = [
        (mcp_tool("find", "what"), &both[..1]),
        (function("find", "what"), &both[..1]),
        (json!({"type": "function", "function": function("find", "what")}), &both[..1]),
        (json!({"tools": both}), &both[..]),
        (json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": both, "nextCursor": "x"}}), &both[..]),
    ];
    for (record, tools) in cases {
        let read = read_tool(&record).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!((read.tools.as_slice(), read.server), (tools, None));
    }
}

#[test]
fn what_mcp_has_beside_the_schema_is_kept() {
    let whole = json!({"name": "f", "title": "F", "inputSchema": {"type": "object", "properties": {}}, "outputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": true}, "_meta": {"a": 1}, "vendor": "x"});
    assert_eq!(read_tool(&whole).expect("a tool").tools, [whole]);
    let function = json!({"name": "f", "title": "F", "strict": true, "required": null, "parameters": {}});
    assert_eq!(
        read_tool(&function).expect("a tool").tools,
        [json!({"name": "f", "title": "F", "inputSchema": {"type": "object", "properties": {}}})]
    );
}

#[test]
fn names_become_those_of_mcp() {
    let name = |name: &str| read_tool(&json!({"name": name})).expect("a tool").tools[0]["name"].clone();
    assert_eq!(name("a.b-c_D9"), "a.b-c_D9");
    assert_eq!(name(" Detect the/entities "), "Detect_the_entities");
    assert_eq!(name("日本"), "__");
    assert_eq!(name(&"x".repeat(500)), "x".repeat(128));
}

#[test]
fn the_same_tool_twice_is_one_and_another_of_its_name_is_refused() {
    let twice = read_tool(&json!({"tools": [function("find it", "what"), mcp_tool("find_it", "what")]})).expect("tools");
    assert_eq!(twice.tools, [mcp_tool("find_it", "what")]);
    let other = read_tool(&json!({"tools": [mcp_tool("find it", "what"), mcp_tool("find_it", "who")]}));
    assert_eq!(other.expect_err("a refusal").reason(), "duplicate_tool");
}

#[test]
fn what_is_no_tool_is_refused() {
    let cases: [(Value, &str); 7] = [
        (json!(5), "no_record"),
        (json!({}), "no_name"),
        (json!({"name": " "}), "no_name"),
        (json!({"name": 5}), "no_name"),
        (json!({"tools": []}), "no_tools"),
        (json!({"tools": [5]}), "bad_tool"),
        (json!({"tool": "{"}), "bad_json_tools"),
    ];
    for (record, reason) in cases {
        assert_eq!(read_tool(&record).expect_err("a refusal").reason(), reason, "{record}");
    }
}
