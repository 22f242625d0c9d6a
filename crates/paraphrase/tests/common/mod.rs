//! What the tests of the client share.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use guardset_core::{Limits, Pace, Paraphrase};
use guardset_paraphrase::{Chat, Client, Secret};
use guardset_scripted::Server;

/// Of the same shape as a real one.
pub const KEY: &str = "sk-proj-Zq8vT2mXw91LbR47";

pub fn recipe(server: &Server) -> Paraphrase {
    Paraphrase {
        base_url: server.url(),
        model: "scripted-1".into(),
        key_variable: "GUARDSET_TEST_KEY".into(),
        pace: Pace { concurrency: 8, tries: 3, ..Pace::default() },
        limits: Limits { errors: 0.0, ..Limits::default() },
        ..Paraphrase::default()
    }
}

pub fn client(recipe: &Paraphrase) -> Client {
    Client::new(recipe, Secret::new(KEY)).unwrap().with_backoff(Duration::from_micros(100))
}

pub fn chat() -> Chat {
    Chat { system: "reword".into(), user: "[{\"id\":\"a\"}]".into(), ids: vec!["a".into(), "b".into()], seed: u64::MAX, max_tokens: 90 }
}
