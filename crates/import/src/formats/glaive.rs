use serde_json::Value;

use super::builder::Builder;
use super::fields::{needed_string, shown, string, value_prefix};
use super::offer::{Offer, definitions_in};
use super::openai;
use super::python;
use super::refusal::{Reason, Refusal};

const CALL: &str = "<functioncall>";
const END: &str = "<|endoftext|>";
const SPEAKERS: [&str; 3] = ["USER:", "ASSISTANT:", "FUNCTION RESPONSE:"];

/// `{"system": "SYSTEM: ... {function} {function}", "chat": "USER: ... ASSISTANT: ... FUNCTION RESPONSE: ..."}`.
pub(super) fn read(record: &Value) -> Result<Builder, Refusal> {
    let definitions = definitions_in(needed_string(record, "system")?, "system")?;
    let mut builder = Builder::new(Offer::read(&definitions, "system")?);
    for (speaker, text) in spoken(needed_string(record, "chat")?)? {
        match speaker {
            // Where an assistant's mark is missing or misspelled, its call would pass for words of whoever spoke before.
            "USER:" if text.contains(CALL) => {
                let wrong = format!("has a call among the words of the user: {}", shown(text));
                return Err(Refusal::new(Reason::BadCall, "chat", wrong, "a call stands behind ASSISTANT:"));
            }
            "USER:" => builder.user(text.to_owned()),
            "ASSISTANT:" => assistant(text, &mut builder)?,
            _ => builder.result("chat", None, None, text.to_owned())?,
        }
    }
    Ok(builder)
}

/// The parts of a chat with who speaks, without the marks and the space around.
fn spoken(chat: &str) -> Result<Vec<(&'static str, &str)>, Refusal> {
    let starts = starts(chat);
    let before = starts.first().map_or("", |(at, _)| chat[..*at].trim());
    if !before.is_empty() {
        let wrong = format!("has words that nobody speaks: {}", shown(before));
        return Err(Refusal::new(Reason::UnknownRole, "chat", wrong, "a chat begins with USER:, ASSISTANT: or FUNCTION RESPONSE:"));
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|(at, _)| *at).chain([chat.len()]).collect();
    let part = |((at, speaker), end): (&(usize, &'static str), usize)| {
        let text = chat[at + speaker.len()..end].trim();
        (*speaker, text.strip_suffix(END).unwrap_or(text).trim())
    };
    Ok(starts.iter().zip(ends).map(part).collect())
}

/// Where speakers begin. Their names count where a line begins or behind the mark of an end; in a chat that was put on one
/// line, behind any space.
fn starts(chat: &str) -> Vec<(usize, &'static str)> {
    let named = |begins: fn(&str) -> bool| {
        let all = SPEAKERS.iter().flat_map(|speaker| chat.match_indices(speaker).map(|(at, _)| (at, *speaker)));
        let mut starts: Vec<_> = all.filter(|(at, _)| begins(&chat[..*at])).collect();
        starts.sort_unstable();
        starts
    };
    if chat.trim().contains('\n') { named(begins_line) } else { named(|before| begins_line(before) || before.ends_with(' ')) }
}

fn begins_line(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\n', '\r']) || before.ends_with(END)
}

fn assistant(text: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let mut rest = text;
    while let Some((said, behind)) = rest.split_once(CALL) {
        builder.assistant(said.trim_end());
        let (value, end) = call(behind).ok_or_else(|| {
            let wrong = format!("has a call that cannot be read at {}", shown(behind.trim_start()));
            Refusal::new(Reason::BadCall, "chat", wrong, "a call is {\"name\": ..., \"arguments\": '{...}'}")
        })?;
        openai::call(&value, "chat", builder)?;
        rest = behind[end..].trim_start();
        rest = rest.strip_prefix("</functioncall>").or_else(|| rest.strip_prefix(END)).unwrap_or(rest).trim_start();
    }
    builder.assistant(rest);
    Ok(())
}

/// The call at the beginning of a text, and the offset behind it. Its arguments stand in single quotes, most without
/// escapes: the JSON in them tells where it ends, not the quotes.
fn call(text: &str) -> Option<(Value, usize)> {
    if let Some(read) = quoted(text) {
        return Some(read);
    }
    value_prefix(text)
}

fn quoted(text: &str) -> Option<(Value, usize)> {
    const KEY: &str = "\"arguments\"";
    let key = text.find(KEY)?;
    let head = text[..key].trim_end().strip_suffix(',')?;
    let mut call: Value = serde_json::from_str(&format!("{head}}}")).ok()?;
    string(&call, "name")?;
    let colon = text[key + KEY.len()..].trim_start().strip_prefix(':')?;
    let quoted = colon.trim_start();
    let inside = quoted.strip_prefix('\'')?;
    let plain = value_prefix(inside).filter(|(_, end)| inside[*end..].trim_start().starts_with('\''));
    let (arguments, behind) = match plain {
        Some((arguments, end)) => (arguments, inside[end..].trim_start().strip_prefix('\'')?),
        None => {
            let (arguments, end) = python::literal_prefix(quoted).ok()?;
            (arguments, &quoted[end..])
        }
    };
    let behind = behind.trim_start().strip_prefix('}')?;
    call.as_object_mut()?.insert("arguments".to_owned(), arguments);
    Some((call, text.len() - behind.len()))
}
