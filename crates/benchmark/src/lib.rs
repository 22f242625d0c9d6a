//! Reads the texts of public benchmarks, whatever file they come in: JSON Lines, JSON, CSV, TSV, plain text.
//!
//! [`for_each_record`] hands out one record after the other, so memory does not grow with the file. A record that cannot
//! be read is handed out as well, with what is wrong with it: whether that is the end is for the caller to say.
//! [`Columns`] picks the texts of a record, from fields that were named or from those that [look like text](Columns::guess).
//!
//! ```
//! use guardset_benchmark::{Columns, Format, for_each_record};
//! use std::ops::ControlFlow;
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("cases.jsonl");
//! std::fs::write(&path, "{\"id\": 1, \"turns\": [{\"role\": \"user\", \"content\": \"How do I kill a process?\"}]}\n")?;
//!
//! let columns = Columns::named(&["turns.content".to_owned()]);
//! let mut texts = Vec::new();
//! for_each_record(&path, Format::of(&path)?, &mut |record| {
//!     columns.for_each_text(&record.value.unwrap(), &mut |_, text| texts.push((record.place, text.to_owned())));
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(texts, [(1, "How do I kill a process?".to_owned())]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate knows nothing of rows, and not how texts are compared. Parquet is read elsewhere; [`Columns`] serves its
//! records as well.

mod columns;
mod error;
mod format;
mod json;
mod lines;
mod table;

pub use columns::{Column, Columns};
pub use error::BenchmarkError;
pub use format::{Format, Record, for_each_record};
