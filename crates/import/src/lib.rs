//! Makes seeds of what other people wrote: MCP servers, client configurations, function-calling dialogues.
//!
//! Home of the MCP client. Servers are only asked to list; no tool of theirs is ever called. What comes in is a value,
//! never a template and never markup.

mod dialogue;
pub mod formats;
mod licenses;
mod listing;

pub use dialogue::{Dialogue, Turn};
pub use licenses::{LicenseRefusal, Licenses};
pub use listing::Listing;
