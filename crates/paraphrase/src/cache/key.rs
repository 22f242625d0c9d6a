use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names what a request says about one text.
///
/// The first 16 bytes of BLAKE3 over the parts, each after its length in bytes as a little-endian `u64`. This must not change:
/// replies that were paid for are found by it.
///
/// ```
/// use guardset_paraphrase::Key;
///
/// let key = Key::of(&["openai", "a-model", "Pay the invoice."]);
/// assert_eq!(key.to_string().parse(), Ok(key));
/// assert_ne!(Key::of(&["ab", "c"]), Key::of(&["a", "bc"]));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// The key of these parts, in this order.
    pub fn of(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut key = [0; 16];
        hasher.finalize_xof().fill(&mut key);
        Self(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no key; a key has 32 hex digits in lower case")]
pub struct KeyError {
    text: String,
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        // Digits are checked here because `from_str_radix` takes signs and capitals, and a key has one spelling.
        let digits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(|| KeyError { text: text.into() })
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_must_not_change() {
        for (parts, hex) in [
            (&[][..], "af1349b9f5f9a1a6a0404dea36dcc949"),
            (&[""], "71e0a99173564931c0b8acc52d2685a8"),
            (&["openai", "a-model", "Größe: 4 €"], "6ee2ed38af6729340aa05051e14b2819"),
        ] {
            assert_eq!(Key::of(parts).to_string(), hex, "{parts:?}");
        }
    }

    #[test]
    fn a_key_has_one_spelling() {
        let hex = "00112233445566778899aabbccddeeff";
        assert_eq!(hex.parse::<Key>().unwrap().to_string(), hex);
        for bad in ["", "0", "00112233445566778899AABBCCDDEEFF", "+0112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff0"] {
            let message = bad.parse::<Key>().unwrap_err().to_string();
            assert_eq!(message, format!("`{bad}` is no key; a key has 32 hex digits in lower case"));
        }
    }
}
