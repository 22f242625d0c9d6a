//! The forms that a chat and its reply take on the wire.

mod anthropic;
mod complaint;
mod openai;

use guardset_core::{Paraphrase, Provider, Sampling};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, InvalidHeaderValue};
use serde::de::DeserializeOwned;

use crate::budget::{Tokens, estimate};
use crate::fault::{Fault, Kind};
use crate::{Chat, Ending, Reply, Secret};

pub(crate) use complaint::Complaint;

/// One provider's form, with all that is the same in every request.
pub(crate) struct Wire {
    form: Form,
    model: String,
    sampling: Sampling,
}

enum Form {
    Openai,
    Anthropic,
}

impl Wire {
    /// `None` where the recipe names nobody to ask.
    pub(crate) fn new(recipe: &Paraphrase) -> Option<Self> {
        let form = match recipe.provider {
            Provider::Openai => Form::Openai,
            Provider::Anthropic => Form::Anthropic,
            Provider::Replay => return None,
        };
        Some(Self { form, model: recipe.model.clone(), sampling: recipe.sampling.clone() })
    }

    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    /// What comes after `base_url`.
    pub(crate) fn path(&self) -> &'static [&'static str] {
        match self.form {
            Form::Openai => &["chat", "completions"],
            Form::Anthropic => &["messages"],
        }
    }

    pub(crate) fn headers(&self, secret: Option<&Secret>) -> Result<HeaderMap, InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (name, prefix) = match self.form {
            Form::Openai => ("authorization", "Bearer "),
            Form::Anthropic => {
                headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
                ("x-api-key", "")
            }
        };
        if let Some(secret) = secret {
            headers.insert(name, secret.header(prefix)?);
        }
        Ok(headers)
    }

    pub(crate) fn body(&self, chat: &Chat) -> Vec<u8> {
        match self.form {
            Form::Openai => openai::body(&self.model, &self.sampling, chat),
            Form::Anthropic => anthropic::body(&self.model, &self.sampling, chat),
        }
    }

    /// Reads the body of a 200.
    pub(crate) fn read(&self, chat: &Chat, body: &[u8]) -> Result<Reply, Fault> {
        let found = match self.form {
            Form::Openai => parse::<openai::Body>(body)?.found(),
            Form::Anthropic => parse::<anthropic::Body>(body)?.found(),
        };
        let Found { ending, text, model, used } = found.ok_or_else(|| Fault::new(Kind::NoContent, "no text in the reply"))?;
        let used = used.unwrap_or_else(|| Tokens { input: input_estimate(chat), output: estimate(&text) });
        Ok(Reply { ending, text, model, input_tokens: used.input, output_tokens: used.output })
    }
}

/// About how many tokens a chat sends.
pub(crate) fn input_estimate(chat: &Chat) -> u64 {
    estimate(&chat.system) + estimate(&chat.user)
}

/// What a reply holds, in whichever form it came.
struct Found {
    ending: Ending,
    text: String,
    model: String,
    used: Option<Tokens>,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(body).map_err(|error| {
        let kind = match error.classify() {
            serde_json::error::Category::Eof => Kind::JsonCutOff,
            serde_json::error::Category::Data => Kind::NoContent,
            _ => Kind::NotJson,
        };
        // The position alone: the rest may quote what the server wrote.
        Fault::new(kind, format!("line {}, column {} of {} bytes", error.line(), error.column(), body.len()))
    })
}
