//! A table from a number to the texts it stands in.

/// Sorted pairs of a hash and the text it stands in, with the start of each range of hashes.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Vec<(u64, u32)>,
    starts: Vec<u32>,
    shift: u32,
}

impl Table {
    /// Takes what was gathered; a hash that stands in more than `most` texts is left out.
    pub(crate) fn new(mut entries: Vec<(u64, u32)>, most: usize) -> Self {
        entries.sort_unstable();
        entries.dedup();
        let mut kept = Vec::with_capacity(entries.len());
        for group in entries.chunk_by(|left, right| left.0 == right.0) {
            if group.len() <= most {
                kept.extend_from_slice(group);
            }
        }
        let bits = kept.len().max(2).next_power_of_two().trailing_zeros();
        let shift = u64::BITS - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        for (hash, _) in &kept {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { entries: kept, starts, shift }
    }

    /// The texts in which a hash stands.
    #[inline]
    pub(crate) fn get(&self, hash: u64) -> impl Iterator<Item = u32> {
        let range = (hash >> self.shift) as usize;
        let among = &self.entries[self.starts[range] as usize..self.starts[range + 1] as usize];
        among.iter().filter(move |(other, _)| *other == hash).map(|(_, text)| *text)
    }

    /// How many of the hashes stand in each of `texts` texts.
    pub(crate) fn per_text(&self, texts: usize) -> Vec<u32> {
        let mut counts = vec![0; texts];
        for (_, text) in &self.entries {
            counts[*text as usize] += 1;
        }
        counts
    }
}
