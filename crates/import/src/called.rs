//! Calls of a dialogue, with arguments that the tool's schema accepts.

use serde_json::{Map, Value};

use crate::calls::validator;
use crate::dialogue::Turn;
use crate::escape::escape;
use crate::formats;
use crate::refused::Why;
use crate::schema;
use crate::server::Composed;

/// Texts that say that there is no value.
const NOTHING: [&str; 5] = ["N/A", "dontcare", "None", "null", ""];

/// A call of the dialogue with the tool that it is of.
pub(crate) struct Called {
    pub tool: usize,
    pub arguments: Map<String, Value>,
    validator: jsonschema::Validator,
    pub result: Option<String>,
    /// Its turn.
    pub turn: usize,
}

/// The calls among the turns.
pub(crate) fn called(composed: &Composed<'_>, turns: &[Turn]) -> Result<Vec<Called>, Why> {
    let mut out = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        let Turn::Call { tool, arguments, result } = turn else { continue };
        let position = composed.server.tools.iter().position(|known| known.definition["name"] == tool.as_str());
        let position = position.ok_or_else(|| ("tool_was_refused", format!("`{}` is called and was left out", escape(tool))))?;
        let schema = &composed.server.tools[position].definition["inputSchema"];
        let arguments = fitting(schema, arguments).map_err(|error| ("arguments_do_not_fit", format!("{}: {error}", escape(tool))))?;
        let validator = validator(schema).map_err(|error| ("invalid_schema", error))?;
        out.push(Called { tool: position, arguments, validator, result: result.clone(), turn: at });
    }
    Ok(out)
}

/// The arguments, with scalars written as the schema wants them where they do not fit as they are.
fn fitting(schema: &Value, arguments: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let validator = validator(schema)?;
    let wrong = |arguments: &Map<String, Value>| {
        validator.iter_errors(&Value::Object(arguments.clone())).next().map(|error| error.to_string().chars().take(200).collect())
    };
    // TOML has no null; an optional argument that is null is as good as absent.
    let given: Map<String, Value> = arguments.iter().filter(|(_, value)| !value.is_null()).map(|(n, v)| (n.clone(), v.clone())).collect();
    if wrong(&given).is_none() {
        return Ok(given);
    }
    let known = |name: &str| schema["properties"].get(name);
    let required = |name: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|item| item == name));
    // What stands for "nothing" in an argument that need not be there is as good as absent.
    let empty = |value: &Value| value.as_str().is_some_and(|text| NOTHING.contains(&text)) || value.as_array().is_some_and(Vec::is_empty);
    let closed = schema["additionalProperties"] == false;
    let coerced: Map<String, Value> = given
        .iter()
        .filter(|(name, value)| (!closed || known(name).is_some()) && (required(name) || !empty(value)))
        .map(|(name, value)| {
            (name.clone(), known(name).map_or_else(|| value.clone(), |wanted| coerce(schema::resolved(schema, wanted), value)))
        })
        .collect();
    match wrong(&coerced) {
        None => Ok(coerced),
        Some(error) => Err(error),
    }
}

fn coerce(schema: &Value, value: &Value) -> Value {
    let parsed = || value.as_str().and_then(formats::literal);
    match (schema::kind(schema), value) {
        ("integer" | "number" | "boolean" | "object", Value::String(_)) => parsed().unwrap_or_else(|| value.clone()),
        ("integer", Value::Number(number)) => match number.as_f64() {
            Some(n) if n.fract() == 0.0 => Value::from(n as i64),
            _ => value.clone(),
        },
        // `true` for one of "True" and "False".
        ("string", Value::String(text)) if schema["enum"].is_array() => {
            let same = |one: &&Value| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(text));
            schema["enum"].as_array().and_then(|list| list.iter().find(same)).unwrap_or(value).clone()
        }
        ("string", Value::Array(items)) if items.iter().all(Value::is_string) => {
            Value::from(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        ("string", Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Value::from(value.to_string()),
        ("array", Value::String(_)) => match parsed() {
            Some(Value::Array(items)) => items.iter().map(|item| coerce(&schema["items"], item)).collect(),
            _ => Value::Array(vec![coerce(&schema["items"], value)]),
        },
        ("array", Value::Array(items)) => items.iter().map(|item| coerce(&schema["items"], item)).collect(),
        ("array", single) => Value::Array(vec![coerce(&schema["items"], single)]),
        _ => value.clone(),
    }
}

impl Called {
    /// True when the tool would take the arguments with every scalar changed like this.
    pub(crate) fn accepts(&self, change: &dyn Fn(&Value) -> Value) -> bool {
        let changed = Value::Object(self.arguments.iter().map(|(name, value)| (name.clone(), each_leaf(value, change))).collect());
        self.validator.is_valid(&changed)
    }
}

fn each_leaf(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| each_leaf(item, change)).collect(),
        Value::Object(members) => Value::Object(members.iter().map(|(name, member)| (name.clone(), each_leaf(member, change))).collect()),
        leaf => change(leaf),
    }
}
