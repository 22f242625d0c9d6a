use serde_json::Value;

use super::builder::Builder;
use super::fields::{field, list, needed_string};
use super::offer::Offer;
use super::openai;
use super::refusal::Refusal;

/// `{"query": "...", "tools": [...], "answers": [{"name", "arguments"}]}`, both lists also as strings of JSON.
pub(super) fn read(record: &Value) -> Result<Builder, Refusal> {
    let mut builder = Builder::new(Offer::of_field(record, &["tools"])?);
    builder.user(needed_string(record, "query")?.to_owned());
    if field(record, "answers").is_some() {
        for (at, answer) in list(record, "answers")?.iter().enumerate() {
            openai::call(answer, &format!("answers[{at}]"), &mut builder)?;
        }
    }
    Ok(builder)
}
