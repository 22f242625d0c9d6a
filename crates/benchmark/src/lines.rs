//! Files made of lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use crate::BenchmarkError;
use crate::format::{Each, Record};

/// The longest line that is read. A longer one is a bad record, and passed over without holding it.
pub(crate) const LONGEST: u64 = 64 << 20;

pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

pub(crate) fn jsonl(path: &Path, each: Each<'_>) -> Result<(), BenchmarkError> {
    for_each_line(path, &mut |place, line| {
        each(match line {
            Ok(line) => match serde_json::from_str::<Value>(line) {
                Ok(value) => Record::of(place, value),
                Err(error) => Record::bad(place, format!("no JSON: {error}")),
            },
            Err(message) => Record::bad(place, message),
        })
    })
}

pub(crate) fn text(path: &Path, each: Each<'_>) -> Result<(), BenchmarkError> {
    for_each_line(path, &mut |place, line| {
        each(match line {
            Ok(line) => Record { place, value: Ok(json!({ "text": line })) },
            Err(message) => Record::bad(place, message),
        })
    })
}

type EachLine<'a> = &'a mut dyn FnMut(u64, Result<&str, String>) -> ControlFlow<()>;

/// Lines that are not blank, by number, without their ends.
fn for_each_line(path: &Path, each: EachLine<'_>) -> Result<(), BenchmarkError> {
    let failed = BenchmarkError::io(path);
    let mut file = BufReader::new(File::open(path).map_err(&failed)?);
    let mut bytes = Vec::new();
    for place in 1.. {
        bytes.clear();
        if file.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).map_err(&failed)? == 0 {
            break;
        }
        if bytes.len() as u64 == LONGEST && !bytes.ends_with(b"\n") {
            skip_line(&mut file).map_err(&failed)?;
            if each(place, Err(format!("the line is longer than {} MiB", LONGEST >> 20))).is_break() {
                break;
            }
            continue;
        }
        let line = if place == 1 { bytes.strip_prefix(BOM).unwrap_or(&bytes) } else { &bytes };
        let line = std::str::from_utf8(line).map(str::trim).map_err(|error| format!("not UTF-8: {error}"));
        if line != Ok("") && each(place, line).is_break() {
            break;
        }
    }
    Ok(())
}

fn skip_line(file: &mut impl BufRead) -> io::Result<()> {
    file.skip_until(b'\n').map(drop)
}
