use guardset_core::Sampling;
use serde::{Deserialize, Serialize};

use super::Found;
use crate::budget::Tokens;
use crate::{Chat, Ending};

/// No `top_p`, which newer models refuse beside a temperature, and no seed, which there is none of.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    system: &'a str,
    messages: [Message<'a>; 1],
    max_tokens: u32,
    temperature: f64,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

pub(super) fn body(model: &str, sampling: &Sampling, chat: &Chat) -> Vec<u8> {
    let request = Request {
        model,
        system: &chat.system,
        messages: [Message { role: "user", content: &chat.user }],
        max_tokens: chat.max_tokens,
        temperature: sampling.temperature,
    };
    serde_json::to_vec(&request).expect("strings and numbers have a form in JSON")
}

/// What is read of a reply.
#[derive(Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    model: Option<String>,
    content: Vec<Block>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Option<Usage>,
}

/// Only blocks of text have one.
#[derive(Deserialize)]
struct Block {
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
}

impl Body {
    pub(super) fn found(self) -> Option<Found> {
        let text = self.content.into_iter().filter_map(|block| block.text).reduce(|all, text| all + &text);
        let (ending, text) = match self.stop_reason.as_deref() {
            Some("refusal") => (Ending::Refused, text.unwrap_or_default()),
            Some("max_tokens") => (Ending::CutOff, text?),
            _ => (Ending::Whole, text?),
        };
        let used = self.usage.map(|usage| Tokens { input: usage.input_tokens, output: usage.output_tokens });
        Some(Found { ending, text, model: self.model.unwrap_or_default(), used })
    }
}
