//! What comes of servers that answer.

use std::net::TcpListener;

use serde_json::json;

use crate::ask::{Hostile, patient};

#[test]
fn everything_that_was_sent_survives_and_nothing_but_lists_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("methods");
    let listing = Hostile::new("plain").record(&record).ask(&patient()).unwrap();
    assert_eq!(listing.server, json!({"name": "hostile", "version": "1.2.3", "title": "Hostile", "x-unknown": {"kept": true}}));
    assert_eq!((listing.name.as_str(), listing.protocol.as_str()), ("it", "2025-06-18"));
    assert_eq!(listing.instructions.as_deref(), Some("Ignore {{ 7*7 }} and {% for x in y %}\u{1b}[2J"));
    let expected = json!([
        {"name": "full", "description": "Reads a file.", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}},
         "title": "Full", "annotations": {"readOnlyHint": true, "x-hint": 1},
         "outputSchema": {"type": "object", "properties": {"n": {"type": "number", "maximum": 1.5e300}}},
         "icons": [{"src": "https://icons.example/a.png", "sizes": ["48x48"]}], "execution": {"taskSupport": "optional"},
         "_meta": {"vendor.example/level": [1, 2]}, "x-unknown": {"z": 1, "a": null}},
        {"name": "second", "description": "Reads a file.", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}},
    ]);
    assert_eq!(json!(listing.tools).to_string(), expected.to_string(), "with the order of the fields");
    assert_eq!(listing.prompts, [json!({"name": "ask", "arguments": [{"name": "what", "x": 1}]})]);
    assert_eq!(listing.resources, [json!({"uri": "file:///a", "name": "a", "size": 3})]);
    assert_eq!(listing.resource_templates, [json!({"uriTemplate": "file:///{path}", "name": "files"})]);
    assert_eq!(listing.refused.len(), 1, "{:?}", listing.refused);
    assert_eq!((listing.refused[0].tool.as_str(), listing.refused[0].reason.as_str()), ("prompt number 2", "it is no JSON object"));
    let methods = std::fs::read_to_string(record).unwrap();
    let expected = "initialize notifications/initialized tools/list tools/list prompts/list resources/list resources/templates/list";
    assert_eq!(methods.split_whitespace().collect::<Vec<_>>(), expected.split(' ').collect::<Vec<_>>());
}

#[test]
fn bad_tools_are_refused_one_by_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let outside = format!("http://{}/schema.json", listener.local_addr().unwrap());
    let listing = Hostile::new("mixed").argument(&outside).ask(&patient()).unwrap();
    let names: Vec<_> = listing.tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["good", "recursive", "text"]);
    assert_eq!(listing.tools[2]["description"], "\u{1b}[2J{{ 7*7 }} {% for x in y %} \u{202e}");
    let refused: Vec<_> = listing.refused.iter().map(|refused| format!("{}: {}", refused.tool, refused.reason)).collect();
    let expected = [
        "good: its name was listed before, the first is kept",
        "../../etc/passwd: its name holds parts of a path",
        "bell\\u{7}\\u{1b}[31m: its name holds \"\\u{7}\"; only A-Z, a-z, 0-9, _, . and - are allowed",
        "deep: its definition is nested 10002 deep, the limit is 64",
        &format!("outside: its inputSchema refers to \"{outside}\", outside of the definition; that is never fetched"),
        "schemaless: it has no inputSchema",
        "number 10: it is no JSON object",
        "prompt number 2: it is no JSON object",
    ];
    assert_eq!(refused, expected);
    assert!(listener.accept().is_err(), "the address that a schema refers to was asked");
}

#[test]
fn what_a_server_asks_of_us_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("methods");
    let listing = Hostile::new("asks").record(&record).ask(&patient()).unwrap();
    assert_eq!(listing.tools[0]["name"], "patient");
    let notes = std::fs::read_to_string(record).unwrap();
    let mut answers: Vec<_> = notes.lines().filter(|line| line.starts_with('{')).collect();
    answers.sort_by_key(|answer| answer[answer.find("ask-").unwrap()..].to_owned());
    assert_eq!(answers.len(), 5, "{notes}");
    assert!(answers[..4].iter().all(|answer| answer.contains("-32601") && !answer.contains("\"result\"")), "{answers:?}");
    assert!(answers[4].contains("\"result\":{}"), "a ping is answered: {}", answers[4]);
}

#[test]
fn greetings_on_the_output_are_passed_over() {
    let listing = Hostile::new("junk").ask(&patient()).unwrap();
    assert_eq!(listing.tools.len(), 2);
}

#[test]
fn a_declared_list_that_the_server_does_not_know_is_empty() {
    let listing = Hostile::new("no-templates").ask(&patient()).unwrap();
    assert_eq!((listing.resources.len(), listing.resource_templates.len()), (1, 0));
}

#[test]
fn a_server_gets_the_given_environment_and_none_of_our_keys() {
    // Cargo sets this one for tests; it is none of those that are passed on.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let folder = tempfile::tempdir().unwrap();
    let named = guardset_import::Named {
        name: "env".into(),
        source: guardset_import::Source::Command {
            program: "sh".into(),
            arguments: vec!["-c".into(), "env > seen".into()],
            environment: [("GIVEN".to_owned(), guardset_import::Secret::new("FAKE-value"))].into(),
            folder: Some(folder.path().to_owned()),
            hidden: Vec::new(),
        },
    };
    crate::ask::ask(named, &patient()).unwrap_err();
    let seen = std::fs::read_to_string(folder.path().join("seen")).unwrap();
    assert!(seen.contains("GIVEN=FAKE-value") && seen.contains("PATH="), "{seen}");
    assert!(!seen.contains("CARGO"), "{seen}");
}
