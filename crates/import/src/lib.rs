//! Makes seeds of what other people wrote: MCP servers, client configurations, function-calling dialogues.
//!
//! Home of the MCP client. Servers are only asked to list; no tool of theirs is ever called. What comes in is a value,
//! never a template and never markup.

mod asking;
mod bind;
mod called;
mod calls;
mod client;
mod compose;
mod config;
mod dialogue;
mod escape;
mod facts;
mod fill;
pub mod formats;
mod gather;
mod jsonc;
mod knowledge;
mod licenses;
mod listing;
mod package;
mod pattern;
mod pool;
mod recast;
mod refused;
mod schema;
mod secret;
mod seed;
mod server;
mod shape;
mod shelf;
mod slot;
mod text;
mod words;

pub use client::{ImportError, Limits, Named, Source, list, list_all};
pub use config::Config;
pub use dialogue::{Dialogue, Turn};
pub use escape::escape;
pub use gather::{Origin, Seeds, of_dialogues, of_listings, of_tools};
pub use knowledge::Knowledge;
pub use licenses::{LicenseRefusal, Licenses};
pub use listing::{Listing, Unlisted};
pub use package::package;
pub use refused::{Refused, Why};
pub use secret::Secret;
