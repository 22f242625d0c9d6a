use rayon::prelude::*;

use crate::index::Index;

/// A kept item under the key of one band.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Filed<S> {
    key: u32,
    split: S,
    number: u32,
}

impl Index {
    /// The near-duplicates among kept items that stand in different splits, whatever their groups: `(item, item, jaccard)`.
    ///
    /// `split` says where an item went, or nothing if it is not in use. The smaller item of a pair comes first, and
    /// the pairs are in order. Runs on all threads; items of one split are never compared.
    pub fn crossing<S>(&self, split: impl Fn(u64) -> Option<S>) -> Vec<(u64, u64, f64)>
    where
        S: Copy + Ord + Send + Sync,
    {
        let kept = &self.neighbours.kept;
        let live = kept.iter().zip(0_u32..).filter(|(kept, _)| kept.shingles.is_some());
        let placed: Vec<(u32, S)> = live.filter_map(|(kept, number)| Some((number, split(kept.item)?))).collect();
        let mut pairs: Vec<(u64, u64, f64)> = (0..self.neighbours.bands()).flat_map(|band| self.crossing_in(band, &placed)).collect();
        pairs.sort_unstable_by_key(|(first, second, _)| (*first, *second));
        pairs
    }

    /// Those of them that share this band and none before it, so that no pair is compared twice.
    fn crossing_in<S>(&self, band: usize, placed: &[(u32, S)]) -> Vec<(u64, u64, f64)>
    where
        S: Copy + Ord + Send + Sync,
    {
        let key_of = |number: u32| self.neighbours.keys_of(number as usize)[band];
        let mut filed: Vec<Filed<S>> =
            placed.par_iter().map(|(number, split)| Filed { key: key_of(*number), split: *split, number: *number }).collect();
        filed.par_sort_unstable();
        filed
            .par_chunk_by(|left, right| left.key == right.key)
            .flat_map(|bucket| {
                let pairs_with = |left: &Filed<S>| {
                    let left = *left;
                    let others = &bucket[bucket.partition_point(|filed| filed.split <= left.split)..];
                    others.iter().filter_map(move |right| self.compare(band, left.number, right.number))
                };
                bucket.par_iter().flat_map_iter(pairs_with)
            })
            .collect()
    }

    fn compare(&self, band: usize, left: u32, right: u32) -> Option<(u64, u64, f64)> {
        let [earlier, later] = [left.min(right) as usize, left.max(right) as usize];
        let [before, then] = [earlier, later].map(|number| &self.neighbours.keys_of(number)[..band]);
        if before.iter().zip(then).any(|(left, right)| left == right) {
            return None;
        }
        let [earlier, later] = [earlier, later].map(|number| &self.neighbours.kept[number]);
        let jaccard = earlier.shingles.as_ref()?.jaccard_from(self.neighbours.threshold, later.shingles.as_ref()?)?;
        Some((earlier.item, later.item, jaccard))
    }
}
