//! A document of JSON, record by record: it is never held as a whole.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::BenchmarkError;
use crate::format::{Each, Record};
use crate::lines::{self, BOM, LONGEST};

/// An array of records; or an object, whose members are records or arrays of them.
pub(crate) fn document(path: &Path, each: Each<'_>) -> Result<(), BenchmarkError> {
    let failed = BenchmarkError::io(path);
    if is_lines(path).map_err(&failed)? {
        return lines::jsonl(path, each);
    }
    let mut file = BufReader::new(File::open(path).map_err(&failed)?);
    if file.fill_buf().map_err(&failed)?.starts_with(BOM) {
        file.consume(BOM.len());
    }
    let mut records = Records { each, place: 0, stopped: false };
    let mut reader = serde_json::Deserializer::from_reader(file);
    let outcome = Top(&mut records).deserialize(&mut reader).and_then(|()| reader.end());
    match outcome {
        Err(error) if !records.stopped => {
            Err(BenchmarkError::Json { path: path.to_owned(), line: error.line(), message: error.to_string() })
        }
        _ => Ok(()),
    }
}

/// Many publish lines of JSON under `.json`: then the first line is an object of its own, and more follow.
fn is_lines(path: &Path) -> io::Result<bool> {
    let mut file = BufReader::new(File::open(path)?);
    let mut first = Vec::new();
    file.by_ref().take(LONGEST).read_until(b'\n', &mut first)?;
    let first = first.strip_prefix(BOM).unwrap_or(&first);
    let is_object = first.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(first).is_ok();
    Ok(is_object && !file.fill_buf()?.is_empty())
}

struct Records<'e> {
    each: Each<'e>,
    place: u64,
    stopped: bool,
}

impl Records<'_> {
    fn hand<E: Error>(&mut self, value: Value) -> Result<(), E> {
        self.place += 1;
        if let ControlFlow::Break(()) = (self.each)(Record::of(self.place, value)) {
            self.stopped = true;
            return Err(E::custom("enough"));
        }
        Ok(())
    }

    fn hand_all<'de, A: SeqAccess<'de>>(&mut self, mut records: A) -> Result<(), A::Error> {
        while let Some(value) = records.next_element()? {
            self.hand(value)?;
        }
        Ok(())
    }
}

/// The document.
struct Top<'r, 'e>(&'r mut Records<'e>);

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records, or an object that holds records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, records: A) -> Result<(), A::Error> {
        self.0.hand_all(records)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_key::<IgnoredAny>()?.is_some() {
            members.next_value_seed(Member(self.0))?;
        }
        Ok(())
    }
}

/// A member of an object at the top: an array of records, a record, or something about the file.
struct Member<'r, 'e>(&'r mut Records<'e>);

impl<'de> DeserializeSeed<'de> for Member<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, records: A) -> Result<(), A::Error> {
        self.0.hand_all(records)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut record = serde_json::Map::new();
        while let Some((key, value)) = members.next_entry()? {
            record.insert(key, value);
        }
        self.0.hand(Value::Object(record))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
