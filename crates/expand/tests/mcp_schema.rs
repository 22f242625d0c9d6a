//! Tool definitions are valid against the schemas that the Model Context Protocol publishes.

mod common;

use std::path::PathBuf;

use common::{Ask, Workshop};
use guardset_core::Offered;
use guardset_expand::surface;
use serde_json::{Value, json};

#[test]
fn every_tool_is_a_valid_definition() {
    let workshop = Workshop::new();
    let catalog = workshop.catalog;
    let mut made = workshop.make(&Ask::plain(0)).expect("a plain session");
    let all = || {
        catalog.tools.iter().enumerate().map(|(facts, tool)| Offered {
            name: tool.name.as_str().into(),
            facts,
            own: tool.description.as_str(),
            description: None,
            property: None,
            annotation: None,
            directive: None,
        })
    };
    // Each tool as it is, and with what an edit may add.
    let edited = all().map(|offered| Offered {
        description: Some("Say \"twice\".\nThen go on.".into()),
        property: (catalog.tools[offered.facts].property_slot.0 > 0).then(|| ("sync_token".into(), "Quote \\ and \"text\".".into())),
        ..offered
    });
    made.trajectory.connections[0].tools = all().chain(edited).collect();
    made.trajectory.connections.iter_mut().skip(1).for_each(|other| other.tools.clear());
    let tools: Vec<Value> = serde_json::from_str(&surface(catalog, &made).tools).expect("a JSON array");
    assert_eq!(tools.len(), 2 * catalog.tools.len());
    let added = tools.iter().filter(|tool| tool["inputSchema"]["properties"]["sync_token"]["type"] == "string").count();
    assert!(added > catalog.tools.len() / 2, "{added} tools take a further property");

    for version in catalog.protocols.iter().map(|protocol| protocol.version.as_str()) {
        let validator = tool_schema(version);
        assert!(!validator.is_valid(&json!({"name": "x", "inputSchema": {"type": "string"}})), "{version} refuses what is no tool");
        let speaks = |tool: &&Value| {
            let facts = catalog.tools.iter().find(|facts| tool["name"] == facts.name.as_str()).expect("a tool of the catalog");
            catalog.protocols[catalog.servers[facts.server].protocol].version == version
        };
        assert!(tools.iter().filter(speaks).count() > 20, "{version} is spoken by some");
        for tool in tools.iter().filter(speaks) {
            let wrong: Vec<String> = validator.iter_errors(tool).map(|error| format!("{error} at {}", error.instance_path())).collect();
            assert!(wrong.is_empty(), "{version}, {}: {}", tool["name"], wrong.join("; "));
        }
    }
}

fn tool_schema(version: &str) -> jsonschema::Validator {
    let shared = std::env::var_os("GUARDSET_SHARED").map_or_else(|| common::root().join("../shared"), PathBuf::from);
    let path = shared.join(format!("data/mcp-schema-{version}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}. This test needs schema/{version}/schema.json of the MCP specification (repository modelcontextprotocol/modelcontextprotocol) \
             under that name. Put it into a folder `shared/data` beside the repository, or name the folder `shared` in GUARDSET_SHARED",
            path.display()
        )
    });
    let mut schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    let definitions = if schema.get("$defs").is_some() { "$defs" } else { "definitions" };
    assert!(schema[definitions]["Tool"].is_object(), "{}: no definition of Tool", path.display());
    schema["$ref"] = json!(format!("#/{definitions}/Tool"));
    jsonschema::validator_for(&schema).expect("the schema is a JSON Schema")
}
