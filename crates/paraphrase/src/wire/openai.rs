use guardset_core::{JsonMode, Sampling};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Found;
use crate::budget::Tokens;
use crate::{Chat, Ending};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    temperature: f64,
    top_p: f64,
    max_tokens: u32,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

pub(super) fn body(model: &str, sampling: &Sampling, chat: &Chat) -> Vec<u8> {
    let request = Request {
        model,
        messages: [Message { role: "system", content: &chat.system }, Message { role: "user", content: &chat.user }],
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        max_tokens: chat.max_tokens,
        // 31 bits: some servers keep a seed in that many, and refuse or cut a longer one.
        seed: chat.seed & 0x7fff_ffff,
        response_format: match sampling.json {
            JsonMode::Off => None,
            JsonMode::Object => Some(json!({ "type": "json_object" })),
            JsonMode::Schema => Some(schema(&chat.ids)),
        },
        stream: false,
    };
    serde_json::to_vec(&request).expect("strings and numbers have a form in JSON")
}

fn schema(ids: &[String]) -> Value {
    let properties: Map<String, Value> = ids.iter().map(|id| (id.clone(), json!({ "type": "string" }))).collect();
    let schema = json!({ "type": "object", "properties": properties, "required": ids, "additionalProperties": false });
    json!({ "type": "json_schema", "json_schema": { "name": "texts", "strict": true, "schema": schema } })
}

/// What is read of a reply.
#[derive(Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Answer,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

impl Body {
    pub(super) fn found(self) -> Option<Found> {
        let Choice { message: Answer { content, refusal }, finish_reason } = self.choices.into_iter().next()?;
        let (ending, text) = match (refusal, finish_reason.as_deref()) {
            (Some(refusal), _) => (Ending::Refused, refusal),
            (None, Some("content_filter")) => (Ending::Refused, content.unwrap_or_default()),
            (None, Some("length")) => (Ending::CutOff, content?),
            (None, _) => (Ending::Whole, content?),
        };
        let used = self.usage.map(|usage| Tokens { input: usage.prompt_tokens, output: usage.completion_tokens });
        Some(Found { ending, text, model: self.model.unwrap_or_default(), used })
    }
}
