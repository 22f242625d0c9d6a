//! Has a language model reword prose, and lets through what keeps the meaning that a label rests on.
//!
//! The flow, for each text: [`mask`] puts markers in the place of what must not change; the texts of one owner go out in
//! one request ([`Client`]), the reply is kept in the [`Cache`] before it is used; [`judge`] puts back what the markers
//! stand for, or says why the reply cannot be used.
//!
//! This crate is the only one that talks to a model, and it does so only through [`Client`]. It knows nothing of
//! sessions, patterns or labels: what a text is for is for its caller to know.

mod budget;
mod cache;
mod chat;
mod client;
mod judge;
mod mask;
mod pace;
mod secret;
mod wire;

pub use budget::{Budget, Spent};
pub use cache::{Cache, CacheError, Key};
pub use chat::{Chat, Ending, Reply};
pub use client::{Client, ClientError, Failed, Stop};
pub use judge::{Reason, judge};
pub use mask::{Masked, Skipped, mask};
pub use secret::Secret;
