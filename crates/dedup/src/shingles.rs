use crate::odd::Odd;

/// The distinct shingles of a text in order, and a coarse picture of them for quick refusals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shingles {
    pub(crate) sorted: Vec<u32>,
    pub(crate) odd: Odd,
}

impl Shingles {
    /// From distinct hashes in order.
    pub(crate) fn new(sorted: Vec<u32>) -> Self {
        let odd = Odd::of(&sorted);
        Self { sorted, odd }
    }

    /// Shared shingles over all shingles.
    pub(crate) fn jaccard(&self, other: &Self) -> f64 {
        jaccard_of(&self.sorted, &other.sorted, shared_at_least(&self.sorted, &other.sorted, 0).unwrap_or(0))
    }

    /// The Jaccard similarity, if it reaches the threshold.
    pub(crate) fn jaccard_from(&self, threshold: f64, other: &Self) -> Option<f64> {
        let lengths = [self, other].map(|shingles| shingles.sorted.len());
        Some(other).filter(|other| may_reach(threshold, lengths, self.odd.surely_alone(&other.odd)))?;
        jaccard_from(threshold, &self.sorted, &other.sorted)
    }
}

/// Shared shingles that two sets need at least: `shared / (total - shared) >= threshold`, solved for `shared`. One less, for
/// the last word is with the division.
#[inline]
fn needed(threshold: f64, total: usize) -> usize {
    ((threshold * total as f64 / (1.0 + threshold)) as usize).saturating_sub(1)
}

/// Whether two sets of these sizes can reach the threshold, when so many shingles surely stand alone.
#[inline]
pub(crate) fn may_reach(threshold: f64, lengths: [usize; 2], alone: usize) -> bool {
    let needed = needed(threshold, lengths[0] + lengths[1]);
    let spare = |length: usize| length.checked_sub(needed);
    spare(lengths[0]).zip(spare(lengths[1])).is_some_and(|(left, right)| alone <= left + right)
}

/// The Jaccard similarity of two sets in order, if it reaches the threshold.
///
/// Gives up as soon as too many shingles stand alone: among templated texts most candidates are refused.
pub(crate) fn jaccard_from(threshold: f64, left: &[u32], right: &[u32]) -> Option<f64> {
    let shared = shared_at_least(left, right, needed(threshold, left.len() + right.len()))?;
    Some(jaccard_of(left, right, shared)).filter(|jaccard| *jaccard >= threshold)
}

fn jaccard_of(left: &[u32], right: &[u32], shared: usize) -> f64 {
    shared as f64 / (left.len() + right.len() - shared) as f64
}

fn shared_at_least(left: &[u32], right: &[u32], needed: usize) -> Option<usize> {
    let left_spare = left.len().checked_sub(needed)?;
    let right_spare = right.len().checked_sub(needed)?;
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

#[cfg(test)]
mod tests {
    use super::Shingles;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Few enough to meet, some in a class of their own and some not.
    fn values() -> impl Strategy<Value = BTreeSet<u32>> {
        prop::collection::btree_set((0_u32..60).prop_map(|value| value * 77), 1..50)
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
