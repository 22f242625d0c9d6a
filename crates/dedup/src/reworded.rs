//! Texts in which some words were exchanged.

use crate::bins::band_keys;
use crate::mix::{FixedMap, mix};
use crate::shingles::Shingles;
use crate::sketch::{FACTOR, in_order, signature};
use crate::span::Words;

/// Values in a band: at a similarity of 0.5 a pair is still found in 996 of 1,000 cases, at 0.6 in all but 4 in 100,000.
const ROWS: usize = 3;

/// Words in a shingle. An exchanged word spoils two pairs of words, but would spoil five of the 5-grams of `Sketch`.
const PAIR: usize = 2;

/// The texts that are sought, by their pairs of words.
#[derive(Debug)]
pub(crate) struct Reworded {
    threshold: f64,
    texts: Vec<(u32, Shingles)>,
    bands: Vec<FixedMap<u32, Vec<u32>>>,
    /// The fewest and the most shingles that a text of at least the threshold can have.
    sizes: (usize, usize),
}

impl Reworded {
    pub(crate) fn new(threshold: f64) -> Self {
        Self { threshold, texts: Vec::new(), bands: Vec::new(), sizes: (usize::MAX, 0) }
    }

    pub(crate) fn add(&mut self, text: u32, words: &Words<'_>) {
        let shingles = distinct(&pairs(words));
        let size = shingles.sorted.len() as f64;
        self.sizes = (self.sizes.0.min((size * self.threshold) as usize), self.sizes.1.max((size / self.threshold).ceil() as usize));
        let number = self.texts.len() as u32;
        for (band, key) in band_keys(&signature(&shingles.sorted), ROWS).enumerate() {
            if self.bands.len() == band {
                self.bands.push(FixedMap::default());
            }
            self.bands[band].entry(key).or_default().push(number);
        }
        self.texts.push((text, shingles));
    }

    /// The texts that are similar enough, with how similar they are.
    pub(crate) fn find(&self, words: &Words<'_>) -> Vec<(u32, f64)> {
        // Fewer distinct pairs than words is common, more is impossible.
        if words.len() <= self.sizes.0 {
            return Vec::new();
        }
        let pairs = pairs(words);
        if pairs.len() > 2 * self.sizes.1 {
            return Vec::new();
        }
        let shingles = distinct(&pairs);
        if !(self.sizes.0..=self.sizes.1).contains(&shingles.sorted.len()) {
            return Vec::new();
        }
        let bins = signature(&shingles.sorted);
        let keys = band_keys(&bins, ROWS).zip(&self.bands);
        let mut candidates: Vec<u32> = keys.filter_map(|(key, band)| band.get(&key)).flatten().copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        let similar = |number: &u32| {
            let (text, other) = &self.texts[*number as usize];
            Some((*text, other.jaccard_from(self.threshold, &shingles)?))
        };
        candidates.iter().filter_map(similar).collect()
    }
}

fn pairs(words: &Words<'_>) -> Vec<u32> {
    words.hashes.windows(PAIR).map(|pair| (mix(pair[0].wrapping_mul(FACTOR).wrapping_add(pair[1])) >> 32) as u32).collect()
}

fn distinct(pairs: &[u32]) -> Shingles {
    let mut sorted = Vec::new();
    in_order(pairs, &mut sorted);
    Shingles::new(sorted)
}
