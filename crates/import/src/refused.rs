use crate::escape::escape;

/// Why something was left out: a stable word to count by, and what is wrong.
pub type Why = (&'static str, String);

/// Something that was left out, and why. Foreign text in it is escaped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// What it was: server and tool, or the name or place of a record.
    pub what: String,
    /// Stable word to count by.
    pub reason: &'static str,
    /// What is wrong with it.
    pub detail: String,
}

impl Refused {
    /// A record that was left out.
    pub fn record(what: &str, (reason, detail): Why) -> Self {
        Self { what: escape(what), reason, detail: escape(&detail) }
    }

    pub(crate) fn tool(server: &str, tool: &str, why: Why) -> Self {
        Self::record(&format!("{server}.{tool}"), why)
    }
}
