use rayon::prelude::*;

use crate::engine::{Engine, Reader};
use crate::shingles::{jaccard_from, may_reach};
use crate::store::Store;

/// A kept item under the key of one band.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Filed<T> {
    key: u32,
    split: T,
    row: u32,
}

impl<S: Store> Engine<S> {
    /// See [`crate::Index::crossing`].
    pub(crate) fn crossing<T>(&self, split: impl Fn(u64) -> Option<T>) -> Result<Vec<(u64, u64, f64)>, S::Error>
    where
        T: Copy + Ord + Send + Sync,
    {
        let kept = (0..self.rows.len()).filter(|row| self.rows.live_group(*row).is_some());
        let placed: Vec<(u32, T)> = kept.filter_map(|row| Some((row, split(self.rows.get(row).item)?))).collect();
        let mut pairs = Vec::new();
        for band in 0..self.bands() {
            // A pair that shares several bands is compared once.
            pairs.extend(self.crossing_in(band, &placed)?);
            pairs.par_sort_unstable();
            pairs.dedup();
        }
        let similarities: Result<Vec<_>, _> =
            pairs.par_iter().map_init(Default::default, |readers, (first, second)| self.similar(*first, *second, readers)).collect();
        Ok(similarities?.into_iter().flatten().collect())
    }

    /// The pairs of rows in different splits that share this band, and may be similar enough.
    fn crossing_in<T>(&self, band: usize, placed: &[(u32, T)]) -> Result<Vec<(u32, u32)>, S::Error>
    where
        T: Copy + Ord + Send + Sync,
    {
        let mut filed = Vec::with_capacity(placed.len());
        let (mut row, mut placed) = (0, placed.iter().peekable());
        self.keys.column(band, |key| {
            filed.extend(placed.next_if(|(placed, _)| *placed == row).map(|(row, split)| Filed { key, split: *split, row: *row }));
            row += 1;
        })?;
        filed.par_sort_unstable();
        let buckets = filed.par_chunk_by(|left, right| left.key == right.key);
        let pairs = buckets.flat_map(|bucket| {
            let pairs_with = |left: &Filed<T>| {
                let left = *left;
                let others = &bucket[bucket.partition_point(|filed| filed.split <= left.split)..];
                others.iter().filter(move |right| self.may_be_similar(left.row, right.row)).map(move |right| ordered(left.row, right.row))
            };
            bucket.par_iter().flat_map_iter(pairs_with)
        });
        Ok(pairs.collect())
    }

    fn may_be_similar(&self, left: u32, right: u32) -> bool {
        let [(left, left_size), (right, right_size)] = [left, right].map(|row| self.rows.picture(row));
        left_size.zip(right_size).is_none_or(|(one, other)| may_reach(self.threshold, [one, other], left.surely_alone(right)))
    }

    fn similar(&self, first: u32, second: u32, readers: &mut [Reader; 2]) -> Result<Option<(u64, u64, f64)>, S::Error> {
        let [one, other] = readers;
        self.read(first, one)?;
        self.read(second, other)?;
        let jaccard = jaccard_from(self.threshold, &one.shingles, &other.shingles);
        Ok(jaccard.map(|jaccard| (self.rows.get(first).item, self.rows.get(second).item, jaccard)))
    }
}

fn ordered(left: u32, right: u32) -> (u32, u32) {
    (left.min(right), left.max(right))
}
