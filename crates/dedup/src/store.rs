//! Bytes that are appended, and read back by their place: in memory, or past a limit in a file.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file that an index keeps its shingles in could not be written or read. The index is of no use after that.
#[derive(Debug, thiserror::Error)]
#[error("{}: the index of near-duplicates cannot {action} its file there: {source}", folder.display())]
pub struct SpillError {
    /// The folder that was given for the file, which has no name of its own.
    pub folder: PathBuf,
    action: &'static str,
    /// What the system said.
    pub source: io::Error,
}

pub(crate) trait Store: Sync {
    type Error: Send;

    /// Appends, and gives the place.
    fn append(&mut self, bytes: &[u8]) -> Result<u64, Self::Error>;

    /// Fills `out` with what stands from a place on, which must all have been appended.
    fn read(&self, place: u64, out: &mut [u8]) -> Result<(), Self::Error>;

    /// Bytes appended.
    fn len(&self) -> u64;

    /// Bytes that are in memory.
    fn held(&self) -> usize;

    /// Puts what is in memory into the file, if there is to be one.
    fn release(&mut self) -> Result<(), Self::Error>;
}

const CHUNK: usize = 1 << 20;

/// Everything stays in memory. In chunks, so that nothing is moved when there is more.
#[derive(Debug, Default)]
pub struct Memory(Vec<Vec<u8>>);

impl Store for Memory {
    type Error = Infallible;

    fn append(&mut self, mut bytes: &[u8]) -> Result<u64, Infallible> {
        let place = self.len();
        while !bytes.is_empty() {
            match self.0.last_mut().filter(|chunk| chunk.len() < CHUNK) {
                Some(chunk) => {
                    let (now, later) = bytes.split_at(bytes.len().min(CHUNK - chunk.len()));
                    chunk.extend_from_slice(now);
                    bytes = later;
                }
                None => self.0.push(Vec::with_capacity(CHUNK)),
            }
        }
        Ok(place)
    }

    fn read(&self, place: u64, mut out: &mut [u8]) -> Result<(), Infallible> {
        let mut at = place as usize;
        while !out.is_empty() {
            let rest = &self.0[at / CHUNK][at % CHUNK..];
            let (now, later) = out.split_at_mut(out.len().min(rest.len()));
            now.copy_from_slice(&rest[..now.len()]);
            at += now.len();
            out = later;
        }
        Ok(())
    }

    fn len(&self) -> u64 {
        self.0.last().map_or(0, |last| (CHUNK * (self.0.len() - 1) + last.len()) as u64)
    }

    fn held(&self) -> usize {
        self.len() as usize
    }

    fn release(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// What is released goes into a file without a name, which the system removes however the process ends.
#[derive(Debug)]
pub struct Spill {
    folder: PathBuf,
    file: Option<File>,
    /// Bytes in the file. What is in memory comes after them.
    written: u64,
    held: Memory,
}

impl Spill {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: None, written: 0, held: Memory::default() }
    }

    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    fn append_to(&self, mut file: &File) -> io::Result<()> {
        // Reads may have moved the cursor.
        file.seek(SeekFrom::Start(self.written))?;
        self.held.0.iter().try_for_each(|chunk| file.write_all(chunk))
    }

    fn error(&self, action: &'static str, source: io::Error) -> SpillError {
        SpillError { folder: self.folder.clone(), action, source }
    }
}

impl Store for Spill {
    type Error = SpillError;

    fn append(&mut self, bytes: &[u8]) -> Result<u64, SpillError> {
        let Ok(place) = self.held.append(bytes);
        Ok(self.written + place)
    }

    fn read(&self, place: u64, out: &mut [u8]) -> Result<(), SpillError> {
        let on_disk = self.written.saturating_sub(place).min(out.len() as u64) as usize;
        let (first, rest) = out.split_at_mut(on_disk);
        if let Some(file) = self.file.as_ref().filter(|_| !first.is_empty()) {
            read_at(file, first, place).map_err(|source| self.error("read", source))?;
        }
        let Ok(()) = self.held.read((place + on_disk as u64).saturating_sub(self.written), rest);
        Ok(())
    }

    fn len(&self) -> u64 {
        self.written + self.held.len()
    }

    fn held(&self) -> usize {
        self.held.held()
    }

    fn release(&mut self) -> Result<(), SpillError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile_in(&self.folder).map_err(|source| self.error("make", source))?,
        };
        // What is in memory stays there until all of it is written.
        let written = self.append_to(&file);
        self.file = Some(file);
        written.map_err(|source| self.error("write", source))?;
        self.written = self.len();
        self.held = Memory::default();
        Ok(())
    }
}

/// Reads at a place, whatever other threads read.
#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, place)
}

#[cfg(windows)]
fn read_at(file: &File, mut out: &mut [u8], mut place: u64) -> io::Result<()> {
    while !out.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, out, place)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                out = &mut out[read..];
                place += read as u64;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Memory, Spill, Store};
    use proptest::prelude::*;

    /// The byte at a place, told from the bytes around it and those a chunk away.
    fn byte(place: usize) -> u8 {
        (place.wrapping_mul(2_654_435_761) >> 13) as u8
    }

    fn append(store: &mut impl Store, length: usize) {
        let from = store.len() as usize;
        let bytes: Vec<u8> = (from..from + length).map(byte).collect();
        assert_eq!(store.append(&bytes).ok(), Some(from as u64));
    }

    fn check(store: &impl Store, place: usize, length: usize) {
        let mut out = vec![0; length];
        assert!(store.read(place as u64, &mut out).is_ok());
        assert!(out.iter().zip(place..).all(|(read, place)| *read == byte(place)), "at {place}, {length} bytes");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_was_appended_is_read_from_file_and_memory_alike(
            lengths in prop::collection::vec((0_usize..400_000, any::<bool>()), 1..12),
            reads in prop::collection::vec((0.0..1.0, 0_usize..1_500_000), 20),
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            let (mut memory, mut spill) = (Memory::default(), Spill::new(folder.path()));
            for (length, release) in lengths {
                append(&mut memory, length);
                append(&mut spill, length);
                if release {
                    spill.release().expect("room on the disk");
                    prop_assert_eq!((spill.held(), spill.written()), (0, spill.len()));
                }
                prop_assert_eq!(memory.len(), spill.len());
            }
            for (from, length) in reads {
                let place = (memory.len() as f64 * from) as usize;
                let length = length.min(memory.len() as usize - place);
                check(&memory, place, length);
                check(&spill, place, length);
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_and_loses_nothing() {
        let mut spill = Spill::new("work".as_ref());
        spill.file = Some(std::fs::OpenOptions::new().read(true).write(true).open("/dev/full").expect("a device that is always full"));
        append(&mut spill, 3_000_000);
        let error = spill.release().expect_err("no room").to_string();
        assert!(error.starts_with("work: the index of near-duplicates cannot write its file there: No space left"), "{error}");
        check(&spill, 1_000_000, 2_000_000);
    }
}
