//! From a key to the rows that have it, at five bytes a row.

/// Sixteen slots, a line of the cache. They fill from the left.
#[derive(Debug, Clone)]
#[repr(align(64))]
struct Line([u32; SLOTS]);

const SLOTS: usize = 16;
/// Slots of a line that are filled on average when the table grows.
const FULL: usize = 14;
/// Entries from which on memory counts for more than the time that growing takes.
const MANY: usize = 1 << 20;
const EMPTY: u32 = u32::MAX;
/// The most bits for the number of a row. So many rows would take hundreds of gigabytes.
const MOST_BITS: u32 = 31;

/// An open table of rows by 32-bit keys; a key may have many.
///
/// A slot has the row in its lower bits and as much of the lower end of the key as fits above it, while the upper end of the key says
/// in which line the search starts. What does not fit there goes into the next. So a search reads one line as a rule, and gives all
/// rows of the key with, rarely, one of another key: the caller looks at them anyway.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
    used: usize,
    row_bits: u32,
}

impl Table {
    /// A table with room for more than `used` entries, twice as many or if that is many a quarter more, and for rows beyond `row`.
    pub(crate) fn with_room(used: usize, row: u32) -> Self {
        let lines = (used + used.min(MANY).max(used / 4)) / FULL + 16;
        let row_bits = (u32::BITS - (row + row / 4 + 1024).leading_zeros()).min(MOST_BITS);
        Self { lines: vec![Line([EMPTY; SLOTS]); lines], used: 0, row_bits }
    }

    /// Whether a larger table is due before `row` can be added.
    #[inline]
    pub(crate) fn is_full_for(&self, row: u32) -> bool {
        self.used >= FULL * self.lines.len() || u64::from(row) + 1 >= 1 << self.row_bits
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<Line>()
    }

    /// Adds a row, for which there must be room. The same pair may stand there twice.
    #[inline]
    pub(crate) fn insert(&mut self, key: u32, row: u32) {
        let mut at = self.home(key);
        loop {
            if let Some(slot) = self.lines[at].0.iter_mut().find(|slot| **slot == EMPTY) {
                *slot = key << self.row_bits | row;
                self.used += 1;
                return;
            }
            at = self.after(at);
        }
    }

    /// Appends the rows that have the key, and perhaps others.
    #[inline]
    pub(crate) fn find(&self, key: u32, rows: &mut Vec<u32>) {
        if self.lines.is_empty() {
            return;
        }
        let (rows_mask, tag) = ((1 << self.row_bits) - 1, key << self.row_bits);
        let mut at = self.home(key);
        loop {
            let line = &self.lines[at].0;
            // The whole line at once, without a branch: hardly ever is there a hit.
            if line.iter().fold(false, |any, slot| any | (slot & !rows_mask == tag)) {
                let hits = line.iter().filter(|slot| **slot & !rows_mask == tag && **slot != EMPTY);
                rows.extend(hits.map(|slot| slot & rows_mask));
            }
            if line[SLOTS - 1] == EMPTY {
                return;
            }
            at = self.after(at);
        }
    }

    /// Reads from where a search for the key would begin, so that it is near when the search comes.
    #[inline]
    pub(crate) fn touch(&self, key: u32) -> u32 {
        if self.lines.is_empty() { 0 } else { self.lines[self.home(key)].0[0] }
    }

    #[inline]
    fn home(&self, key: u32) -> usize {
        ((u64::from(key) * self.lines.len() as u64) >> 32) as usize
    }

    #[inline]
    fn after(&self, at: usize) -> usize {
        if at + 1 == self.lines.len() { 0 } else { at + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use proptest::prelude::*;

    fn found(table: &Table, key: u32) -> Vec<u32> {
        let mut rows = Vec::new();
        table.find(key, &mut rows);
        rows
    }

    proptest! {
        #[test]
        fn every_row_is_found_up_to_the_last_slot(keys in prop::collection::vec(prop_oneof![any::<u32>(), Just(u32::MAX), Just(7)], 0..300)) {
            let mut table = Table::with_room(0, 0);
            for (key, row) in keys.iter().zip(0..) {
                if table.is_full_for(row) {
                    let mut larger = Table::with_room(row as usize, row);
                    keys[..row as usize].iter().zip(0..).for_each(|(key, row)| larger.insert(*key, row));
                    table = larger;
                }
                table.insert(*key, row);
            }
            for (key, row) in keys.iter().zip(0..) {
                let rows = found(&table, *key);
                prop_assert!(rows.contains(&row));
                prop_assert!(rows.iter().all(|row| (*row as usize) < keys.len()), "an empty slot was taken for a row");
            }
        }
    }

    #[test]
    fn rows_of_other_keys_are_rare() {
        let mut table = Table::with_room(50_000, 50_000);
        let key = |row: u32| row.wrapping_mul(0x9E37_79B9);
        (0..50_000).for_each(|row| table.insert(key(row), row));
        let strangers: usize = (50_000..100_000).map(|row| found(&table, key(row)).len()).sum();
        assert!(strangers < 500, "{strangers} in 50,000 searches");
    }

    #[test]
    fn an_empty_table_has_nothing() {
        assert_eq!(found(&Table::default(), 3), []);
        assert!(Table::default().is_full_for(0));
    }
}
