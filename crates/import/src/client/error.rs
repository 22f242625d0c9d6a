use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::escape::{escape, excerpt};
use crate::secret::Mask;

/// Most bytes of a server's standard error that are told, the last.
const TOLD: usize = 4096;

/// Why a server could not be listed, with what it wrote on its standard error. Foreign text is escaped and excerpted,
/// values of environments and headers are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// The server, as people know it here; escaped.
    pub server: String,
    /// True when it was us who were asked to stop.
    pub interrupted: bool,
    message: String,
}

impl ImportError {
    pub(crate) fn new(server: &str, fault: &Fault, wrote: &str, mask: &Mask) -> Self {
        let mut message = mask.apply(&fault.to_string());
        // Masked before it is cut and escaped, so that no part of a value is left over.
        let wrote = mask.apply(wrote);
        let wrote = wrote[wrote.ceil_char_boundary(wrote.len().saturating_sub(TOLD))..].trim();
        if !wrote.is_empty() {
            message += &format!("; on its standard error it wrote: {}", escape(wrote));
        }
        Self { server: escape(&mask.apply(server)), interrupted: matches!(fault, Fault::Interrupted), message }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "server {}: {}", self.server, self.message)
    }
}

impl std::error::Error for ImportError {}

/// What went wrong with a server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Fault {
    #[error("{0} cannot be started: {1}")]
    Start(String, String),
    #[error("{what} took longer than the limit of {} s", limit.as_secs_f64())]
    Late { what: String, limit: Duration },
    #[error("it sent a message larger than the limit of {0} bytes")]
    MessageBytes(usize),
    #[error("it sent more than the limit of {0} bytes in all")]
    TotalBytes(usize),
    #[error("{list} has more than the limit of {limit} pages")]
    Pages { list: &'static str, limit: usize },
    #[error("{list} has endless pages: the cursor \"{}\" came twice", excerpt(cursor, 60))]
    Endless { list: &'static str, cursor: String },
    #[error("{list} has more than the limit of {limit} entries")]
    Entries { list: &'static str, limit: usize },
    #[error("it sent JSON nested deeper than the limit of {limit}: {what}")]
    Depth { what: &'static str, limit: usize },
    #[error("it sent invalid JSON ({why}): {}", excerpt(text, 120))]
    Json { why: String, text: String },
    #[error("it does not follow JSON-RPC 2.0: {}", excerpt(.0, 300))]
    Rpc(String),
    #[error("it answered protocol version \"{}\"; known are {known}", excerpt(version, 60))]
    Version { version: String, known: String },
    #[error("its answer to {method} {what}")]
    Answer { method: &'static str, what: String },
    #[error("it refused {method}: {} (code {code})", excerpt(message, 300))]
    Refused { method: &'static str, code: i32, message: String },
    #[error("it ended before it had answered ({0})")]
    Ended(String),
    #[error("it closed the connection before it had answered")]
    Closed,
    #[error("{}", excerpt(.0, 500))]
    Http(String),
    #[error("interrupted")]
    Interrupted,
}
