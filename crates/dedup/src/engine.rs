//! How an index comes to its verdicts.

use rayon::prelude::*;

use crate::bins::{BINS, band_keys, rows_for};
use crate::coding::{decode, encode};
use crate::index::{Group, Verdict};
use crate::keys::Keys;
use crate::mix::{FixedMap, mix};
use crate::rows::{Row, Rows};
use crate::shingles::{jaccard_from, may_reach};
use crate::sketch::Sketch;
use crate::store::Store;
use crate::table::Table;

/// Every distinct text under a question is a row, kept or not: a label that was dropped still contradicts another one.
///
/// In the store stands of each row the exact hash, and if it was kept the number of its shingles and the shingles.
#[derive(Debug)]
pub(crate) struct Engine<S> {
    pub(crate) threshold: f64,
    values: usize,
    limit: usize,
    pub(crate) rows: Rows,
    /// Rows that were kept, those that were retracted since among them.
    kept: usize,
    groups: Groups,
    /// From the exact hash to the row.
    texts: Table,
    /// One for each band: from its key to the rows that are kept.
    bands: Vec<Table>,
    /// For each row the key of each band, the same for the same values in any group, and that of its text.
    pub(crate) keys: Keys<S>,
    pub(crate) shingles: S,
    scratch: Scratch,
}

/// Kept from offer to offer, so that none asks for memory.
#[derive(Debug, Default)]
struct Scratch {
    keys: Vec<u32>,
    grouped: Vec<u32>,
    rows: Vec<u32>,
    read: Reader,
    record: Vec<u8>,
}

/// What a thread needs to read shingles.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    bytes: Vec<u8>,
    pub(crate) shingles: Vec<u32>,
}

/// Bytes of the exact hash, and of the number of shingles that may follow it.
const EXACT: usize = 16;
const COUNT: usize = 4;

/// Less than this is not worth writing.
const WRITE: usize = 1 << 20;
/// Offers between two looks at the memory in use.
const LOOK: u32 = 256;

impl<S: Store> Engine<S> {
    pub(crate) fn new(threshold: f64, shingles: S, keys: S, limit: usize) -> Self {
        debug_assert!(threshold > 0.0 && threshold <= 1.0, "threshold {threshold} is out of range");
        let values = rows_for(threshold);
        Self {
            threshold,
            values,
            limit,
            rows: Rows::default(),
            kept: 0,
            groups: Groups::default(),
            texts: Table::default(),
            bands: (0..BINS / values).map(|_| Table::default()).collect(),
            keys: Keys::new(keys, BINS / values + 1),
            shingles,
            scratch: Scratch::default(),
        }
    }

    pub(crate) fn offer(&mut self, group: Group, item: u64, sketch: &Sketch) -> Result<Verdict, S::Error> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let verdict = self.judge(group, item, sketch, &mut scratch);
        self.scratch = scratch;
        verdict
    }

    fn judge(&mut self, group: Group, item: u64, sketch: &Sketch, scratch: &mut Scratch) -> Result<Verdict, S::Error> {
        let group_number = self.groups.number(group);
        let exact = exact(sketch, group);
        if let Some((row, first)) = self.first_with(exact, scratch)? {
            if first.group == group_number && !first.contested {
                return Ok(Verdict::Exact { of: first.item });
            }
            self.rows.contest(row);
            return Ok(Verdict::Conflict { with: first.item, retracts: self.rows.retract(row) });
        }
        scratch.keys.clear();
        scratch.keys.extend(band_keys(&sketch.bins, self.values));
        scratch.grouped.clear();
        let seed = seed(group);
        scratch.grouped.extend(scratch.keys.iter().map(|key| grouped(seed, *key)));
        let near = self.first_near(group_number, sketch, scratch)?;
        self.add(group_number, item, exact, sketch, near.is_none(), scratch)?;
        Ok(near.map_or(Verdict::Kept, |(of, jaccard)| Verdict::Near { of, jaccard }))
    }

    /// The row of this very text.
    fn first_with(&self, exact: u128, scratch: &mut Scratch) -> Result<Option<(u32, Row)>, S::Error> {
        scratch.rows.clear();
        self.texts.find(text_key(exact), &mut scratch.rows);
        for number in &scratch.rows {
            let row = self.rows.get(*number);
            let mut there = [0; EXACT];
            self.shingles.read(row.place, &mut there)?;
            if u128::from_le_bytes(there) == exact {
                return Ok(Some((*number, row)));
            }
        }
        Ok(None)
    }

    /// The first kept item of the group that is too similar, and how similar.
    fn first_near(&self, group: u32, sketch: &Sketch, scratch: &mut Scratch) -> Result<Option<(u64, f64)>, S::Error> {
        let Scratch { grouped, rows, read, .. } = scratch;
        rows.clear();
        let tables = || self.bands.iter().zip(&*grouped);
        // Reads that do not wait for each other, before those that decide what is read next.
        std::hint::black_box(tables().fold(0, |all, (table, key)| all ^ table.touch(*key)));
        tables().for_each(|(table, key)| table.find(*key, rows));
        rows.sort_unstable();
        rows.dedup();
        let sorted = &sketch.shingles.sorted;
        for number in &*rows {
            let (odd, size) = self.rows.picture(*number);
            let lengths = size.map(|size| [size, sorted.len()]);
            let is_far = lengths.is_some_and(|lengths| !may_reach(self.threshold, lengths, odd.surely_alone(&sketch.shingles.odd)));
            if is_far || self.rows.live_group(*number) != Some(group) {
                continue;
            }
            self.read(*number, read)?;
            if let Some(jaccard) = jaccard_from(self.threshold, &read.shingles, sorted) {
                return Ok(Some((self.rows.get(*number).item, jaccard)));
            }
        }
        Ok(None)
    }

    fn add(&mut self, group: u32, item: u64, exact: u128, sketch: &Sketch, live: bool, scratch: &mut Scratch) -> Result<(), S::Error> {
        let Scratch { keys, grouped, record, .. } = scratch;
        let number = self.rows.len();
        let sorted = &sketch.shingles.sorted;
        record.clear();
        record.extend(exact.to_le_bytes());
        if live {
            record.extend((sorted.len() as u32).to_le_bytes());
            encode(sorted, record);
        }
        let place = self.shingles.append(record)?;
        self.rows.push(Row { item, group, place, live, contested: false }, sketch.shingles.odd, sorted.len());
        if self.texts.is_full_for(number) {
            self.texts = self.larger(self.bands.len(), number as usize, number)?;
        }
        self.texts.insert(text_key(exact), number);
        if live {
            self.make_room(number)?;
            self.bands.iter_mut().zip(grouped).for_each(|(table, key)| table.insert(*key, number));
            self.kept += 1;
        }
        keys.push(text_key(exact));
        self.keys.push(keys)?;
        if number.is_multiple_of(LOOK) { self.release() } else { Ok(()) }
    }

    /// Larger tables, if there is no room for one more row in them. They are all as full.
    fn make_room(&mut self, number: u32) -> Result<(), S::Error> {
        if !self.bands.iter().any(|table| table.is_full_for(number)) {
            return Ok(());
        }
        let mut bands = std::mem::take(&mut self.bands);
        let grown = bands.par_iter_mut().enumerate().try_for_each(|(band, table)| {
            // The old one goes first: all of it is in the keys.
            *table = Table::default();
            *table = self.larger(band, self.kept, number)?;
            Ok(())
        });
        self.bands = bands;
        grown
    }

    /// The table of a column, which has so many entries at most, with room for more. What was retracted is left behind.
    fn larger(&self, column: usize, entries: usize, number: u32) -> Result<Table, S::Error> {
        let mut larger = Table::with_room(entries, number);
        let seeds: Vec<u64> = self.groups.all.iter().map(|group| seed(*group)).collect();
        let mut row = 0;
        self.keys.column(column, |key| {
            if column == self.keys.columns - 1 {
                larger.insert(key, row);
            } else if let Some(group) = self.rows.live_group(row) {
                larger.insert(grouped(seeds[group as usize], key), row);
            }
            row += 1;
        })?;
        Ok(larger)
    }

    /// The shingles of a row that is or was kept.
    pub(crate) fn read(&self, number: u32, reader: &mut Reader) -> Result<(), S::Error> {
        let start = self.rows.get(number).place + EXACT as u64;
        let end = if number + 1 < self.rows.len() { self.rows.get(number + 1).place } else { self.shingles.len() };
        reader.bytes.resize((end - start) as usize, 0);
        self.shingles.read(start, &mut reader.bytes)?;
        if let Some((count, coded)) = reader.bytes.split_first_chunk::<COUNT>() {
            let count = u32::from_le_bytes(*count) as usize;
            decode(coded, count, &mut reader.shingles);
        }
        Ok(())
    }

    pub(crate) fn bands(&self) -> usize {
        self.bands.len()
    }

    /// Bytes that stay in memory.
    pub(crate) fn resident(&self) -> usize {
        let tables = self.bands.iter().map(Table::bytes).sum::<usize>() + self.texts.bytes();
        tables + self.rows.bytes() + self.keys.bytes() + self.groups.bytes()
    }

    /// Bytes in memory that could be on disk.
    pub(crate) fn held(&self) -> usize {
        self.shingles.held() + self.keys.store.held()
    }

    fn release(&mut self) -> Result<(), S::Error> {
        if self.resident().saturating_add(self.held()) > self.limit {
            for store in [&mut self.shingles, &mut self.keys.store] {
                if store.held() >= WRITE {
                    store.release()?;
                }
            }
        }
        Ok(())
    }
}

/// Groups by number, in the order they came up.
#[derive(Debug, Default)]
struct Groups {
    numbers: FixedMap<Group, u32>,
    all: Vec<Group>,
}

impl Groups {
    fn number(&mut self, group: Group) -> u32 {
        *self.numbers.entry(group).or_insert_with(|| {
            self.all.push(group);
            self.all.len() as u32 - 1
        })
    }

    fn bytes(&self) -> usize {
        self.numbers.capacity() * size_of::<(Group, u32)>() + self.all.capacity() * size_of::<Group>()
    }
}

/// The same text under another question is another text.
fn exact(sketch: &Sketch, group: Group) -> u128 {
    let question = group.question;
    sketch.exact ^ (u128::from(mix(question)) << 64 | u128::from(mix(!question)))
}

fn text_key(exact: u128) -> u32 {
    (exact >> 96) as u32
}

fn seed(group: Group) -> u64 {
    mix(mix(group.question) ^ group.label)
}

fn grouped(seed: u64, key: u32) -> u32 {
    (mix(seed ^ u64::from(key)) >> 32) as u32
}
