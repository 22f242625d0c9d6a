//! Has a language model reword prose, and lets through what keeps the meaning that a label rests on.
//!
//! The flow, for each text: [`mask`] puts markers in the place of what must not change; the texts of one owner go out in
//! one request ([`Client`]), the reply is kept in the [`Cache`] before it is used; [`judge`] puts back what the markers
//! stand for, or says why the reply cannot be used.
//!
//! This crate is the only one that talks to a model, and it does so only through [`Client`]. It knows nothing of
//! sessions, patterns or labels: what a text is for is for its caller to know.

mod address;
mod budget;
mod cache;
mod chat;
mod client;
mod connections;
mod desk;
mod fault;
mod gate;
mod judge;
mod mask;
mod pace;
mod post;
mod retry_after;
mod run;
mod secret;
mod window;
mod wire;

pub use budget::{Answer, Budget, Spent, Tokens};
pub use cache::{Cache, CacheError, CacheStats, Export, Import, Key, KeyError, VerifyReport};
pub use chat::{Chat, Ending, Reply};
pub use client::{Client, ClientError};
pub use fault::{Failed, Stop};
pub use judge::{Ask, Guards, Reason, Tongue, judge, part, parts};
pub use mask::{Masked, Skipped, Terms, mask};
pub use pace::{Sign, Throttle};
pub use run::{End, Estimate, Job, Materials, Outcome, Reworded, Tally, Variant, reword};
pub use secret::Secret;
