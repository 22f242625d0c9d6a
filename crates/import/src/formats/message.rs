use serde_json::Value;

use super::fields::{kind, list, shown, string, unpacked};
use super::refusal::{Reason, Refusal};

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The prompt.
    System,
    /// The user.
    User,
    /// The assistant, with text, calls or both.
    Assistant,
    /// The assistant, with nothing but a call as JSON.
    Call,
    /// Results.
    Tool,
}

/// One message, with its place in the record.
pub(super) struct Message {
    pub role: Role,
    pub at: String,
    /// As it is in the record, taken out of a string of JSON where it was in one.
    pub raw: Value,
}

impl Message {
    /// Reads `role` or, as in ShareGPT, `from`.
    pub fn read(value: &Value, at: String) -> Result<Self, Refusal> {
        let raw = unpacked(value).map(std::borrow::Cow::into_owned).filter(Value::is_object);
        let raw = raw.ok_or_else(|| Refusal::new(Reason::BadField, &at, format!("is {}", kind(value)), "a message is an object"))?;
        let right = "roles are system, user (human), assistant (gpt), tool (function) and function_call";
        let name = string(&raw, "role").or_else(|| string(&raw, "from"));
        let name = name.ok_or_else(|| Refusal::new(Reason::UnknownRole, &at, "has no role", right))?;
        let role = match name.to_ascii_lowercase().as_str() {
            "system" | "developer" => Role::System,
            "user" | "human" => Role::User,
            "assistant" | "gpt" | "model" | "bot" | "chatgpt" => Role::Assistant,
            "function_call" | "tool_call" => Role::Call,
            "tool" | "function" | "observation" | "ipython" | "tool_response" | "function_response" => Role::Tool,
            _ => return Err(Refusal::new(Reason::UnknownRole, at, format!("has the role {}", shown(name)), right)),
        };
        Ok(Self { role, at, raw })
    }

    /// Reads the list of that name.
    pub fn all(record: &Value, key: &str) -> Result<Vec<Self>, Refusal> {
        list(record, key)?.iter().enumerate().map(|(at, message)| Self::read(message, format!("{key}[{at}]"))).collect()
    }

    /// Its text: `content` or, as in ShareGPT, `value`.
    pub fn text(&self) -> Result<String, Refusal> {
        let key = if self.raw.get("content").is_some() { "content" } else { "value" };
        super::fields::content(self.raw.get(key), &format!("{}.{key}", self.at))
    }
}
