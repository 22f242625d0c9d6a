use guardset_core::Names;

use super::{Kind, Span, slot};

/// What a value is, as far as mixing it up with another would go unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Date,
    Party,
    Host,
    Tool,
    Money,
    Value,
    Number,
    Identifier,
    Quote,
    Instruction,
}

/// Pairs of markers that could be taken for each other, so that a reply must not turn their order.
pub(super) fn pairs(spans: &[Span], pieces: &[String], names: &Names) -> Vec<(usize, usize)> {
    let contents: Vec<Vec<(Sort, &str)>> = spans.iter().zip(pieces).map(|(span, piece)| sorts(span.kind, piece, names)).collect();
    let mut pairs = Vec::new();
    for (second, late) in contents.iter().enumerate() {
        for (first, early) in contents[..second].iter().enumerate() {
            if early.iter().any(|(sort, owner)| late.iter().any(|(other, theirs)| sort == other && owner != theirs)) {
                pairs.push((first, second));
            }
        }
    }
    pairs
}

fn sorts<'a>(kind: Kind, piece: &'a str, names: &'a Names) -> Vec<(Sort, &'a str)> {
    match kind {
        Kind::Instruction => return vec![(Sort::Instruction, piece)],
        Kind::Quote => return vec![(Sort::Quote, piece)],
        _ => {}
    }
    let slots: Vec<_> = piece.chars().filter_map(slot).map(|number| of_slot(names.0.get(number).map_or("", String::as_str))).collect();
    if !slots.is_empty() {
        return slots;
    }
    match kind {
        Kind::Number | Kind::Unit => vec![(Sort::Number, piece)],
        Kind::Name if super::scan::is_calendar(piece) => vec![(Sort::Date, piece)],
        Kind::Name => vec![(Sort::Party, piece)],
        Kind::Term => vec![(Sort::Tool, piece)],
        Kind::Identifier if piece.contains('@') => vec![(Sort::Party, piece)],
        Kind::Identifier => vec![(Sort::Identifier, piece)],
        _ => Vec::new(),
    }
}

/// Forms of one person or one day may change places: they say the same. Anything else is its own.
fn of_slot(name: &str) -> (Sort, &str) {
    let (owner, last) = name.rsplit_once('.').unwrap_or((name, ""));
    match last {
        "iso" | "long" | "short" | "weekday" | "month" | "day" | "year" => (Sort::Date, owner),
        "first" | "last" | "full" | "name" | "handle" | "email" if owner != "setting" => (Sort::Party, owner),
        "host" | "domain" => (Sort::Host, name),
        "tool" | "server" | "title" => (Sort::Tool, name),
        "grouped" | "plain" => (Sort::Money, owner),
        _ => (Sort::Value, name),
    }
}
