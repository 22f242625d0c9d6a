//! Looks at a finished data set from outside and asks what a model could learn from it that it should not.
//!
//! - *Shortcut probes*: how well one view of a row alone (its length, the user's words, the names of the tools, ...) tells
//!   `unsafe` and the class. A view that must not decide the label should do about as well as chance (Gururangan et al.
//!   2018, "hypothesis-only" baselines).
//! - *Tell-tale tokens*: words outside the evidence that stand far more often under one label than under the other.
//! - *Diversity*: how much of the text says the same again.
//! - *Coverage*: which combinations of class, vector, checkpoint and domain are empty or thin.
//!
//! [`probe`] takes rows and limits and returns a [`Report`]; [`Report::failures`] is the gate. This crate reads no file,
//! and knows rows as they are written, not how they were made.

mod coverage;
mod diversity;
mod features;
mod measures;
mod model;
mod report;
mod row;
mod shortcuts;
mod tokens;
mod views;

pub use coverage::{Coverage, Thin};
pub use diversity::{Diversity, FieldDiversity};
pub use features::masked;
pub use report::{NearDuplicates, Report};
pub use row::Row;
pub use shortcuts::{Score, shortcuts};
pub use tokens::{Token, Words, tokens};
pub use views::{Limit, VIEWS, View};

use guardset_core::ProbeLimits;

/// Looks at rows; `words` may have been counted over more of them. Takes seconds for each ten thousand.
pub fn probe(rows: &[Row], words: &Words, limits: &ProbeLimits) -> Report {
    let vectors = row::vector_of_patterns(rows);
    Report {
        rows: rows.len(),
        unsafe_share: rows.iter().filter(|row| row.is_unsafe).count() as f64 / rows.len().max(1) as f64,
        shortcuts: shortcuts(rows, &vectors),
        tokens: tokens(rows, words, limits),
        diversity: diversity::of(rows),
        coverage: coverage::of(rows, limits.thin),
        near_duplicates: None,
    }
}
