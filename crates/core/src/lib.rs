//! The nouns of guardset: what the stages hand to each other, and nothing that does work on files or threads.
//!
//! ```text
//! Catalog  --expand-->  Trajectory  --label-->  Sample  --dedup, emit-->  shard
//!                             \________________________ Reject (counted, written beside the shards)
//! ```
//!
//! - [`Catalog`] is what was loaded from `taxonomy.toml`, `seeds/` and `templates/`: a value that cannot be wrong.
//! - [`Trajectory`] is one session: its [`Contract`] (what it allows) and its [`Step`]s (what happened).
//! - [`Sample`] is a trajectory cut at a [`Checkpoint`], with text and labels: one row.
//! - [`Reject`] is what fell out on the way, with stage and reason.
//!
//! This crate reads no file, draws no unseeded random number and never looks at the clock.

mod bytes;
mod catalog;
mod contract;
mod corpus;
pub mod inert;
mod paraphrase;
mod pattern;
mod problem;
mod recipe;
mod reject;
mod sample;
mod stable;
mod surface;
mod taxonomy;
mod text;
mod trajectory;
mod veil;
mod view;
mod wording;

pub use bytes::ByteSize;
pub use catalog::{
    Banks, Catalog, Domain, INFERRED_OF_SCENARIO, INFERRED_OF_SERVER, INFERRED_OF_TOOL, PlannedStep, Provenance, Release, Scenario,
    ScenarioStep, Server, Setting, Slot, SlotKind, StepTemplate, Tool, Unconfirmed,
};
pub use contract::{Approval, Binding, Connection, Contract, Grant, Intended, Offered, Principal};
pub use corpus::Corpus;
pub use paraphrase::{Accept, JsonMode, Limits, Pace, Paraphrase, Price, Provider, Sampling, Shares};
pub use pattern::{Anchor, DemandKind, Edit, EventTemplate, Fits, Lookalike, Pattern, Payload, RogueNeed};
pub use problem::{Problem, Problems};
pub use recipe::{BenignShares, CheckpointShares, Decontaminate, Dedup, Holdout, ProbeLimits, Recipe, SplitShares};
pub use reject::{Reject, Stage};
pub use sample::{Checkpoint, Evidence, Flow, Labels, Lineage, Message, PairRole, Role, Sample, Split, Surfaced};
pub use stable::{hash_text, rng};
pub use surface::{Agent, Frame, Handout, Line, Protocol, Surface, Voice};
pub use taxonomy::{Axis, Catalogue, Class, Control, Spellings, Taxonomy};
pub use text::{Names, Template};
pub use trajectory::{Demand, Directive, Event, MATERIALS, Place, Step, StepKind, Trajectory};
pub use veil::{Veil, unveil};
pub use view::{Reasons, ViewOptions, ViewRow};
pub use wording::{Field, Language, Languages, Meaning, Prompts, Rewording, Style, Wording};
