use serde::{Deserialize, Serialize};

/// One request to a model, before it takes a provider's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chat {
    /// What the model is told of its job.
    pub system: String,
    /// The texts.
    pub user: String,
    /// Ids of the texts: the members that the reply must have.
    pub ids: Vec<String>,
    /// Seed of the sampling, where the provider takes one.
    pub seed: u64,
    /// Most tokens of the reply.
    pub max_tokens: u32,
}

/// What came back. Everything that decides what becomes of a text is in here, so that a reply from the cache is as good as one
/// that was just sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// How it ended.
    pub ending: Ending,
    /// What the model wrote, or what the server said why it wrote nothing.
    pub text: String,
    /// Model that the server names.
    pub model: String,
    /// Tokens sent, as the server counts them.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
}

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The model was done.
    Whole,
    /// The limit of tokens was reached.
    CutOff,
    /// The model or a filter would not.
    Refused,
    /// The server would not take this request (400, 413, 422) and will not take it when it comes again.
    Declined(u16),
}
