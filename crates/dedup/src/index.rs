use std::borrow::Borrow;
use std::path::Path;

use crate::engine::Engine;
use crate::sketch::Sketch;
use crate::store::{Memory, Spill, SpillError, Store};

/// What was asked about a text, and the answer. Near-duplicates are sought inside one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group {
    /// The question, as a number of the caller's. Texts under different questions never conflict.
    pub question: u64,
    /// The answer, as a number of the caller's. One text with two labels for one question is a conflict.
    pub label: u64,
}

/// What becomes of an offered text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It is the first of its kind.
    Kept,
    /// The same text was offered before in this group.
    Exact {
        /// The first item with this text, which itself may have been dropped as near-duplicate of another.
        of: u64,
    },
    /// A kept item of this group is too similar.
    Near {
        /// The first such item in canonical order.
        of: u64,
        /// How similar, from the threshold up to 1.
        jaccard: f64,
    },
    /// The same text was offered before under another label of this question: no copy of it may be used.
    Conflict {
        /// The first item with this text.
        with: u64,
        /// Whether that item had been kept until now. It must be removed, and the index has forgotten it.
        retracts: bool,
    },
}

/// The texts seen so far, and the shingles of those that were kept: all in memory, or as `Index<Spill>` in a file past a limit.
///
/// Its verdicts depend on the order of the offers and on nothing else, a limit included. Where several earlier items would
/// justify one, it names the first in canonical order.
#[derive(Debug)]
pub struct Index<S = Memory> {
    pub(crate) engine: Engine<S>,
}

impl Index {
    /// An empty index, for which texts are near-duplicates from a Jaccard similarity of `threshold` on.
    ///
    /// The threshold is above 0 and at most 1. It also decides how wide the net for candidates is cast: from 0.8 on
    /// 21 bands of 6 values, from 0.6 on 42 bands of 3, below that 63 of 2. The wider, the more there is to compare.
    pub fn new(threshold: f64) -> Self {
        Self { engine: Engine::new(threshold, Memory::default(), Memory::default(), usize::MAX) }
    }

    /// Judges the next text in canonical order. `item` is the caller's number for it, larger than all before.
    pub fn offer(&mut self, group: Group, item: u64, sketch: impl Borrow<Sketch>) -> Verdict {
        let Ok(verdict) = self.engine.offer(group, item, sketch.borrow());
        verdict
    }

    /// The near-duplicates among kept items that stand in different splits, whatever their groups: `(item, item, jaccard)`.
    ///
    /// `split` says where an item went, or nothing if it is not in use. The smaller item of a pair comes first, and
    /// the pairs are in order. Runs on all threads; items of one split are never compared.
    pub fn crossing<T: Copy + Ord + Send + Sync>(&self, split: impl Fn(u64) -> Option<T>) -> Vec<(u64, u64, f64)> {
        let Ok(pairs) = self.engine.crossing(split);
        pairs
    }
}

impl Index<Spill> {
    /// An index as of [`Index::new`], which puts shingles into a file in `folder` when it takes more than `limit` bytes.
    ///
    /// The folder must be there. Nothing is made in it before the limit is passed; the file has no name, and is gone with the
    /// index or with the process, however that ends. What finds candidates stays in memory, whatever the limit: some
    /// 190 bytes for each distinct text. Verdicts are the same for any limit.
    pub fn with_memory(threshold: f64, limit: usize, folder: &Path) -> Self {
        Self { engine: Engine::new(threshold, Spill::new(folder), Spill::new(folder), limit) }
    }

    /// Judges the next text in canonical order, as [`Index::new`]'s does.
    ///
    /// # Errors
    /// If the file cannot be made, written or read, for instance because the disk is full. The index must not be used further.
    pub fn offer(&mut self, group: Group, item: u64, sketch: impl Borrow<Sketch>) -> Result<Verdict, SpillError> {
        self.engine.offer(group, item, sketch.borrow())
    }

    /// The near-duplicates among kept items that stand in different splits, as [`Index::new`]'s gives them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn crossing<T: Copy + Ord + Send + Sync>(&self, split: impl Fn(u64) -> Option<T>) -> Result<Vec<(u64, u64, f64)>, SpillError> {
        self.engine.crossing(split)
    }

    /// Bytes on disk.
    pub fn spilled(&self) -> u64 {
        self.engine.shingles.written() + self.engine.keys.store.written()
    }
}

#[expect(private_bounds, reason = "what an index may keep its bytes in is not for others to extend")]
impl<S: Store> Index<S> {
    /// Bytes in memory: those of the tables, and of what has not gone to disk.
    pub fn memory(&self) -> usize {
        self.engine.resident() + self.engine.held()
    }
}
