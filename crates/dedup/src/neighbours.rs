use crate::bins::{BINS, band_keys, rows_for};
use crate::index::Group;
use crate::mix::{FixedMap, mix};
use crate::shingles::Shingles;
use crate::sketch::Sketch;

/// The kept items, and the tables that find those close to a text.
#[derive(Debug)]
pub(crate) struct Neighbours {
    pub(crate) threshold: f64,
    rows: usize,
    /// In the order of the offers, so sorted by item.
    pub(crate) kept: Vec<Kept>,
    /// The band keys of all kept items, one after the other, without regard to groups.
    keys: Vec<u32>,
    /// For each of these keys, the kept item before that has it in the same group.
    before: Vec<u32>,
    /// For each band, the latest kept item with a key in a group.
    latest: Vec<FixedMap<u32, u32>>,
}

#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) item: u64,
    group: Group,
    /// Nothing if the item was retracted. It stays in the tables, and is passed over.
    pub(crate) shingles: Option<Shingles>,
}

/// The end of a chain. As many items would take terabytes.
const NONE: u32 = u32::MAX;

impl Neighbours {
    pub(crate) fn new(threshold: f64) -> Self {
        let rows = rows_for(threshold);
        Self { threshold, rows, kept: Vec::new(), keys: Vec::new(), before: Vec::new(), latest: vec![FixedMap::default(); BINS / rows] }
    }

    /// Keeps the item, unless an earlier one of its group is too similar: then that one, the first, and how similar.
    pub(crate) fn keep(&mut self, group: Group, item: u64, sketch: Sketch) -> Result<(), (u64, f64)> {
        let keys: Vec<u32> = band_keys(&sketch.bins, self.rows).collect();
        let seed = mix(mix(group.question) ^ group.label);
        let grouped: Vec<u32> = keys.iter().map(|key| (mix(seed ^ u64::from(*key)) >> 32) as u32).collect();
        let latest: Vec<u32> = self.latest.iter().zip(&grouped).map(|(table, key)| table.get(key).copied().unwrap_or(NONE)).collect();
        for candidate in self.candidates(&latest) {
            let kept = &self.kept[candidate as usize];
            let live = kept.shingles.as_ref().filter(|_| kept.group == group);
            if let Some(jaccard) = live.and_then(|shingles| shingles.jaccard_from(self.threshold, &sketch.shingles)) {
                return Err((kept.item, jaccard));
            }
        }
        let number = self.kept.len() as u32;
        for (table, key) in self.latest.iter_mut().zip(&grouped) {
            table.insert(*key, number);
        }
        self.kept.push(Kept { item, group, shingles: Some(sketch.shingles) });
        self.keys.extend(keys);
        self.before.extend(latest);
        Ok(())
    }

    /// All that share a band with the current text, each once and the first in canonical order first.
    ///
    /// The chains of all bands are followed side by side, so that their reads from memory overlap.
    fn candidates(&self, latest: &[u32]) -> Vec<u32> {
        let mut candidates = Vec::new();
        let mut ends: Vec<(usize, u32)> = latest.iter().copied().enumerate().filter(|(_, latest)| *latest != NONE).collect();
        while !ends.is_empty() {
            candidates.extend(ends.iter().map(|(_, number)| *number));
            for (band, number) in &mut ends {
                *number = self.before[*number as usize * self.bands() + *band];
            }
            ends.retain(|(_, number)| *number != NONE);
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// Forgets a kept item. Says whether there was one.
    pub(crate) fn retract(&mut self, item: u64) -> bool {
        let found = self.kept.binary_search_by_key(&item, |kept| kept.item);
        found.is_ok_and(|number| self.kept[number].shingles.take().is_some())
    }

    /// The band keys of a kept item, the same for the same values in any group.
    pub(crate) fn keys_of(&self, number: usize) -> &[u32] {
        let bands = self.latest.len();
        &self.keys[number * bands..][..bands]
    }

    pub(crate) fn bands(&self) -> usize {
        self.latest.len()
    }
}
