/// Something that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// What it was: server and tool, or the place of a record. Foreign text in it is escaped.
    pub what: String,
    /// Stable word to count by.
    pub reason: &'static str,
    /// What is wrong with it.
    pub detail: String,
}

impl Refused {
    pub(crate) fn tool(server: &str, tool: &str, (reason, detail): (&'static str, String)) -> Self {
        Self { what: format!("{server}.{}", tool.escape_debug()), reason, detail: detail.escape_debug().to_string() }
    }
}
