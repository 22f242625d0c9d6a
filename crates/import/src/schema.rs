//! What can be read off a JSON Schema without a validator.

use serde_json::Value;

use crate::knowledge::{ArgumentRule, Knowledge};
use crate::words::words;

/// References that are followed in a row. A schema may refer to itself.
const DEEPEST_REFERENCE: usize = 8;

/// The schema that a reference within the document leads to, or the schema itself. References to elsewhere are never followed.
pub(crate) fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut schema = schema;
    for _ in 0..DEEPEST_REFERENCE {
        let alternative =
            ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema[*key].as_array()?.iter().find(|one| one["type"] != "null"));
        let target = schema["$ref"].as_str().and_then(|reference| root.pointer(reference.strip_prefix('#')?));
        match target.or(alternative.filter(|_| schema.get("type").is_none() && schema.get("properties").is_none())) {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

/// The type of a schema: the first that is not `null`, or what its other words suggest.
pub(crate) fn kind(schema: &Value) -> &str {
    let listed = schema["type"].as_array().and_then(|types| types.iter().filter_map(Value::as_str).find(|kind| *kind != "null"));
    schema["type"].as_str().or(listed).unwrap_or_else(|| match schema {
        _ if schema.get("properties").is_some() => "object",
        _ if schema.get("items").is_some() => "array",
        _ => match schema["enum"].get(0).or(schema.get("const")) {
            Some(Value::Number(_)) => "number",
            Some(Value::Bool(_)) => "boolean",
            _ => "string",
        },
    })
}

/// The rule for a parameter. Its name decides, by its last words; a rule without names takes what is left.
pub(crate) fn rule<'k>(knowledge: &'k Knowledge, name: &str, kind: &str) -> Option<&'k ArgumentRule> {
    let words = words(name);
    let of_kind = || knowledge.arguments.iter().filter(|rule| rule.types.iter().any(|known| known == kind));
    // The longest ending first: `from_currency` before `currency`.
    let named = (0..words.len()).find_map(|start| {
        let ending = words[start..].join("_");
        of_kind().find(|rule| rule.names.contains(&ending))
    });
    named.or_else(|| of_kind().find(|rule| rule.names.is_empty()))
}

/// The parameter name whose rule fits what format or description ask for.
pub(crate) fn stand_in(schema: &Value) -> Option<&'static str> {
    let by_format = match schema["format"].as_str() {
        Some("date") => Some("date"),
        Some("date-time") => Some("datetime"),
        Some("email" | "idn-email") => Some("email"),
        Some("uri" | "url" | "uri-reference" | "iri") => Some("url"),
        Some("uuid") => Some("uuid"),
        Some("ipv4") => Some("ip"),
        Some("hostname") => Some("hostname"),
        _ => None,
    };
    let description = schema["description"].as_str().unwrap_or_default().to_lowercase();
    let hints = [
        ("yyyy-mm-dd", "date"),
        ("email address", "email"),
        ("two-letter country", "country_code"),
        ("url of", "url"),
        ("iana timezone", "timezone"),
        ("directory path", "directory"),
        ("absolute path", "path"),
        ("file path", "path"),
        ("uuid", "uuid"),
        ("city and state", "city"),
    ];
    by_format.or_else(|| hints.iter().find(|(words, _)| description.contains(words)).map(|(_, name)| *name))
}
