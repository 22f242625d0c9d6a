//! What is in memory of every distinct text, by its number: 78 bytes.

use std::collections::BTreeMap;

use crate::odd::Odd;

/// What is known of one row without looking into the store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The caller's number.
    pub(crate) item: u64,
    /// Number of its group.
    pub(crate) group: u32,
    /// Where its record stands in the store.
    pub(crate) place: u64,
    /// Whether it is kept.
    pub(crate) live: bool,
    /// Whether it was offered under a second label.
    pub(crate) contested: bool,
}

const BLOCK: usize = 1 << 12;

/// Rows, in blocks so that none is moved when there are more.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    blocks: Vec<Block>,
    /// Numbers that are further from their block's first than 32 bits hold.
    far: BTreeMap<(u32, Field), u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Item,
    Place,
}

const FAR: u32 = u32::MAX;

#[derive(Debug, Default)]
struct Block {
    /// Those of its first row.
    item: u64,
    place: u64,
    rows: Vec<Narrow>,
    odd: Vec<Odd>,
    /// Shingles of each, `u16::MAX` for as many or more.
    sizes: Vec<u16>,
}

#[derive(Debug)]
struct Narrow {
    item: u32,
    place: u32,
    /// Twice the number of the group, and one more if the row is kept. See [`Rows::contest`].
    group: u32,
}

/// The highest bit of `Narrow::group`.
const CONTESTED: u32 = 1 << 31;

impl Rows {
    pub(crate) fn len(&self) -> u32 {
        self.blocks.last().map_or(0, |last| (BLOCK * (self.blocks.len() - 1) + last.rows.len()) as u32)
    }

    /// Items and places grow from row to row.
    pub(crate) fn push(&mut self, row: Row, odd: Odd, size: usize) {
        let number = self.len();
        if (number as usize).is_multiple_of(BLOCK) {
            self.blocks.push(Block { item: row.item, place: row.place, ..Block::default() });
        }
        let Some(block) = self.blocks.last_mut() else { return };
        let mut narrow = |field, wide: u64, first: u64| match u32::try_from(wide.wrapping_sub(first)) {
            Ok(narrow) if narrow < FAR => narrow,
            _ => {
                self.far.insert((number, field), wide);
                FAR
            }
        };
        let (item, place) = (narrow(Field::Item, row.item, block.item), narrow(Field::Place, row.place, block.place));
        let group = row.group << 1 | u32::from(row.live) | if row.contested { CONTESTED } else { 0 };
        block.rows.push(Narrow { item, place, group });
        block.odd.push(odd);
        block.sizes.push(u16::try_from(size).unwrap_or(u16::MAX));
    }

    pub(crate) fn get(&self, number: u32) -> Row {
        let block = &self.blocks[number as usize / BLOCK];
        let narrow = &block.rows[number as usize % BLOCK];
        let wide = |field, narrow: u32, first: u64| match narrow {
            FAR => self.far.get(&(number, field)).copied().unwrap_or(first),
            near => first + u64::from(near),
        };
        Row {
            item: wide(Field::Item, narrow.item, block.item),
            place: wide(Field::Place, narrow.place, block.place),
            group: (narrow.group & !CONTESTED) >> 1,
            live: narrow.group & 1 == 1,
            contested: narrow.group & CONTESTED != 0,
        }
    }

    /// The picture of its shingles, and how many there are if that fits.
    #[inline]
    pub(crate) fn picture(&self, number: u32) -> (&Odd, Option<usize>) {
        let (block, at) = (&self.blocks[number as usize / BLOCK], number as usize % BLOCK);
        (&block.odd[at], Some(usize::from(block.sizes[at])).filter(|size| *size < usize::from(u16::MAX)))
    }

    /// The group of a row that is kept.
    #[inline]
    pub(crate) fn live_group(&self, number: u32) -> Option<u32> {
        let group = self.blocks[number as usize / BLOCK].rows[number as usize % BLOCK].group & !CONTESTED;
        (group & 1 == 1).then_some(group >> 1)
    }

    /// Drops a row. Says whether it had been kept.
    pub(crate) fn retract(&mut self, number: u32) -> bool {
        let group = &mut self.blocks[number as usize / BLOCK].rows[number as usize % BLOCK].group;
        let was_live = *group & 1 == 1;
        *group &= !1;
        was_live
    }

    /// From now on no label of its text is right.
    pub(crate) fn contest(&mut self, number: u32) {
        self.blocks[number as usize / BLOCK].rows[number as usize % BLOCK].group |= CONTESTED;
    }

    pub(crate) fn bytes(&self) -> usize {
        let of_block = size_of::<Block>() + BLOCK * (size_of::<Narrow>() + size_of::<Odd>() + size_of::<u16>());
        self.blocks.len() * of_block + self.far.len() * size_of::<((u32, Field), u64)>()
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Row, Rows};
    use crate::odd::Odd;
    use proptest::prelude::*;

    #[test]
    fn numbers_far_apart_come_back() {
        let mut rows = Rows::default();
        let numbers = [5, 6, 4_294_967_299, 4_294_967_300, 4_294_967_301, u64::MAX];
        for number in numbers {
            rows.push(Row { item: number, group: 1, place: number, live: true, contested: false }, Odd::default(), 70_000);
        }
        for (number, row) in numbers.into_iter().zip(0..) {
            assert_eq!((rows.get(row).item, rows.get(row).place), (number, number));
            assert_eq!(rows.picture(row).1, None);
        }
    }

    proptest! {
        #[test]
        fn rows_come_back_over_the_ends_of_blocks(count in BLOCK - 3..BLOCK + 3, group in 0_u32..1 << 30, retracted: bool, contested: bool) {
            let mut rows = Rows::default();
            for number in 0..count as u64 {
                let row = Row { item: 3 * number, group, place: 1000 * number, live: number % 2 == 0, contested: false };
                rows.push(row, Odd::of(&[number as u32]), number as usize);
            }
            let last = count as u32 - 1;
            let was_live = last.is_multiple_of(2);
            if retracted {
                prop_assert_eq!(rows.retract(last), was_live);
                prop_assert!(!rows.retract(last));
            }
            if contested {
                rows.contest(last);
            }
            let row = rows.get(last);
            prop_assert_eq!((row.item, row.place, row.group), (3 * u64::from(last), 1000 * u64::from(last), group));
            prop_assert_eq!((row.live, row.contested), (was_live && !retracted, contested));
            prop_assert_eq!(rows.live_group(last), row.live.then_some(group));
            prop_assert_eq!(rows.picture(last), (&Odd::of(&[last]), Some(last as usize)));
            prop_assert_eq!(rows.len() as usize, count);
        }
    }
}
