//! Tables: CSV and TSV with a header.

use std::ops::ControlFlow;
use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use crate::BenchmarkError;
use crate::format::{Each, Record};

pub(crate) fn rows(path: &Path, delimiter: u8, each: Each<'_>) -> Result<(), BenchmarkError> {
    let failed = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(source) => BenchmarkError::Io { path: path.to_owned(), source },
        other => BenchmarkError::Header { path: path.to_owned(), message: format!("{other:?}") },
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_path(path).map_err(failed)?;
    let header: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let mut row = ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(failed)? {
        let place = row.position().map_or(0, csv::Position::line);
        if let ControlFlow::Break(()) = each(record(place, &header, &row)) {
            break;
        }
    }
    Ok(())
}

fn record(place: u64, header: &[String], row: &ByteRecord) -> Record {
    if row.len() != header.len() {
        return Record::bad(place, format!("{} cells, but the header has {}", row.len(), header.len()));
    }
    let cell = |(name, bytes): (&String, &[u8])| Some((name.clone(), Value::from(std::str::from_utf8(bytes).ok()?)));
    match header.iter().zip(row).map(cell).collect::<Option<Map<String, Value>>>() {
        Some(fields) => Record { place, value: Ok(Value::Object(fields)) },
        None => Record::bad(place, "not UTF-8"),
    }
}
