//! What of a row is held against benchmarks: each text in it by itself, and the whole.

use guardset_core::Surfaced;
use guardset_dedup::Unit;
use serde_json::{Map, Value};

/// A text of a row.
pub type Text<'r> = (Unit, &'r str);

/// Takes the texts of a row one by one.
pub type Each<'e> = &'e mut dyn FnMut(Text<'_>);

/// The columns that texts are taken from.
pub const COLUMNS: [&str; 5] = ["messages", "steps", "tools", "session", "body"];

/// The texts of a row that was read: what is said in messages and steps, what describes tools and servers, the body.
pub fn of_row(row: &Map<String, Value>, each: Each<'_>) {
    for message in row["messages"].as_array().into_iter().flatten() {
        said(&message["content"], each);
    }
    said(&row["steps"], each);
    for column in ["tools", "session"] {
        strings(&row[column], &mut |text| each((Unit::Described, text)));
    }
    if let Some(body) = row["body"].as_str() {
        each((Unit::Described, body));
    }
}

/// The same texts of a row that was made and not written yet.
pub fn of_text(text: &Surfaced, each: Each<'_>) {
    for message in &text.messages {
        said_in(&message.content, each);
    }
    let parsed = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    said(&parsed(&text.steps), each);
    for column in [&text.tools, &text.session] {
        strings(&parsed(column), &mut |text| each((Unit::Described, text)));
    }
    each((Unit::Described, &text.body));
}

fn said(value: &Value, each: Each<'_>) {
    strings(value, &mut |text| said_in(text, each));
}

/// A text, and where a result is JSON also the texts in it: an adversary's words may be one of its values.
fn said_in(text: &str, each: Each<'_>) {
    each((Unit::Said, text));
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<Value>(trimmed)
    {
        strings(&inner, &mut |text| each((Unit::Said, text)));
    }
}

fn strings(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(elements) => elements.iter().for_each(|element| strings(element, each)),
        Value::Object(members) => members.values().for_each(|member| strings(member, each)),
        _ => {}
    }
}
