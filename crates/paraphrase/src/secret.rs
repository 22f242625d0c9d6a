use std::fmt;

use reqwest::header::{HeaderValue, InvalidHeaderValue};

/// The key of an API. Nothing prints it: it has no `Display`, and `Debug` shows that there is one, no more.
pub struct Secret(String);

/// Shortest part of a key that is taken out of a text. Shorter ones say little, and are found in prose.
const PART: usize = 12;

/// Shortest key that is one. `EMPTY`, `none` and the like are what local servers are given, and words that a text may well use.
const KEY: usize = 8;

impl Secret {
    /// Reads the variable of this name; `None` where it is unset or empty.
    pub fn from_env(name: &str) -> Option<Self> {
        Self::new(&std::env::var(name).ok()?)
    }

    /// Takes a key, without the white space around it; `None` where that is all there is.
    pub fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    /// The text with `[key]` in the place of the key, and of any 12 or more characters in a row out of it.
    pub fn scrub(&self, text: &str) -> String {
        let (key, bytes) = (self.0.as_bytes(), text.as_bytes());
        let least = PART.min(key.len());
        if key.len() < KEY {
            return text.to_owned();
        }
        let mut scrubbed = String::new();
        let (mut kept, mut at) = (0, 0);
        while at + least <= bytes.len() {
            // The last byte first: where it is in no key, no match holds it, and the search goes on behind it. In prose that
            // is so for every space, so that most words are stepped over.
            let gap = bytes[at..at + least].iter().rposition(|byte| !byte.is_ascii() || !key.contains(byte));
            let run = match gap {
                Some(gap) => {
                    at += gap + 1;
                    continue;
                }
                None => longest(key, &bytes[at..]),
            };
            if run < least {
                at += 1;
                continue;
            }
            scrubbed.push_str(&text[kept..at]);
            scrubbed.push_str("[key]");
            at += run;
            kept = at;
        }
        scrubbed.push_str(&text[kept..]);
        scrubbed
    }

    /// The value of a header, marked so that nothing below prints it.
    pub(crate) fn header(&self, prefix: &str) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut value = HeaderValue::from_str(&format!("{prefix}{}", self.0))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Length of the longest part of the key that the text begins with.
fn longest(key: &[u8], text: &[u8]) -> usize {
    (0..key.len()).map(|from| key[from..].iter().zip(text).take_while(|(left, right)| left == right).count()).max().unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_long_parts_of_them_go() {
        let secret = Secret::new(" sk-proj-0123456789abcdefXYZ \n").unwrap();
        let check = |text: &str, expected: &str| assert_eq!(secret.scrub(text), expected, "{text}");
        check("", "");
        check("no key", "no key");
        check("bad key sk-proj-0123456789abcdefXYZ, sir", "bad key [key], sir");
        check("sk-proj-0123456789abcdefXYZ", "[key]");
        check("sk-proj-0123456789abcdefXYZsk-proj-0123456789abcdefXYZ", "[key][key]");
        check("Bearer sk-proj-0123", "Bearer [key]");
        check("…0123456789abcdefXYZ…", "…[key]…");
        check("xx0123456789abxx", "xx[key]xx");
        check("sk-proj-012 is short enough", "sk-proj-012 is short enough");
        check("sk-sk-proj-0123456789abcdefXYZ", "sk-[key]");
        check("naïve — sk-proj-0123456789abcdefXYZ — façade", "naïve — [key] — façade");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn placeholders_are_words() {
        assert_eq!(Secret::new("EMPTY").unwrap().scrub("EMPTY folder"), "EMPTY folder");
        assert_eq!(Secret::new("sk-12345").unwrap().scrub("not sk-12345"), "not [key]");
        assert!(Secret::new(" ").is_none());
        assert!(Secret::from_env("GUARDSET_NO_SUCH_VARIABLE").is_none());
    }
}
