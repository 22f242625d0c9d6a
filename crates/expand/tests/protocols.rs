//! Messages carry what their version of the protocol has, and nothing of another.

mod common;

use std::collections::BTreeMap;

use common::{Ask, Workshop};
use guardset_core::StepKind;
use guardset_expand::body;
use serde_json::Value;

#[test]
fn messages_are_of_the_version_of_their_session() {
    let workshop = Workshop::new();
    let catalog = workshop.catalog;
    let jsonrpc = catalog.surfaces.iter().position(|surface| surface.id == "jsonrpc").expect("the surface of protocol messages");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut structured = 0;
    for scenario in 0..catalog.scenarios.len() {
        let made = workshop.make(&Ask { surface: jsonrpc, ..Ask::plain(scenario) }).expect("a plain session");
        let version = made.trajectory.protocol.version.as_str();
        *seen.entry(version.to_owned()).or_default() += 1;
        for line in body(catalog, &made).lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
            let (result, params) = (&line["message"]["result"], &line["message"]["params"]);
            let newest = version == "2026-07-28";
            if result.is_object() {
                assert_eq!(result["resultType"] == "complete", newest, "{version}: {result}");
                assert_eq!(result["tools"].is_array() && result["ttlMs"].is_number(), newest && result["tools"].is_array(), "{version}");
                structured += usize::from(result["structuredContent"].is_object());
            }
            if params.is_object() {
                assert_eq!(params["_meta"]["io.modelcontextprotocol/protocolVersion"] == version, newest, "{version}: {params}");
            }
            if line["session"].is_object() {
                assert_eq!(line["session"]["handshake"] == "initialize", !newest, "{version}");
            }
        }
        let errors = made.trajectory.steps.iter().filter(|step| matches!(step.kind, StepKind::Return { error: true, .. })).count();
        assert!(errors < 5, "{version}: {errors} errors");
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(structured > 20, "{structured} results in the form that their tool declares");
}
