//! Writes JSON straight into text. Nothing here builds a tree.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Writes a JSON string (RFC 8259). Only what must be escaped is.
pub(crate) fn json(text: &str, out: &mut String) {
    out.push('"');
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => drop(write!(out, "\\u{control:04x}")),
        }
    }
    out.push_str(&text[copied..]);
    out.push('"');
}

/// The same as a text of its own.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    json(text, &mut out);
    out
}

pub(crate) fn optional(value: Option<&str>, out: &mut String) {
    match value {
        Some(value) => json(value, out),
        None => out.push_str("null"),
    }
}

pub(crate) fn fields(out: &mut String, pairs: &[(&str, &str)]) {
    out.push('{');
    for (i, (key, value)) in pairs.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        json(key, out);
        out.push(':');
        json(value, out);
    }
    out.push('}');
}

/// Arguments are compact JSON already.
pub(crate) fn object(arguments: &[(Cow<'_, str>, String)], out: &mut String) {
    out.push('{');
    for (i, (name, value)) in arguments.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        json(name, out);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
}

pub(crate) fn list<T>(out: &mut String, items: &[T], mut write: impl FnMut(&T, &mut String)) {
    out.push('[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_strings_are_what_serde_json_reads() {
        for text in ["", "plain", "a \"quoted\" \\ back", "line\nnext\r\ttab", "bell \u{7} nul \u{0}", "Ærø 😀 \u{200b}\u{202e}"] {
            let mut out = String::new();
            super::json(text, &mut out);
            assert_eq!(serde_json::from_str::<String>(&out).expect("valid JSON"), text);
        }
    }
}
