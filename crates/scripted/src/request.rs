use serde_json::Value;

/// A request as the server got it.
#[derive(Debug, Clone)]
pub struct Request {
    /// How many came before it.
    pub number: u64,
    /// `POST`, as a rule.
    pub method: String,
    /// Path, with its query.
    pub path: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    head: String,
}

impl Request {
    /// Reads the head, without its blank line; `None` where it is none.
    pub(crate) fn parse(head: &[u8]) -> Option<Self> {
        let head = String::from_utf8(head.to_vec()).ok()?;
        let mut words = head.lines().next()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Self { number: 0, method, path, body: Vec::new(), head })
    }

    /// The whole head.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.into_iter().find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// What the model is told of its job.
    pub fn system(&self) -> String {
        let body = self.json();
        body["system"].as_str().map_or_else(|| message(&body, "system"), str::to_owned)
    }

    /// What the user says.
    pub fn user(&self) -> String {
        message(&self.json(), "user")
    }

    pub(crate) fn length(&self) -> usize {
        self.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0)
    }
}

fn message(body: &Value, role: &str) -> String {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let message = messages.iter().rfind(|message| message["role"] == role);
    message.and_then(|message| message["content"].as_str()).unwrap_or_default().to_owned()
}
