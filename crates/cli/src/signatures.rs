//! What became of the candidates of a part, as a file: label and sketch of each that was made, and why the others were not.
//!
//! It holds all that selection asks of a candidate, so whoever has the files of all parts can decide which rows stand without
//! making one. After a line that names the format come records, numbers in little-endian order:
//!
//! ```text
//! cell u32 | unit u64 | length u32 | kind u8 | length - 1 bytes:
//!     kind 0, made:    label u64 | bytes of text u32 | reworded u8 | sketch
//!     kind 1, fell out: stage, reason, detail, scenario, pattern, seed as a JSON array
//!     kind 2, stands as a row in the part, in the order of the part's shards: nothing
//! ```

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use guardset_core::{Reject, Stage};
use guardset_dedup::{Group, Sketch};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::generate::unwritable;
use crate::select::{Outcome, Text};

/// Name of the file in the folder of a part.
pub const SIGNATURES: &str = "signatures.bin";

const FORMAT: &[u8] = b"guardset signatures 1\n";
const MADE: u8 = 0;
const FELL_OUT: u8 = 1;
const STANDS: u8 = 2;
/// Bytes of a record before its kind.
const HEAD: usize = 16;
/// The stages that a candidate may fall out at before it is offered.
const STAGES: [Stage; 3] = [Stage::Expand, Stage::Label, Stage::Decontaminate];

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Its bytes.
    pub bytes: u64,
    /// BLAKE3 over them, in hex.
    pub blake3: String,
}

/// Writes the file, under a hidden name until it is finished.
pub struct SignatureWriter {
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
    hash: blake3::Hasher,
    bytes: u64,
    record: Vec<u8>,
}

impl SignatureWriter {
    /// Begins the file in the folder of a part.
    ///
    /// # Errors
    /// If it cannot be written, as with all that follows.
    pub fn create(folder: &Path) -> Result<Self, Failure> {
        let temporary = folder.join(format!(".{SIGNATURES}.tmp"));
        let file = File::create(&temporary).map_err(|error| unwritable(&temporary, error))?;
        let (file, hash, record) = (BufWriter::new(file), blake3::Hasher::new(), FORMAT.to_vec());
        let mut writer = Self { path: folder.join(SIGNATURES), temporary, file, hash, bytes: 0, record };
        writer.write()?;
        Ok(writer)
    }

    /// Adds what became of a candidate.
    pub fn push(&mut self, cell: usize, unit: u64, outcome: &Outcome) -> Result<(), Failure> {
        self.begin(cell, unit, if outcome.is_ok() { MADE } else { FELL_OUT });
        match outcome {
            Ok(text) => {
                self.record.extend_from_slice(&text.group.label.to_le_bytes());
                self.record.extend_from_slice(&text.bytes.to_le_bytes());
                self.record.push(u8::from(text.reworded));
                text.sketch.encode(&mut self.record);
            }
            Err(Reject { stage, reason, detail, scenario, pattern, seed }) => {
                let stage = STAGES.iter().position(|each| each == stage);
                let texts = serde_json::json!([stage, reason, detail, scenario, pattern, seed]);
                self.record.extend_from_slice(texts.to_string().as_bytes());
            }
        }
        self.write()
    }

    /// Says which candidate stands as the next row in the shards of the part.
    pub fn stands(&mut self, cell: usize, unit: u64) -> Result<(), Failure> {
        self.begin(cell, unit, STANDS);
        self.write()
    }

    fn begin(&mut self, cell: usize, unit: u64, kind: u8) {
        self.record.clear();
        self.record.extend_from_slice(&(cell as u32).to_le_bytes());
        self.record.extend_from_slice(&unit.to_le_bytes());
        self.record.extend_from_slice(&[0; 4]);
        self.record.push(kind);
    }

    fn write(&mut self) -> Result<(), Failure> {
        if self.bytes > 0 {
            let length = (self.record.len() - HEAD) as u32;
            self.record[HEAD - 4..HEAD].copy_from_slice(&length.to_le_bytes());
        }
        self.hash.update(&self.record);
        self.bytes += self.record.len() as u64;
        self.file.write_all(&self.record).map_err(|error| unwritable(&self.path, error))
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<Sum, Failure> {
        let flushed = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        flushed.and_then(|()| fs::rename(&self.temporary, &self.path)).map_err(|error| unwritable(&self.path, error))?;
        Ok(Sum { bytes: self.bytes, blake3: self.hash.finalize().to_hex().to_string() })
    }
}

/// Where the record of a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its cell.
    pub cell: u32,
    /// Its unit.
    pub unit: u64,
    /// Place of its record's kind in the file.
    pub place: u64,
    /// Bytes from there on.
    pub length: u32,
}

/// The candidates of a part, in the order of cell and unit, and those that stand as rows, in the order of the part's shards.
pub struct Contents {
    /// Every candidate.
    pub candidates: Vec<Entry>,
    /// Cell and unit of every row.
    pub rows: Vec<(u32, u64)>,
}

/// Reads where everything is, and the sum over it all. Nothing of what it finds counts before the sum was compared.
///
/// # Errors
/// If the file cannot be read or ends within a record.
pub fn scan(path: &Path) -> io::Result<(Contents, Sum)> {
    let mut file = Summed { file: BufReader::with_capacity(1 << 20, File::open(path)?), hash: blake3::Hasher::new(), bytes: 0 };
    let mut format = [0; FORMAT.len()];
    file.read_exact(&mut format)?;
    if format != FORMAT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is in no format that this version knows"));
    }
    let mut contents = Contents { candidates: Vec::new(), rows: Vec::new() };
    let mut record = Vec::new();
    while !file.file.fill_buf()?.is_empty() {
        let mut head = [0; HEAD];
        file.read_exact(&mut head)?;
        let [a, b, c, d, unit @ .., e, f, g, h] = head;
        let (cell, unit, length) = (u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(unit), u32::from_le_bytes([e, f, g, h]));
        let place = file.bytes;
        record.clear();
        // What a damaged length promises is not asked for before it is there.
        (&mut file).take(u64::from(length)).read_to_end(&mut record)?;
        if record.len() != length as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match record.first() {
            Some(&STANDS) => contents.rows.push((cell, unit)),
            _ => contents.candidates.push(Entry { cell, unit, place, length }),
        }
    }
    contents.candidates.sort_unstable();
    Ok((contents, Sum { bytes: file.bytes, blake3: file.hash.finalize().to_hex().to_string() }))
}

/// Sums up what is read.
struct Summed<R> {
    file: R,
    hash: blake3::Hasher,
    bytes: u64,
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(out)?;
        self.hash.update(&out[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Reads what became of a candidate that was asked `question`.
///
/// # Errors
/// If the file cannot be read, or has something else in that place.
pub fn read(file: &File, entry: Entry, question: u64) -> io::Result<Outcome> {
    let mut record = vec![0; entry.length as usize];
    std::os::unix::fs::FileExt::read_exact_at(file, &mut record, entry.place)?;
    decode(&record, question).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a record in it is damaged"))
}

fn decode(record: &[u8], question: u64) -> Option<Outcome> {
    let (kind, record) = record.split_first()?;
    if *kind == FELL_OUT {
        let (stage, reason, detail, scenario, pattern, seed): (usize, String, _, _, _, _) = serde_json::from_slice(record).ok()?;
        return Some(Err(Reject { stage: *STAGES.get(stage)?, reason: reason.into(), detail, scenario, pattern, seed }));
    }
    let (label, record) = record.split_first_chunk()?;
    let (bytes, record) = record.split_first_chunk()?;
    let (reworded, sketch) = record.split_first()?;
    let group = Group { question, label: u64::from_le_bytes(*label) };
    Some(Ok(Text { sketch: Sketch::decode(sketch)?, group, bytes: u32::from_le_bytes(*bytes), reworded: *reworded != 0 }))
}
