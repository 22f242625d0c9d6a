use std::time::Duration;

/// What a server may cost. Passing one ends the listing of that server with an error that names the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Time to start and to shake hands; `npx` and `uvx` may have to download a package first.
    pub start: Duration,
    /// Time to answer one request.
    pub request: Duration,
    /// Time for one server in all.
    pub total: Duration,
    /// Bytes of one message.
    pub message_bytes: usize,
    /// Bytes of all that a server sends.
    pub total_bytes: usize,
    /// Pages of one list.
    pub pages: usize,
    /// Entries of one list.
    pub entries: usize,
    /// How deep the JSON of a message or a definition is nested; no more than 120.
    pub depth: usize,
    /// Servers that are listed at a time.
    pub servers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(60),
            request: Duration::from_secs(30),
            total: Duration::from_secs(180),
            message_bytes: 16 << 20,
            total_bytes: 64 << 20,
            pages: 1_000,
            entries: 10_000,
            depth: 64,
            servers: 4,
        }
    }
}
