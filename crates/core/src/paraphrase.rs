//! What the recipe says about rewording prose with a language model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Catalog, Field};

/// `[paraphrase]` of the recipe. The shipped `guardset.toml` explains each key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paraphrase {
    /// Whether prose is reworded at all.
    pub enabled: bool,
    /// Who answers.
    pub provider: Provider,
    /// Where: scheme, host and path before `/chat/completions` or `/messages`.
    pub base_url: String,
    /// Name of the model.
    pub model: String,
    /// Environment variable that holds the key; where it is unset, no key is sent.
    pub key_variable: String,
    /// PEM file of a certificate authority to trust beside the system's; empty for none.
    pub ca_file: String,
    /// Where replies are kept, relative to the recipe's folder.
    pub cache: String,
    /// Rewordings asked for each text.
    pub variants: usize,
    /// How often a text is asked for again when the reply cannot be used, the first time included.
    pub attempts: usize,
    /// Most texts in one request.
    pub texts_per_request: usize,
    /// How the model samples.
    pub sampling: Sampling,
    /// Share of the texts of a field that are drawn from their rewordings, 0 to 1.
    pub shares: Shares,
    /// Relative weight of each style; one that is not named is left out.
    pub styles: BTreeMap<String, f64>,
    /// What is asked of a reply.
    pub accept: Accept,
    /// When to stop asking.
    pub limits: Limits,
    /// How fast to ask.
    pub pace: Pace,
    /// What a million tokens cost.
    pub price: Price,
}

impl Default for Paraphrase {
    fn default() -> Self {
        Self {
            enabled: false,
            provider: Provider::Openai,
            base_url: "http://127.0.0.1:8000/v1".into(),
            model: String::new(),
            key_variable: "OPENAI_API_KEY".into(),
            ca_file: String::new(),
            cache: "output/replies.redb".into(),
            variants: 2,
            attempts: 3,
            texts_per_request: 6,
            sampling: Sampling::default(),
            shares: Shares::default(),
            styles: BTreeMap::new(),
            accept: Accept::default(),
            limits: Limits::default(),
            pace: Pace::default(),
            price: Price::default(),
        }
    }
}

impl Paraphrase {
    /// What of the section decides what is made: not where from, how fast or how much may be spent. In a run without rewording,
    /// nothing of it does.
    pub fn identity(&self) -> Self {
        if !self.enabled {
            return Self::default();
        }
        let Self { base_url, key_variable, ca_file, cache, texts_per_request, limits, pace, price, provider, .. } = Self::default();
        Self { base_url, key_variable, ca_file, cache, texts_per_request, limits, pace, price, provider, ..self.clone() }
    }

    /// Every way in which the section does not fit the catalog or itself. `wrong` takes the key and what is wrong with it.
    pub(crate) fn check(&self, catalog: &Catalog, wrong: &mut impl FnMut(&str, String)) {
        for field in Field::ALL {
            let share = self.shares.of(field);
            if !(0.0..=1.0).contains(&share) {
                wrong("paraphrase.shares", format!("`{field}` is {share}, which is no share; give a number from 0 to 1"));
            }
            let styled = |(id, weight): (&String, &f64)| {
                *weight > 0.0 && catalog.styles.iter().any(|style| style.id == *id && style.fields.contains(&field))
            };
            if self.enabled && share > 0.0 && !self.styles.iter().any(styled) {
                wrong("paraphrase.styles", format!("no style with a weight is for `{field}`; give one, or set its share to 0"));
            }
        }
        for (place, value) in [
            ("variants", self.variants),
            ("attempts", self.attempts),
            ("texts_per_request", self.texts_per_request),
            ("pace.concurrency", self.pace.concurrency),
            ("pace.tries", self.pace.tries as usize),
            ("sampling.max_tokens", self.sampling.max_tokens as usize),
            ("limits.window", self.limits.window),
        ] {
            if value == 0 {
                wrong(&format!("paraphrase.{place}"), "must be at least 1".into());
            }
        }
        let [shortest, longest] = self.accept.length;
        if !(0.0 < shortest && shortest <= 1.0 && longest >= 1.0) {
            wrong("paraphrase.accept.length", format!("[{shortest}, {longest}] must span 1, the length of the original"));
        }
        for (place, value, most) in [
            ("accept.closeness", self.accept.closeness, 1.0),
            ("limits.errors", self.limits.errors, 1.0),
            ("limits.money", self.limits.money, f64::MAX),
            ("price.input", self.price.input, f64::MAX),
            ("price.output", self.price.output, f64::MAX),
            ("sampling.temperature", self.sampling.temperature, 2.0),
            ("sampling.top_p", self.sampling.top_p, 1.0),
            ("pace.connect_s", self.pace.connect_s, 86_400.0),
            ("pace.idle_s", self.pace.idle_s, 86_400.0),
            ("pace.whole_s", self.pace.whole_s, 86_400.0),
        ] {
            if !(0.0..=most).contains(&value) {
                wrong(&format!("paraphrase.{place}"), format!("{value} is out of range"));
            }
        }
        if self.limits.money > 0.0 && self.price.input + self.price.output <= 0.0 {
            wrong("paraphrase.limits.money", "needs `paraphrase.price`, or no request costs anything".into());
        }
        if self.enabled && self.model.trim().is_empty() {
            wrong("paraphrase.model", "is empty; name the model, here or with --model".into());
        }
        if self.enabled && self.provider != Provider::Replay && self.base_url.trim().is_empty() {
            wrong("paraphrase.base_url", "is empty; say where the server is, here or with --base-url".into());
        }
    }
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// A server that speaks OpenAI's chat API.
    Openai,
    /// A server that speaks Anthropic's messages API.
    Anthropic,
    /// Nobody: what is not in the cache stays as it is. Takes the form of request of whoever filled the cache.
    Replay,
}

/// How the model samples. Part of what a reply is kept under.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// Temperature.
    pub temperature: f64,
    /// Nucleus.
    pub top_p: f64,
    /// Most tokens of a reply, per text in the request.
    pub max_tokens: u32,
    /// How the server is told to answer in JSON (OpenAI's form alone).
    pub json: JsonMode,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.9, top_p: 0.95, max_tokens: 400, json: JsonMode::Object }
    }
}

/// How the server is told to answer in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonMode {
    /// By the prompt alone.
    Off,
    /// `response_format: json_object`.
    Object,
    /// `response_format: json_schema`, with the ids of the texts.
    Schema,
}

/// Shares by field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shares {
    /// What users write.
    pub request: f64,
    /// What assistants write.
    pub assistant: f64,
    /// Descriptions of tools, instructions of servers.
    pub description: f64,
    /// Prose in results.
    pub result: f64,
    /// What an adversary puts in, and what stands in its place in a look-alike.
    pub payload: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { request: 0.6, assistant: 0.6, description: 0.5, result: 0.5, payload: 0.6 }
    }
}

impl Shares {
    /// The share of a field.
    pub fn of(&self, field: Field) -> f64 {
        match field {
            Field::Request => self.request,
            Field::Assistant => self.assistant,
            Field::Description => self.description,
            Field::Result => self.result,
            Field::Payload => self.payload,
        }
    }
}

/// What is asked of a reply beside what no setting can waive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accept {
    /// Shortest and longest, as a ratio to the length of the original.
    pub length: [f64; 2],
    /// Similarity to the original (1 is equal) from which a reply is no rewording.
    pub closeness: f64,
}

impl Default for Accept {
    fn default() -> Self {
        Self { length: [0.5, 2.0], closeness: 0.9 }
    }
}

/// When to stop asking. 0 is no limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests sent.
    pub requests: u64,
    /// Tokens, in and out.
    pub tokens: u64,
    /// Money, in the currency of `price`.
    pub money: f64,
    /// Share of failed requests among the last `window` at which asking stops, 0 to 1.
    pub errors: f64,
    /// Requests that the share counts over.
    pub window: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 0, tokens: 0, money: 0.0, errors: 0.5, window: 50 }
    }
}

/// How fast to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// Most requests in flight.
    pub concurrency: usize,
    /// How often a request is sent before it counts as failed.
    pub tries: u32,
    /// Seconds until a connection must stand.
    pub connect_s: f64,
    /// Seconds until the first byte of a reply, and between any two parts of it.
    pub idle_s: f64,
    /// Seconds until a reply must be whole.
    pub whole_s: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { concurrency: 64, tries: 6, connect_s: 10.0, idle_s: 90.0, whole_s: 300.0 }
    }
}

/// What a million tokens cost, in any currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    /// Tokens sent.
    pub input: f64,
    /// Tokens received.
    pub output: f64,
}
