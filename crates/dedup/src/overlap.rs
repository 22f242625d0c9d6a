//! Texts of others that turn up among ours.

use crate::mix::{FixedMap, mix};
use crate::ngrams::Table;
use crate::reworded::Reworded;
use crate::span::Words;

/// How a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A stretch of words stands there as it is.
    Overlap,
    /// A text that is shorter than such a stretch stands there as a whole.
    Short,
    /// Most pairs of words are the same: some words were exchanged.
    Reworded,
}

impl Kind {
    /// The name in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overlap => "overlap",
            Self::Short => "short",
            Self::Reworded => "reworded",
        }
    }
}

/// A text that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its number, in the order of [`Known::add`].
    pub text: u32,
    /// How it was found.
    pub kind: Kind,
    /// Share of the text's stretches that stand there, 1 for a short text, or the Jaccard similarity of pairs of words.
    pub similarity: f64,
    /// The words that were found, as they were compared: without keys of JSON and what has no glyph.
    pub excerpt: String,
}

/// What a text of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Somebody says it, or a tool gives it.
    Said,
    /// It describes a tool, or is a whole row. Short texts are not sought in it: descriptions of a few words are alike everywhere.
    Described,
}

/// Texts shorter than this are not sought: too many say the same.
const SHORTEST: usize = 6;
/// From this length on a short text is sought within a longer one, below it must be all that is said.
const WITHIN: usize = 8;
/// Fewer words than this make no rewording: two names exchanged in a short request are another request.
const REWORDED: usize = 10;
/// A stretch that more texts share is a frame, such as a prompt that introduces every case.
const FRAME: usize = 50;

/// The texts that are sought, while they are gathered.
#[derive(Debug)]
pub struct Known {
    ngram: usize,
    seen: FixedMap<u64, ()>,
    texts: u32,
    ngrams: Vec<(u64, u32)>,
    starts: Vec<(u64, u32)>,
    short: FixedMap<u32, Box<[u64]>>,
    reworded: Reworded,
}

impl Known {
    /// `ngram` words in a stretch, and the Jaccard similarity of pairs of words from which on a text counts as reworded.
    pub fn new(ngram: usize, threshold: f64) -> Self {
        Self {
            ngram,
            seen: FixedMap::default(),
            texts: 0,
            ngrams: Vec::new(),
            starts: Vec::new(),
            short: FixedMap::default(),
            reworded: Reworded::new(threshold),
        }
    }

    /// Adds a text of a benchmark and gives its number; nothing for one that is too short or says nothing, or stands in
    /// this benchmark already.
    pub fn add(&mut self, benchmark: u32, text: &str) -> Option<u32> {
        let words = Words::of(text);
        let telling = words.telling(0, words.len());
        let is_short = words.len() < self.ngram;
        if words.len() < SHORTEST || telling < if is_short { SHORTEST - 1 } else { need(self.ngram) } {
            return None;
        }
        let seed = mix(u64::from(benchmark));
        if self.seen.insert(words.hashes.iter().fold(seed, |hash, word| mix(hash ^ word)), ()).is_some() {
            return None;
        }
        let number = self.texts;
        self.texts += 1;
        if is_short {
            self.starts.extend(words.ngrams(SHORTEST).next().map(|hash| (hash, number)));
            self.short.insert(number, words.hashes.clone().into_boxed_slice());
        } else {
            let stretches = words.ngrams(self.ngram).enumerate();
            let telling = stretches.filter(|(at, _)| words.telling(*at, at + self.ngram) >= need(self.ngram));
            self.ngrams.extend(telling.map(|(_, hash)| (hash, number)));
        }
        if words.len() >= REWORDED && telling >= need(REWORDED) {
            self.reworded.add(number, &words);
        }
        Some(number)
    }

    /// Makes them ready to be found.
    pub fn finish(self) -> Matcher {
        let ngrams = Table::new(self.ngrams, FRAME);
        let totals = ngrams.per_text(self.texts as usize);
        Matcher {
            ngram: self.ngram,
            ngrams,
            totals,
            starts: Table::new(self.starts, usize::MAX),
            short: self.short,
            reworded: self.reworded,
        }
    }
}

/// How many of `words` words must be different and without digits.
fn need(words: usize) -> usize {
    (words * 3).div_ceil(5)
}

/// The texts that are sought. Any number of threads may ask.
#[derive(Debug)]
pub struct Matcher {
    ngram: usize,
    ngrams: Table,
    /// Stretches of each text that count.
    totals: Vec<u32>,
    starts: Table,
    short: FixedMap<u32, Box<[u64]>>,
    reworded: Reworded,
}

impl Matcher {
    /// The texts that turn up in one of ours, in their order, each in the strongest way.
    pub fn find(&self, text: &str, unit: Unit) -> Vec<Hit> {
        let words = Words::of(text);
        if words.len() < SHORTEST {
            return Vec::new();
        }
        let mut hits = self.overlaps(&words);
        if unit == Unit::Said {
            hits.extend(self.short_texts(&words));
        }
        for (text, similarity) in self.reworded.find(&words) {
            if hits.iter().all(|hit| hit.text != text) {
                hits.push(Hit { text, kind: Kind::Reworded, similarity, excerpt: words.excerpt(0, words.len()) });
            }
        }
        hits.sort_by_key(|hit| hit.text);
        hits
    }

    fn overlaps(&self, words: &Words<'_>) -> Vec<Hit> {
        let stretches = words.ngrams(self.ngram).enumerate();
        let mut found: Vec<(u32, u64, usize)> =
            stretches.flat_map(|(at, hash)| self.ngrams.get(hash).map(move |text| (text, hash, at))).collect();
        // A stretch that is repeated counts once.
        found.sort_unstable();
        found.dedup_by_key(|(text, hash, _)| (*text, *hash));
        found.chunk_by(|left, right| left.0 == right.0).map(|group| self.overlap(words, group)).collect()
    }

    fn overlap(&self, words: &Words<'_>, group: &[(u32, u64, usize)]) -> Hit {
        let text = group[0].0;
        let mut places: Vec<usize> = group.iter().map(|(_, _, at)| *at).collect();
        places.sort_unstable();
        let first = places[0];
        let run = places.iter().zip(first..).take_while(|(place, next)| *place == next).count();
        let similarity = group.len() as f64 / f64::from(self.totals[text as usize]);
        Hit { text, kind: Kind::Overlap, similarity, excerpt: words.excerpt(first, first + run - 1 + self.ngram) }
    }

    fn short_texts(&self, words: &Words<'_>) -> Vec<Hit> {
        let mut hits: Vec<Hit> = Vec::new();
        for (at, hash) in words.ngrams(SHORTEST).enumerate() {
            for text in self.starts.get(hash) {
                let sought = &self.short[&text];
                let is_there = words.hashes[at..].starts_with(sought);
                let is_enough = sought.len() >= WITHIN || sought.len() == words.len();
                if is_there && is_enough && hits.iter().all(|hit| hit.text != text) {
                    hits.push(Hit { text, kind: Kind::Short, similarity: 1.0, excerpt: words.excerpt(at, at + sought.len()) });
                }
            }
        }
        hits
    }
}
