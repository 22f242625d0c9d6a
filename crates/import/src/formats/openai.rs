use std::borrow::Cow;

use serde_json::Value;

use super::builder::Builder;
use super::fields::{arguments, field, kind, result_text, string, unpacked};
use super::message::{Message, Role};
use super::offer::Offer;
use super::refusal::{Reason, Refusal};

/// `{"messages": [{"role", "content", "tool_calls"?, "function_call"?, "tool_call_id"?, "name"?}], "tools" or "functions": [...]}`.
pub(super) fn read(record: &Value) -> Result<Builder, Refusal> {
    let mut builder = Builder::new(Offer::of_field(record, &["tools", "functions"])?);
    for message in Message::all(record, "messages")? {
        match message.role {
            Role::System => {}
            Role::User => builder.user(message.text()?),
            Role::Assistant => {
                builder.assistant(&message.text()?);
                calls(&message, &mut builder)?;
            }
            Role::Call => json_calls(&message, &mut builder)?,
            Role::Tool => {
                let text = message.raw.get("content").map(result_text).unwrap_or_default();
                builder.result(&message.at, string(&message.raw, "tool_call_id"), string(&message.raw, "name"), text)?;
            }
        }
    }
    Ok(builder)
}

fn calls(message: &Message, builder: &mut Builder) -> Result<(), Refusal> {
    for key in ["tool_calls", "function_call"] {
        let Some(value) = field(&message.raw, key) else { continue };
        let at = format!("{}.{key}", message.at);
        match unpacked(value).as_deref() {
            Some(Value::Array(all)) => {
                all.iter().enumerate().try_for_each(|(number, value)| call(value, &format!("{at}[{number}]"), builder))?;
            }
            Some(one @ Value::Object(_)) => call(one, &at, builder)?,
            Some(Value::Null) => {}
            None if value.as_str().is_some_and(|text| text.trim().is_empty()) => {}
            Some(_) | None => return Err(bad_call(&at, value)),
        }
    }
    Ok(())
}

/// The calls that the text of a message is, as JSON and nothing else.
pub(super) fn json_calls(message: &Message, builder: &mut Builder) -> Result<(), Refusal> {
    let text = Value::String(message.text()?);
    match unpacked(&text).as_deref() {
        Some(Value::Array(all)) => all.iter().try_for_each(|value| call(value, &message.at, builder)),
        Some(one) => call(one, &message.at, builder),
        None => Err(bad_call(&message.at, &text)),
    }
}

/// `{"id"?, "function": {"name", "arguments"}}`, or what is inside without the wrapper.
pub(super) fn call(value: &Value, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let value = unpacked(value).filter(|value| value.is_object()).ok_or_else(|| bad_call(at, value))?;
    let function = field(&value, "function").and_then(unpacked).filter(|inner| inner.is_object());
    let function = function.unwrap_or(Cow::Borrowed(&*value));
    let key = if field(&function, "arguments").is_some() { "arguments" } else { "parameters" };
    let arguments = arguments(function.get(key), &format!("{at}.{key}"))?;
    let id = string(&value, "id").or_else(|| string(&value, "tool_call_id"));
    builder.call(at, string(&function, "name").unwrap_or_default(), arguments, id)
}

fn bad_call(at: &str, value: &Value) -> Refusal {
    let what = if value.is_string() { "a string that is no JSON" } else { kind(value) };
    Refusal::new(Reason::BadCall, at, format!("is no call but {what}"), "a call is an object with name and arguments")
}
