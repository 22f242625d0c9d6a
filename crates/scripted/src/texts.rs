use serde_json::{Deserializer, Map, Value};

use crate::Request;

/// Ids and texts that the user's message asks to have reworded: its last array of objects with an `id` and a `text`.
pub fn texts(request: &Request) -> Vec<(String, String)> {
    let message = request.user();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(offset) = message[at..].find('[') {
        at += offset;
        let mut values = Deserializer::from_str(&message[at..]).into_iter::<Value>();
        let pairs = values.next().and_then(Result::ok).as_ref().and_then(pairs);
        // Brackets in a text are no arrays, and those within an array are part of it.
        at += if pairs.is_some() { values.byte_offset() } else { 1 };
        found = pairs.unwrap_or(found);
    }
    found
}

/// The reply that has these texts.
pub fn answer(texts: Vec<(String, String)>) -> String {
    Value::Object(texts.into_iter().map(|(id, text)| (id, Value::String(text))).collect::<Map<_, _>>()).to_string()
}

fn pairs(value: &Value) -> Option<Vec<(String, String)>> {
    let pair = |value: &Value| Some((value.get("id")?.as_str()?.to_owned(), value.get("text")?.as_str()?.to_owned()));
    value.as_array().filter(|values| !values.is_empty())?.iter().map(pair).collect()
}
