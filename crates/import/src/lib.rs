//! Makes seeds of what other people wrote: MCP servers, client configurations, function-calling dialogues.
//!
//! Home of the MCP client. Servers are only asked to list; no tool of theirs is ever called. What comes in is a value,
//! never a template and never markup.

mod compose;
mod dialogue;
mod facts;
mod fill;
pub mod formats;
mod gather;
mod knowledge;
mod licenses;
mod listing;
mod pattern;
mod recast;
mod refused;
mod schema;
mod seed;
mod shape;
mod shelf;
mod text;
mod words;

pub use dialogue::{Dialogue, Turn};
pub use gather::{Origin, Seeds, of_dialogues, of_listings, of_tools};
pub use knowledge::Knowledge;
pub use licenses::{LicenseRefusal, Licenses};
pub use listing::Listing;
pub use refused::Refused;
pub use seed::Provenance;
