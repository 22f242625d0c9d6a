use std::time::Duration;

/// What the server does with one request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Answers.
    Respond(Response),
    /// Waits, then acts.
    Delay(Duration, Box<Act>),
    /// The same to the microsecond, where timers are late by a millisecond or two. Keeps a core busy: for benches alone.
    ExactDelay(Duration, Box<Act>),
    /// Never sends a byte.
    Silence,
    /// Sends the head and so many bytes of the body, then nothing more.
    StallAfter(usize, Response),
    /// Closes the connection without a byte.
    Cut,
    /// Sends the head and so many bytes of the body, then closes the connection.
    CutAfter(usize, Response),
    /// Sends these bytes for an answer, then closes the connection.
    Raw(Vec<u8>),
}

/// An answer in HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// An answer with this status, no headers and no body.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// With a header. One that is there already is replaced; with an empty value it is left out.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With a body in place of the one it has.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// With a body in JSON.
    pub fn json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// With the body cut to so many bytes, and a head that says so.
    pub fn cut_to(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    /// Head and body as they are sent, and how many of the bytes are the head.
    pub(crate) fn bytes(&self) -> (Vec<u8>, usize) {
        let mut bytes = Vec::with_capacity(128 + self.body.len());
        bytes.extend_from_slice(b"HTTP/1.1 ");
        bytes.extend_from_slice(self.status.to_string().as_bytes());
        bytes.extend_from_slice(b" Scripted\r\n");
        for (name, value) in &self.headers {
            for part in [name, ": ", value, "\r\n"] {
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        bytes.extend_from_slice(b"content-length: ");
        bytes.extend_from_slice(self.body.len().to_string().as_bytes());
        bytes.extend_from_slice(b"\r\n\r\n");
        let head = bytes.len();
        bytes.extend_from_slice(&self.body);
        (bytes, head)
    }
}

impl Act {
    /// Waits before it acts.
    pub fn after(self, delay: Duration) -> Self {
        Self::Delay(delay, Box::new(self))
    }
}

impl From<Response> for Act {
    fn from(response: Response) -> Self {
        Self::Respond(response)
    }
}
