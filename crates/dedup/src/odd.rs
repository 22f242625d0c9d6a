//! A small picture of a set that bounds how far two sets differ.

/// Bits in a picture.
const BITS: usize = 512;

/// One bit for each of 512 classes of shingles: whether the set has an *odd* number of them.
///
/// A shingle that both sets have changes the same bit in both. So where two pictures differ, at least one shingle stands
/// alone, and the bits that differ are never more than the shingles that do. This holds for any two sets, so a pair may be
/// refused for it without being looked at (odd sketches, Mitzenmacher, Pagh and Pham 2014, used here for the bound alone).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Odd([u64; BITS / 64]);

impl Odd {
    pub(crate) fn of(shingles: &[u32]) -> Self {
        // A byte for each bit, for shingles that follow each other should not wait for the same word.
        let mut parity = [0_u8; BITS];
        for shingle in shingles {
            parity[*shingle as usize % BITS] ^= 1;
        }
        let mut words = [0; BITS / 64];
        for (word, bytes) in words.iter_mut().zip(parity.as_chunks::<64>().0) {
            for (number, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
                *word |= (u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * number);
            }
        }
        Self(words)
    }

    /// At least so many shingles are in one of the two sets only.
    #[inline]
    pub(crate) fn surely_alone(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).map(|(own, others)| (own ^ others).count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Odd;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn no_more_bits_differ_than_shingles(
            left in prop::collection::btree_set(0_u32..1500, 0..400),
            right in prop::collection::btree_set(0_u32..1500, 0..400),
        ) {
            let [one, two] = [&left, &right].map(|set: &BTreeSet<u32>| Odd::of(&set.iter().copied().collect::<Vec<_>>()));
            prop_assert!(one.surely_alone(&two) <= left.symmetric_difference(&right).count());
            prop_assert_eq!(one.surely_alone(&one), 0);
        }
    }

    #[test]
    fn each_class_has_a_bit_of_its_own() {
        let pictures: Vec<Odd> = (0..512).map(|shingle| Odd::of(&[shingle])).collect();
        for (number, picture) in pictures.iter().enumerate() {
            assert_eq!(picture.surely_alone(&Odd::default()), 1);
            assert!(pictures[..number].iter().all(|other| other.surely_alone(picture) == 2));
        }
    }
}
