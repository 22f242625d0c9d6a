//! Exact duplicates, near-duplicates and label conflicts among texts, and leaks between splits.
//!
//! Two texts are near-duplicates when the Jaccard similarity of their sets of word 5-grams reaches a threshold
//! (0.8 in the default recipe). Candidates come from MinHash with locality-sensitive hashing, and *every* candidate is
//! then compared exactly: templated texts share much of their wording, and banding alone would take thousands of
//! distinct ones for copies. A text is dropped for a similarity that was computed, never for one that was estimated.
//!
//! The work comes in two halves:
//!
//! - [`Sketch::of`] looks at one text and nothing else. It is the expensive half; run it on any number of threads.
//! - [`Index::offer`] takes the sketches one by one in canonical order and gives a [`Verdict`] on each. What is kept is
//!   the first in that order, so the outcome depends on the order of the offers alone.
//!
//! A [`Group`] is a question and the label it was answered with. Duplicates are sought inside one group: the benign
//! twin of an attack is close to it by design. The same text under two labels of one question is a
//! [conflict](Verdict::Conflict), and all its copies go. The same text under another question is unrelated.
//!
//! After a choice was made among the kept items, [`Index::crossing`] finds the near-duplicates that stand in two
//! splits, whatever their groups: the leaks from training to test.
//!
//! ```
//! use guardset_dedup::{Group, Index, Sketch, Verdict};
//!
//! let benign = Group { question: 1, label: 0 };
//! let attack = Group { question: 1, label: 7 };
//! let mut index = Index::new(0.8);
//! let mut offer = |group, item, text| index.offer(group, item, Sketch::of(text));
//!
//! assert_eq!(offer(benign, 0, "pay the invoice of March"), Verdict::Kept);
//! assert_eq!(offer(benign, 1, "pay the invoice of March"), Verdict::Exact { of: 0 });
//! assert_eq!(offer(benign, 2, "Pay the  invoice of march!"), Verdict::Near { of: 0, jaccard: 1.0 });
//! assert_eq!(offer(attack, 3, "pay the invoice of March, twice"), Verdict::Kept);
//!
//! // The text of item 0 again, with another label: neither can be trusted, and 0 has to go as well.
//! assert_eq!(offer(attack, 4, "pay the invoice of March"), Verdict::Conflict { with: 0, retracts: true });
//! assert_eq!(offer(benign, 5, "pay the invoice of March"), Verdict::Conflict { with: 0, retracts: false });
//! ```
//!
//! # Cost
//!
//! What finds candidates stays in memory, some 190 bytes for each distinct text. The shingles of every kept one and its
//! band keys take 1.3 KB more for a text of 3 KB, 3.2 bytes for each further word. [`Index::new`] keeps them in memory too;
//! an index [`with_memory`](Index::with_memory) writes them to a file past a limit, and reads back the few it has to compare. A dropped text
//! costs some 300 bytes if its exact wording is new, and otherwise nothing. Offering takes time in proportion to the kept items of the
//! group that share a band: few where slots make up half of a text, and most of a scenario's where they make up a tenth.
//!
//! # Limits
//!
//! - What is not a word is not seen: texts that differ in punctuation, spacing, zero-width or tag characters alone have
//!   a similarity of 1. They are near-duplicates inside a group, and no conflict between groups.
//! - Offers are judged once. A text dropped as near-duplicate of an item that is retracted *later* does not come back.
//!
//! This crate reads no file but the one it writes past a limit, draws no random number and reports nothing: its verdicts are for
//! the caller to count.

mod bins;
mod coding;
mod crossing;
mod engine;
mod index;
mod keys;
mod mix;
mod ngrams;
mod normal;
mod odd;
mod overlap;
mod reworded;
mod rows;
mod shingles;
mod sketch;
mod span;
mod store;
mod table;
mod words;

pub use index::{Group, Index, Verdict};
pub use overlap::{Hit, Kind, Known, Matcher, Unit};
pub use sketch::Sketch;
pub use store::{Memory, Spill, SpillError};
