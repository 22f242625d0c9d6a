use serde_json::Value;

use super::builder::{Builder, thought};
use super::fields::{field, result_text, shown, string, value_prefix};
use super::message::{Message, Role};
use super::offer::{Offer, definitions_in};
use super::openai;
use super::refusal::{Reason, Refusal};

const CALL: (&str, &str) = ("<tool_call>", "</tool_call>");
const RESPONSE: (&str, &str) = ("<tool_response>", "</tool_response>");
const TOOLS: (&str, &str) = ("<tools>", "</tools>");

/// `{"conversations": [{"from", "value"}], "tools"?}` with `<tools>` in the system prompt, `<tool_call>` and `<tool_response>`.
pub(super) fn read(record: &Value) -> Result<Builder, Refusal> {
    let key = if field(record, "conversations").is_some() { "conversations" } else { "messages" };
    let messages = Message::all(record, key)?;
    let mut builder = Builder::new(offer(record, &messages)?);
    for message in &messages {
        match message.role {
            Role::System => {}
            Role::User => builder.user(message.text()?),
            Role::Assistant => assistant(&message.text()?, &message.at, &mut builder)?,
            Role::Call => openai::json_calls(message, &mut builder)?,
            Role::Tool => results(&message.text()?, &message.at, &mut builder)?,
        }
    }
    Ok(builder)
}

/// The definitions of the field `tools`, else those of the system prompts.
fn offer(record: &Value, messages: &[Message]) -> Result<Offer, Refusal> {
    let told = field(record, "tools").filter(|tools| !matches!(tools, Value::Array(all) if all.is_empty()));
    if told.is_some_and(|tools| tools.as_str().is_none_or(|text| !text.trim().is_empty())) {
        return Offer::of_field(record, &["tools"]);
    }
    let mut definitions = definitions_of_prompt(string(record, "system").unwrap_or_default(), "system")?;
    for message in messages.iter().filter(|message| message.role == Role::System) {
        definitions.extend(definitions_of_prompt(&message.text()?, &message.at)?);
    }
    Offer::read(&definitions, "<tools>")
}

/// The prompt speaks of the tags before it uses them: what counts is the last opening one before a closing one.
fn definitions_of_prompt(text: &str, at: &str) -> Result<Vec<Value>, Refusal> {
    let mut definitions = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(TOOLS.1) {
        let start = rest[..end].rfind(TOOLS.0).map(|start| start + TOOLS.0.len());
        definitions.extend(definitions_in(start.map_or("", |start| &rest[start..end]), at)?);
        rest = &rest[end + TOOLS.1.len()..];
    }
    Ok(definitions)
}

fn assistant(text: &str, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let mut rest = text;
    while let Some(start) = next_call(rest) {
        builder.assistant(rest[..start].trim_end());
        let inside = &rest[start + CALL.0.len()..];
        let (value, end) = value_prefix(inside).ok_or_else(|| {
            let wrong = format!("has a call that cannot be read at {}", shown(inside));
            Refusal::new(Reason::BadCall, at, wrong, "a call is an object in JSON or Python with name and arguments")
        })?;
        match &value {
            Value::Array(all) => all.iter().try_for_each(|value| openai::call(value, at, builder))?,
            one => openai::call(one, at, builder)?,
        }
        let behind = inside[end..].trim_start();
        rest = behind.strip_prefix(CALL.1).unwrap_or(behind).trim_start();
    }
    builder.assistant(rest);
    Ok(())
}

/// Where the next call begins; a thought about one is none.
fn next_call(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let call = from + text[from..].find(CALL.0)?;
        match thought(&text[from..]) {
            Some((start, end)) if from + start < call => from += end,
            _ => return Some(call),
        }
    }
}

fn results(text: &str, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    if !text.contains(RESPONSE.0) {
        return builder.result(at, None, None, text.to_owned());
    }
    let mut rest = text;
    while let Some(start) = rest.find(RESPONSE.0) {
        let inside = &rest[start + RESPONSE.0.len()..];
        // What is read as a value ends where it ends, even where there are tags in its strings.
        let value = value_prefix(inside).filter(|(_, end)| inside[*end..].trim_start().starts_with(RESPONSE.1));
        let from = value.as_ref().map_or(0, |(_, end)| *end);
        let end = inside[from..].find(RESPONSE.1).map_or(inside.len(), |end| from + end);
        result(value.map(|(value, _)| value), inside[..end].trim(), at, builder)?;
        rest = inside.get(end + RESPONSE.1.len()..).unwrap_or_default();
    }
    Ok(())
}

/// A result may come in a wrapper that says whose it is: `{"name", "content", "tool_call_id"?}`.
fn result(value: Option<Value>, text: &str, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let wrapped = value.as_ref().filter(|value| is_wrapper(value)).and_then(|value| Some((value, value.get("content")?)));
    let Some((wrapper, content)) = wrapped else { return builder.result(at, None, None, text.to_owned()) };
    let name = string(wrapper, "name").filter(|name| builder.waits_for(name));
    builder.result(at, None, name, result_text(content))
}

fn is_wrapper(value: &Value) -> bool {
    value.as_object().is_some_and(|keys| keys.keys().all(|key| matches!(key.as_str(), "name" | "content" | "tool_call_id")))
}
