use serde_json::{Map, Value, json};

use super::fields::{kind, shown, string, unpacked};
use super::refusal::{Reason, Refusal};
use super::types::{simple_type, typed};

/// Nesting beyond this is left as it is.
const DEPTH: usize = 64;

/// A JSON Schema object of parameters in whatever form they are in: `type: object`, `properties`, and `required` where
/// something is.
///
/// Taken are a JSON Schema, with the types of other languages in it too; parameters by name; a list of parameters with a
/// `name`; nothing; each of them also as a string of JSON.
pub(super) fn of_parameters(parameters: Option<&Value>, field: &str) -> Result<Value, Refusal> {
    let bad = |wrong: String| {
        Refusal::new(Reason::BadSchema, field, wrong, "a JSON Schema of the type object is needed, or an object of parameters by name")
    };
    let Some(parameters) = parameters else { return Ok(json!({"type": "object", "properties": {}})) };
    let parameters = unpacked(parameters).ok_or_else(|| bad(format!("is {}", shown(parameters.as_str().unwrap_or_default()))))?;
    let schema = match &*parameters {
        Value::Null => Map::new(),
        Value::Object(schema) if is_schema(schema) => repaired(schema, 0).0,
        Value::Object(named) => by_name(named.iter().map(|(name, parameter)| (name.as_str(), parameter))).map_err(bad)?,
        Value::Array(listed) => {
            let named: Option<Vec<_>> = listed.iter().map(|parameter| Some((string(parameter, "name")?, parameter))).collect();
            by_name(named.ok_or_else(|| bad("lists a parameter without a name".to_owned()))?.into_iter()).map_err(bad)?
        }
        other => return Err(bad(format!("is {}", kind(other)))),
    };
    let mut whole = match schema.get("type") {
        None => Map::from_iter([("type".to_owned(), json!("object"))]),
        Some(Value::String(name)) if name == "object" => Map::new(),
        Some(Value::Array(names)) if names.contains(&json!("object")) => Map::new(),
        Some(other) => return Err(bad(format!("has the type {other}"))),
    };
    whole.extend(schema);
    whole.insert("type".to_owned(), json!("object"));
    whole.entry("properties").or_insert_with(|| json!({}));
    Ok(Value::Object(whole))
}

/// Whether it is a schema rather than parameters by name, of which one may be called `type` or `properties`.
fn is_schema(object: &Map<String, Value>) -> bool {
    let is_type = |value: &Value| value.is_string() && (object.len() > 1 || value.as_str().and_then(simple_type) == Some("object"));
    object.is_empty()
        || object.get("type").is_some_and(|value| is_type(value) || value.is_array())
        || object
            .get("properties")
            .is_some_and(|value| value.as_object().is_some_and(|all| all.values().all(|one| one.is_object() || one.is_boolean())))
        || ["anyOf", "oneOf", "allOf"].iter().any(|key| object.get(*key).is_some_and(Value::is_array))
        || object.get("required").is_some_and(Value::is_array)
        || ["$ref", "$schema"].iter().any(|key| object.get(*key).is_some_and(Value::is_string))
        || object.get("additionalProperties").is_some_and(Value::is_boolean)
}

/// The schema of parameters by name. Those that have no default and do not say that they are optional are required.
fn by_name<'a>(named: impl Iterator<Item = (&'a str, &'a Value)>) -> Result<Map<String, Value>, String> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, parameter) in named {
        let (schema, needed) = match parameter {
            Value::Object(parameter) => {
                let (mut schema, needed) = repaired(parameter, 1);
                schema.remove("name");
                let needed = needed.unwrap_or(!schema.contains_key("default"));
                (schema, needed)
            }
            Value::String(words) => in_words(words),
            other => return Err(format!("has {} as the parameter {name:?}", kind(other))),
        };
        properties.insert(name.to_owned(), Value::Object(schema));
        if needed {
            required.push(name);
        }
    }
    let mut schema = Map::from_iter([("properties".to_owned(), Value::Object(properties))]);
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    Ok(schema)
}

/// A parameter of which only the type or a description is told.
fn in_words(words: &str) -> (Map<String, Value>, bool) {
    let read = typed(words);
    let schema = if read.keywords.is_empty() { Map::from_iter([("description".into(), json!(words))]) } else { read.keywords };
    (schema, !read.optional)
}

/// The schema with what is no JSON Schema in it repaired, and whether it says of itself that it is required or optional.
fn repaired(schema: &Map<String, Value>, depth: usize) -> (Map<String, Value>, Option<bool>) {
    let mut whole = Map::new();
    let mut needed = None;
    let mut needed_inside = Vec::new();
    for (key, value) in schema {
        match (key.as_str(), value) {
            ("type", value) => needed = type_of(value, &mut whole, needed),
            // On a parameter itself, as in the third draft of JSON Schema and in OpenAPI's parameters.
            ("required", Value::Bool(is)) => needed = Some(*is),
            ("optional", Value::Bool(is)) => needed = needed.or(Some(!is)),
            ("required", Value::String(name)) => needed_inside.push(name.clone()),
            ("required", Value::Array(names)) => {
                needed_inside.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                whole.insert(key.clone(), json!([])); // Holds the place; an empty list stays one.
            }
            ("properties", Value::Object(inside)) if depth < DEPTH => {
                let mut properties = Map::new();
                for (name, value) in inside {
                    let (value, is) = subschema(value, depth);
                    needed_inside.extend(is.filter(|is| *is).map(|_| name.clone()));
                    properties.insert(name.clone(), value);
                }
                whole.insert(key.clone(), Value::Object(properties));
            }
            ("enum", Value::Array(values)) if values.is_empty() => {}
            ("required" | "properties" | "enum" | "description" | "title", Value::Null) => {}
            ("required", _) => {}
            ("enum", value) if !value.is_array() => drop(whole.insert(key.clone(), json!([value]))),
            ("description" | "title", value) if !value.is_string() => drop(whole.insert(key.clone(), json!(value.to_string()))),
            (_, value) => drop(whole.insert(key.clone(), inside(key, value, depth))),
        }
    }
    let mut names = Vec::new();
    needed_inside.into_iter().for_each(|name| {
        if !names.contains(&name) {
            names.push(name)
        }
    });
    if !names.is_empty() {
        whole.insert("required".to_owned(), json!(names));
    }
    (whole, needed)
}

/// Puts the type into the schema, with what else its words say; whether they say that the parameter may be missing.
fn type_of(value: &Value, schema: &mut Map<String, Value>, needed: Option<bool>) -> Option<bool> {
    match value {
        Value::String(words) => {
            let read = typed(words);
            for (key, value) in read.keywords {
                schema.entry(key).or_insert(value);
            }
            needed.or(read.optional.then_some(false))
        }
        Value::Array(names) => {
            let mut types: Vec<&str> = Vec::new();
            let known = names.iter().all(|name| {
                let known = name.as_str().and_then(simple_type);
                types.extend(known.filter(|known| !types.contains(known)));
                known.is_some()
            });
            if known && !types.is_empty() {
                schema.insert("type".to_owned(), json!(types));
            }
            needed
        }
        _ => needed,
    }
}

/// The value of a keyword, repaired where schemas stand in it.
fn inside(key: &str, value: &Value, depth: usize) -> Value {
    if depth >= DEPTH {
        return value.clone();
    }
    match (key, value) {
        ("items" | "additionalItems" | "contains" | "not" | "if" | "then" | "else" | "propertyNames" | "additionalProperties", _) => {
            subschema(value, depth).0
        }
        ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(all)) => all.iter().map(|one| subschema(one, depth).0).collect(),
        ("$defs" | "definitions" | "patternProperties" | "dependentSchemas", Value::Object(all)) => {
            Value::Object(all.iter().map(|(name, one)| (name.clone(), subschema(one, depth).0)).collect())
        }
        _ => value.clone(),
    }
}

fn subschema(value: &Value, depth: usize) -> (Value, Option<bool>) {
    match value {
        Value::Object(schema) => {
            let (schema, needed) = repaired(schema, depth + 1);
            (Value::Object(schema), needed)
        }
        Value::String(words) => {
            let (schema, _) = in_words(words);
            (Value::Object(schema), None)
        }
        Value::Null => (json!({}), None),
        Value::Array(all) => (all.iter().map(|one| subschema(one, depth + 1).0).collect(), None),
        other => (other.clone(), None),
    }
}
