//! The words of a text, ready to be compared.

use std::borrow::Cow;

use crate::mix::mix;
use crate::normal::normal;
use crate::sketch::FACTOR;
use crate::words::for_each_word_at;

/// A text as it is compared: its words by hash, and where they stand.
pub(crate) struct Words<'t> {
    text: Cow<'t, str>,
    pub(crate) hashes: Vec<u64>,
    places: Vec<(u32, u32)>,
}

/// The longest excerpt, in characters.
const EXCERPT: usize = 240;

impl<'t> Words<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let text = normal(text);
        let (mut hashes, mut places) = (Vec::with_capacity(text.len() / 6), Vec::with_capacity(text.len() / 6));
        for_each_word_at(&text, |hash, start, end| {
            hashes.push(hash);
            places.push((start as u32, end as u32));
        });
        Self { text, hashes, places }
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// How many different words without a digit stand in a stretch: what tells a text from numbers, ids and repetition.
    pub(crate) fn telling(&self, from: usize, to: usize) -> usize {
        let is_word = |(start, end): &(u32, u32)| !self.text[*start as usize..*end as usize].bytes().any(|byte| byte.is_ascii_digit());
        let words = self.hashes[from..to].iter().zip(&self.places[from..to]).filter(|(_, place)| is_word(place));
        let mut words: Vec<u64> = words.map(|(hash, _)| *hash).collect();
        words.sort_unstable();
        words.dedup();
        words.len()
    }

    /// One number for each stretch of `n` words, in order.
    pub(crate) fn ngrams(&self, n: usize) -> impl Iterator<Item = u64> {
        let out = FACTOR.wrapping_pow(n as u32);
        let mut sum = 0_u64;
        self.hashes.iter().enumerate().filter_map(move |(at, word)| {
            let gone = if at >= n { self.hashes[at - n].wrapping_mul(out) } else { 0 };
            sum = sum.wrapping_mul(FACTOR).wrapping_add(*word).wrapping_sub(gone);
            (at + 1 >= n).then(|| mix(sum))
        })
    }

    /// The text of a stretch, as it is compared, not too long.
    pub(crate) fn excerpt(&self, from: usize, to: usize) -> String {
        let (Some((start, _)), Some((_, end))) = (self.places.get(from), self.places.get(to.saturating_sub(1))) else {
            return String::new();
        };
        let text = self.text[*start as usize..*end as usize].split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(EXCERPT) {
            Some((cut, _)) => format!("{} ...", &text[..cut]),
            None => text,
        }
    }
}
