use crate::neighbours::Neighbours;
use crate::sketch::Sketch;
use crate::texts::{Seen, Texts};

/// What was asked about a text, and the answer. Near-duplicates are sought inside one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// The texts seen so far, and the sketches of those that were kept.
///
/// Its verdicts depend on the order of the offers and on nothing else. Where several earlier items would justify one,
/// it names the first in canonical order.
#[derive(Debug)]
pub struct Index {
    texts: Texts,
    pub(crate) neighbours: Neighbours,
}

impl Index {
    /// An empty index, for which texts are near-duplicates from a Jaccard similarity of `threshold` on.
    ///
    /// The threshold is above 0 and at most 1. It also decides how wide the net for candidates is cast: from 0.8 on
    /// 21 bands of 6 values, from 0.6 on 42 bands of 3, below that 63 of 2. The wider, the more there is to compare.
    pub fn new(threshold: f64) -> Self {
        debug_assert!(threshold > 0.0 && threshold <= 1.0, "threshold {threshold} is out of range");
        Self { texts: Texts::default(), neighbours: Neighbours::new(threshold) }
    }

    /// Judges the next text in canonical order. `item` is the caller's number for it, larger than all before.
    pub fn offer(&mut self, group: Group, item: u64, sketch: Sketch) -> Verdict {
        match self.texts.see(group, item, sketch.exact) {
            Seen::SameLabel { first } => Verdict::Exact { of: first },
            Seen::OtherLabel { first } => Verdict::Conflict { with: first, retracts: self.neighbours.retract(first) },
            Seen::Never => match self.neighbours.keep(group, item, sketch) {
                Ok(()) => Verdict::Kept,
                Err((of, jaccard)) => Verdict::Near { of, jaccard },
            },
        }
    }
}
