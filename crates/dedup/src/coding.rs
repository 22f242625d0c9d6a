//! Shingles as bytes: 3.2 for each of 375, where plain numbers take 4.
//!
//! The lower three bytes of each stand one after the other. Of the upper byte, which grows slowly from one to the next, only the
//! steps are written: a bit 0 for each step up by one, a bit 1 for each shingle (the upper half of the code of Elias and Fano).

/// Bytes of the lower part of a shingle.
const LOW: usize = 3;

/// How many bytes `count` shingles take.
pub(crate) fn coded_len(count: usize) -> usize {
    LOW * count + (count + 255).div_ceil(8)
}

/// Appends distinct shingles, which are in order.
pub(crate) fn encode(sorted: &[u32], out: &mut Vec<u8>) {
    out.reserve(coded_len(sorted.len()));
    let start = out.len();
    out.resize(start + LOW * sorted.len(), 0);
    for (shingle, triple) in sorted.iter().zip(out[start..].as_chunks_mut().0) {
        let [a, b, c, _] = shingle.to_le_bytes();
        *triple = [a, b, c];
    }
    let end = start + coded_len(sorted.len());
    let (mut word, mut words) = (0_u64, 0);
    for (number, shingle) in sorted.iter().enumerate() {
        let bit = number + (*shingle >> 24) as usize;
        while words < bit / 64 {
            out.extend_from_slice(&word.to_le_bytes());
            (word, words) = (0, words + 1);
        }
        word |= 1 << (bit % 64);
    }
    out.extend_from_slice(&word.to_le_bytes());
    // The last word may reach beyond the end, or not to it where there are no more shingles.
    out.resize(end, 0);
}

/// Puts the shingles in the place of what `out` held. `coded` is what [`encode`] gave, whole; of anything else come some numbers.
pub(crate) fn decode(coded: &[u8], count: usize, out: &mut Vec<u32>) {
    out.clear();
    let Some((low, high)) = coded.split_at_checked(LOW * count) else { return };
    let mut triples = low.as_chunks::<LOW>().0.iter();
    for (number, byte) in high.iter().enumerate() {
        let mut bits = *byte;
        while bits != 0 {
            let Some([a, b, c]) = triples.next() else { return };
            let upper = 8 * number + bits.trailing_zeros() as usize - out.len();
            out.push(u32::from_le_bytes([*a, *b, *c, upper as u8]));
            bits &= bits - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{coded_len, decode, encode};
    use proptest::prelude::*;

    fn there_and_back(shingles: &[u32]) {
        let (mut coded, mut back) = (vec![7], vec![1, 2, 3]);
        encode(shingles, &mut coded);
        assert_eq!(coded.len(), 1 + coded_len(shingles.len()));
        decode(&coded[1..], shingles.len(), &mut back);
        assert_eq!(back, shingles);
    }

    #[test]
    fn the_ends_of_the_range_come_back() {
        for shingles in [&[][..], &[0], &[u32::MAX], &[0, u32::MAX], &[0xFF_FFFF, 0x100_0000], &[u32::MAX - 1, u32::MAX]] {
            there_and_back(shingles);
        }
    }

    proptest! {
        #[test]
        fn damage_does_no_harm(coded in prop::collection::vec(any::<u8>(), 0..200), count in 0_usize..100) {
            decode(&coded, count, &mut Vec::new());
        }

        #[test]
        fn what_was_encoded_comes_back(
            spread in prop::collection::btree_set(any::<u32>(), 0..600),
            crowded in prop::collection::btree_set(0x00FF_FF00_u32..0x0100_0100, 0..300),
        ) {
            there_and_back(&spread.iter().copied().collect::<Vec<_>>());
            there_and_back(&crowded.iter().copied().collect::<Vec<_>>());
            there_and_back(&spread.union(&crowded).copied().collect::<Vec<_>>());
        }
    }
}
