//! What the recipe says about views, and a row of one.

use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Message, PairRole, Split};

/// `[views]` of the recipe. The shipped `guardset.toml` explains each key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewOptions {
    /// Views to write: stems of files in `templates/views`.
    pub names: Vec<String>,
    /// Whether each row lists the categories in an order of its own.
    pub shuffle: bool,
    /// Share of the categories that a row does not violate which its prompt leaves out, 0 to 1; training rows alone.
    pub drop: f64,
    /// Share of the unsafe training rows whose violated categories the prompt leaves out, so that the verdict is safe, 0 to 1.
    pub flip: f64,
    /// Whether answers give reasons, where the format has a place for them.
    pub rationale: Reasons,
}

/// Which answers give reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reasons {
    /// All of them.
    #[default]
    With,
    /// None.
    Without,
    /// About half of them, told apart by a hash of view and row id; the prompt says which is asked for.
    Both,
}

impl ViewOptions {
    /// Notes every value that is out of range.
    pub(crate) fn check(&self, wrong: &mut impl FnMut(&str, String)) {
        for (place, share) in [("views.drop", self.drop), ("views.flip", self.flip)] {
            if !(0.0..=1.0).contains(&share) {
                wrong(place, format!("{share} is no share; give a number from 0 to 1"));
            }
        }
        for (position, name) in self.names.iter().enumerate() {
            if self.names[..position].contains(name) {
                wrong("views.names", format!("`{name}` is there twice; name each view once"));
            }
        }
    }
}

/// A sample rendered for one guard format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow<'a> {
    /// Id of the canonical row.
    pub id: &'a str,
    /// Attack, twin and look-alike share it.
    pub pair_id: Option<&'a str>,
    /// Place in the pair.
    pub pair_role: Option<PairRole>,
    /// Part of the data set.
    pub split: Split,
    /// Where the guard is asked.
    pub checkpoint: Checkpoint,
    /// Class of the sample, as in the canonical row.
    pub class: &'a str,
    /// Class that the answer stands for, in the spelling of the view.
    pub label: &'a str,
    /// Whether the answer says unsafe.
    pub is_unsafe: bool,
    /// The violated categories were left out of the prompt, so the answer is safe where the sample is not.
    pub flipped: bool,
    /// Classes in the prompt, in its order; empty where it lists none.
    pub categories: Vec<&'a str>,
    /// The session as one text, for a view with a column for it.
    pub body: Option<&'a str>,
    /// Prompt and answer.
    pub messages: Vec<Message>,
}
