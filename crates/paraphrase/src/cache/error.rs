use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A line of an export.
const EXAMPLE: &str =
    r#"{"keys":["00112233445566778899aabbccddeeff",null],"ending":"whole","text":"...","model":"...","input_tokens":12,"output_tokens":4}"#;

/// Why the cache could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Two runs at once.
    #[error("{}: another process has this cache open; wait for it, or give this run a cache of its own", path.display())]
    Locked {
        /// The cache.
        path: PathBuf,
    },
    /// Some other file.
    #[error("{}: no cache of replies; move it away, or name another file", path.display())]
    NotACache {
        /// The file.
        path: PathBuf,
    },
    /// Written by another version.
    #[error("{}: this cache has format {found} and format {known} is known; use the guardset that wrote it, or another cache", path.display())]
    Format {
        /// The cache.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The version that this crate writes.
        known: u64,
    },
    /// Bytes changed under the cache.
    #[error("{}: damaged: {what}; put back a copy, or export what is left and import it into a new cache", path.display())]
    Damaged {
        /// The cache.
        path: PathBuf,
        /// Where and how.
        what: String,
    },
    /// A reply for a cache that is only read.
    #[error("{}: opened to be read only, so no reply can be kept", path.display())]
    ReadOnly {
        /// The cache.
        path: PathBuf,
    },
    /// A reply is not on disk.
    #[error("{}: the reply could not be kept", path.display())]
    NotKept {
        /// The cache.
        path: PathBuf,
        /// Why; shared by all replies that were written together.
        source: Arc<CacheError>,
    },
    /// The thread that writes is gone.
    #[error("{}: the writer has stopped, so the reply could not be kept; run again", path.display())]
    Stopped {
        /// The cache.
        path: PathBuf,
    },
    /// No room on the device, or a quota is used up.
    #[error("{}: the disk is full; what was acknowledged is safe, so free some space and run again", path.display())]
    DiskFull {
        /// The cache.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refuses access.
    #[error("{}: no permission; make the file and its folder writable, or only replay it", path.display())]
    Permission {
        /// The cache.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing to read.
    #[error("{}: there is no such file; fill a cache with a run that asks a model, or import one", path.display())]
    Missing {
        /// The cache.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Any other failure of the system.
    #[error("{}: could not be read or written", path.display())]
    Io {
        /// The cache.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Any other failure of the database.
    #[error("{}: the database failed", path.display())]
    Store {
        /// The cache.
        path: PathBuf,
        /// What redb said.
        source: Box<redb::Error>,
    },
    /// The other side of an export or import failed.
    #[error("{}: the replies to import or export could not be read or written", path.display())]
    Exchange {
        /// The cache.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Lines that are no records.
    #[error("{}: nothing was imported, because of bad lines; a good one is such as {EXAMPLE}\n  {}", path.display(), listed(problems, *more))]
    BadLines {
        /// The cache.
        path: PathBuf,
        /// The first of them: number, what is wrong, what would be right.
        problems: Vec<String>,
        /// How many more there are.
        more: usize,
    },
}

impl CacheError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path, source },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Permission { path, source },
            ErrorKind::NotFound => Self::Missing { path, source },
            // How redb says that the first bytes are not its own.
            ErrorKind::InvalidData => Self::NotACache { path },
            _ => Self::Io { path, source },
        }
    }

    /// Sorts what redb says by what there is to do about it.
    fn store(path: &Path, error: redb::Error) -> Self {
        use redb::Error;
        match error {
            Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => Self::Locked { path: path.to_owned() },
            Error::Corrupted(what) => Self::Damaged { path: path.to_owned(), what },
            Error::Io(source) => Self::io(path, source),
            Error::TableTypeMismatch { .. } | Error::TableIsMultimap(_) | Error::TypeDefinitionChanged { .. } => {
                Self::NotACache { path: path.to_owned() }
            }
            error => Self::Store { path: path.to_owned(), source: Box::new(error) },
        }
    }
}

/// Names the file in what redb says.
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, CacheError>;
}

impl<T, E: Into<redb::Error>> At<T> for Result<T, E> {
    fn at(self, path: &Path) -> Result<T, CacheError> {
        self.map_err(|error| CacheError::store(path, error.into()))
    }
}

fn listed(problems: &[String], more: usize) -> String {
    let mut list = problems.join("\n  ");
    if more > 0 {
        list.push_str(&format!("\n  and {more} more"));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_says_what_to_do() {
        for (kind, advice) in [
            (ErrorKind::StorageFull, "what was acknowledged is safe, so free some space"),
            (ErrorKind::QuotaExceeded, "free some space"),
            (ErrorKind::PermissionDenied, "make the file and its folder writable"),
            (ErrorKind::ReadOnlyFilesystem, "make the file and its folder writable"),
            (ErrorKind::NotFound, "fill a cache with a run"),
            (ErrorKind::InvalidData, "no cache of replies"),
            (ErrorKind::TimedOut, "could not be read or written"),
        ] {
            let path = Path::new("output/replies.redb");
            for error in [CacheError::io(path, kind.into()), CacheError::store(path, redb::Error::Io(kind.into()))] {
                let message = error.to_string();
                assert!(message.starts_with("output/replies.redb: ") && message.contains(advice), "{kind}: {message}");
            }
        }
    }
}
