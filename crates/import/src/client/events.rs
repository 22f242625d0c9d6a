use super::error::Fault;
use super::lines::Lines;

/// Puts chunks of a stream of server-sent events (WHATWG HTML, 9.2) together to the data of each event.
pub(crate) struct Events {
    lines: Lines,
    data: Vec<u8>,
    limit: usize,
}

impl Events {
    /// Events of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { lines: Lines::new(limit), data: Vec::new(), limit }
    }

    /// The data of the events that a chunk completes; those without data are left out.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
        let mut events = Vec::new();
        for line in self.lines.push(chunk)? {
            if line.is_empty() {
                let data = std::mem::take(&mut self.data);
                events.extend((!data.trim_ascii().is_empty()).then_some(data));
            } else if let Some(data) = line.strip_prefix(b"data:") {
                let data = data.strip_prefix(b" ").unwrap_or(data);
                if self.data.len() + data.len() >= self.limit {
                    return Err(Fault::MessageBytes(self.limit));
                }
                self.data.extend_from_slice(data);
                self.data.push(b'\n');
            }
        }
        Ok(events)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_data_is_taken_from_events() {
        let mut events = Events::new(100);
        let stream = b": hello\nid: 1\ndata:\n\nevent: message\r\ndata: {\"a\":\r\ndata:1}\r\n\r\ndata: [2]\n\ndata: left";
        let found: Vec<_> = stream.chunks(3).flat_map(|chunk| events.push(chunk).unwrap()).collect();
        assert_eq!(found, [&b"{\"a\":\n1}\n"[..], b"[2]\n"]);
    }

    #[test]
    fn an_event_of_many_lines_is_stopped_at_the_limit() {
        let mut events = Events::new(100);
        let fault = (0..100).find_map(|_| events.push(b"data: 1234567890\n").err());
        assert_eq!(fault, Some(Fault::MessageBytes(100)));
    }
}
