use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Template;

/// Kinds of prose that may be reworded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What users write.
    Request,
    /// What assistants write.
    Assistant,
    /// Descriptions of tools, instructions of servers.
    Description,
    /// Prose in results.
    Result,
    /// What an adversary puts in, and what stands in its place in a look-alike.
    Payload,
}

impl Field {
    /// All of them, in canonical order.
    pub const ALL: [Self; 5] = [Self::Request, Self::Assistant, Self::Description, Self::Result, Self::Payload];

    /// The name in recipes and manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Assistant => "assistant",
            Self::Description => "description",
            Self::Result => "result",
            Self::Payload => "payload",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that was written by hand, and what a language model made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// As written by hand.
    pub text: Template,
    /// Rewordings asked for; the one with a number from 0 on that was not usable is missing below.
    pub asked: u32,
    /// Usable rewordings.
    pub rewordings: Vec<Rewording>,
}

/// One usable rewording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewording {
    /// Its number among those asked for.
    pub variant: u32,
    /// Its style, in [`crate::Catalog::styles`].
    pub style: usize,
    /// The text, with the slots of the original, each as often as there.
    pub text: Template,
}

impl Wording {
    /// The rewording with this number, if it is usable.
    pub fn rewording(&self, variant: u32) -> Option<&Rewording> {
        self.rewordings.iter().find(|rewording| rewording.variant == variant)
    }
}

impl Wording {
    /// A text without slots.
    pub fn plain(text: &str) -> Self {
        Template::literal(text).into()
    }

    /// The text as written by hand, when it has no slots.
    pub fn as_str(&self) -> &str {
        self.text.as_literal().unwrap_or_default()
    }
}

impl From<Template> for Wording {
    fn from(text: Template) -> Self {
        Self { text, asked: 0, rewordings: Vec::new() }
    }
}

/// A way of writing that a rewording is asked for in (`templates/prompts/styles.toml`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// Id.
    pub id: String,
    /// Fields it can be asked of.
    pub fields: Vec<Field>,
    /// Language of the result, ISO 639-1; the text's own where there is none.
    pub language: Option<String>,
    /// What the model is told.
    pub says: String,
}

/// What a model is told (`templates/prompts`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompts {
    /// Its job, once for all; no slots.
    pub system: Template,
    /// The texts of one request; slots are those of [`Prompts::NAMES`].
    pub request: Template,
}

impl Prompts {
    /// Names that the request may use: the number of texts, and the texts as a JSON array.
    pub const NAMES: [&'static str; 2] = ["count", "texts"];
}

/// What must not change between a text and its rewording (`templates/prompts/languages.toml`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Languages {
    /// The meanings that are looked for.
    #[serde(rename = "class")]
    pub meanings: Vec<Meaning>,
    /// How each language says them; the first is that of the seeds.
    #[serde(rename = "language")]
    pub languages: Vec<Language>,
}

/// Something that a text says or does not say: an action, an order, a negation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// Id, the key in [`Language::classes`].
    pub id: String,
    /// It is something that is done: it can be negated, and its place among other such things counts.
    #[serde(default)]
    pub action: bool,
    /// To say it in more clauses than the original does is to add it once more.
    #[serde(default)]
    pub counted: bool,
    /// Meanings that excuse its loss where the rewording has them, and its gain where the original had them.
    #[serde(default)]
    pub or: Vec<String>,
    /// Fields in which a rewording may say it where the original does not.
    #[serde(default)]
    pub may_gain: Vec<Field>,
    /// Fields in which a rewording may leave it out.
    #[serde(default)]
    pub may_lose: Vec<Field>,
}

/// One language: its words for each meaning, and what tells it from others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// ISO 639-1.
    pub id: String,
    /// Its name, as a model is told.
    pub name: String,
    /// Every noun has a capital, so that a capital is no sign of a name.
    #[serde(default)]
    pub capitals: bool,
    /// Words and phrases by what they mean: `before`, `not`, `send`. All languages have the same classes. A word ending
    /// in `*` stands for every word that begins so, `..` for up to twelve words within a clause. The longest phrase wins.
    pub classes: BTreeMap<String, Vec<String>>,
    /// Words that begin another clause: `and`, `while`.
    #[serde(default)]
    pub joins: Vec<String>,
    /// Words that hardly any sentence is without.
    #[serde(default)]
    pub common: Vec<String>,
    /// How a model begins that does not do what it was asked for.
    pub refusals: Vec<String>,
    /// How a model begins that talks about its answer first.
    #[serde(default)]
    pub preambles: Vec<String>,
}
