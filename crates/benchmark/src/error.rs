use std::io;
use std::path::{Path, PathBuf};

/// Why a file of a benchmark cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchmarkError {
    /// The system does not give the file.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The name does not say what the file is.
    #[error("{}: not a known kind of file; give .jsonl, .json, .parquet, .csv, .tsv or .txt (compressed files unpacked)", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// A JSON document breaks off or is none; what stood before was read.
    #[error("{}:{line}: not the JSON that was expected: {message}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A table that ends before its header, or has none that can be read.
    #[error("{}:1: the header cannot be read: {message}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl BenchmarkError {
    pub(crate) fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}
