use serde_json::Value;

use super::builder::{Builder, after_thoughts};
use super::calls::{self, WrittenCall};
use super::fields::{result_text, shown, string, unpacked};
use super::message::{Message, Role};
use super::offer::{Offer, definitions_in};
use super::refusal::{Reason, Refusal};

/// `{"system": "... [functions as JSON] ...", "conversations": [{"from", "value"}]}` with calls as `[name(key="value")]`.
pub(super) fn read(record: &Value) -> Result<Builder, Refusal> {
    let messages = Message::all(record, "conversations")?;
    let mut definitions = definitions_in(string(record, "system").unwrap_or_default(), "system")?;
    for message in messages.iter().filter(|message| message.role == Role::System) {
        definitions.extend(definitions_in(&message.text()?, &message.at)?);
    }
    let mut builder = Builder::new(Offer::read(&definitions, "system")?);
    for message in &messages {
        match message.role {
            Role::System => {}
            Role::User => builder.user(message.text()?),
            Role::Assistant | Role::Call => assistant(&message.text()?, &message.at, &mut builder)?,
            Role::Tool => results(&message.text()?, &message.at, &mut builder)?,
        }
    }
    Ok(builder)
}

fn assistant(text: &str, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let Some((said, calls)) = split(text, at, &builder.offer.spelled)? else {
        builder.assistant(text);
        return Ok(());
    };
    builder.assistant(said.trim_end());
    for call in calls {
        let name = call.name.clone();
        let arguments = builder.offer.bind(call, at)?;
        builder.call(at, &name, arguments, None)?;
    }
    Ok(())
}

/// What is said before the calls, and the calls; `None` for a text without calls.
///
/// A text that begins like a list of calls must be one. Behind other words, only calls of known tools are taken for calls.
fn split<'a>(text: &'a str, at: &str, known: &[String]) -> Result<Option<(&'a str, Vec<WrittenCall>)>, Refusal> {
    let whole = after_thoughts(text).trim();
    if begins_as_calls(whole, known) {
        return calls::read(whole, known).map(|calls| Some(("", calls))).map_err(|flaw| {
            let wrong = format!("has calls that cannot be read at {}", shown(&whole[flaw.at..]));
            Refusal::new(Reason::BadCall, at, wrong, format!("{} is needed there", flaw.expected))
        });
    }
    let starts = whole.match_indices('[').filter(|(start, _)| known.iter().any(|name| is_called(&whole[start + 1..], name)));
    Ok(starts.map(|(start, _)| start).find_map(|start| Some((&whole[..start], calls::read(&whole[start..], known).ok()?))))
}

fn is_called(text: &str, name: &str) -> bool {
    text.trim_start().strip_prefix(name).is_some_and(|behind| behind.trim_start().starts_with('('))
}

/// `[name(`, where the name is a known one or looks like one.
fn begins_as_calls(text: &str, known: &[String]) -> bool {
    let Some(inside) = text.strip_prefix('[') else { return false };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' ' | ':');
    let looks = |name: &str| !name.trim().is_empty() && name.chars().all(fits);
    known.iter().any(|name| is_called(inside, name)) || (text.ends_with(']') && inside.split_once('(').is_some_and(|(name, _)| looks(name)))
}

/// A list with one item for each call that waits is shared out; any other text is the result of the one call.
fn results(text: &str, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let waiting = builder.waiting();
    let listed = unpacked(&Value::String(text.to_owned())).map(std::borrow::Cow::into_owned);
    match listed {
        Some(Value::Array(items)) if items.len() == waiting && items.iter().all(|item| item.get("name").is_some()) => {
            items.iter().try_for_each(|item| {
                let name = string(item, "name").filter(|name| builder.waits_for(name));
                builder.result(at, None, name, result_of(item))
            })
        }
        Some(Value::Array(items)) if waiting > 1 && items.len() == waiting => {
            items.iter().try_for_each(|item| builder.result(at, None, None, result_text(item)))
        }
        _ if waiting > 1 => {
            let wrong = format!("is one result for {waiting} calls");
            Err(Refusal::new(Reason::ResultsNotMatched, at, wrong, "a list with one result for each call is needed"))
        }
        _ => builder.result(at, None, None, text.to_owned()),
    }
}

/// What came back, without the name around it.
fn result_of(item: &Value) -> String {
    let fields = item.as_object().filter(|fields| fields.len() == 2);
    let inner = fields.and_then(|fields| ["results", "result", "data", "response", "content"].iter().find_map(|key| fields.get(*key)));
    result_text(inner.unwrap_or(item))
}
