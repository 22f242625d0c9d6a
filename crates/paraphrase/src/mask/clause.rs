use std::ops::Range;

use guardset_core::Names;

use super::{Kind, Span, line, slot, trimmed};

/// First parts of the names of slots that say what an adversary wants: the tool, the address, the setting.
const OPERATIVE: [&str; 12] =
    ["target", "rogue", "added", "first", "setting", "release", "current", "role", "grant", "change", "sink", "hidden"];

/// Makes one span of each clause that holds an operative slot, and of neighbours among such clauses.
pub(super) fn operative(body: &str, spans: Vec<Span>, names: &Names) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    let mut spans = spans.into_iter().peekable();
    for clause in clauses(body, spans.clone().map(|span| span.range).collect()) {
        let mut inside = Vec::new();
        while let Some(span) = spans.next_if(|span| span.range.start < clause.end) {
            inside.push(span);
        }
        if !inside.iter().any(|span| is_operative(&body[span.range.clone()], names)) {
            out.append(&mut inside);
            continue;
        }
        match out.last_mut() {
            Some(last) if last.kind == Kind::Instruction && is_punctuation(&body[last.range.end..clause.start]) => {
                last.range.end = clause.end;
            }
            _ => out.push(Span { range: clause, kind: Kind::Instruction }),
        }
    }
    out.extend(spans);
    out
}

fn is_operative(piece: &str, names: &Names) -> bool {
    let known = |number: usize| names.0.get(number).is_none_or(|name| OPERATIVE.contains(&name.split('.').next().unwrap_or_default()));
    piece.chars().filter_map(slot).any(known)
}

/// Nothing but punctuation, and no bracket whose other half would be left alone.
fn is_punctuation(gap: &str) -> bool {
    !gap.contains(|c: char| c.is_alphanumeric() || "()[]".contains(c))
}

/// The clauses of a text in order, without blanks and line starts. Punctuation within spans bounds nothing.
fn clauses(body: &str, spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut clauses = Vec::new();
    let mut start = 0;
    let mut close = |start: usize, end: usize| {
        let start = if start == 0 || body[..start].ends_with('\n') { start + line::prefix(&body[start..end]).len() } else { start };
        let clause = trimmed(body, start..end);
        if !clause.is_empty() {
            clauses.push(clause);
        }
    };
    let mut spans = spans.into_iter().peekable();
    for (at, c) in body.char_indices() {
        while spans.next_if(|span| span.end <= at).is_some() {}
        if spans.peek().is_some_and(|span| span.contains(&at)) {
            continue;
        }
        let next = body[at + c.len_utf8()..].chars().next().unwrap_or('\n');
        let bounds = match c {
            '.' | ':' | ',' | '!' | '?' | ';' => !next.is_alphanumeric(),
            '-' | '–' => next.is_whitespace() && body[..at].ends_with(char::is_whitespace),
            '(' | ')' | '[' | ']' | '—' | '\n' | '"' | '“' | '”' | '«' | '»' => true,
            _ => false,
        };
        if bounds {
            close(start, at);
            start = at + c.len_utf8();
        }
    }
    close(start, body.len());
    clauses
}
