use std::io::{self, BufRead, Read, Write};

use redb::ReadableTable;

use super::error::At;
use super::open::guarded;
use super::record::Record;
use super::writer::Appending;
use super::{Cache, CacheError, REPLIES, TEXTS, Tables};

/// Most bad lines that an error lists.
const LISTED: usize = 100;
/// Largest line of an import. No model writes as much; without a limit a file of another kind would be read into memory.
const LONGEST: u64 = 64 << 20;

/// What an export came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Export {
    /// Lines written, one per reply.
    pub replies: u64,
    /// Replies that are damaged and were left out, so that the others can be saved: number and what is wrong.
    pub damaged: Vec<String>,
}

/// What an import came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Import {
    /// Replies that were added.
    pub added: u64,
    /// Replies whose texts all had one.
    pub known: u64,
}

impl Cache {
    /// Writes one line of JSON per reply, by key: the same replies give the same bytes, in whatever order they came.
    ///
    /// A line holds the reply's members and `keys`, its texts in the order of the request, with `null` for one that has another
    /// reply.
    pub fn export(&self, mut writer: impl Write) -> Result<Export, CacheError> {
        guarded(&self.path, || self.write_lines(&mut writer))
    }

    fn write_lines(&self, writer: &mut dyn Write) -> Result<Export, CacheError> {
        let tables = Tables::read(&self.database).at(&self.path)?;
        let mut export = Export::default();
        for entry in tables.texts.iter().at(&self.path)? {
            let (_, place) = entry.at(&self.path)?;
            let (number, _, leads) = place.value();
            if !leads {
                continue;
            }
            let value = tables.replies.get(number).at(&self.path)?;
            let json = value.as_ref().map_or(Err("it is missing".into()), |value| Record::json(value.value()));
            match json {
                Ok(json) => {
                    let written = writer.write_all(json).and_then(|()| writer.write_all(b"\n"));
                    written.map_err(|source| self.exchange(source))?;
                    export.replies += 1;
                }
                Err(what) => export.damaged.push(format!("reply {number}: {what}")),
            }
        }
        writer.flush().map_err(|source| self.exchange(source))?;
        Ok(export)
    }

    /// Adds the replies of an export, all of them or, when a line is bad, none. A text that has a reply keeps it.
    pub fn import(&self, mut reader: impl BufRead) -> Result<Import, CacheError> {
        guarded(&self.path, || self.read_lines(&mut reader))
    }

    fn read_lines(&self, reader: &mut dyn BufRead) -> Result<Import, CacheError> {
        if self.writer.is_none() {
            return Err(CacheError::ReadOnly { path: self.path.clone() });
        }
        let mut import = Import::default();
        let mut bad = BadLines::default();
        let transaction = self.database.begin_write().at(&self.path)?;
        {
            let mut tables = Appending {
                texts: transaction.open_table(TEXTS).at(&self.path)?,
                replies: transaction.open_table(REPLIES).at(&self.path)?,
            };
            let mut number = 0;
            while let Some(line) = next_line(reader).map_err(|source| self.exchange(source))? {
                number += 1;
                match line.and_then(|line| Record::parse(&line)) {
                    Err(what) => bad.push(number, &what),
                    // Nothing will be added any more, so the rest is only looked at.
                    Ok(_) if bad.any() => {}
                    Ok(record) => match tables.add(record).at(&self.path)? {
                        true => import.added += 1,
                        false => import.known += 1,
                    },
                }
            }
        }
        if bad.any() {
            transaction.abort().at(&self.path)?;
            return Err(CacheError::BadLines { path: self.path.clone(), problems: bad.problems, more: bad.more });
        }
        transaction.commit().at(&self.path)?;
        Ok(import)
    }

    fn exchange(&self, source: io::Error) -> CacheError {
        CacheError::Exchange { path: self.path.clone(), source }
    }
}

#[derive(Default)]
struct BadLines {
    problems: Vec<String>,
    more: usize,
}

impl BadLines {
    fn push(&mut self, number: usize, what: &str) {
        if self.problems.len() < LISTED {
            self.problems.push(format!("line {number}: {what}"));
        } else {
            self.more += 1;
        }
    }

    fn any(&self) -> bool {
        !self.problems.is_empty()
    }
}

/// The next line without its end, or why it is none; nothing at the end of the file.
fn next_line(reader: &mut dyn BufRead) -> io::Result<Option<Result<Vec<u8>, String>>> {
    let mut line = Vec::new();
    if reader.take(LONGEST).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() as u64 == LONGEST {
        reader.skip_until(b'\n')?;
        return Ok(Some(Err(format!("it is longer than {LONGEST} bytes"))));
    }
    Ok(Some(Ok(line)))
}
