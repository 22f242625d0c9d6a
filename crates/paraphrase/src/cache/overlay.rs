use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

const BLOCK: u64 = 4096;

/// A file that is never written to: what is written stays in memory and is forgotten.
///
/// redb writes into a database that it only looks at: a mark that it is open, and the repair of what a killed run left. On a
/// read-only medium it could not, and a check must not change what it checks. Both are small, whatever the file's size.
#[derive(Debug)]
pub(super) struct Overlay {
    file: FileBackend,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    len: u64,
    /// Where the file ends as far as redb knows: what it cut off reads as zero when it grows again.
    kept: u64,
    blocks: HashMap<u64, Vec<u8>>,
}

impl Overlay {
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let written = Mutex::new(Written { len, kept: len, blocks: HashMap::new() });
        Ok(Self { file: FileBackend::new(file)?, written })
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_through(&self, written: &Written, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let in_file = written.kept.saturating_sub(offset).min(out.len() as u64) as usize;
        self.file.read(offset, &mut out[..in_file])?;
        out[in_file..].fill(0);
        for (number, within, here) in pieces(offset, out.len()) {
            if let Some(block) = written.blocks.get(&number) {
                let piece = &block[within..within + here.len()];
                out[here].copy_from_slice(piece);
            }
        }
        Ok(())
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written();
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > written.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read_through(&written, offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.written();
        written.kept = written.kept.min(len);
        written.len = len;
        written.blocks.retain(|number, _| number * BLOCK < len);
        if let Some(block) = written.blocks.get_mut(&(len / BLOCK)) {
            block[(len % BLOCK) as usize..].fill(0);
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written();
        for (number, within, here) in pieces(offset, data.len()) {
            if !written.blocks.contains_key(&number) {
                let mut block = vec![0; BLOCK as usize];
                self.read_through(&written, number * BLOCK, &mut block)?;
                written.blocks.insert(number, block);
            }
            if let Some(block) = written.blocks.get_mut(&number) {
                block[within..within + here.len()].copy_from_slice(&data[here]);
            }
        }
        written.len = written.len.max(offset + data.len() as u64);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    // Locks are shared even where redb asks for exclusive ones: readers do not disturb each other, and a writer is kept out.

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

/// Cuts a range of the file at the ends of blocks: number of the block, first byte in it, and which bytes of the range.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % BLOCK) as usize;
        let start = done;
        done = len.min(start + BLOCK as usize - within);
        (start < len).then_some((at / BLOCK, within, start..done))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What redb may do to a file, at places that meet and cross the ends of blocks.
    fn step() -> impl Strategy<Value = (u8, u64, usize, u8)> {
        (0..3u8, 0..20_000u64, 0..9_000usize, 1..255u8)
    }

    proptest! {
        #[test]
        fn it_reads_as_if_it_had_been_written(len in 0..20_000usize, steps in prop::collection::vec(step(), 1..20)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            let mut model: Vec<u8> = (0..len).map(|place| (place % 251) as u8).collect();
            std::fs::write(&path, &model).unwrap();
            let before = model.clone();

            let overlay = Overlay::open(&path).unwrap();
            for (what, offset, length, byte) in steps {
                let end = offset as usize + length;
                match what {
                    0 => {
                        overlay.set_len(offset).unwrap();
                        model.resize(offset as usize, 0);
                    }
                    1 => {
                        overlay.write(offset, &vec![byte; length]).unwrap();
                        model.resize(model.len().max(end), 0);
                        model[offset as usize..end].fill(byte);
                    }
                    _ => {
                        let mut out = vec![1; length];
                        match overlay.read(offset, &mut out) {
                            Ok(()) => prop_assert_eq!(&out, &model[offset as usize..end]),
                            Err(_) => prop_assert!(end > model.len()),
                        }
                    }
                }
                prop_assert_eq!(overlay.len().unwrap(), model.len() as u64);
                let mut whole = vec![1; model.len()];
                overlay.read(0, &mut whole).unwrap();
                prop_assert_eq!(&whole, &model);
            }
            prop_assert_eq!(std::fs::read(&path).unwrap(), before);
        }
    }
}
