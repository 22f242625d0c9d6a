//! The benchmarks that rows are held against: read once, then asked by any number of threads.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use guardset_benchmark::{Columns, Format, Record, for_each_record};
use guardset_core::Decontaminate;
use guardset_dedup::{Hit, Kind, Known, Matcher};
use guardset_emit::{Benchmark, read_rows};
use serde_json::Value;

use crate::failure::Failure;
use crate::units::Each;

/// Records that tell which columns hold text.
const SAMPLE: usize = 1_000;

/// Bad records that are told one by one.
const TOLD: u64 = 5;

/// What a benchmark came to.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its name.
    pub name: String,
    /// BLAKE3 of the file, in hex.
    pub blake3: String,
    /// Records read.
    pub records: u64,
    /// Records that could not be read.
    pub bad: u64,
    /// Columns that texts were taken from.
    pub columns: Vec<String>,
    /// Texts in them.
    pub found: u64,
    /// Those that are sought: each once, and long enough to say something of its own.
    pub texts: u64,
}

impl Loaded {
    /// How it stands in a manifest.
    pub fn entry(&self) -> Benchmark {
        Benchmark { name: self.name.clone(), blake3: self.blake3.clone(), texts: self.texts, ..Benchmark::default() }
    }
}

/// Benchmarks, ready.
#[derive(Debug)]
pub struct Benchmarks {
    /// Each of them, in the order given.
    pub loaded: Vec<Loaded>,
    matcher: Matcher,
    /// Benchmark and place of each text.
    origins: Vec<(u32, u64)>,
}

/// The strongest way in which a row repeats a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which benchmark.
    pub benchmark: usize,
    /// Line or number of the record, from 1.
    pub place: u64,
    /// The hit.
    pub hit: Hit,
    /// All texts of the benchmark that the row repeats.
    pub texts: Vec<u32>,
}

impl Benchmarks {
    /// Reads the files of a section; paths are relative to `base`.
    pub fn load(base: &Path, section: &Decontaminate) -> Result<Self, Failure> {
        if let Some((place, message)) = section.problems().first() {
            return Err(Failure::input(format!("{place}: {message}")));
        }
        let files = named(&section.against)?;
        let mut known = Known::new(section.ngram, section.threshold);
        let (mut loaded, mut origins) = (Vec::new(), Vec::new());
        for (number, (name, path)) in files.into_iter().enumerate() {
            let path = base.join(path);
            loaded.push(load(name, &path, &section.columns, &mut |place, text| {
                let is_new = known.add(number as u32, text).is_some();
                if is_new {
                    origins.push((number as u32, place));
                }
                is_new
            })?);
        }
        Ok(Self { loaded, matcher: known.finish(), origins })
    }

    /// How the texts of one row repeat benchmarks: once for each benchmark and kind, the strongest first in kind.
    pub fn find(&self, texts: &mut dyn FnMut(Each<'_>)) -> Vec<Found> {
        let mut found: BTreeMap<(usize, Kind), Found> = BTreeMap::new();
        let mut before: Vec<u64> = Vec::new();
        texts(&mut |(unit, text)| {
            // Messages and steps have much in common.
            let hash = guardset_core::hash_text(text);
            if before.contains(&hash) {
                return;
            }
            before.push(hash);
            for hit in self.matcher.find(text, unit) {
                let (benchmark, place) = self.origins[hit.text as usize];
                let number = hit.text;
                let new = Found { benchmark: benchmark as usize, place, texts: Vec::new(), hit };
                let best = found.entry((benchmark as usize, new.hit.kind)).or_insert_with(|| new.clone());
                if new.hit.similarity > best.hit.similarity {
                    (best.place, best.hit) = (new.place, new.hit);
                }
                if !best.texts.contains(&number) {
                    best.texts.push(number);
                }
            }
        });
        found.into_values().collect()
    }
}

/// Names and paths: `name=path`, or a path that lends its stem.
fn named(files: &[String]) -> Result<Vec<(String, PathBuf)>, Failure> {
    let mut named: Vec<(String, PathBuf)> = Vec::new();
    for file in files {
        let (name, path) = match file.split_once('=') {
            Some((name, path)) if !name.contains(['/', '\\', '.']) => (name.to_owned(), PathBuf::from(path)),
            _ => (Path::new(file).file_stem().unwrap_or_default().to_string_lossy().into_owned(), PathBuf::from(file)),
        };
        if name.is_empty() || named.iter().any(|(other, _)| *other == name) {
            return Err(Failure::input(format!("{file}: give the benchmark a name of its own, as `name={}`", path.display())));
        }
        named.push((name, path));
    }
    Ok(named)
}

fn load(name: String, path: &Path, columns: &[String], add: &mut dyn FnMut(u64, &str) -> bool) -> Result<Loaded, Failure> {
    let blake3 = digest(path)?;
    let format = Format::of(path).map_err(|error| Failure::input(error.to_string()))?;
    let columns = if columns.is_empty() { guess(path, format)? } else { Columns::named(columns) };
    let mut loaded = Loaded { name, blake3, records: 0, bad: 0, columns: columns.names(), found: 0, texts: 0 };
    let mut per_column = vec![0_u64; loaded.columns.len()];
    for_each(path, format, &mut |record| {
        loaded.records += 1;
        match record.value {
            Ok(value) => columns.for_each_text(&value, &mut |column, text| {
                per_column[column] += 1;
                loaded.found += 1;
                loaded.texts += u64::from(add(record.place, text));
            }),
            Err(message) => {
                loaded.bad += 1;
                if loaded.bad <= TOLD {
                    tracing::warn!("{}:{}: passed over: {message}", path.display(), record.place);
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    if loaded.records == loaded.bad {
        let what = if loaded.records == 0 { "holds no record" } else { "has not one record that can be read" };
        return Err(Failure::input(format!("{} {what}", path.display())));
    }
    if let Some(missing) = per_column.iter().position(|texts| *texts == 0) {
        let missing = &loaded.columns[missing];
        return Err(Failure::input(format!("{}: no text in column `{missing}`; there are {}", path.display(), known(path, format)?)));
    }
    Ok(loaded)
}

/// BLAKE3 of a file, in hex.
pub fn digest(path: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::input(format!("{}: cannot be read: {error}", path.display()));
    let mut file = BufReader::new(std::fs::File::open(path).map_err(failed)?);
    let mut hasher = blake3::Hasher::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes).map_err(failed)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            read => drop(hasher.update(&bytes[..read])),
        }
    }
}

fn guess(path: &Path, format: Format) -> Result<Columns, Failure> {
    let columns = Columns::guess(&sample(path, format)?);
    if columns.names().is_empty() {
        return Err(Failure::input(format!(
            "{}: no column looks like text (five words or more); name one with --column, or `columns` in the recipe; there are {}",
            path.display(),
            known(path, format)?
        )));
    }
    Ok(columns)
}

fn sample(path: &Path, format: Format) -> Result<Vec<Value>, Failure> {
    let mut records = Vec::new();
    for_each(path, format, &mut |record| {
        records.extend(record.value);
        if records.len() < SAMPLE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(records)
}

fn known(path: &Path, format: Format) -> Result<String, Failure> {
    let mut names: Vec<String> = sample(path, format)?.iter().flat_map(Columns::of).map(|column| column.to_string()).collect();
    names.sort();
    names.dedup();
    Ok(if names.is_empty() { "none".to_owned() } else { names.join(", ") })
}

/// The records of any file; those of Parquet come from the crate that knows it.
pub fn for_each(path: &Path, format: Format, each: &mut dyn FnMut(Record) -> ControlFlow<()>) -> Result<(), Failure> {
    if format != Format::Parquet {
        return for_each_record(path, format, each).map_err(|error| Failure::input(error.to_string()));
    }
    let failed = |error: guardset_emit::EmitError| Failure::input(format!("{:#}", anyhow::Error::new(error)));
    for (place, row) in (1..).zip(read_rows(path, &[]).map_err(failed)?) {
        if each(Record { place, value: Ok(Value::Object(row.map_err(failed)?)) }).is_break() {
            break;
        }
    }
    Ok(())
}
