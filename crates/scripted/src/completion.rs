use serde_json::{Value, json};

use crate::{Request, Response};

/// What a model says, in the form that the path of the request asks for.
#[derive(Debug, Clone)]
pub struct Completion {
    content: Option<String>,
    refusal: Option<String>,
    openai: &'static str,
    anthropic: &'static str,
    usage: Option<(u64, u64)>,
}

/// A model that says this, and is done. 100 tokens sent, 50 received.
pub fn say(request: &Request, content: &str) -> Response {
    Completion::new(content).response(request)
}

impl Completion {
    /// A model that says this, and is done. 100 tokens sent, 50 received.
    pub fn new(content: &str) -> Self {
        let content = Some(content.to_owned());
        Self { content, refusal: None, openai: "stop", anthropic: "end_turn", usage: Some((100, 50)) }
    }

    /// Stopped by the limit of tokens.
    pub fn cut_off(self) -> Self {
        Self { openai: "length", anthropic: "max_tokens", ..self }
    }

    /// Stopped by a filter.
    pub fn filtered(self) -> Self {
        Self { openai: "content_filter", anthropic: "refusal", ..self }
    }

    /// The model will not, in so many words.
    pub fn refused(self, refusal: &str) -> Self {
        Self { content: None, refusal: Some(refusal.to_owned()), anthropic: "refusal", ..self }
    }

    /// No text at all.
    pub fn silent(self) -> Self {
        Self { content: None, ..self }
    }

    /// Tokens sent and received, where the server says.
    pub fn usage(self, usage: Option<(u64, u64)>) -> Self {
        Self { usage, ..self }
    }

    /// The form that the path of the request asks for.
    pub fn response(&self, request: &Request) -> Response {
        let body = if request.path.ends_with("/messages") { self.messages() } else { self.chat() };
        Response::status(200).json(body.to_string())
    }

    fn chat(&self) -> Value {
        let message = json!({ "role": "assistant", "content": self.content, "refusal": self.refusal });
        let choice = json!({ "index": 0, "message": message, "finish_reason": self.openai });
        let usage = self.usage.map(|(sent, received)| json!({ "prompt_tokens": sent, "completion_tokens": received }));
        json!({ "id": "chat-1", "object": "chat.completion", "model": "scripted-1", "choices": [choice], "usage": usage })
    }

    fn messages(&self) -> Value {
        let texts = self.content.iter().chain(&self.refusal);
        let content: Vec<Value> = texts.map(|text| json!({ "type": "text", "text": text })).collect();
        let usage = self.usage.map(|(sent, received)| json!({ "input_tokens": sent, "output_tokens": received }));
        json!({
            "id": "msg-1", "type": "message", "role": "assistant", "model": "scripted-1", "content": content,
            "stop_reason": self.anthropic, "usage": usage
        })
    }
}
