//! Makes seeds of what other people wrote: MCP servers, client configurations, function-calling dialogues.
//!
//! Home of the MCP client. Servers are only asked to list; no tool of theirs is ever called. What comes in is a value,
//! never a template and never markup.

mod client;
mod config;
mod dialogue;
mod escape;
mod jsonc;
mod listing;
mod package;
mod secret;

pub use client::{ImportError, Limits, Named, Source, list, list_all};
pub use config::Config;
pub use dialogue::{Dialogue, Turn};
pub use escape::escape;
pub use listing::{Listing, Refused};
pub use package::package;
pub use secret::Secret;
