use guardset_core::{Field, Template};

use super::{Ask, Reason};
use crate::mask::{Kind, STAND_IN, Scan, spans};

/// Punctuation that any prose may have. What is not here counts as a symbol: a reply has none that the original lacks.
const PUNCTUATION: &str = ".,;:!?'’()-–—…¿¡";

/// Refuses characters that control, hide or turn text, unless the original has them.
pub(super) fn hidden(reply: &str, original: &str) -> Result<(), Reason> {
    if reply.is_ascii() && !reply.bytes().any(|byte| byte.is_ascii_control() && byte != b'\n') {
        return Ok(());
    }
    let known = |c: char| c != STAND_IN && original.contains(c);
    if reply.chars().any(|c| is_hidden(c) && !known(c)) { Err(Reason::HiddenCharacter) } else { Ok(()) }
}

fn is_hidden(c: char) -> bool {
    let code = u32::from(c);
    c.is_control() && c != '\n'
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{205f}'..='\u{206f}' | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}')
        || matches!(c, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{17b4}' | '\u{17b5}' | '\u{1d173}'..='\u{1d17a}' | '\u{e000}'..='\u{f8ff}')
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}')
        || code >= 0xE_0000
        || Template::is_marker(c)
}

/// Refuses words that mix scripts, and letters of a script that the original does not have.
pub(super) fn scripts(free: &str, original: &str) -> Result<(), Reason> {
    if free.chars().all(|c| c.is_ascii() || c == STAND_IN) {
        return Ok(());
    }
    for word in free.split(|c: char| !c.is_alphanumeric()) {
        let latin = word.chars().any(is_latin);
        let other = word.chars().any(|c| c.is_alphabetic() && !is_latin(c));
        if other && latin && !original.contains(word) {
            return Err(Reason::MixedScript);
        }
        if other && !original.chars().any(|c| c.is_alphabetic() && !is_latin(c)) {
            return Err(Reason::WrongLanguage);
        }
    }
    Ok(())
}

fn is_latin(c: char) -> bool {
    c.is_alphabetic() && matches!(u32::from(c), 0..=0x24F | 0x1E00..=0x1EFF)
}

/// Refuses whatever would be protected in a text of our own: it was not in the original, or it would be a marker.
pub(super) fn new(free: &str, original: &str, ask: &Ask<'_>) -> Result<(), Reason> {
    for (at, c) in free.char_indices() {
        let plain = c.is_alphanumeric() || c.is_whitespace() || c == STAND_IN || PUNCTUATION.contains(c);
        if !plain && free[..at].matches(c).count() >= original.matches(c).count() {
            return Err(Reason::NewValue);
        }
    }
    let after_value = original.split(STAND_IN).skip(1).any(|rest| rest.trim_start().starts_with(char::is_uppercase));
    let scan = Scan { names: !ask.language.capitals(), after_value, long_quotes: matches!(ask.field, Field::Payload | Field::Result) };
    for span in spans(free, &ask.masked.terms, scan) {
        let piece = &free[span.range];
        // A stand-in by itself is a marker; with something glued to it, it is a new value.
        let bare: String = piece.chars().filter(|c| *c != STAND_IN).collect();
        if bare.is_empty() || span.kind == Kind::Slot && is_ending(&bare, original) || has(original, piece) {
            continue;
        }
        return Err(if span.kind == Kind::Name { Reason::NewName } else { Reason::NewValue });
    }
    let quotes = |text: &str| text.chars().filter(|c| matches!(c, '"' | '“' | '”' | '„' | '«' | '»')).count();
    if quotes(free) != quotes(original) { Err(Reason::NewValue) } else { Ok(()) }
}

/// What may stick to a marker: a hyphen and a word, punctuation between two markers, an ending that the original has.
fn is_ending(bare: &str, original: &str) -> bool {
    bare.chars().all(|c| PUNCTUATION.contains(c) || matches!(c, '/' | '&' | '+'))
        || original.contains(bare) && bare.chars().all(char::is_alphabetic)
}

/// True when the original has the piece freely, whatever its capitals.
fn has(original: &str, piece: &str) -> bool {
    let lower = piece.to_lowercase();
    let original = original.to_lowercase();
    original.match_indices(lower.as_str()).any(|(at, _)| {
        let before = original[..at].chars().next_back();
        let after = original[at + lower.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Sentences, an unfinished one included.
pub(super) fn sentences(text: &str) -> usize {
    let mut count = 0;
    let mut open = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends = matches!(c, '.' | '!' | '?' | '…') && chars.peek().is_none_or(|next| next.is_whitespace());
        if open && (ends || c == '\n') {
            count += 1;
            open = false;
        }
        open = open || c.is_alphanumeric() || c == STAND_IN;
    }
    count + usize::from(open)
}
