use serde_json::{Map, Value};

use super::builder::{Builder, told};
use super::calls;
use super::fields::{field, kind, list, shown, unpacked};
use super::message::{Message, Role};
use super::offer::Offer;
use super::refusal::{Reason, Refusal};

/// `{"question": [[messages of a turn], ...], "function": [...], "ground_truth"?: [...]}`.
///
/// Without answers it is a dialogue in which nothing is called.
pub(super) fn read(record: &Value) -> Result<Builder, Refusal> {
    let mut builder = Builder::new(Offer::of_field(record, &["function", "functions", "tools"])?);
    let turns = turns(record)?;
    let answers = answers(record, turns.len())?;
    for (at, turn) in turns.iter().enumerate() {
        for (number, message) in turn.iter().enumerate() {
            say(&Message::read(message, format!("question[{at}][{number}]"))?, &mut builder)?;
        }
        for (number, answer) in answers.get(at).into_iter().flatten().enumerate() {
            call(answer, &format!("ground_truth[{at}][{number}]"), &mut builder)?;
        }
    }
    Ok(builder)
}

/// The record with the answers of the file beside it, which are told apart by `id`.
///
/// # Errors
///
/// `answers_not_matched` when they are those of another record.
pub fn with_answers(record: &Value, answers: &Value) -> Result<Value, Refusal> {
    let wrong = match (told(record, "id"), told(answers, "id")) {
        (Some(own), Some(other)) if own == other => None,
        (own, other) => Some(format!("is {other:?} for the record {own:?}")),
    };
    let right = "answers have the id of their record, and a field ground_truth";
    let given = answers.get("ground_truth").filter(|_| wrong.is_none());
    let given = given.ok_or_else(|| {
        let at = if wrong.is_some() { "id" } else { "ground_truth" };
        Refusal::new(Reason::AnswersNotMatched, at, wrong.unwrap_or_else(|| "is missing".to_owned()), right)
    })?;
    let mut whole = record.clone();
    whole.as_object_mut().into_iter().for_each(|fields| drop(fields.insert("ground_truth".to_owned(), given.clone())));
    Ok(whole)
}

/// The messages of each turn. A question may be one text, and one turn may be all there is.
fn turns(record: &Value) -> Result<Vec<Vec<Value>>, Refusal> {
    if let Some(Value::String(text)) = field(record, "question")
        && !matches!(unpacked(&Value::String(text.clone())).as_deref(), Some(Value::Array(_)))
    {
        return Ok(vec![vec![serde_json::json!({"role": "user", "content": text})]]);
    }
    let question = list(record, "question")?;
    if question.iter().all(Value::is_object) {
        return Ok(vec![question.into_owned()]);
    }
    let turn = |(at, turn): (usize, &Value)| {
        let right = "a turn is a list of messages";
        turn.as_array()
            .cloned()
            .ok_or_else(|| Refusal::new(Reason::BadField, format!("question[{at}]"), format!("is {}", kind(turn)), right))
    };
    question.iter().enumerate().map(turn).collect()
}

/// The answers of each turn. Those of a question of one turn are not wrapped once more.
fn answers(record: &Value, turns: usize) -> Result<Vec<Vec<Value>>, Refusal> {
    if field(record, "ground_truth").is_none() {
        return Ok(Vec::new());
    }
    let answers = list(record, "ground_truth")?;
    let wrapped: Option<Vec<Vec<Value>>> = answers.iter().map(|turn| turn.as_array().cloned()).collect();
    match wrapped {
        Some(wrapped) if wrapped.len() <= turns => Ok(wrapped),
        None if turns == 1 => Ok(vec![answers.into_owned()]),
        wrapped => {
            let wrong = match wrapped {
                Some(wrapped) => format!("has answers for {} turns", wrapped.len()),
                None => "is not a list for each turn".to_owned(),
            };
            Err(Refusal::new(Reason::AnswersNotMatched, "ground_truth", wrong, format!("the question has {turns} turns")))
        }
    }
}

fn say(message: &Message, builder: &mut Builder) -> Result<(), Refusal> {
    match message.role {
        Role::System => {}
        Role::User => builder.user(message.text()?),
        Role::Assistant | Role::Call => builder.assistant(&message.text()?),
        Role::Tool => builder.result(&message.at, None, None, message.text()?)?,
    }
    Ok(())
}

/// `{"name": {"argument": [accepted values]}}`, or a call as it is written in Python.
fn call(answer: &Value, at: &str, builder: &mut Builder) -> Result<(), Refusal> {
    let bad = |wrong: String| {
        Refusal::new(Reason::BadCall, at, wrong, "an answer is {\"name\": {\"argument\": [accepted values]}} or name(argument=value)")
    };
    match answer {
        Value::String(text) => {
            let written =
                calls::read(text, &builder.offer.spelled).map_err(|flaw| bad(format!("cannot be read at {}", shown(&text[flaw.at..]))))?;
            for call in written {
                let name = call.name.clone();
                let arguments = builder.offer.bind(call, at)?;
                builder.call(at, &name, arguments, None)?;
            }
            Ok(())
        }
        Value::Object(calls) => calls.iter().try_for_each(|(name, accepted)| {
            let accepted = accepted.as_object().ok_or_else(|| bad(format!("has {} as arguments", kind(accepted))))?;
            let arguments = first_accepted(accepted, &required(&builder.offer, name), 0);
            builder.call(at, name, arguments, None)
        }),
        other => Err(bad(format!("is {}", kind(other)))),
    }
}

fn required(offer: &Offer, name: &str) -> Vec<String> {
    let names = offer.tool(name).and_then(|tool| tool["inputSchema"]["required"].as_array());
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The first accepted value of each argument. An empty string among them marks an argument that may be left out; an
/// argument that has nothing else is left out, unless it is required: then the empty string is its value.
fn first_accepted(accepted: &Map<String, Value>, required: &[String], depth: usize) -> Map<String, Value> {
    let pick = |(name, values): (&String, &Value)| {
        let Value::Array(all) = values else { return Some((name.clone(), plain(values, depth))) };
        let value = all.iter().find(|value| *value != "").or_else(|| all.first().filter(|_| required.contains(name)))?;
        Some((name.clone(), plain(value, depth)))
    };
    accepted.iter().filter_map(pick).collect()
}

/// An accepted value as it is passed: in objects, each field lists accepted values in turn.
fn plain(value: &Value, depth: usize) -> Value {
    const DEPTH: usize = 64;
    match value {
        _ if depth > DEPTH => value.clone(),
        Value::Object(fields) => Value::Object(first_accepted(fields, &[], depth + 1)),
        Value::Array(items) => items.iter().map(|item| plain(item, depth + 1)).collect(),
        other => other.clone(),
    }
}
