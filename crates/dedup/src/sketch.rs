use std::cell::RefCell;

use xxhash_rust::xxh3::xxh3_128;

use crate::bins::{BINS, bin_of, fill};
use crate::coding::{coded_len, decode, encode};
use crate::mix::mix;
use crate::odd::Odd;
use crate::shingles::Shingles;
use crate::words::for_each_word;

/// What the index needs to know of one text.
///
/// - the 128-bit XXH3 of the text as it is, for exact copies;
/// - its *shingles*: the distinct 32-bit hashes of each five consecutive words, in order. A text with fewer words is one
///   shingle. Two of 400 shingles each agree by chance in one in 25,000 pairs of texts, and then in a single shingle;
/// - a one-permutation MinHash signature: the range of the hashes is cut into 126 bins, and each holds the smallest
///   shingle that fell into it. An empty one borrows from another.
///
/// Case, spacing and punctuation count for the first and not for the others. All hashes are fixed: the same text has the
/// same sketch in every run and on every machine, and a change to any of them changes which samples a data set keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    pub(crate) exact: u128,
    pub(crate) shingles: Shingles,
    pub(crate) bins: [u32; BINS],
}

impl Sketch {
    /// Sketches one text.
    pub fn of(text: &str) -> Self {
        let mut sketch = Self { exact: 0, shingles: Shingles::default(), bins: [0; BINS] };
        sketch.redraw(text);
        sketch
    }

    /// Sketches another text in the place of this one, in the memory that this one has.
    pub fn redraw(&mut self, text: &str) {
        self.exact = xxh3_128(text.as_bytes());
        IN_TEXT.with_borrow_mut(|(words, in_text)| {
            shingles(text, words, in_text);
            in_order(in_text, &mut self.shingles.sorted);
        });
        self.shingles.odd = Odd::of(&self.shingles.sorted);
        self.bins = signature(&self.shingles.sorted);
    }

    /// Appends the sketch as bytes, 3.2 for each shingle and 20 more: for those who sketch on one machine and offer on another.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.exact.to_le_bytes());
        out.extend_from_slice(&(self.shingles.sorted.len() as u32).to_le_bytes());
        encode(&self.shingles.sorted, out);
    }

    /// The sketch that [`Sketch::encode`] gave these bytes for, which are all of them; `None` for others.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (exact, bytes) = bytes.split_first_chunk()?;
        let (count, coded) = bytes.split_first_chunk()?;
        let count = u32::from_le_bytes(*count) as usize;
        if coded.len() != coded_len(count) {
            return None;
        }
        let mut sorted = Vec::with_capacity(count);
        decode(coded, count, &mut sorted);
        let is_whole = sorted.len() == count && sorted.is_sorted_by(|left, right| left < right);
        is_whole.then(|| Self { exact: u128::from_le_bytes(*exact), bins: signature(&sorted), shingles: Shingles::new(sorted) })
    }

    /// The Jaccard similarity of two texts: the shingles they share, over those that either has. Computed, not estimated.
    pub fn jaccard(&self, other: &Self) -> f64 {
        self.shingles.jaccard(&other.shingles)
    }
}

thread_local! {
    /// The words and the shingles of the text at hand, so that a thread asks for memory only when a text is longer than all before.
    static IN_TEXT: RefCell<(Vec<u64>, Vec<u32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

const WORDS: usize = 5;
pub(crate) const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// The shingles in the order of the text, in the place of what `shingles` held. `words` is for the words in between.
///
/// Words `a b c d e` give `a * F^4 + b * F^3 + c * F^2 + d * F + e`, of which the upper half of the [`mix`] is the
/// shingle. The sum is carried from word to word: the new word comes in, and the one five back goes out.
fn shingles(text: &str, words: &mut Vec<u64>, shingles: &mut Vec<u32>) {
    const OUT: u64 = FACTOR.wrapping_pow(WORDS as u32);
    words.clear();
    for_each_word(text, |word| words.push(word));
    let (first, further) = words.split_at(words.len().min(WORDS));
    let mut sum = first.iter().fold(0_u64, |sum, word| sum.wrapping_mul(FACTOR).wrapping_add(*word));
    let shingle = |sum: u64| (mix(sum) >> 32) as u32;
    shingles.clear();
    shingles.push(shingle(sum));
    shingles.extend(further.iter().zip(&*words).map(|(word, gone)| {
        sum = sum.wrapping_mul(FACTOR).wrapping_add(word.wrapping_sub(gone.wrapping_mul(OUT)));
        shingle(sum)
    }));
}

/// Puts the distinct shingles in order in the place of what `sorted` held.
pub(crate) fn in_order(shingles: &[u32], sorted: &mut Vec<u32>) {
    sorted.clear();
    if shingles.len() > SHORT {
        sorted.extend_from_slice(shingles);
        sorted.sort_unstable();
    } else {
        sorted.resize(shingles.len(), 0);
        into_ranges(shingles, sorted);
        // In ranges of one or two, and seldom three, this leaves hardly anything to be moved, without a branch to be guessed.
        for start in [0, 1, 0] {
            let pairs = sorted.get_mut(start..).unwrap_or_default().as_chunks_mut::<2>().0;
            pairs.iter_mut().for_each(|[left, right]| (*left, *right) = ((*left).min(*right), (*left).max(*right)));
        }
        for end in 1..sorted.len() {
            let shingle = sorted[end];
            let mut at = end;
            while at > 0 && sorted[at - 1] > shingle {
                sorted[at] = sorted[at - 1];
                at -= 1;
            }
            sorted[at] = shingle;
        }
    }
    sorted.dedup();
}

/// Up to so many shingles are put in order by range.
const SHORT: usize = 2048;

/// Puts the shingles in the order of their upper nine bits.
fn into_ranges(shingles: &[u32], out: &mut [u32]) {
    const RANGES: usize = 512;
    let range = |shingle: &u32| (*shingle >> 23) as usize % RANGES;
    let mut next = [0_u16; RANGES];
    for shingle in shingles {
        next[range(shingle)] += 1;
    }
    let mut total = 0;
    for next in &mut next {
        (*next, total) = (total, total + *next);
    }
    for shingle in shingles {
        let place = &mut next[range(shingle)];
        out[usize::from(*place)] = *shingle;
        *place += 1;
    }
}

/// The one-permutation MinHash signature of shingles in order.
pub(crate) fn signature(sorted: &[u32]) -> [u32; BINS] {
    let (mut values, mut filled) = ([0; BINS], [false; BINS]);
    // Backwards, so the smallest of a bin is the last to come.
    for shingle in sorted.iter().rev() {
        let bin = bin_of(*shingle);
        (values[bin], filled[bin]) = (*shingle, true);
    }
    fill(&mut values, &filled);
    values
}

#[cfg(test)]
mod tests {
    use super::{Sketch, in_order};
    use crate::bins::bin_of;
    use proptest::prelude::*;

    #[test]
    fn sketch_is_pinned() {
        // Part of the format: if these move, so does every recorded decision.
        let sketch = Sketch::of("delete the old backups, then report how many there were");
        assert_eq!(sketch.shingles.sorted, [44730779, 127467878, 1418313615, 1423771778, 3029162257, 3346797287]);
        assert_eq!(sketch.bins[..4], [1418313615, 44730779, 127467878, 127467878]);
        assert_eq!(Sketch::of("").exact, 0x99AA_06D3_0147_98D8_6001_C324_468D_497F);
    }

    #[test]
    fn order_of_words_counts() {
        assert_eq!(Sketch::of("a b c d e").jaccard(&Sketch::of("a b c e d")), 0.0);
        assert_eq!(Sketch::of("a b").jaccard(&Sketch::of("b a")), 0.0);
    }

    proptest! {
        #[test]
        fn shingles_are_put_in_order_however_many(shingles in prop::collection::vec(any::<u32>(), 0..3000), repeats in 0_usize..200) {
            let mut shingles = shingles;
            shingles.extend_from_within(..repeats.min(shingles.len()));
            let (mut sorted, expected) = (vec![9], shingles.iter().copied().collect::<std::collections::BTreeSet<_>>());
            in_order(&shingles, &mut sorted);
            prop_assert_eq!(sorted, expected.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn a_redrawn_sketch_is_a_new_one(first in "([a-d]{1,2} ){0,400}", second in "([a-d]{1,2} ){0,400}") {
            let mut sketch = Sketch::of(&first);
            sketch.redraw(&second);
            prop_assert_eq!(sketch, Sketch::of(&second));
        }

        #[test]
        fn a_sketch_comes_back_from_its_bytes_and_from_no_others(text in "([a-d]{1,2} ){0,400}") {
            let sketch = Sketch::of(&text);
            let mut bytes = Vec::new();
            sketch.encode(&mut bytes);
            for length in 0..bytes.len() {
                prop_assert_eq!(Sketch::decode(&bytes[..length]), None);
            }
            prop_assert_eq!(Sketch::decode(&bytes), Some(sketch));
        }

        #[test]
        fn shingles_are_in_order_and_bins_hold_the_smallest(text in "([a-d]{1,2} ){0,400}") {
            let sketch = Sketch::of(&text);
            prop_assert!(sketch.shingles.sorted.is_sorted_by(|left, right| left < right));
            for (bin, value) in sketch.bins.iter().enumerate() {
                match sketch.shingles.sorted.iter().find(|shingle| bin_of(**shingle) == bin) {
                    Some(smallest) => prop_assert_eq!(smallest, value),
                    None => prop_assert!(sketch.shingles.sorted.contains(value)),
                }
            }
        }

        #[test]
        fn jaccard_is_symmetric_and_bounded(left in "([a-c] ?){0,40}", right in "([a-c] ?){0,40}") {
            let (left, right) = (Sketch::of(&left), Sketch::of(&right));
            let jaccard = left.jaccard(&right);
            prop_assert_eq!(jaccard, right.jaccard(&left));
            prop_assert!((0.0..=1.0).contains(&jaccard));
            prop_assert_eq!(left.jaccard(&left), 1.0);
            prop_assert_eq!(jaccard == 1.0, left.shingles == right.shingles);
        }
    }
}
