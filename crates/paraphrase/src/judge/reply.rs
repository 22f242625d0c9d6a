use super::Reason;
use crate::mask::{Masked, STAND_IN, prefix};

/// A reply whose markers are the original's.
#[derive(Debug)]
pub(super) struct Read {
    /// Its lines without their starts, with stand-ins.
    pub(super) free: String,
    /// Numbers of the markers, from 0, as they come.
    markers: Vec<usize>,
}

/// Longest hint in a marker of a reply.
const LONGEST_HINT: usize = 80;

/// Takes the markers out of a reply and compares them, and the lines, with the original's.
pub(super) fn read(reply: &str, masked: &Masked) -> Result<Read, Reason> {
    let (stood, markers) = stand_in(reply, masked.markers())?;
    if markers.len() < masked.markers() {
        return Err(Reason::MarkerLost);
    }
    // Whoever pays whom, and which comes before which, is told by nothing as much as by the order of the values.
    if !markers.is_sorted() {
        return Err(Reason::MarkerOrder);
    }
    let mut free = String::with_capacity(stood.len());
    let mut left = markers.as_slice();
    let mut lines = masked.lines.iter();
    for (position, text) in stood.split('\n').enumerate() {
        let line = lines.next().ok_or(Reason::Lines)?;
        let start = prefix(text);
        let count = text.matches(STAND_IN).count();
        let (here, rest) = left.split_at(count);
        left = rest;
        let at_home = count == line.markers.len() && here.iter().all(|marker| line.markers.contains(marker));
        if start.trim_end() != line.prefix.trim_end() || !at_home || text.trim().is_empty() != line.is_blank() {
            return Err(Reason::Lines);
        }
        if position > 0 {
            free.push('\n');
        }
        free.push_str(&text[start.len()..]);
    }
    if lines.next().is_some() { Err(Reason::Lines) } else { Ok(Read { free, markers }) }
}

/// The reply with stand-ins, and the numbers of its markers.
fn stand_in(reply: &str, known: usize) -> Result<(String, Vec<usize>), Reason> {
    let mut stood = String::with_capacity(reply.len());
    let mut markers: Vec<usize> = Vec::with_capacity(known);
    let mut rest = reply;
    while let Some(open) = rest.find("[[") {
        let (before, from) = rest.split_at(open);
        let inner = from[2..].find("]]").map(|close| &from[2..2 + close]).ok_or(Reason::MarkerBroken)?;
        let (number, hint) = inner.split_once(':').unwrap_or((inner, ""));
        if hint.len() > LONGEST_HINT || hint.contains(['[', ']', '\n']) {
            return Err(Reason::MarkerBroken);
        }
        let number = number.trim();
        if number.is_empty() || number.len() > 4 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(Reason::MarkerBroken);
        }
        let number: usize = number.parse().map_err(|_| Reason::MarkerBroken)?;
        if !(1..=known).contains(&number) {
            return Err(Reason::MarkerUnknown);
        }
        if markers.contains(&(number - 1)) {
            return Err(Reason::MarkerDoubled);
        }
        if before.contains("]]") {
            return Err(Reason::MarkerBroken);
        }
        stood.push_str(before);
        stood.push(STAND_IN);
        markers.push(number - 1);
        rest = &from[inner.len() + 4..];
    }
    if rest.contains("]]") {
        return Err(Reason::MarkerBroken);
    }
    stood.push_str(rest);
    Ok((stood, markers))
}

impl Read {
    /// The text with the original's pieces, line starts and surroundings.
    pub(super) fn restored(&self, masked: &Masked) -> String {
        let mut text = String::with_capacity(2 * self.free.len() + 16 * self.markers.len());
        text.push_str(&masked.around[0]);
        let mut markers = self.markers.iter();
        for (position, (line, start)) in self.free.split('\n').zip(&masked.lines).enumerate() {
            if position > 0 {
                text.push('\n');
            }
            text.push_str(&start.prefix);
            for c in line.chars() {
                match (c, c == STAND_IN) {
                    (_, true) => text.push_str(markers.next().map_or("", |marker| masked.pieces[*marker].as_str())),
                    (c, false) => text.push(c),
                }
            }
        }
        text.push_str(&masked.around[1]);
        text
    }
}
