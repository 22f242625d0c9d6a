use std::path::PathBuf;

use guardset_emit::EmitError;
use polars::error::PolarsError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The folder is not that of a finished run.
    #[error("{} holds no complete run; run `guardset generate` first", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// What is wrong with its manifest.
        source: EmitError,
    },
    /// A file beside the shards is not what it should be.
    #[error("{} is not what `guardset` writes; make it again", path.display())]
    Beside {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// A file beside the shards cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A shard cannot be read row by row.
    #[error("a shard cannot be read")]
    Rows(#[from] EmitError),
    /// A shard cannot be counted.
    #[error("the shards cannot be counted by {what}")]
    Count {
        /// The columns.
        what: String,
        /// What polars said.
        source: PolarsError,
    },
    /// The path of a shard is no text, and polars takes no other.
    #[error("{} is no UTF-8; move the run to a folder with a plain name", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// The page would stand where the Markdown goes.
    #[error("{} is where the Markdown goes; name the page, as in `--output report.html`", path.display())]
    Output {
        /// The file.
        path: PathBuf,
    },
    /// The page within the program is broken.
    #[error("the page has the place `{place}` {count} times instead of once; this is a defect, please report it")]
    Template {
        /// The place.
        place: &'static str,
        /// How often it stands there.
        count: usize,
    },
}

impl ReportError {
    /// True for what the user can mend in options or files.
    pub fn is_input(&self) -> bool {
        matches!(self, Self::NoRun { .. } | Self::Beside { .. } | Self::Name { .. } | Self::Output { .. })
    }
}
