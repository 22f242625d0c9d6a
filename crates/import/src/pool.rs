//! What other dialogues gave for a parameter.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::dialogue::{Dialogue, Turn};
use crate::slot::is_slot_value;
use crate::words::words;

/// Values of one parameter that are remembered, and that a slot offers.
const REMEMBERED: usize = 40;
const OFFERED: usize = 10;
/// Longest value that others may stand in for.
const LONGEST: usize = 60;

/// What other dialogues gave for a parameter, by its name: what a value may be replaced by.
#[derive(Debug, Default)]
pub(crate) struct Pool(BTreeMap<String, Vec<String>>);

impl Pool {
    pub(crate) fn of(dialogues: &[Dialogue]) -> Self {
        let mut pool = Self::default();
        for dialogue in dialogues {
            for turn in &dialogue.turns {
                if let Turn::Call { arguments, .. } = turn {
                    for (name, value) in arguments {
                        pool.add(name, value);
                    }
                }
            }
        }
        pool
    }

    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) if is_slot_value(text) && text.len() <= LONGEST => {
                let known = self.0.entry(words(name).join("_")).or_default();
                if known.len() < REMEMBERED && !known.contains(text) {
                    known.push(text.clone());
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(name, item)),
            Value::Object(members) => members.iter().for_each(|(name, member)| self.add(name, member)),
            _ => {}
        }
    }

    /// Others of the same name that look alike: as many words, digits where there are digits.
    pub(crate) fn like(&self, name: &str, value: &str) -> Vec<&str> {
        let form =
            |text: &str| (text.chars().any(|c| c.is_ascii_digit()), text.contains(['/', '@', ':']), text.split_whitespace().count().min(4));
        let known = self.0.get(&words(name).join("_"));
        known
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|other| *other != value && form(other) == form(value))
            .take(OFFERED - 1)
            .collect()
    }
}
