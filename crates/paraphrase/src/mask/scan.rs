use std::ops::Range;

use super::{STAND_IN, Terms, line, slot};

mod calendar;
mod token;

pub(crate) use calendar::is_calendar;
use token::token_spans;

/// What a protected span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A slot, alone or with what is glued to it.
    Slot,
    /// A known name.
    Term,
    /// A number, date, time or share.
    Number,
    /// A sign or unit that belongs to the value beside it.
    Unit,
    /// A name of a person, product, day or month.
    Name,
    /// A quotation.
    Quote,
    /// A tag, a comment's edge, a bracket that would look like a marker.
    Tag,
    /// Code within backticks.
    Code,
    /// Anything else that is no word: address, path, field, abbreviation.
    Identifier,
    /// A whole clause that says what is wanted.
    Instruction,
}

impl Kind {
    /// The name in hints.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Slot => "value",
            Self::Term | Self::Name => "name",
            Self::Number | Self::Unit => "number",
            Self::Quote => "quote",
            Self::Tag => "tag",
            Self::Code => "code",
            Self::Identifier => "identifier",
            Self::Instruction => "instruction",
        }
    }
}

/// A protected part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Bytes.
    pub(crate) range: Range<usize>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// How a text is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan {
    /// Words with a capital within a sentence are names; not so where nouns have one.
    pub(crate) names: bool,
    /// A word after a value may begin a sentence, as the value may be one.
    pub(crate) after_value: bool,
    /// A quotation of sentence length is prose like any other, as in pasted mails.
    pub(crate) long_quotes: bool,
}

/// Longest quotation that is protected as one where [`Scan::long_quotes`] is set, and elsewhere.
const QUOTE: [usize; 2] = [48, 400];
const LONGEST_TAG: usize = 160;

/// The protected parts of a text, in order and apart from each other.
pub(crate) fn spans(text: &str, terms: &Terms, scan: Scan) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut passed = Vec::new();
    let mut at = 0;
    let mut starts_line = true;
    while let Some(c) = text[at..].chars().next() {
        if starts_line {
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            let prefix = line::prefix(&text[at..end]);
            starts_line = false;
            if !prefix.is_empty() {
                at += prefix.len();
                continue;
            }
        }
        if c.is_whitespace() {
            starts_line = c == '\n';
            at += c.len_utf8();
            continue;
        }
        if let Some(span) = delimited(text, at, scan, &mut passed) {
            at = span.range.end;
            spans.push(span);
            continue;
        }
        let end = chunk_end(text, at);
        token_spans(text, at..end, terms, scan, &mut spans);
        at = end;
    }
    merge(text, spans)
}

/// The end of a run without blanks and without what can open a delimited span.
fn chunk_end(text: &str, start: usize) -> usize {
    let mut chars = text[start..].char_indices();
    chars.next();
    chars
        .find(|(at, c)| {
            c.is_whitespace()
                || matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '`' | '<')
                || matches!(c, '[' | ']') && text[start + at..].starts_with(if *c == '[' { "[[" } else { "]]" })
        })
        .map_or(text.len(), |(at, _)| start + at)
}

/// A quotation, code, tag or double bracket that begins here. A quotation that is left free is noted in `passed`, so
/// that its end is not taken for a beginning.
fn delimited(text: &str, at: usize, scan: Scan, passed: &mut Vec<usize>) -> Option<Span> {
    let rest = &text[at..];
    let c = rest.chars().next()?;
    let span = |len: usize, kind: Kind| Some(Span { range: at..at + len, kind });
    let close = match c {
        '[' if rest.starts_with("[[") => {
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            return span(line.find("]]").map_or(2, |end| end + 2), Kind::Tag);
        }
        ']' if rest.starts_with("]]") => return span(2, Kind::Tag),
        '`' if rest.starts_with("```") => return span(rest[3..].find("```").map_or(3, |end| end + 6), Kind::Code),
        '`' => {
            return span(rest[1..].find(['`', '\n']).filter(|end| rest[1 + end..].starts_with('`')).map_or(1, |end| end + 2), Kind::Code);
        }
        '<' => return tag(rest).and_then(|len| span(len, Kind::Tag)),
        '-' if rest.starts_with("-->") => return span(3, Kind::Tag),
        '"' => '"',
        '“' => '”',
        '„' => {
            if rest.contains('“') {
                '“'
            } else {
                '”'
            }
        }
        '«' => '»',
        '‘' => '’',
        '\'' => '\'',
        _ => return None,
    };
    if passed.contains(&at) {
        return None;
    }
    let body = &rest[c.len_utf8()..];
    let before = text[..at].chars().next_back();
    let single = matches!(c, '\'' | '‘');
    if single && (before.is_some_and(char::is_alphanumeric) || before.and_then(slot).is_some() || body.starts_with(char::is_whitespace)) {
        return None;
    }
    let reach = if single { body.find('\n').unwrap_or(body.len()) } else { body.find("\n\n").unwrap_or(body.len()) };
    let end = body[..reach].char_indices().find(|(end, closing)| {
        let after = body[end + closing.len_utf8()..].chars().next();
        let before = body[..*end].chars().next_back();
        let in_word = after.is_some_and(|c| c.is_alphanumeric() || slot(c).is_some());
        *closing == close && !(single && (in_word || before.is_none_or(char::is_whitespace)))
    })?;
    let len = c.len_utf8() + end.0 + close.len_utf8();
    let longest = QUOTE[usize::from(!scan.long_quotes)];
    if body[..end.0].chars().count() > longest {
        passed.push(at + c.len_utf8() + end.0);
        return None;
    }
    span(len, Kind::Quote)
}

fn tag(rest: &str) -> Option<usize> {
    if rest.starts_with("<!--") {
        return Some(4);
    }
    let second = rest[1..].chars().next()?;
    if !(second.is_ascii_alphabetic() || matches!(second, '/' | '!' | '|' | '?' | '<')) {
        return None;
    }
    let end = rest.find('>')?;
    (end <= LONGEST_TAG && !rest[..end].contains('\n')).then_some(end + 1)
}

/// Joins what is glued together, and values with their units.
fn merge(text: &str, spans: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        if let Some(last) = out.last_mut() {
            let gap = &text[last.range.end..span.range.start];
            let glued = gap.chars().all(|c| matches!(c, '?' | '/' | '&' | '=' | '@' | '*' | '+' | '~' | '#'));
            let names = last.kind == Kind::Name && span.kind == Kind::Name;
            if glued || gap == " " && (names || last.kind == Kind::Unit || span.kind == Kind::Unit) {
                last.range.end = span.range.end;
                last.kind = joined(last.kind, span.kind);
                continue;
            }
        }
        out.push(span);
    }
    out
}

/// Takes brackets beside protected parts into them: beside a marker they would look like a part of it.
pub(crate) fn take_brackets(text: &str, spans: &mut [Span]) {
    for at in 0..spans.len() {
        let after = if at == 0 { 0 } else { spans[at - 1].range.end };
        let before = spans.get(at + 1).map_or(text.len(), |next| next.range.start);
        let range = spans[at].range.clone();
        let (left, right) = (&text[after..range.start], &text[range.end..before]);
        spans[at].range.start -= left.len() - left.trim_end_matches('[').len();
        spans[at].range.end += right.len() - right.trim_start_matches(']').len();
    }
}

fn joined(first: Kind, second: Kind) -> Kind {
    match (first, second) {
        (Kind::Slot, _) | (_, Kind::Slot) => Kind::Slot,
        (Kind::Unit, kind) | (kind, Kind::Unit) => kind,
        (Kind::Number, Kind::Number) => Kind::Number,
        (Kind::Name, Kind::Name) => Kind::Name,
        (Kind::Quote, Kind::Quote) => Kind::Quote,
        _ => Kind::Identifier,
    }
}

/// True where a text seems to be German, in which every noun has a capital.
pub(crate) fn is_german(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "der", "die", "das", "und", "ist", "nicht", "den", "dem", "ein", "eine", "mit", "für", "von", "zu", "auf", "bitte", "wird", "sie",
        "ich", "wir", "im", "bei",
    ];
    let found = super::words(text).filter(|word| {
        WORDS.contains(word) || word.chars().next().is_some_and(char::is_uppercase) && WORDS.contains(&word.to_lowercase().as_str())
    });
    found.take(2).count() == 2
}

/// True for what stands for a value: a slot or a marker's stand-in.
pub(crate) fn is_value(c: char) -> bool {
    c == STAND_IN || slot(c).is_some()
}
