//! A view file as it is written. `docs/views.md` explains each key.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawView {
    /// What it is for, in a sentence for the data card.
    pub description: String,
    /// Rows of which classes it has.
    #[serde(default)]
    pub classes: Classes,
    /// What of shuffling, dropping and flipping applies to the categories in its prompt.
    pub categories: Categories,
    /// What stands before the number of a category; empty for categories without codes.
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub columns: Columns,
    pub verdict: Verdict,
    /// What is asked at each checkpoint.
    pub questions: BTreeMap<String, String>,
    #[serde(default)]
    pub names: RawNames,
    pub messages: RawMessages,
}

/// Rows of which classes a view has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Classes {
    /// All.
    #[default]
    All,
    /// Those with a letter in MCIP's prompt, `appropriate` among them; the letter is the code.
    Mcip,
}

/// What may be done to the categories in a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Categories {
    /// Shuffle, drop and flip, as the recipe says.
    Free,
    /// Nothing: the format has them in one order.
    Fixed,
    /// The prompt lists none.
    None,
}

/// Columns beside those that every view has.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Columns {
    /// Whether there is a column `body`.
    pub body: bool,
    /// How the column `label` spells a class.
    pub label: Spelling,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spelling {
    /// Its id.
    #[default]
    Id,
    /// As in MCIP's published data set.
    Mcip,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    pub safe: String,
    pub r#unsafe: String,
    /// Reason for a safe verdict where the violated categories were left out; needed where they can be.
    pub flipped: Option<String>,
}

/// What the format calls our vectors, classes and effects. A table that is there has every id.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawNames {
    pub vectors: BTreeMap<String, String>,
    pub classes: BTreeMap<String, String>,
    pub effects: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawMessages {
    pub system: Option<Spanned<String>>,
    pub user: Spanned<String>,
    /// The answer without reasons.
    pub assistant: Spanned<String>,
    /// The answer with reasons; a format without a place for them has none.
    pub reasoned: Option<Spanned<String>>,
}
