//! Writes what a user says in a voice. Slot values are written as they are: they bind arguments.

use guardset_core::{Template, Voice};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Fills a wording in a voice.
pub(crate) fn say(template: &Template, values: &[String], voice: &Voice, rng: &mut ChaCha8Rng) -> String {
    let text = std::cell::RefCell::new(String::with_capacity(256));
    let ends_with_slot = std::cell::Cell::new(false);
    template.pieces(
        |literal| {
            ends_with_slot.set(false);
            spoken(literal, voice, rng, &mut text.borrow_mut());
        },
        |slot| {
            ends_with_slot.set(true);
            text.borrow_mut().push_str(&values[slot]);
        },
    );
    let mut text = text.into_inner();
    if voice.no_full_stop && text.ends_with('.') && !ends_with_slot.get() {
        text.pop();
    }
    text
}

/// Puts an opener and a closer around a request. What was pasted below it stays below the closer.
pub(crate) fn wrap(text: &str, opener: &str, closer: &str, starts_with_slot: bool) -> String {
    let (said, pasted) = text.split_once("\n\n").map_or((text, None), |(said, pasted)| (said, Some(pasted)));
    // After "so " a request goes on in lower case; after a full sentence it does not.
    let goes_on = !starts_with_slot && opener.ends_with(' ') && !opener.trim_end().ends_with(['.', '!', '?', ':']);
    let mut rest = said.chars();
    let head = match rest.next() {
        // ASCII alone, so that no offset behind it moves; "I" and abbreviations stay.
        Some(c)
            if goes_on && c.is_ascii() && !rest.as_str().starts_with(|next: char| next.is_uppercase() || next == '\'' || next == ' ') =>
        {
            c.to_ascii_lowercase().to_string()
        }
        Some(c) => c.to_string(),
        None => String::new(),
    };
    let ended = said.trim_end_matches(['"', '\'', ')', '\u{201d}']).ends_with(['.', '?', '!', ':']);
    let stop = if closer.trim_start().starts_with(char::is_uppercase) && !ended { "." } else { "" };
    let pasted = pasted.map_or_else(String::new, |pasted| format!("\n\n{pasted}"));
    format!("{opener}{head}{}{stop}{closer}{pasted}", rest.as_str())
}

fn spoken(literal: &str, voice: &Voice, rng: &mut ChaCha8Rng, out: &mut String) {
    let start = out.len();
    if voice.lower_case {
        out.extend(literal.chars().flat_map(char::to_lowercase))
    } else {
        out.push_str(literal)
    }
    if voice.typos == 0 {
        return;
    }
    let spoken = out.split_off(start);
    for (i, word) in spoken.split(' ').enumerate() {
        if i > 0 {
            out.push(' ');
        }
        let slips = word.len() >= 5 && word.bytes().all(|b| b.is_ascii_lowercase()) && rng.random_range(0..100) < voice.typos;
        if slips { slip(word, rng, out) } else { out.push_str(word) }
    }
}

/// Two letters swapped, or one left out, never the first.
fn slip(word: &str, rng: &mut ChaCha8Rng, out: &mut String) {
    let at = rng.random_range(1..word.len() - 2);
    out.push_str(&word[..at]);
    if rng.random_range(0..3) > 0 {
        out.push_str(&word[at + 1..at + 2]);
        out.push_str(&word[at..at + 1]);
    } else {
        out.push_str(&word[at + 1..at + 2]);
    }
    out.push_str(&word[at + 2..]);
}
