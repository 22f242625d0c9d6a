use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use crate::{BenchmarkError, json, lines, table};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON value per line.
    Jsonl,
    /// One JSON document: an array of records, or an object that holds such; lines of JSON under this name are seen as such.
    Json,
    /// A table with a header, and what stands between its cells.
    Table(u8),
    /// A text per line.
    Text,
    /// Parquet, which this crate does not read.
    Parquet,
}

impl Format {
    /// By the extension of the name.
    pub fn of(path: &Path) -> Result<Self, BenchmarkError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Table(b',')),
            Some("tsv" | "tab") => Ok(Self::Table(b'\t')),
            Some("txt" | "text") => Ok(Self::Text),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(BenchmarkError::Format { path: path.to_owned() }),
        }
    }
}

/// One record of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Where it stands: the line in files made of lines, its number in others; both from 1.
    pub place: u64,
    /// The record, an object; or what is wrong with it.
    pub value: Result<Value, String>,
}

impl Record {
    /// A string alone becomes the field `text`; what is neither object nor string is no record.
    pub(crate) fn of(place: u64, value: Value) -> Self {
        let value = match value {
            Value::Object(_) => Ok(value),
            Value::String(text) => Ok(serde_json::json!({ "text": text })),
            other => Err(format!("a record is an object or a string, not {}", kind(&other))),
        };
        Self { place, value }
    }

    pub(crate) fn bad(place: u64, message: impl Into<String>) -> Self {
        Self { place, value: Err(message.into()) }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        _ => "a number",
    }
}

/// Takes what it is given until it has had enough.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Record) -> ControlFlow<()>;

/// Hands out the records of a file in order, until the end or until told to stop. Holds one at a time.
pub fn for_each_record(path: &Path, format: Format, each: &mut dyn FnMut(Record) -> ControlFlow<()>) -> Result<(), BenchmarkError> {
    match format {
        Format::Jsonl => lines::jsonl(path, each),
        Format::Text => lines::text(path, each),
        Format::Json => json::document(path, each),
        Format::Table(delimiter) => table::rows(path, delimiter, each),
        Format::Parquet => Err(BenchmarkError::Format { path: path.to_owned() }),
    }
}
