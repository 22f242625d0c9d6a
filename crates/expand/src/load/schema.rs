//! Checks of JSON Schemas and of values against them. External references are never fetched: the validator has no resolver.

use serde_json::Value as Json;

/// The schema as compact JSON and as a value. MCP wants an object schema.
pub(super) fn input(text: &str) -> Result<(String, Json), String> {
    let schema: Json = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    if schema["type"] != "object" {
        return Err("must have `\"type\": \"object\"` (MCP specification, Tool)".into());
    }
    jsonschema::validator_for(&schema).map_err(|error| format!("is no valid JSON Schema: {error}"))?;
    Ok((schema.to_string(), schema))
}

/// The output schema as compact JSON.
pub(super) fn output(text: &str) -> Result<String, String> {
    input(text).map(|(compact, _)| compact)
}

/// `readOnlyHint` and the like must be booleans, `title` a string (MCP specification, ToolAnnotations).
pub(super) fn annotations(annotations: &Json) -> Result<(), String> {
    for (key, value) in annotations.as_object().into_iter().flatten() {
        match key.as_str() {
            "title" if value.is_string() => {}
            "readOnlyHint" | "destructiveHint" | "idempotentHint" | "openWorldHint" if value.is_boolean() => {}
            "title" => return Err("`title` must be a string".into()),
            "readOnlyHint" | "destructiveHint" | "idempotentHint" | "openWorldHint" => {
                return Err(format!("`{key}` must be true or false"));
            }
            other => return Err(format!("`{other}` is no tool annotation of MCP")),
        }
    }
    Ok(())
}

/// TOML as JSON.
pub(super) fn json(value: &toml::Value) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}

/// `(name, type, required)` of each property.
pub(super) fn signature(schema: &Json) -> Vec<(String, String, bool)> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|item| item == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, property)| (name.clone(), property["type"].as_str().unwrap_or("any").to_owned(), required(name))).collect()
}

/// Where a further property can be written into compact schema text, and whether a comma must go first.
/// A schema without `properties` has no such place: (0, false).
pub(super) fn property_slot(compact: &str) -> (usize, bool) {
    const KEY: &str = "\"properties\":{";
    match compact.find(KEY) {
        // At the front of the object: no need to find its end.
        Some(at) => (at + KEY.len(), !compact[at + KEY.len()..].starts_with('}')),
        None => (0, false),
    }
}

/// What is wrong with a value, at most three things.
pub(crate) fn mismatch(schema: &str, value: &Json) -> Option<String> {
    let schema: Json = serde_json::from_str(schema).ok()?;
    let validator = jsonschema::validator_for(&schema).ok()?;
    let errors: Vec<String> =
        validator.iter_errors(value).take(3).map(|error| format!("{error} (at `{}`)", error.instance_path())).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}
