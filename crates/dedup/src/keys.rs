//! The keys of all rows, column by column, for when a table grows and for the search for crossings.

use crate::store::Store;

/// Rows in a block: a column of it is 4 KiB, enough to be read in one go.
const BLOCK: usize = 1 << 10;

/// One key a row and column. Whole blocks lie in a store, column after column; the last one is in memory.
#[derive(Debug)]
pub(crate) struct Keys<S> {
    pub(crate) store: S,
    pub(crate) columns: usize,
    /// Row after row.
    last: Vec<u32>,
}

impl<S: Store> Keys<S> {
    pub(crate) fn new(store: S, columns: usize) -> Self {
        Self { store, columns, last: Vec::with_capacity(BLOCK * columns) }
    }

    /// Adds the keys of the next row, one for each column.
    pub(crate) fn push(&mut self, keys: &[u32]) -> Result<(), S::Error> {
        self.last.extend_from_slice(keys);
        if self.last.len() == BLOCK * self.columns {
            let mut bytes = Vec::with_capacity(self.last.len() * size_of::<u32>());
            for column in 0..self.columns {
                self.last.chunks_exact(self.columns).for_each(|row| bytes.extend_from_slice(&row[column].to_le_bytes()));
            }
            self.store.append(&bytes)?;
            self.last.clear();
        }
        Ok(())
    }

    /// Hands the keys of all rows in one column to `each`, in order.
    pub(crate) fn column(&self, column: usize, mut each: impl FnMut(u32)) -> Result<(), S::Error> {
        let column_bytes = BLOCK * size_of::<u32>();
        let block_bytes = self.columns * column_bytes;
        let mut bytes = vec![0; column_bytes];
        for block in 0..self.store.len() / block_bytes as u64 {
            self.store.read(block * block_bytes as u64 + (column * column_bytes) as u64, &mut bytes)?;
            bytes.as_chunks().0.iter().for_each(|key| each(u32::from_le_bytes(*key)));
        }
        self.last.chunks_exact(self.columns).for_each(|row| each(row[column]));
        Ok(())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.last.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Keys};
    use crate::store::Memory;

    #[test]
    fn columns_come_back_in_the_order_of_the_rows() {
        let rows = 2 * BLOCK as u32 + 5;
        let mut keys = Keys::new(Memory::default(), 3);
        for row in 0..rows {
            let Ok(()) = keys.push(&[row, row + 10_000_000, !row]);
        }
        for (column, key) in [(|row| row) as fn(u32) -> u32, |row| row + 10_000_000, |row| !row].into_iter().enumerate() {
            let mut row = 0;
            let Ok(()) = keys.column(column, |found| {
                assert_eq!(found, key(row));
                row += 1;
            });
            assert_eq!(row, rows);
        }
    }
}
