use std::fmt;

/// The stage at which something fell out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Making a trajectory from seeds and a pattern.
    Expand,
    /// Auditing it.
    Label,
    /// Comparing it with the texts of benchmarks.
    Decontaminate,
    /// Comparing it with what was kept before.
    Dedup,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expand => "expand",
            Self::Label => "label",
            Self::Decontaminate => "decontaminate",
            Self::Dedup => "dedup",
        })
    }
}

/// A row that is not in the data set, and why. Counted in the manifest and written to `rejects.parquet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where it fell out.
    pub stage: Stage,
    /// Short reason for counting, e.g. `near_duplicate`, `audit_disagrees`, the name of a benchmark.
    pub reason: &'static str,
    /// The particulars: both classes, the sample it repeats.
    pub detail: String,
    /// Scenario it came from.
    pub scenario: String,
    /// Pattern, where it came from one.
    pub pattern: Option<String>,
    /// The text that names its random source, so that it can be made again with `guardset show`.
    pub seed: String,
}
