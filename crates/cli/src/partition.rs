//! A run in parts that know nothing of each other, and what merging them needs.
//!
//! Sessions are dealt to the parts by a stable hash. A part is made like a run of its own, of its sessions alone: it fills its share of
//! every cell, drops its own duplicates and writes its rows. Beside them it puts down what became of each candidate. Merging
//! is the selection of the whole run again, in its one order, with what the parts put down in place of making sessions: so it comes
//! to the very rows that a run in one go comes to.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use guardset_core::{Recipe, hash_text};
use guardset_emit::{Cursor, ShardSummary, ViewSummary, read_batches, summarize, write_atomically};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::select::Outcome;
use crate::signatures::{Entry, SIGNATURES, Sum, read, scan};

/// Name of the file that says what a part is, and that it is complete.
pub const PART: &str = "part.json";

/// The share of a part: the i-th of n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Which, from 1.
    pub part: u32,
    /// Of how many.
    pub of: u32,
}

/// Parts that a run may have.
const MOST: u32 = 1024;

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(part, of)| Some(Self { part: part.parse().ok()?, of: of.parse().ok()? }));
        numbers
            .filter(|share| (1..=share.of).contains(&share.part) && share.of <= MOST)
            .ok_or_else(|| format!("`{text}` is no part of a run; give a number from 1 and of how many, up to {MOST}, such as 1/4"))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl Share {
    /// True for the sessions of this part. What is made of one session, attack and partners, is made in one part.
    pub fn has(self, lane: usize, unit: u64) -> bool {
        self.of == 1 || hash_text(&format!("part/{lane}/{unit}")) % u64::from(self.of) == u64::from(self.part - 1)
    }

    /// What the folder of this part of a run belongs to.
    pub fn digest(self, run: &str) -> String {
        blake3::hash(format!("{run} part {self}").as_bytes()).to_hex()[..32].to_owned()
    }
}

/// `part.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Digest of the whole run.
    pub run: String,
    /// Version of guardset.
    pub version: String,
    /// Which part of it this is.
    #[serde(flatten)]
    pub share: Share,
    /// Candidates made.
    pub candidates: usize,
    /// Rows that stand in the part. Some of them may repeat rows of other parts.
    pub rows: usize,
    /// The file of what became of the candidates.
    pub signatures: Sum,
    /// Its shards, in their order.
    pub shards: Vec<ShardSummary>,
    /// Its views, with the shards of each.
    pub views: Vec<ViewSummary>,
    /// The recipe of the whole run.
    pub recipe: Recipe,
}

impl Note {
    /// Writes `part.json`, last of all.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).context("the part could not be written as JSON")?;
        Ok(write_atomically(&folder.join(PART), format!("{text}\n").as_bytes())?)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If the folder holds no finished part.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(PART);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::input(format!(
                "{} cannot be read ({error}): this is no finished part; make it with `guardset generate --partition i/n --output {}`",
                path.display(),
                folder.display()
            ))
        })?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::input(format!("{}: {error}; make the part again with this version and --force", path.display())))
    }
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    part: u16,
    row: u32,
}

/// All parts of a run.
pub struct Parts {
    notes: Vec<(PathBuf, Note)>,
    files: Vec<(PathBuf, File)>,
    /// Every candidate that a part made, by cell and unit.
    candidates: Vec<(Entry, u16)>,
    /// Every row that stands in a part, by cell and unit, with its place among the rows of the part.
    rows: Vec<(u32, u64, Place)>,
    /// For each part and view the place of each row among those of the view, where the view has not all of them.
    view_places: Vec<Vec<Option<Vec<Option<u32>>>>>,
    made: AtomicUsize,
}

impl Parts {
    /// Opens the parts of a run, given in any order.
    ///
    /// # Errors
    /// Says which part is missing, given twice, of another run, or damaged.
    pub fn open(folders: &[PathBuf]) -> Result<Self, Failure> {
        let mut notes = folders.iter().map(|folder| Ok((folder.clone(), Note::read(folder)?))).collect::<Result<Vec<_>, Failure>>()?;
        notes.sort_by_key(|(_, note)| note.share.part);
        check(&notes)?;
        let mut parts =
            Self { notes, files: Vec::new(), candidates: Vec::new(), rows: Vec::new(), view_places: Vec::new(), made: AtomicUsize::new(0) };
        for (number, (folder, note)) in parts.notes.iter().enumerate() {
            let path = folder.join(SIGNATURES);
            let damaged = |what: &dyn fmt::Display| {
                let command = format!("guardset generate --partition {}", note.share);
                Failure::input(format!("{}: {what}; make the part again: {command} --force", path.display()))
            };
            let (contents, sum) = scan(&path).map_err(|error| damaged(&error))?;
            if sum != note.signatures {
                return Err(damaged(&"it is not as it was written"));
            }
            check_shards(folder, note)?;
            let views = note.views.iter().map(|view| view_places(folder, note, view)).collect::<Result<_, Failure>>()?;
            parts.view_places.push(views);
            let place = |row: usize| Place { part: number as u16, row: row as u32 };
            parts.rows.extend(contents.rows.into_iter().enumerate().map(|(row, (cell, unit))| (cell, unit, place(row))));
            parts.candidates.extend(contents.candidates.into_iter().map(|entry| (entry, number as u16)));
            parts.files.push((path.clone(), File::open(&path).map_err(|error| damaged(&error))?));
        }
        parts.candidates.sort_unstable_by_key(|(entry, _)| (entry.cell, entry.unit));
        parts.rows.sort_unstable_by_key(|(cell, unit, _)| (*cell, *unit));
        Ok(parts)
    }

    /// The recipe of the whole run.
    pub fn recipe(&self) -> &Recipe {
        &self.notes[0].1.recipe
    }

    /// Holds the parts against what this machine would make.
    ///
    /// # Errors
    /// If that is another run.
    pub fn check(&self, run: &str) -> Result<(), Failure> {
        let (folder, note) = &self.notes[0];
        if note.run == run {
            return Ok(());
        }
        let why = match env!("CARGO_PKG_VERSION") {
            own if own != note.version => format!("they were made by guardset {}, this is {own}", note.version),
            _ => "seeds, templates, benchmarks or replies are not those that they were made from".to_owned(),
        };
        Err(Failure::input(format!(
            "{} and the parts with it are stale: {why}; merge with the files of the parts, or make the parts again",
            folder.display()
        )))
    }

    /// What became of a candidate, if a part made it.
    ///
    /// # Errors
    /// If the file of the part cannot be read.
    pub fn outcome(&self, cell: usize, unit: u64, question: u64) -> Result<Option<Outcome>, Failure> {
        let key = (cell as u32, unit);
        let Ok(found) = self.candidates.binary_search_by_key(&key, |(entry, _)| (entry.cell, entry.unit)) else {
            self.made.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        };
        let (entry, part) = self.candidates[found];
        let (path, file) = &self.files[usize::from(part)];
        let outcome = read(file, entry, question).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Some(outcome))
    }

    /// Where a row stands, if a part kept it.
    pub fn place(&self, cell: usize, unit: u64) -> Option<Place> {
        let found = self.rows.binary_search_by_key(&(cell as u32, unit), |(cell, unit, _)| (*cell, *unit)).ok()?;
        Some(self.rows[found].2)
    }

    /// Cursors before the first row of each part: of the canonical rows, and of each view.
    pub fn cursors(&self) -> Cursors<'_> {
        let of = |folder: &Path, name: &str, shards: &[ShardSummary]| {
            let folder = folder.join("data").join(name);
            Cursor::new(shards.iter().map(|shard| (folder.join(&shard.file), shard.rows as usize)).collect())
        };
        let canonical = self.notes.iter().map(|(folder, note)| of(folder, CANONICAL, &note.shards)).collect();
        let views = |(folder, note): &(PathBuf, Note)| note.views.iter().map(|view| of(folder, &view.name, &view.shards)).collect();
        Cursors { parts: self, canonical, views: self.notes.iter().map(views).collect() }
    }

    /// Candidates that selection asked for and no part had.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }
}

/// The canonical rows among the views.
const CANONICAL: &str = "canonical";

/// Where the rows of parts are copied from. Their places ascend, within each part.
pub struct Cursors<'p> {
    parts: &'p Parts,
    canonical: Vec<Cursor>,
    views: Vec<Vec<Cursor>>,
}

impl Cursors<'_> {
    /// At a row.
    pub fn canonical(&mut self, place: Place) -> Result<&Cursor, Failure> {
        let cursor = &mut self.canonical[usize::from(place.part)];
        cursor.go_to(place.row as usize)?;
        Ok(cursor)
    }

    /// At the row of a view, counted in their order; `None` where the view has none for it.
    pub fn view(&mut self, place: Place, view: usize) -> Result<Option<&Cursor>, Failure> {
        let part = usize::from(place.part);
        let row = match &self.parts.view_places[part][view] {
            Some(places) => places[place.row as usize],
            None => Some(place.row),
        };
        let Some(row) = row else { return Ok(None) };
        let cursor = &mut self.views[part][view];
        cursor.go_to(row as usize)?;
        Ok(Some(cursor))
    }
}

/// The shards of a part are those that were written.
fn check_shards(folder: &Path, note: &Note) -> Result<(), Failure> {
    let views = note.views.iter().map(|view| (view.name.as_str(), &view.shards));
    for (name, shards) in std::iter::once((CANONICAL, &note.shards)).chain(views) {
        for shard in shards {
            let path = folder.join("data").join(name).join(&shard.file);
            let why = match summarize(&path) {
                Ok(found) if found == *shard => continue,
                Ok(_) => format!("{}: it is not as it was written", path.display()),
                Err(error) => error.to_string(),
            };
            return Err(Failure::input(format!("{why}; make the part again: guardset generate --partition {} --force", note.share)));
        }
    }
    Ok(())
}

/// For each row of a part its place among the rows of a view; nothing where the view has them all.
fn view_places(folder: &Path, note: &Note, view: &ViewSummary) -> Result<Option<Vec<Option<u32>>>, Failure> {
    if view.rows == note.rows as u64 {
        return Ok(None);
    }
    let ids = |name: &str, shards: &[ShardSummary]| -> Result<Vec<String>, Failure> {
        let mut ids = Vec::new();
        for shard in shards {
            for batch in read_batches(&folder.join("data").join(name).join(&shard.file), &["id"])? {
                ids.extend(guardset_emit::ids(&batch?));
            }
        }
        Ok(ids)
    };
    let mut in_view = (0..).zip(ids(&view.name, &view.shards)?).peekable();
    // The rows of a view come in the order of the rows that they were rendered from.
    let place = |id: String| in_view.next_if(|(_, of_view)| *of_view == id).map(|(place, _)| place);
    Ok(Some(ids(CANONICAL, &note.shards)?.into_iter().map(place).collect()))
}

/// The parts are those of one run, each once. They come in order.
fn check(notes: &[(PathBuf, Note)]) -> Result<(), Failure> {
    let Some((first, one)) = notes.first() else { return Err(Failure::input("no part is given")) };
    for (folder, note) in notes {
        let (first, folder) = (first.display(), folder.display());
        if note.share.of != one.share.of {
            return Err(Failure::input(format!(
                "{folder} is part {} and {first} is part {}; give parts of one run",
                note.share, one.share
            )));
        }
        if note.run != one.run {
            return Err(Failure::input(format!(
                "{folder} is a part of another run than {first} (other recipe, seeds, templates or version); make the stale one again"
            )));
        }
    }
    for pair in notes.windows(2) {
        if pair[0].1.share == pair[1].1.share {
            return Err(Failure::input(format!(
                "{} and {} are both part {}; give each part once",
                pair[0].0.display(),
                pair[1].0.display(),
                pair[0].1.share
            )));
        }
    }
    let missing: Vec<String> = (1..=one.share.of)
        .filter(|part| notes.iter().all(|(_, note)| note.share.part != *part))
        .map(|part| Share { part, ..one.share }.to_string())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::input(format!("of the run in {} parts these are missing: {}", one.share.of, missing.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn every_session_is_of_one_part_and_parts_are_about_as_large() {
        let mut sizes = [0; 3];
        for unit in 0..3_000 {
            let owners: Vec<u32> = (1..=3).filter(|part| Share { part: *part, of: 3 }.has(5, unit)).collect();
            assert_eq!(owners.len(), 1, "unit {unit}");
            sizes[owners[0] as usize - 1] += 1;
        }
        assert!(sizes.iter().all(|size| (900..1_100).contains(size)), "{sizes:?}");
    }

    #[test]
    fn a_part_is_written_as_a_number_and_of_how_many() {
        assert_eq!("2/3".parse(), Ok(Share { part: 2, of: 3 }));
        for text in ["0/3", "4/3", "3", "1/0", "-1/2", "1/5000", "a/b", "1/2/3"] {
            let message = text.parse::<Share>().expect_err("no part");
            assert!(message.contains(text) && message.contains("1/4"), "{message}");
        }
    }
}
