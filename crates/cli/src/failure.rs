use std::fmt;
use std::process::ExitCode;

use guardset_core::Problems;
use guardset_dedup::SpillError;
use guardset_emit::EmitError;
use guardset_paraphrase::CacheError;

/// Why a command ended: the input is wrong (exit code 2), or something else is (1).
#[derive(Debug)]
pub enum Failure {
    /// Something in files, recipe or options.
    Input(String),
    /// Anything else: disk, permissions, a run that holds nothing.
    Other(anyhow::Error),
}

impl Failure {
    /// A problem with the input, in one line.
    pub fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Other(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(message) => write!(f, "error: {message}"),
            Self::Other(error) => write!(f, "error: {error:#}"),
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Input(format!("the input has problems\n{problems}"))
    }
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Self {
        match error {
            EmitError::UnknownColumn { .. } => Self::Input(error.to_string()),
            other => Self::Other(other.into()),
        }
    }
}

impl From<CacheError> for Failure {
    fn from(error: CacheError) -> Self {
        match error {
            CacheError::Locked { .. } | CacheError::NotACache { .. } | CacheError::Format { .. } | CacheError::Missing { .. } => {
                Self::Input(error.to_string())
            }
            other => Self::Other(other.into()),
        }
    }
}

impl From<SpillError> for Failure {
    fn from(error: SpillError) -> Self {
        Self::Other(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
