use std::time::Duration;

/// Why one try came to nothing, and may do better the next time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// What was seen, with no key in it.
    pub(crate) detail: String,
    /// How long the server asks to be left alone.
    pub(crate) after: Option<Duration>,
}

/// What a fault is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Connect,
    Timeout,
    Cut,
    TooLarge,
    ContentType,
    NotJson,
    JsonCutOff,
    NoContent,
    Status(u16),
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect_failed",
            Self::Timeout => "timeout",
            Self::Cut => "connection_cut",
            Self::TooLarge => "reply_too_large",
            Self::ContentType => "wrong_content_type",
            Self::NotJson => "reply_not_json",
            Self::JsonCutOff => "reply_cut_off",
            Self::NoContent => "reply_without_content",
            Self::Status(429) => "too_many_requests",
            Self::Status(503 | 529) => "overloaded",
            Self::Status(400..=499) => "try_again",
            Self::Status(_) => "server_error",
        }
    }

    /// Whether fewer requests at once may help.
    pub(crate) fn congested(self) -> bool {
        matches!(self, Self::Timeout | Self::Status(429 | 503 | 529))
    }

    /// Whether it counts among the errors that end a run. Being told to slow down is no error.
    pub(crate) fn counts(self) -> bool {
        self != Self::Status(429)
    }
}

impl Fault {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), after: None }
    }
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Failed {
    /// This request failed every time it was sent; others may do better.
    #[error("no reply after the last try: {reason}: {detail}")]
    GaveUp {
        /// Name to count it under.
        reason: &'static str,
        /// What was seen at the last try.
        detail: String,
    },
    /// Asking has ended, for this request and all that follow.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Why asking has ended. The message says what to do about it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Stop {
    /// 401, 403.
    #[error("the server does not let this key in ({status}: {message}); {advice}")]
    Unauthorized {
        /// What the server said.
        status: u16,
        /// What it said beside that.
        message: String,
        /// What to do.
        advice: String,
    },
    /// 404: no such path, or no such model.
    #[error("the server knows either no model {model:?} or no {path} ({message}); see `model` and `base_url` of [paraphrase]")]
    NotFound {
        /// The model that was asked for.
        model: String,
        /// Where it was asked for.
        path: String,
        /// What the server said.
        message: String,
    },
    /// The server points elsewhere, where the key must not go unasked.
    #[error("the server points to {to}, where the key was not sent; if that is the right address, make it `base_url` of [paraphrase]")]
    Redirected {
        /// Where it points.
        to: String,
    },
    /// No money or quota is left.
    #[error("the account has nothing left to spend ({message}); see to its quota or billing, then run again: replies are kept")]
    Quota {
        /// What the server said.
        message: String,
    },
    /// Too many of the last tries failed.
    #[error("{errors} of the last {of} tries failed, last of all: {last}; see to the server, or raise `errors` of [paraphrase.limits]")]
    Errors {
        /// Those that failed,
        errors: usize,
        /// among so many.
        of: usize,
        /// The last failure.
        last: String,
    },
    /// The limit of requests is reached.
    #[error("{limit} requests were sent, which is the limit; raise `requests` of [paraphrase.limits] to go on")]
    Requests {
        /// The limit.
        limit: u64,
    },
    /// The limit of tokens is reached, or the next request might pass it.
    #[error("{spent} of {limit} tokens are spent and the next request may take {next}; raise `tokens` of [paraphrase.limits] to go on")]
    Tokens {
        /// The limit.
        limit: u64,
        /// Tokens so far.
        spent: u64,
        /// Tokens that the next request may take.
        next: u64,
    },
    /// The limit of money is reached, or the next request might pass it.
    #[error("{spent:.4} of {limit} are spent and the next request may cost {next:.4}; raise `money` of [paraphrase.limits] to go on")]
    Money {
        /// The limit.
        limit: f64,
        /// Money so far.
        spent: f64,
        /// What the next request may cost.
        next: f64,
    },
    /// The server takes no request at all: 400 or 422, and not one reply.
    #[error("the server declines every request ({message}); see `sampling` of [paraphrase], and `json` in it first of all")]
    Declines {
        /// What the server said.
        message: String,
    },
    /// The user wants it to end.
    #[error("interrupted; run again to go on: replies are kept")]
    Interrupted,
}
