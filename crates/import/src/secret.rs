use std::fmt;

use serde::Deserialize;

/// A value that nothing prints: of an environment, of a header, or put in from our environment.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Secret(String);

/// Shortest value that is masked in a text. Shorter ones are no secrets, and are found in every text.
const LEAST: usize = 4;

impl Secret {
    /// Keeps a value from being printed.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for whom it is meant alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Puts `***` in the place of values in texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mask(Vec<Secret>);

impl Mask {
    /// Masks these values, and what follows the scheme of a header (`Bearer ...`). The longest go first, so that none
    /// is left in part because another is part of it.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut parts: Vec<_> =
            values.into_iter().flat_map(|secret| [secret.expose(), secret.expose().rsplit(' ').next().unwrap_or_default()]).collect();
        parts.retain(|part| part.len() >= LEAST);
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts.dedup();
        Self(parts.into_iter().map(Secret::new).collect())
    }

    /// The text without the values.
    pub(crate) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_masked_whole() {
        let mask =
            Mask::new(&[Secret::new("hunter2"), Secret::new("hunter2-and-more"), Secret::new("Bearer FAKE-token"), Secret::new("1")]);
        assert_eq!(mask.apply("1: hunter2-and-more, hunter2; FAKE-token, Bearer FAKE-token"), "1: ***, ***; ***, ***");
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "***");
    }
}
