//! Puts markers in the place of what a rewording must not touch.

mod clause;
mod language;
mod line;
mod prose;
mod scan;
mod terms;

use std::fmt::Write as _;
use std::ops::Range;

use guardset_core::{Field, Names, Template};

pub(crate) use line::{Line, prefix};
use scan::Span;
pub(crate) use scan::{Kind, Scan, spans};
pub use terms::Terms;

/// Stands for a marker where only the free text matters.
pub(crate) const STAND_IN: char = '\u{e000}';
/// Fewest free words and free letters for which asking a model is worth it.
const MIN_WORDS: usize = 3;
const MIN_LETTERS: usize = 12;
/// Longest literal that is shown as the hint of its own marker.
const LONGEST_HINT: usize = 24;

/// A text that is ready to be shown to a model, and what puts it together again.
#[derive(Debug, Clone)]
pub struct Masked {
    /// The text with `[[n:hint]]` for each protected span, n from 1 in order of appearance. Line breaks and what stands
    /// at the start of lines (bullets, quote marks, headings) are left as they are; a reply has to keep them.
    pub shown: String,
    /// Blanks around the text, which are not shown.
    pub(crate) around: [String; 2],
    /// What the markers stand for, slot markers included.
    pub(crate) pieces: Vec<String>,
    /// Start and markers of each line shown.
    pub(crate) lines: Vec<Line>,
    /// The free text: lines without their starts, [`STAND_IN`] for each marker.
    pub(crate) free: String,
    /// Numbers of the slots, sorted, repeats included.
    pub(crate) slots: Vec<usize>,
    /// Names that the text was looked through for, as the reply will be.
    pub(crate) terms: Terms,
}

impl Masked {
    /// How many markers the text has.
    pub fn markers(&self) -> usize {
        self.pieces.len()
    }

    /// What is left to reword, without markers.
    pub fn free(&self) -> String {
        self.free.replace(STAND_IN, " ")
    }
}

/// Why a text is not shown to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skipped {
    /// So much of it is protected that too few words are left.
    NothingToReword,
    /// A table, code, a log, or data.
    NoProse,
    /// It is in a language that the meanings of words are not known in.
    OtherLanguage,
    /// Nothing but blanks.
    Empty,
    /// No rewordings of its field are in use.
    NotWanted,
}

impl Skipped {
    /// The name in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingToReword => "nothing_to_reword",
            Self::NoProse => "no_prose",
            Self::OtherLanguage => "other_language",
            Self::Empty => "empty",
            Self::NotWanted => "not_wanted",
        }
    }
}

/// Replaces everything that a label rests on by markers: slots, names, values, quotations, structure, and in payloads
/// every clause that says what is to be done with whom ([`Field::Payload`]).
pub fn mask(text: &Template, names: &Names, field: Field, terms: &Terms) -> Result<Masked, Skipped> {
    let marked = text.marked();
    let body = marked.trim();
    if body.is_empty() {
        return Err(Skipped::Empty);
    }
    if !prose::is_prose(body, field) {
        return Err(Skipped::NoProse);
    }
    let scan = Scan { names: !scan::is_german(body), after_value: true, long_quotes: matches!(field, Field::Payload | Field::Result) };
    let mut protected = spans(body, terms, scan);
    if field == Field::Payload {
        protected = clause::operative(body, protected, names);
    }
    scan::take_brackets(body, &mut protected);
    let masked = build(&marked, body, &protected, names, text, terms);
    let words = words(&masked.free);
    let count = words.clone().count();
    if field == Field::Result && count < 2 * masked.markers() {
        return Err(Skipped::NoProse);
    }
    if count < MIN_WORDS || words.map(|word| word.chars().count()).sum::<usize>() < MIN_LETTERS {
        return Err(Skipped::NothingToReword);
    }
    if language::is_other(&masked.free) {
        return Err(Skipped::OtherLanguage);
    }
    Ok(masked)
}

/// Runs of letters.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|c: char| !(c.is_alphabetic() || matches!(c, '\'' | '’'))).filter(|word| word.chars().any(char::is_alphabetic))
}

fn build(marked: &str, body: &str, protected: &[Span], names: &Names, text: &Template, terms: &Terms) -> Masked {
    let mut shown = String::with_capacity(body.len() + 16 * protected.len());
    let mut stood = String::with_capacity(body.len());
    let mut end = 0;
    for (position, span) in protected.iter().enumerate() {
        let between = &body[end..span.range.start];
        shown.push_str(between);
        stood.push_str(between);
        let hint = hint(&body[span.range.clone()], span.kind, names);
        let _ = if hint.is_empty() { write!(shown, "[[{}]]", position + 1) } else { write!(shown, "[[{}:{hint}]]", position + 1) };
        stood.push(STAND_IN);
        end = span.range.end;
    }
    shown.push_str(&body[end..]);
    stood.push_str(&body[end..]);
    let pieces: Vec<String> = protected.iter().map(|span| body[span.range.clone()].to_owned()).collect();
    let (lines, free) = line::split(&stood);
    let start = marked.len() - marked.trim_start().len();
    let mut slots: Vec<usize> = text.slots().collect();
    slots.sort_unstable();
    Masked {
        shown,
        around: [marked[..start].to_owned(), marked[start + body.len()..].to_owned()],
        pieces,
        lines,
        free,
        slots,
        terms: terms.clone(),
    }
}

/// What the model is told of a marker: the slot's name, the literal where it is short and plain, or its kind.
fn hint(piece: &str, kind: Kind, names: &Names) -> String {
    if matches!(kind, Kind::Instruction | Kind::Quote) {
        return kind.as_str().to_owned();
    }
    let mut hint = String::new();
    for c in piece.chars() {
        match slot(c) {
            Some(number) => hint.push_str(names.0.get(number).map_or("value", String::as_str)),
            None => hint.push(c),
        }
    }
    let plain = hint.chars().all(|c| c.is_alphanumeric() || " ._-/@:%+#,=€$£°".contains(c));
    if plain && (hint.len() <= LONGEST_HINT || piece.chars().count() == 1) { hint } else { kind.as_str().to_owned() }
}

/// The number of a slot, for the character that stands for it.
pub(crate) fn slot(c: char) -> Option<usize> {
    Template::is_marker(c).then(|| (u32::from(c) - u32::from(Template::marker(0))) as usize)
}

/// The part of a text that a range of bytes covers, without blanks at its ends.
pub(crate) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}
