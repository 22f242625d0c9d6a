use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::EmitError;

/// Writes a whole file or none: under a temporary name, synced, then renamed. Missing folders are made.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("run/notes.txt");
/// guardset_emit::write_atomically(&path, b"first").unwrap();
/// guardset_emit::write_atomically(&path, b"second").unwrap();
/// assert_eq!(std::fs::read(&path).unwrap(), b"second");
/// ```
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), EmitError> {
    replace(path, |file| file.write_all(bytes).map_err(|source| EmitError::io(path, source)))
}

/// Gives `fill` a file under a temporary name and puts it in its place when `fill` succeeds.
///
/// The temporary name follows from the final one, so what a killed run left behind is overwritten by the next, and two
/// writers of one file would be a defect of the caller.
pub(crate) fn replace<T>(path: &Path, fill: impl FnOnce(&mut File) -> Result<T, EmitError>) -> Result<T, EmitError> {
    let mut pending = Pending::create(path)?;
    let value = fill(&mut pending.file)?;
    pending.commit()?;
    Ok(value)
}

/// A file that stands under its name once it is committed. Dropped before, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Pending {
    file: File,
    path: PathBuf,
    temporary: Temporary,
}

impl Pending {
    pub(crate) fn create(path: &Path) -> Result<Self, EmitError> {
        let failed = |source| EmitError::io(path, source);
        let Some(name) = path.file_name() else {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file")));
        };
        let folder = folder(path);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".tmp");
        let temporary = Temporary { path: folder.join(hidden), renamed: false };
        let file = File::create(&temporary.path).map_err(failed)?;
        Ok(Self { file, path: path.to_owned(), temporary })
    }

    pub(crate) fn commit(&mut self) -> Result<(), EmitError> {
        let failed = |source| EmitError::io(&self.path, source);
        self.file.sync_all().map_err(failed)?;
        fs::rename(&self.temporary.path, &self.path).map_err(failed)?;
        self.temporary.renamed = true;
        sync_folder(folder(&self.path)).map_err(failed)
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes the file when it is not renamed: on an error, and on a panic of the iterator that feeds it.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    renamed: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            // The first error is the one to report; a leftover is overwritten by the next run.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The new name is on disk only when the folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_leftover_of_a_killed_run_does_not_matter() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".a.json.tmp"), "a much longer leftover than the text itself").unwrap();
        write_atomically(&folder.path().join("a.json"), b"{}").unwrap();
        assert_eq!(names(folder.path()), ["a.json"]);
        assert_eq!(fs::read(folder.path().join("a.json")).unwrap(), b"{}");
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_atomically(&path, b"old").unwrap();
        let error = replace(&path, |file| {
            file.write_all(b"half of the ne").unwrap();
            Err::<(), _>(EmitError::io(&path, io::Error::from(io::ErrorKind::StorageFull)))
        });
        let message = error.unwrap_err().to_string();
        assert!(message.contains("a.json: the disk is full; nothing half-written was left"), "{message}");
        assert_eq!(names(folder.path()), ["a.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_panic_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let outcome = std::panic::catch_unwind(|| replace(&path, |_| -> Result<(), EmitError> { panic!("the producer is broken") }));
        assert!(outcome.is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("run"), "").unwrap();
        for path in ["run/a.json", "run/data/a.json"] {
            let error = write_atomically(&folder.path().join(path), b"").unwrap_err();
            assert!(matches!(error, EmitError::NotADirectory { .. }), "{error:?}");
            assert!(error.to_string().contains(path), "{error}");
        }
        assert!(matches!(write_atomically(Path::new("/"), b"").unwrap_err(), EmitError::Io { .. }));
    }
}
