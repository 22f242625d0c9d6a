use xxhash_rust::xxh3::xxh3_128;

use crate::bins::{BINS, bin_of, fill};
use crate::mix::mix;
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
        let (shingles, bins) = in_order(&shingles(text));
        Self { exact: xxh3_128(text.as_bytes()), shingles, bins }
    }

    /// The Jaccard similarity of two texts: the shingles they share, over those that either has. Computed, not estimated.
    pub fn jaccard(&self, other: &Self) -> f64 {
        self.shingles.jaccard(&other.shingles)
    }
}

const WORDS: usize = 5;
pub(crate) const FACTOR: u64 = 0xD6E8_FEB8_6659_FD93;

/// The shingles in the order of the text.
///
/// Words `a b c d e` give `a * F^4 + b * F^3 + c * F^2 + d * F + e`, of which the upper half of the [`mix`] is the
/// shingle. The sum is carried from word to word: the new word comes in, and the one five back goes out.
fn shingles(text: &str) -> Vec<u32> {
    const OUT: u64 = FACTOR.wrapping_pow(WORDS as u32);
    let mut shingles = Vec::with_capacity(text.len() / 6 + 1);
    let mut recent = [0_u64; WORDS];
    let mut words = 0;
    let mut sum = 0_u64;
    for_each_word(text, |word| {
        sum = sum.wrapping_mul(FACTOR).wrapping_add(word).wrapping_sub(recent[0].wrapping_mul(OUT));
        recent = [recent[1], recent[2], recent[3], recent[4], word];
        words += 1;
        if words >= WORDS {
            shingles.push((mix(sum) >> 32) as u32);
        }
    });
    if words < WORDS {
        shingles.push((mix(sum) >> 32) as u32);
    }
    shingles
}

/// Sorts, drops repeats, and reads the signature off on the way.
///
/// Bins are ranges of the hash, so sorting into bins is most of the sorting, and the first of a bin is its smallest.
pub(crate) fn in_order(shingles: &[u32]) -> (Shingles, [u32; BINS]) {
    let mut ends = [0; BINS];
    for shingle in shingles {
        ends[bin_of(*shingle)] += 1;
    }
    let mut next = [0; BINS];
    let mut total = 0;
    for (next, end) in next.iter_mut().zip(&mut ends) {
        *next = total;
        total += *end;
        *end = total;
    }
    let mut sorted = vec![0; shingles.len()];
    for shingle in shingles {
        let place = &mut next[bin_of(*shingle)];
        sorted[*place] = *shingle;
        *place += 1;
    }
    let mut values = [0; BINS];
    let mut filled = [false; BINS];
    let mut start = 0;
    for (bin, end) in ends.into_iter().enumerate() {
        let members: &mut [u32] = &mut sorted[start..end];
        members.sort_unstable();
        if let Some(smallest) = members.first() {
            (values[bin], filled[bin]) = (*smallest, true);
        }
        start = end;
    }
    fill(&mut values, &filled);
    sorted.dedup();
    (Shingles::new(sorted.into_boxed_slice()), values)
}

#[cfg(test)]
mod tests {
    use super::Sketch;
    use crate::bins::bin_of;
    use proptest::prelude::*;

    #[test]
    fn sketch_is_pinned() {
        // Part of the format: if these move, so does every recorded decision.
        let sketch = Sketch::of("delete the old backups, then report how many there were");
        assert_eq!(sketch.shingles.sorted.as_ref(), [44730779, 127467878, 1418313615, 1423771778, 3029162257, 3346797287]);
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
