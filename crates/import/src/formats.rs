//! Function-calling data sets: one record in, one [`Dialogue`] out, or a [`Refusal`] that says why not.
//!
//! `docs/import-dialogues.md` has an example of each format, what is repaired, and the reasons of refusals.

mod bfcl;
mod builder;
mod calls;
mod fields;
mod glaive;
mod hermes;
mod listed;
mod message;
mod offer;
mod openai;
mod python;
mod refusal;
mod schema;
mod toolace;
mod types;
mod xlam;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::Dialogue;

pub use bfcl::with_answers;
pub use listed::{ToolRecord, read_tool};
pub use refusal::{Reason, Refusal};

/// How the records of a function-calling data set are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DialogueFormat {
    /// `messages` with `tool_calls`, `tools` as functions or in MCP form.
    Openai,
    /// `system` with a list of functions, `conversations` with calls written as `[name(argument="value")]`.
    Toolace,
    /// `system` with functions, `chat` as one text with `USER:`, `ASSISTANT:` and `FUNCTION RESPONSE:` (version 2).
    Glaive,
    /// `query`, `tools` and `answers`.
    Xlam,
    /// `question`, `function` and, where known, `ground_truth`.
    Bfcl,
    /// `conversations` with `<tools>`, `<tool_call>` and `<tool_response>`.
    Hermes,
}

impl DialogueFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Openai, Self::Toolace, Self::Glaive, Self::Xlam, Self::Bfcl, Self::Hermes];

    /// The name in arguments and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Toolace => "toolace",
            Self::Glaive => "glaive",
            Self::Xlam => "xlam",
            Self::Bfcl => "bfcl",
            Self::Hermes => "hermes",
        }
    }
}

impl fmt::Display for DialogueFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no format has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format of dialogues; known are openai, toolace, glaive, xlam, bfcl and hermes")]
pub struct UnknownFormat(String);

impl FromStr for DialogueFormat {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// Reads one record.
///
/// `place` (file and line) names the dialogue where the record has no `id`. Texts are kept byte for byte; of assistants,
/// `<think>` blocks are left out. System prompts are left out: a [`Dialogue`] has no place for them.
///
/// # Errors
///
/// Says which field is wrong, and what would be right. Nothing of a refused record is used.
pub fn read(format: DialogueFormat, record: &Value, place: &str) -> Result<Dialogue, Refusal> {
    if !record.is_object() {
        return Err(Refusal::new(Reason::NoRecord, "record", format!("is {}", fields::kind(record)), "a JSON object is needed"));
    }
    let built = match format {
        DialogueFormat::Openai => openai::read(record),
        DialogueFormat::Toolace => toolace::read(record),
        DialogueFormat::Glaive => glaive::read(record),
        DialogueFormat::Xlam => xlam::read(record),
        DialogueFormat::Bfcl => bfcl::read(record),
        DialogueFormat::Hermes => hermes::read(record),
    };
    built?.finish(record, place)
}

/// A literal of Python or JSON, if the whole text is one.
pub(crate) fn literal(text: &str) -> Option<Value> {
    let (value, length) = python::literal_prefix(text.trim()).ok()?;
    (length == text.trim().len()).then_some(value)
}
