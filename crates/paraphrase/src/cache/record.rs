use serde::{Deserialize, Serialize};

use crate::{Ending, Key, Reply};

/// A reply and the texts that it was asked for: a line of an export, and a value of the table `replies`.
///
/// In place of a text that has another reply stands nothing, so that each text has one record and the positions stay right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub keys: Vec<Option<Key>>,
    pub reply: Reply,
}

/// What a record looks like in JSON. Spelt out because unknown members are refused, which a flattened reply cannot do.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    keys: Vec<Option<Key>>,
    ending: Ending,
    text: String,
    model: String,
    input_tokens: u64,
    output_tokens: u64,
}

/// Bytes of a value before the JSON: the beginning of the JSON's BLAKE3.
const SUM: usize = 8;

impl Record {
    /// The text that the record is sorted under.
    pub fn lead(&self) -> Option<&Key> {
        self.keys.iter().flatten().next()
    }

    /// As a value: checksum and JSON.
    pub fn encode(self) -> Result<Vec<u8>, serde_json::Error> {
        let Self { keys, reply: Reply { ending, text, model, input_tokens, output_tokens } } = self;
        let mut bytes = vec![0; SUM];
        serde_json::to_writer(&mut bytes, &Line { keys, ending, text, model, input_tokens, output_tokens })?;
        let sum = checksum(&bytes[SUM..]);
        bytes[..SUM].copy_from_slice(&sum);
        Ok(bytes)
    }

    /// The JSON in a value, when it is as it was written.
    pub fn json(value: &[u8]) -> Result<&[u8], String> {
        match value.split_first_chunk() {
            Some((sum, json)) if *sum == checksum(json) => Ok(json),
            _ => Err("its checksum is wrong".into()),
        }
    }

    /// Of a value.
    pub fn decode(value: &[u8]) -> Result<Self, String> {
        Self::parse(Self::json(value)?)
    }

    /// Of JSON alone.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        // A record is one line, and its number is for the caller to name.
        let wrong = |error: serde_json::Error| error.to_string().replace(" at line 1 column ", " at column ");
        let line: Line = serde_json::from_slice(json).map_err(wrong)?;
        let Line { keys, ending, text, model, input_tokens, output_tokens } = line;
        let record = Self { keys, reply: Reply { ending, text, model, input_tokens, output_tokens } };
        if record.lead().is_none() {
            return Err("`keys` names no text; a reply needs at least one, or it is never found".into());
        }
        Ok(record)
    }
}

fn checksum(json: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    sum.copy_from_slice(&blake3::hash(json).as_bytes()[..SUM]);
    sum
}
