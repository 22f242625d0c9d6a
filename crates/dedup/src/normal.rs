//! What of a text is compared with texts of others: what a reader would call the same, written in one way.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Undoes JSON's escapes, drops what has no glyph, brings characters into their compatible form (NFKC), and blanks the
/// keys of JSON.
///
/// Two messages of one protocol share their keys whatever they say, so keys would make strangers alike. Characters of
/// the tag block, which spell ASCII without being seen, are read as what they spell.
pub(crate) fn normal(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains('\\') {
        text = Cow::Owned(unescaped(&text));
    }
    if !text.is_ascii() {
        text = Cow::Owned(text.chars().filter_map(seen).nfkc().collect());
    }
    match blanked(&text) {
        Some(blanked) => Cow::Owned(blanked),
        None => text,
    }
}

/// `\n`, `\"`, `\u00e9` as a JSON string has them, at any depth: a run of backslashes counts as one.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = rest[at..].trim_start_matches('\\');
        if let Some((character, after)) = code_point(rest) {
            out.push(character);
            rest = after;
        } else {
            out.push(' ');
            rest = rest.strip_prefix(['n', 'r', 't']).unwrap_or(rest);
        }
    }
    out.push_str(rest);
    out
}

/// `u00e9`, or two of them where one is not enough: the character, and what follows.
fn code_point(text: &str) -> Option<(char, &str)> {
    let (first, after) = code_unit(text)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, after));
    }
    let (second, after) = code_unit(after.trim_start_matches('\\'))?;
    char::decode_utf16([first as u16, second as u16]).next()?.ok().map(|character| (character, after))
}

fn code_unit(text: &str) -> Option<(u32, &str)> {
    let digits = text.strip_prefix('u')?.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(digits, 16).ok()?, &text[5..]))
}

/// Characters without a glyph stand in words without ending them.
fn seen(character: char) -> Option<char> {
    match character {
        '\u{E0020}'..='\u{E007E}' => char::from_u32(character as u32 - 0xE_0000),
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => None,
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' => None,
        other => Some(other),
    }
}

/// The longest key, quotes included.
const KEY: usize = 64;

/// The text with blanks in place of what stands in quotes before a colon; nothing if there is none.
fn blanked(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out: Option<Vec<u8>> = None;
    for (colon, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b':') {
        let before = bytes[..colon].trim_ascii_end();
        let Some((b'"', key)) = before.split_last() else { continue };
        let window = key.len().saturating_sub(KEY);
        if let Some(quote) = key[window..].iter().rposition(|byte| matches!(byte, b'"' | b'\n')).filter(|at| key[window + at] == b'"') {
            out.get_or_insert_with(|| bytes.to_vec())[window + quote..=key.len()].fill(b' ');
        }
    }
    out.and_then(|bytes| String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn escapes_are_undone_at_any_depth() {
        assert_eq!(normal(r"one\ntwo\\nthree \u00e9\ud83d\ude00 C:\temp \udead \u12"), "one two three é\u{1F600} C: emp  udead  u12");
    }

    #[test]
    fn what_has_no_glyph_does_not_part_words() {
        let tags: String = "key".chars().map(|c| char::from_u32(c as u32 + 0xE_0000).unwrap_or(c)).collect();
        assert_eq!(normal(&format!("pa\u{200B}y\u{AD}pal \u{FF21}\u{FB01}x {tags}\u{202E}")), "paypal Afix key");
    }

    #[test]
    fn keys_are_blanked_and_values_are_not() {
        assert_eq!(normal(r#"{"jsonrpc": "2.0", "größe" :"x: y"} "a"#).replace(' ', ""), r#"{:"2.0",:"x:y"}"a"#);
        assert_eq!(normal("at 12:30: \"say\nthis\": no"), "at 12:30: \"say\nthis\": no");
    }
}
