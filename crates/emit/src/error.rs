use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;

/// Why a file could not be written or read. Whatever failed, nothing half-written stands under the final name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// No room on the device, or a quota is used up.
    #[error("{}: the disk is full; nothing half-written was left, so free some space and run again", path.display())]
    DiskFull {
        /// The file that was being written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refuses access.
    #[error("{}: no permission; make the folder writable or choose another output folder", path.display())]
    Permission {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something on the way to the file is no folder.
    #[error("{}: a file stands where a folder is needed; move it away or choose another output folder", path.display())]
    NotADirectory {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Any other failure of the system.
    #[error("{}: could not be written or read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The Parquet library failed.
    #[error("{}: Parquet could not be encoded or decoded", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the library said.
        source: ParquetError,
    },
    /// A JSON document does not have the form it should have.
    #[error("{}: not the JSON that was expected", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A Parquet file that [`write_shard`](crate::write_shard) did not write.
    #[error("{}: no shard of guardset (its footer lacks a usable `{key}`); remove it and run again", path.display())]
    NotAShard {
        /// The file.
        path: PathBuf,
        /// The footer entry that is missing or no number.
        key: &'static str,
    },
    /// A sample bears a label that the taxonomy lacks.
    #[error("{}: label `{label}` (seed `{seed}`) is no class of the taxonomy; add it to taxonomy.toml", path.display())]
    UnknownClass {
        /// The shard.
        path: PathBuf,
        /// The label.
        label: String,
        /// Names the sample.
        seed: String,
    },
    /// A sample that no reader could hold.
    #[error("{}: the sample with seed `{seed}` has {bytes} bytes of text, more than the {limit} a row may have", path.display())]
    TooLong {
        /// The shard.
        path: PathBuf,
        /// Names the sample.
        seed: String,
        /// Its size.
        bytes: usize,
        /// The largest size.
        limit: usize,
    },
    /// A column was asked for that the file lacks.
    #[error("{}: there is no column `{column}`; there are {known}", path.display())]
    UnknownColumn {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        column: String,
        /// What there is.
        known: String,
    },
}

impl EmitError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path, source },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Permission { path, source },
            // Making a folder where a file stands is `AlreadyExists`.
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => Self::NotADirectory { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// Parquet hands the system's errors on in a box; they are taken out again, or a full disk would not be told apart.
    pub(crate) fn parquet(path: &Path, source: ParquetError) -> Self {
        match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(inner) => Self::io(path, *inner),
                Err(inner) => Self::Parquet { path: path.to_owned(), source: ParquetError::External(inner) },
            },
            source => Self::Parquet { path: path.to_owned(), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_says_what_to_do() {
        for (kind, advice) in [
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::QuotaExceeded, "free some space"),
            (io::ErrorKind::PermissionDenied, "make the folder writable"),
            (io::ErrorKind::ReadOnlyFilesystem, "make the folder writable"),
            (io::ErrorKind::NotADirectory, "a file stands where a folder is needed"),
            (io::ErrorKind::Other, "could not be written or read"),
        ] {
            let path = Path::new("run/manifest.json");
            for error in [EmitError::io(path, kind.into()), EmitError::parquet(path, io::Error::from(kind).into())] {
                let message = error.to_string();
                assert!(message.starts_with("run/manifest.json: ") && message.contains(advice), "{kind}: {message}");
                assert!(std::error::Error::source(&error).is_some());
            }
        }
    }
}
