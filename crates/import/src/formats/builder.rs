use std::borrow::Cow;

use serde_json::{Map, Value};

use super::fields::{field, shown};
use super::offer::{Offer, conformant};
use super::refusal::{Reason, Refusal};
use crate::{Dialogue, Turn};

/// A dialogue in the making.
pub(super) struct Builder {
    pub offer: Offer,
    turns: Vec<Turn>,
    /// Calls without a result since the user last spoke.
    open: Vec<Open>,
}

struct Open {
    turn: usize,
    id: Option<String>,
}

impl Builder {
    pub fn new(offer: Offer) -> Self {
        Self { offer, turns: Vec::new(), open: Vec::new() }
    }

    /// The user says something; results of earlier calls are no longer waited for.
    pub fn user(&mut self, text: String) {
        if !text.trim().is_empty() {
            self.open.clear();
            self.turns.push(Turn::User(text));
        }
    }

    /// The assistant says something, thoughts left out.
    pub fn assistant(&mut self, text: &str) {
        let text = without_thoughts(text);
        if !text.trim().is_empty() {
            self.turns.push(Turn::Assistant(text.into_owned()));
        }
    }

    /// The assistant calls a tool.
    pub fn call(&mut self, field: &str, name: &str, arguments: Map<String, Value>, id: Option<&str>) -> Result<(), Refusal> {
        let right = "a call names one of the tools on offer";
        if name.trim().is_empty() {
            return Err(Refusal::new(Reason::NoName, field, "has no name", right));
        }
        if self.offer.tool(name).is_none() {
            return Err(Refusal::new(Reason::CallOfUnknownTool, field, format!("calls {}", shown(name)), right));
        }
        self.open.push(Open { turn: self.turns.len(), id: id.map(str::to_owned) });
        self.turns.push(Turn::Call { tool: conformant(name), arguments, result: None });
        Ok(())
    }

    /// A result comes back: for the call of that id, else for the first of that tool, else for the first of all.
    pub fn result(&mut self, field: &str, id: Option<&str>, name: Option<&str>, text: String) -> Result<(), Refusal> {
        let by_id = id.and_then(|id| self.open.iter().position(|open| open.id.as_deref() == Some(id)));
        let fits = |open: &Open| (id.is_none() || open.id.is_none()) && name.is_none_or(|name| self.tool_of(open) == conformant(name));
        let Some(at) = by_id.or_else(|| self.open.iter().position(fits)) else {
            let wrong = match id.or(name) {
                Some(whose) => format!("is a result of {}, of which no call waits for one", shown(whose)),
                None => "is a result that no call waits for".to_owned(),
            };
            return Err(Refusal::new(
                Reason::ResultWithoutCall,
                field,
                wrong,
                "a result stands behind its call, and each call has one at most",
            ));
        };
        let turn = self.open.remove(at).turn;
        if let Some(Turn::Call { result, .. }) = self.turns.get_mut(turn) {
            *result = Some(text);
        }
        Ok(())
    }

    /// How many calls wait for a result.
    pub fn waiting(&self) -> usize {
        self.open.len()
    }

    /// Whether a call of that tool waits for a result.
    pub fn waits_for(&self, name: &str) -> bool {
        self.open.iter().any(|open| self.tool_of(open) == conformant(name))
    }

    fn tool_of(&self, open: &Open) -> &str {
        match self.turns.get(open.turn) {
            Some(Turn::Call { tool, .. }) => tool,
            _ => "",
        }
    }

    /// The dialogue, named as the record names it, else by its place.
    pub fn finish(self, record: &Value, place: &str) -> Result<Dialogue, Refusal> {
        if !self.turns.iter().any(|turn| matches!(turn, Turn::User(_))) {
            return Err(Refusal::new(Reason::NoUserTurn, "record", "has no text of a user", "a dialogue needs one request or more"));
        }
        Ok(Dialogue {
            id: told(record, "id").unwrap_or_else(|| place.to_owned()),
            source: told(record, "source"),
            license: told(record, "license").or_else(|| told(record, "licence")),
            tools: self.offer.tools,
            turns: self.turns,
        })
    }
}

/// What the record tells under that key: a string as it is, anything else as JSON.
pub(super) fn told(record: &Value, key: &str) -> Option<String> {
    let value = field(record, key)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (!text.trim().is_empty()).then_some(text)
}

/// The text without its `<think>` blocks and the space behind each. A block that does not end is text.
fn without_thoughts(text: &str) -> Cow<'_, str> {
    let mut said = String::new();
    let mut rest = text;
    while let Some((start, end)) = thought(rest) {
        said.push_str(&rest[..start]);
        rest = rest[end..].trim_start();
    }
    if said.is_empty() {
        return Cow::Borrowed(rest);
    }
    said.push_str(rest);
    Cow::Owned(said)
}

/// Where the first `<think>` block of a text begins and ends, in bytes.
pub(super) fn thought(text: &str) -> Option<(usize, usize)> {
    const END: &str = "</think>";
    let start = text.find("<think>")?;
    let end = text[start..].find(END)? + start + END.len();
    Some((start, end))
}

/// The text behind the `<think>` blocks that it begins with.
pub(super) fn after_thoughts(text: &str) -> &str {
    let mut rest = text;
    while let Some((_, end)) = thought(rest).filter(|(start, _)| rest[..*start].trim().is_empty()) {
        rest = rest[end..].trim_start();
    }
    rest
}
