//! Client configurations as desktop clients and editors write them.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use guardset_import::{Config, Secret, Source};

/// Reads a text with these variables set: `HOME` to /home/me, `API_KEY` to FAKE-key.
fn parse(text: &str) -> Result<Config, Vec<String>> {
    let variable = |name: &str| {
        [("HOME", "/home/me"), ("API_KEY", "FAKE-key")].into_iter().find_map(|(known, value)| (known == name).then(|| value.to_owned()))
    };
    Config::parse("mcp.json", text, &variable).map_err(|problems| problems.0.iter().map(ToString::to_string).collect())
}

#[test]
fn servers_come_in_order_with_their_variables_filled() {
    let config = parse(
        r#"{
        // A comment, as editors allow it.
        "mcpServers": {
            "files": {"command": "npx", "args": ["-y", "pkg", "${HOME}/docs"], "env": {"KEY": "${env:API_KEY}", "N": 3}, "cwd": "/tmp",},
            "off": {"command": "x", "disabled": true},
            "far": {"type": "streamable-http", "url": "https://mcp.example/${input:api-key}/mcp", "headers": {"Authorization": "Bearer ${API_KEY}"}},
        },
    }"#,
    )
    .unwrap();
    assert_eq!(config.disabled, 1);
    assert_eq!(config.servers.iter().map(|server| server.name.as_str()).collect::<Vec<_>>(), ["files", "far"]);
    let expected = Source::Command {
        program: "npx".into(),
        arguments: vec!["-y".into(), "pkg".into(), "/home/me/docs".into()],
        environment: [("KEY".into(), Secret::new("FAKE-key")), ("N".into(), Secret::new("3"))].into(),
        folder: Some(PathBuf::from("/tmp")),
        hidden: vec![Secret::new("/home/me")],
    };
    assert_eq!(config.servers[0].source, expected);
    assert_eq!(config.servers[1].source.describe(), "https://mcp.example/***/mcp");
    assert!(!format!("{config:?}").contains("Bearer"), "{config:?}");
}

#[test]
fn each_place_where_clients_keep_servers_is_known() {
    for text in [
        r#"{"servers": {"a": {"type": "stdio", "command": "x"}}, "inputs": []}"#,
        r#"{"context_servers": {"a": {"source": "custom", "command": {"path": "x", "args": [], "env": null}}}}"#,
        r#"{"editor.tabSize": 2, "mcp": {"servers": {"a": {"command": "x"}}}}"#,
        "\u{feff}{\"mcpServers\": {\"a\": {\"command\": \"x\"}}}",
    ] {
        assert_eq!(parse(text).unwrap().servers[0].source, Source::command("x", vec![]), "{text}");
    }
    assert_eq!(parse(r#"{"mcpServers": {}}"#).unwrap(), Config::default());
}

#[test]
fn all_problems_come_in_one_go_with_their_place() {
    let problems = parse(
        r#"{"mcpServers": {
            "both": {"command": "x", "url": "https://x.test"},
            "neither": {},
            "old": {"type": "sse", "url": "https://x.test"},
            "odd": {"transport": "carrier\u001bpigeon", "command": "x"},
            "mixed": {"type": "http", "command": "x"},
            "types": {"command": 7, "args": "a b", "env": {"A": [], "B=": "x"}, "cwd": 1},
            "unset": {"command": "x", "args": ["${NOPE}", "${input:no-such}"], "env": {"K": "${NEITHER}"}},
            "far": {"url": "ftp://x.test", "headers": []},
            "empty": {"command": ""},
            "list": [],
            "twice": {"command": "x"},
            "twice": {"command": "y"}
        }}"#,
    )
    .unwrap_err();
    let expected = [
        "mcp.json: server both: has both command and url, must have one of them",
        "mcp.json: server empty, command: is empty, must name a program",
        "mcp.json: server far, headers: must be an object of strings",
        "mcp.json: server far, url: must begin with http:// or https://",
        "mcp.json: server list: must be an object",
        "mcp.json: server mixed: has no url",
        "mcp.json: server neither: has no command or url",
        "mcp.json: server odd, transport: is \"carrier\\u001bpigeon\", must be stdio, http or streamable-http",
        "mcp.json: server old, type: is sse, a transport that the specification took out in 2025 and that is not supported; use http",
        "mcp.json: server twice: is there twice, must be named once",
        "mcp.json: server types, args: must be a list of strings",
        "mcp.json: server types, command: must be a string",
        "mcp.json: server types, cwd: must be a string",
        "mcp.json: server types, env.A: must be a string",
        "mcp.json: server types, env.B=: has a name that no variable or header can have",
        "mcp.json: server unset, args[0]: has ${NOPE}, and the variable NOPE is not set; set it in the environment of guardset",
        "mcp.json: server unset, args[1]: has ${input:no-such}, and the variable NO_SUCH is not set; set it in the environment of guardset",
        "mcp.json: server unset, env.K: has ${NEITHER}, and the variable NEITHER is not set; set it in the environment of guardset",
    ];
    assert_eq!(problems, expected);
}

#[test]
fn what_is_no_configuration_is_told() {
    assert_eq!(parse("{\n\"mcpServers\": {]}").unwrap_err(), ["mcp.json:2: is not valid JSON: key must be a string at line 2 column 16"]);
    assert!(parse("[]").unwrap_err()[0].starts_with("mcp.json: has no servers; they stand under mcpServers"));
    assert_eq!(parse(r#"{"mcpServers": []}"#).unwrap_err(), ["mcp.json: servers: must be an object with a key per server"]);
    let missing = Config::load("/no/such/mcp.json".as_ref()).unwrap_err().to_string();
    assert!(missing.starts_with("/no/such/mcp.json: cannot be read: No such file"), "{missing}");
}
