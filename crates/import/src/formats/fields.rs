use std::borrow::Cow;

use serde_json::{Map, Value};

use super::python;
use super::refusal::{Reason, Refusal};

/// What kind of value it is, for messages.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The beginning of a text, for messages.
pub(super) fn shown(text: &str) -> String {
    const CHARS: usize = 60;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The field, if it is there and not null.
pub(super) fn field<'a>(record: &'a Value, key: &str) -> Option<&'a Value> {
    record.get(key).filter(|value| !value.is_null())
}

/// The string of that name, if it is one.
pub(super) fn string<'a>(record: &'a Value, key: &str) -> Option<&'a str> {
    record.get(key).and_then(Value::as_str)
}

/// The string of that name.
pub(super) fn needed_string<'a>(record: &'a Value, key: &str) -> Result<&'a str, Refusal> {
    string(record, key).ok_or_else(|| {
        let wrong = record.get(key).map_or("is missing".to_owned(), |value| format!("is {}", kind(value)));
        Refusal::new(Reason::BadField, key, wrong, "a string is needed")
    })
}

/// The value itself, or what is written in it where it is a string of JSON or a Python literal.
///
/// `None` for a string that is neither.
pub(super) fn unpacked(value: &Value) -> Option<Cow<'_, Value>> {
    let Some(text) = value.as_str() else { return Some(Cow::Borrowed(value)) };
    let (value, end) = value_prefix(text)?;
    text[end..].trim().is_empty().then_some(Cow::Owned(value))
}

/// The list of that name, which may be written as a string of JSON.
pub(super) fn list<'a>(record: &'a Value, key: &str) -> Result<Cow<'a, [Value]>, Refusal> {
    let bad = |wrong: String| Refusal::new(Reason::BadField, key, wrong, "an array is needed, or a string of JSON that holds one");
    let value = field(record, key).ok_or_else(|| bad("is missing".to_owned()))?;
    match unpacked(value) {
        Some(Cow::Borrowed(Value::Array(items))) => Ok(Cow::Borrowed(items)),
        Some(Cow::Owned(Value::Array(items))) => Ok(Cow::Owned(items)),
        Some(other) => Err(bad(format!("is {}", kind(&other)))),
        None => Err(bad("is a string that is no JSON".to_owned())),
    }
}

/// The value at the beginning of a text, as JSON or else as a Python literal, and the offset in bytes behind it.
///
/// Strings in it may hold anything, so the end is found by reading, not by looking for what comes next.
pub(super) fn value_prefix(text: &str) -> Option<(Value, usize)> {
    let mut json = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match json.next() {
        Some(Ok(value)) => Some((value, json.byte_offset())),
        _ => python::literal_prefix(text).ok(),
    }
}

/// Arguments of a call: an object, or a string that holds one. Nothing is no arguments.
pub(super) fn arguments(value: Option<&Value>, field: &str) -> Result<Map<String, Value>, Refusal> {
    let bad =
        |wrong: String| Refusal::new(Reason::BadJsonArguments, field, wrong, "an object is needed, or a string of JSON that holds one");
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Map::new()),
        Some(value) => match unpacked(value).map(Cow::into_owned) {
            Some(Value::Object(arguments)) => Ok(arguments),
            Some(Value::Null) => Ok(Map::new()),
            Some(other) => Err(bad(format!("is {}", kind(&other)))),
            None => Err(bad(format!("is {}", shown(value.as_str().unwrap_or_default())))),
        },
    }
}

/// Text of a message: a string, nothing, or parts that are texts.
pub(super) fn content(value: Option<&Value>, field: &str) -> Result<String, Refusal> {
    let bad = |value: &Value| {
        Refusal::new(Reason::BadContent, field, format!("is {}", kind(value)), "a string is needed, or parts of the type text")
    };
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => parts.iter().map(|part| text_of_part(part).ok_or_else(|| bad(part))).collect(),
        Some(other) => Err(bad(other)),
    }
}

fn text_of_part(part: &Value) -> Option<&str> {
    let is_text = string(part, "type").is_none_or(|kind| kind.ends_with("text"));
    part.as_str().or_else(|| string(part, "text").filter(|_| is_text))
}

/// Text of a result: a string as it is, text parts joined, anything else as JSON.
pub(super) fn result_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(parts) if !parts.is_empty() => parts
            .iter()
            .map(|part| text_of_part(part).filter(|_| part.is_object()))
            .collect::<Option<String>>()
            .unwrap_or_else(|| value.to_string()),
        other => other.to_string(),
    }
}
