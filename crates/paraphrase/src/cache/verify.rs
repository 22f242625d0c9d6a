use std::path::Path;

use redb::{Database, ReadableTable, ReadableTableMetadata};

use super::open::guarded;
use super::record::Record;
use super::{Cache, CacheError, Tables, open_overlaid};
use crate::Key;

/// Most problems that a report lists.
const LISTED: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Texts that have a reply.
    pub texts: u64,
    /// Replies that are as they were written.
    pub replies: u64,
    /// What is wrong, the first of it.
    pub problems: Vec<String>,
    /// How many more problems there are.
    pub more: usize,
}

impl Cache {
    /// Checks a file: redb's own checksums, that of each reply, and that texts and replies point to each other.
    ///
    /// Changes nothing, not even what a killed run left to be put in order. Fails only where there is nothing to check: no file,
    /// no cache, or one that is being written.
    pub fn verify(path: &Path) -> Result<VerifyReport, CacheError> {
        let mut report = VerifyReport::default();
        let outcome = guarded(path, || {
            let mut database = open_overlaid(path)?;
            if let Err(error) = report.walk(&database) {
                report.push(format!("reading stopped: {error}"));
            }
            match database.check_integrity() {
                Ok(true) => {}
                Ok(false) => report.push("pages have changed since they were written; an older state of the file is intact".into()),
                Err(error) => report.push(error.to_string()),
            }
            Ok(())
        });
        match outcome {
            Err(CacheError::Damaged { what, .. }) => report.push(what),
            outcome => outcome?,
        }
        Ok(report)
    }
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn sound(&self) -> bool {
        self.problems.is_empty()
    }

    fn push(&mut self, problem: String) {
        if self.problems.len() < LISTED {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    fn walk(&mut self, database: &Database) -> Result<(), redb::Error> {
        let tables = Tables::read(database)?;
        self.texts = tables.texts.len()?;
        let mut found = 0;
        for entry in tables.replies.iter()? {
            let (number, value) = entry?;
            let number = number.value();
            match Record::decode(value.value()) {
                Ok(record) => {
                    self.replies += 1;
                    found += self.find_texts(&tables, number, &record)?;
                }
                Err(what) => self.push(format!("reply {number}: {what}")),
            }
        }
        // No two texts of sound records are the same entry, so when the numbers are equal no entry is left over.
        if found != self.texts {
            self.find_replies(&tables)?;
        }
        Ok(())
    }

    /// How many texts of a record point to it.
    fn find_texts(&mut self, tables: &Tables, number: u64, record: &Record) -> Result<u64, redb::Error> {
        let mut found = 0;
        for (key, position) in record.keys.iter().zip(0..) {
            let Some(key) = key else { continue };
            let leads = record.lead() == Some(key);
            match tables.texts.get(key.0)?.map(|place| place.value()) {
                Some(place) if place == (number, position, leads) => found += 1,
                Some(place) => self.push(format!("text {key}: points to {place:?}, and ({number}, {position}, {leads}) is its reply")),
                None => self.push(format!("text {key}: is missing, and reply {number} is about it")),
            }
        }
        Ok(found)
    }

    /// Looks for texts that point to nothing.
    fn find_replies(&mut self, tables: &Tables) -> Result<(), redb::Error> {
        for entry in tables.texts.iter()? {
            let (key, place) = entry?;
            let (key, (number, position, _)) = (Key(key.value()), place.value());
            let Some(value) = tables.replies.get(number)? else {
                self.push(format!("text {key}: points to reply {number}, which is missing"));
                continue;
            };
            // One that cannot be read is reported as such.
            let Ok(record) = Record::decode(value.value()) else { continue };
            if record.keys.get(position as usize) != Some(&Some(key)) {
                let texts = record.keys.len();
                self.push(format!(
                    "text {key}: points to position {position} of reply {number}, which has {texts} texts and not this one there"
                ));
            }
        }
        Ok(())
    }
}
