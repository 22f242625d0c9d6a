use std::ops::Range;

use super::super::Terms;
use super::{Kind, Scan, Span, is_calendar, is_value};

/// Characters that end one token and begin the next.
const SPLITS: [char; 11] = [',', ';', '(', ')', '!', '?', '…', '—', '–', '¿', '¡'];
/// Around a token, these belong to the sentence.
const EDGES: [char; 16] = ['.', ':', '\'', '’', '‘', '*', '"', '“', '”', '[', ']', '~', '«', '»', '_', '-'];
/// Signs and units that belong to the value beside them.
const UNITS: &[&str] = &[
    "%", "‰", "€", "$", "£", "¥", "°", "°C", "°F", "C", "kg", "g", "mg", "km", "cm", "mm", "ms", "s", "h", "min", "l", "ml", "rps", "px",
    "pm", "am", "mbar", "bar", "hPa", "kn", "ppm", "kWh", "kW", "GB", "MB", "TB", "KB",
];
/// Written in capitals and still no name.
const SHOUTED: [&str; 9] = ["OK", "FYI", "ASAP", "PS", "BTW", "PLEASE", "THX", "TIA", "P.S"];

/// Adds the protected parts of a run without blanks.
pub(super) fn token_spans(text: &str, range: Range<usize>, terms: &Terms, scan: Scan, out: &mut Vec<Span>) {
    let chunk = &text[range.clone()];
    let whole = chunk.trim_end_matches(|c| SPLITS.contains(&c) || EDGES.contains(&c));
    if is_address(whole) {
        let start = range.start + chunk.len() - chunk.trim_start_matches(['(', '\'', '*', '[']).len();
        let end = range.start + whole.len();
        if start < end {
            out.push(Span { range: start..end, kind: kind(&text[start..end]) });
            return;
        }
    }
    let mut start = range.start;
    for part in chunk.split(SPLITS) {
        let end = start + part.len();
        token(text, start..end, terms, scan, out);
        start = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
}

/// URLs may hold what splits tokens elsewhere.
fn is_address(chunk: &str) -> bool {
    chunk.contains("://") || chunk.starts_with("mailto:")
}

fn token(text: &str, range: Range<usize>, terms: &Terms, scan: Scan, out: &mut Vec<Span>) {
    let part = &text[range.clone()];
    let lead = part.trim_start_matches(|c: char| {
        EDGES.contains(&c) && !(c == '-' && is_flag(part)) && !(c == '_' && part.len() > 1 && !part.ends_with('_'))
    });
    let core = trailing_cut(lead);
    if core.is_empty() {
        return;
    }
    let start = range.start + part.len() - lead.len();
    let span = |kind: Kind| Span { range: start..start + core.len(), kind };
    if core.contains(is_value) {
        // An ending after an apostrophe belongs to the sentence: `{{ who.first }}'s`.
        let end = core.rfind(is_value).map_or(core.len(), |at| at + core[at..].chars().next().map_or(0, char::len_utf8));
        let ending = &core[end..];
        let len =
            if ending.strip_prefix(['\'', '’']).is_some_and(|rest| rest.chars().all(char::is_alphabetic)) { end } else { core.len() };
        out.push(Span { range: start..start + len, kind: Kind::Slot });
        return;
    }
    if is_unit(core, text, start, out) {
        out.push(span(Kind::Unit));
    } else if terms.contains(core) {
        out.push(span(Kind::Term));
    } else if let Some((owner, _)) = core.split_once(['\'', '’']).filter(|(owner, _)| terms.contains(owner)) {
        out.push(Span { range: start..start + owner.len(), kind: Kind::Term });
    } else if !is_word(core) {
        if core.chars().any(char::is_alphanumeric) {
            out.push(span(kind(core)));
        }
    } else if is_calendar(core) && core.starts_with(char::is_uppercase) || scan.names && is_name(core, text, start, scan.after_value) {
        let stem = core.split(['\'', '’']).next().unwrap_or(core);
        out.push(Span { range: start..start + stem.len(), kind: Kind::Name });
    }
}

fn is_flag(part: &str) -> bool {
    part.trim_start_matches('-').starts_with(char::is_alphanumeric) && part.len() - part.trim_start_matches('-').len() <= 2
}

/// A token without the punctuation after it.
fn trailing_cut(part: &str) -> &str {
    let cut = part.trim_end_matches(EDGES);
    // A closing bracket is the token's own where the opening one is: `items[0]`.
    match part[cut.len()..].starts_with(']') && cut.contains('[') {
        true => &part[..cut.len() + 1],
        false => cut,
    }
}

/// True for a sign or unit with a value right before or after it.
fn is_unit(core: &str, text: &str, start: usize, out: &[Span]) -> bool {
    let currency = core.len() == 3 && core.bytes().all(|b| b.is_ascii_uppercase());
    if !currency && !UNITS.contains(&core) {
        return false;
    }
    let after_value = out.last().is_some_and(|last| {
        matches!(last.kind, Kind::Slot | Kind::Number) && matches!(&text[last.range.end..start], " " | "\u{a0}" | "\u{202f}")
    });
    let next = text[start + core.len()..].strip_prefix(' ').and_then(|rest| rest.chars().next());
    let sign = currency || matches!(core, "€" | "$" | "£");
    after_value || sign && next.is_some_and(|c| c.is_ascii_digit() || is_value(c))
}

fn kind(core: &str) -> Kind {
    let figures = core.chars().filter(|c| c.is_numeric()).count();
    let letters = core.chars().filter(|c| c.is_alphabetic()).count();
    if core.contains(is_value) {
        Kind::Slot
    } else if figures > 0 && (letters == 0 || letters <= 3 && core.starts_with(|c: char| c.is_numeric() || "+-€$£".contains(c))) {
        Kind::Number
    } else {
        Kind::Identifier
    }
}

/// True for a plain word: letters, with hyphens and apostrophes within, no capital but the first. Known short forms and
/// abbreviations with full stops (`e.g`) are words as well.
fn is_word(core: &str) -> bool {
    if SHOUTED.contains(&core) {
        return true;
    }
    if core.contains('.') {
        return core.split('.').all(|part| (1..=2).contains(&part.chars().count()) && part.chars().all(char::is_alphabetic));
    }
    core.split(['-', '\'', '’']).all(|part| {
        let mut chars = part.chars();
        chars.next().is_none_or(char::is_alphabetic) && chars.all(|c| c.is_alphabetic() && !c.is_uppercase())
    })
}

/// A capital where no sentence begins.
fn is_name(core: &str, text: &str, start: usize, after_value: bool) -> bool {
    if !core.starts_with(char::is_uppercase)
        || matches!(core, "I" | "OK" | "FYI" | "ASAP" | "PS" | "BTW")
        || core.starts_with("I'")
        || core.starts_with("I’")
    {
        return false;
    }
    if core.split('.').nth(1).is_some() {
        return false;
    }
    let before = &text[..start];
    !(begins_sentence(before) || after_value && before.trim_end().ends_with(is_value))
}

/// True where nothing stands before a word in its sentence.
fn begins_sentence(before: &str) -> bool {
    let trimmed = before.trim_end_matches([' ', '\t', '*', '_', '"', '\'', '“', '„', '«', '‘', '¿', '¡', '\u{a0}']);
    match trimmed.chars().next_back() {
        None => true,
        Some(c) => {
            let cut = &trimmed[trimmed.rfind('\n').map_or(0, |at| at + 1)..];
            matches!(c, '.' | '!' | '?' | ':' | '\n' | '(' | '[' | '>' | '|' | '…' | '/' | '#')
                || super::line::prefix(&format!("{cut} ")).len() > cut.len()
        }
    }
}
