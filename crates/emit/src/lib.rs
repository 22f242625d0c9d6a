//! Writes what the other stages made: shards, rejects, manifest and data card. The one home of arrow and parquet.
//!
//! A run is a folder:
//!
//! ```text
//! data/canonical/<split>-00000-of-0000N.parquet   write_shard    one row per sample, columns as in schema()
//! data/<view>/<split>-00000-of-0000N.parquet      ViewWriter     the same rows rendered for a guard format
//! rejects.parquet                                 write_rejects  what fell out, and why
//! manifest.json                                   write_manifest recipe, inputs, counts, digests
//! README.md                                       write_card     for people, and for `datasets.load_dataset`
//! croissant.json                                  write_croissant for programs (MLCommons)
//! dataset_info.json                               write_dataset_info  for LLaMA-Factory
//! ```
//!
//! # What holds
//!
//! - A file stands under its name whole or not at all. It is written as `.NAME.tmp` in the same folder, synced and
//!   renamed ([`write_atomically`]). After a kill, [`summarize`] tells what a finished shard holds.
//! - Same samples, same bytes: no clock, no random number, no thread in here.
//! - Every shard has one [`schema`]. All fields are nullable, numbers are signed, JSON columns have Parquet's JSON
//!   type, and no Arrow schema is embedded. That encoding alone is read by all versions of `datasets`: as objects by
//!   current ones, as strings by older ones.
//! - Strings are stored as they come: no escaping, no normalising, no trimming.
//!
//! ```
//! use guardset_core::{Checkpoint, Class, Labels, Lineage, Sample, Split, Surfaced, Taxonomy};
//! use guardset_emit::{ShardOptions, read_rows, write_shard};
//!
//! # fn class(id: &str) -> Class {
//! #     let word = || "none".to_owned();
//! #     Class {
//! #         id: id.into(), title: word(), phase: word(), source: word(), scope: word(), element: None,
//! #         threat_type: word(), maestro: vec![], severity: word(), definition: word(),
//! #         spellings: Default::default(), choice: None, catalogue_ids: vec![],
//! #     }
//! # }
//! # fn sample(body: &str) -> Sample {
//! #     Sample {
//! #         pair_id: None, pair_role: None, family: "f".into(), split: Split::Train, checkpoint: Checkpoint::Session,
//! #         text: Surfaced { body: body.into(), ..Surfaced::default() },
//! #         labels: Labels {
//! #             label: "appropriate".into(), labels: vec![], is_unsafe: false, attack_present: false,
//! #             attack_followed: false, vector: None, effect: None, disguise: None, goal: None, severity: "none".into(),
//! #             controls: vec![], violating_steps: vec![], evidence: vec![], rationale: String::new(),
//! #         },
//! #         lineage: Lineage {
//! #             domain: "d".into(), scenario: "s".into(), pattern: None, servers: vec![], surface: "plain".into(),
//! #             voice: "terse".into(), agent: "plain".into(), language: "en".into(), protocol_version: "2025-06-18".into(), seed: "1".into(),
//! #             paraphrase_model: None, reworded: vec![],
//! #         },
//! #     }
//! # }
//! # let folder = tempfile::tempdir()?;
//! let taxonomy = Taxonomy { classes: vec![class("appropriate")], ..Taxonomy::default() };
//! let samples = ["Pay the invoice.", "Größe: 4 €"].map(sample);
//! let path = folder.path().join("data/canonical/train-00000-of-00001.parquet");
//!
//! let summary = write_shard(&path, &taxonomy, ShardOptions::default(), samples.into_iter())?;
//! assert_eq!((summary.rows, summary.text_bytes), (2, 30));
//!
//! let rows: Vec<_> = read_rows(&path, &["body", "n_chars"])?.collect::<Result<_, _>>()?;
//! assert_eq!(rows[1]["body"], "Größe: 4 €");
//! assert_eq!(rows[1]["n_chars"], 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate decides nothing about rows: which there are, in which order and split, is settled before.

mod atomic;
mod batch;
mod card;
mod columns;
mod croissant;
mod drop;
mod error;
mod evaluation;
mod gather;
mod identity;
mod manifest;
mod read;
mod rejects;
#[cfg(test)]
#[path = "../tests/samples/mod.rs"]
#[allow(dead_code)]
mod samples;
mod schema;
mod shard;
mod trainers;
mod view;

pub use atomic::write_atomically;
pub use card::write_card;
pub use croissant::write_croissant;
pub use drop::drop_rows;
pub use error::EmitError;
pub use evaluation::{Evaluation, Pairs};
pub use gather::{Cursor, ids};
pub use identity::{content_hash, id};
pub use manifest::{
    Benchmark, Counts, Imported, Input, Manifest, Paraphrased, Rewordings, Shortfall, ViewSummary, read_manifest, write_manifest,
};
pub use read::{Batches, read_batches, read_rows, read_rows_at};
pub use rejects::{RejectWriter, write_rejects};
pub use schema::schema;
pub use shard::{ShardOptions, ShardSummary, ShardWriter, summarize, write_shard};
pub use trainers::write_dataset_info;
pub use view::{ViewShard, ViewWriter, summarize_view, view_schema};
