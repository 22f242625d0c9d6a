/// How a line begins, and what is on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Indentation, bullet, quote mark, heading, number of an item.
    pub(crate) prefix: String,
    /// Numbers of the markers, from 0, in order.
    pub(crate) markers: Vec<usize>,
    blank: bool,
}

impl Line {
    /// True when nothing is on it.
    pub(crate) fn is_blank(&self) -> bool {
        self.blank
    }
}

/// The structure that a line begins with. An item's number counts as structure, a number in prose does not.
pub(crate) fn prefix(line: &str) -> &str {
    let mut rest = line;
    loop {
        let body = rest.trim_start_matches([' ', '\t']);
        let after = match body.chars().next() {
            Some('-' | '*' | '•' | '>' | '#') => body.trim_start_matches(['-', '*', '•', '>', '#']),
            Some('[') => ["[ ]", "[x]", "[X]", "[]"].iter().find_map(|open| body.strip_prefix(open)).unwrap_or(body),
            Some('0'..='9') => body.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(['.', ')']).unwrap_or(body),
            _ => body,
        };
        if after.len() == body.len() || !(after.is_empty() || after.starts_with([' ', '\t'])) {
            return &line[..line.len() - body.len()];
        }
        rest = after;
    }
}

/// The lines of a text in which markers are stand-ins, and its free text.
pub(super) fn split(stood: &str) -> (Vec<Line>, String) {
    let mut free = String::with_capacity(stood.len());
    let mut number = 0;
    let lines = stood.split('\n').enumerate().map(|(position, line)| {
        let prefix = prefix(line);
        if position > 0 {
            free.push('\n');
        }
        free.push_str(&line[prefix.len()..]);
        let count = line.matches(super::STAND_IN).count();
        number += count;
        Line { prefix: prefix.to_owned(), markers: (number - count..number).collect(), blank: line.trim().is_empty() }
    });
    (lines.collect(), free)
}
