//! Expands seed scenarios into trajectories: benign sessions, attacks as edits to them, and look-alikes.
//!
//! [`load`] turns the files below a root into a [`Catalog`](guardset_core::Catalog), checking all of them.
//! [`Expander`] makes the session of a [`Request`] and cuts it at a checkpoint. [`surface`] writes a session down.
//! Tera runs while loading only: what is left per sample is filling holes.
//!
//! This crate never labels: what a session amounts to is for the audit in `guardset-label`.

mod agent;
mod behaviour;
mod columns;
mod diction;
mod draft;
mod edit;
mod errand;
mod fit;
mod frame;
mod json;
mod load;
mod prose;
mod surface;
mod trial;
mod unit;
mod values;
mod voice;

pub use fit::{Fit, fits};
pub use load::{load, load_taxonomy};
pub use prose::{Owner, Prose, Side, Texts, prose, reword};
pub use surface::{body, surface};
pub use unit::{Expander, Made, Part, Request};
