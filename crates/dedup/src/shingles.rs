/// The distinct shingles of a text in order, and a coarse picture of them for quick refusals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shingles {
    pub(crate) sorted: Box<[u32]>,
    /// One bit for each of 4,096 ranges of the hash: whether a shingle lies in it.
    ranges: [u64; 64],
}

impl Shingles {
    /// From distinct hashes in order.
    pub(crate) fn new(sorted: Box<[u32]>) -> Self {
        let mut ranges = [0; 64];
        for shingle in &sorted {
            ranges[(shingle >> 26) as usize] |= 1 << (shingle >> 20 & 63);
        }
        Self { sorted, ranges }
    }

    /// Shared shingles over all shingles.
    pub(crate) fn jaccard(&self, other: &Self) -> f64 {
        self.similarity(other, self.shared_at_least(other, 0).unwrap_or(0))
    }

    /// The Jaccard similarity, if it reaches the threshold.
    ///
    /// Gives up as soon as too many shingles stand alone: among templated texts most candidates are refused.
    pub(crate) fn jaccard_from(&self, threshold: f64, other: &Self) -> Option<f64> {
        // shared / (total - shared) >= threshold, solved for shared; one less, for the last word is with the division.
        let total = (self.sorted.len() + other.sorted.len()) as f64;
        let needed = (threshold * total / (1.0 + threshold)) as usize;
        let shared = self.shared_at_least(other, needed.saturating_sub(1))?;
        Some(self.similarity(other, shared)).filter(|jaccard| *jaccard >= threshold)
    }

    fn similarity(&self, other: &Self, shared: usize) -> f64 {
        shared as f64 / (self.sorted.len() + other.sorted.len() - shared) as f64
    }

    fn shared_at_least(&self, other: &Self, needed: usize) -> Option<usize> {
        let (left, right) = (&self.sorted, &other.sorted);
        let left_spare = left.len().checked_sub(needed)?;
        let right_spare = right.len().checked_sub(needed)?;
        if self.surely_alone(other) > left_spare + right_spare {
            return None;
        }
        let (mut l, mut r, mut shared) = (0, 0, 0);
        while let (Some(a), Some(b)) = (left.get(l), right.get(r)) {
            // No branch on the order of the values, which no processor could predict.
            l += usize::from(a <= b);
            r += usize::from(b <= a);
            shared += usize::from(a == b);
            if l - shared > left_spare || r - shared > right_spare {
                return None;
            }
        }
        Some(shared)
    }

    /// The ranges in which only one of the two has shingles. At least as many shingles are not in both.
    #[inline]
    fn surely_alone(&self, other: &Self) -> usize {
        self.ranges.iter().zip(&other.ranges).map(|(own, others)| (own ^ others).count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Shingles;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Few enough to meet, some in a range of their own and some not.
    fn values() -> impl Strategy<Value = BTreeSet<u32>> {
        prop::collection::btree_set((0_u32..60).prop_map(|value| value << 18), 1..50)
    }

    proptest! {
        #[test]
        fn giving_up_early_changes_nothing(left in values(), right in values(), threshold in 0.05_f64..=1.0) {
            let jaccard = left.intersection(&right).count() as f64 / left.union(&right).count() as f64;
            let [left, right] = [left, right].map(|set| Shingles::new(set.into_iter().collect()));
            prop_assert_eq!(left.jaccard(&right), jaccard);
            for threshold in [threshold, jaccard.max(0.01)] {
                prop_assert_eq!(left.jaccard_from(threshold, &right), Some(jaccard).filter(|jaccard| *jaccard >= threshold));
            }
        }
    }
}
