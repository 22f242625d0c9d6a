/// JSON of a text that may hold comments and commas before a closing bracket, as editors write it. What is taken out
/// becomes blanks, so that lines and columns stay what they are.
pub(crate) fn plain(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // Where a comma stands that nothing but blanks has followed.
    let mut comma = None;
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'"', _) => string(&bytes, at),
            (b'/', Some(b'/')) => blank(&mut bytes, at, |rest| rest.iter().position(|byte| *byte == b'\n')),
            (b'/', Some(b'*')) => blank(&mut bytes, at, |rest| rest[2..].windows(2).position(|pair| pair == b"*/").map(|end| end + 4)),
            _ => at + 1,
        };
        match bytes[at] {
            b',' => comma = Some(at),
            b']' | b'}' => {
                if let Some(comma) = comma.take() {
                    bytes[comma] = b' ';
                }
            }
            byte if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at = end;
    }
    // Whole characters alone were replaced.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where the string that begins here ends.
fn string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Makes a comment blank, to the end that is found, else to that of the text.
fn blank(bytes: &mut [u8], start: usize, end: impl Fn(&[u8]) -> Option<usize>) -> usize {
    let end = end(&bytes[start..]).map_or(bytes.len(), |length| start + length);
    bytes[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    end
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn comments_and_last_commas_go_and_everything_else_stays_in_its_place() {
        let text = "{ // one, \"two\"\n \"a\": [1, 2, /* ,] é */ ],\n \"url\": \"http://x.test/,]//\\\"/*\", /* last */ }\n// end";
        let plain = plain(text);
        assert_eq!(serde_json::from_str::<Value>(&plain).unwrap(), json!({"a": [1, 2], "url": "http://x.test/,]//\"/*"}));
        assert_eq!(plain.lines().map(str::len).collect::<Vec<_>>(), text.lines().map(str::len).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_json_stays_wrong() {
        for text in ["[,]x", "{\"a\": 1,, }", "\"open", "/* open", "[1 2]", "\"\\"] {
            assert!(serde_json::from_str::<Value>(&plain(text)).is_err(), "{text}");
        }
    }
}
