use super::error::Fault;

/// Puts chunks of bytes together to lines, and never holds more than one that is allowed.
pub(crate) struct Lines {
    partial: Vec<u8>,
    limit: usize,
}

impl Lines {
    /// Lines of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { partial: Vec::new(), limit }
    }

    /// The lines that a chunk completes, without their ends.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
        let mut lines = Vec::new();
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            let (content, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |content| (content, true));
            if self.partial.len() + content.len() > self.limit {
                return Err(Fault::MessageBytes(self.limit));
            }
            self.partial.extend_from_slice(content);
            if ends {
                let mut line = std::mem::take(&mut self.partial);
                line.pop_if(|byte| *byte == b'\r');
                lines.push(line);
            }
        }
        Ok(lines)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let text = b"one\r\ntwo\n\nthree\nfour";
        for size in 1..text.len() {
            let mut lines = Lines::new(5);
            let found: Vec<_> = text.chunks(size).flat_map(|chunk| lines.push(chunk).unwrap()).collect();
            assert_eq!(found, [&b"one"[..], b"two", b"", b"three"], "chunks of {size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_stopped_at_the_limit() {
        let mut lines = Lines::new(5);
        assert!(lines.push(b"12345").unwrap().is_empty());
        assert_eq!(lines.push(b"6"), Err(Fault::MessageBytes(5)));
    }
}
