//! The views of a row that must not tell its label.

use crate::row::Row;

/// How a view is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Read {
    /// As words.
    Text(fn(&Row) -> &str),
    /// As numbers.
    Numbers(fn(&Row) -> Vec<f64>),
}

/// Which limit holds for a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// That of views.
    View,
    /// The stricter one of sizes and counts.
    Size,
    /// None: the whole, for scale.
    None,
}

/// A part of a row that a model could look at alone.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Name in the report.
    pub id: &'static str,
    /// Which limit holds.
    pub limit: Limit,
    /// Vectors that this view carries: rows of patterns with such a vector are left out, for there it may tell.
    pub carries: &'static [&'static str],
    pub(crate) read: Read,
}

const fn text(id: &'static str, carries: &'static [&'static str], read: fn(&Row) -> &str) -> View {
    View { id, limit: Limit::View, carries, read: Read::Text(read) }
}

const fn size(id: &'static str, read: fn(&Row) -> Vec<f64>) -> View {
    View { id, limit: Limit::Size, carries: &[], read: Read::Numbers(read) }
}

/// Every view, in the order of the report.
pub const VIEWS: [View; 17] = [
    size("length", |row| vec![row.body.chars().count() as f64]),
    size("counts", |row| vec![row.n_tools, row.n_turns, row.n_steps]),
    View { limit: Limit::View, ..size("position", |row| vec![row.n_steps, row.n_calls, row.seconds]) },
    text("user", &["user_content"], |row| &row.user),
    text("assistant", &[], |row| &row.assistant),
    text("tool_names", &["tool_name"], |row| &row.tool_names),
    text("called_tools", &["tool_name"], |row| &row.called),
    text("descriptions", &["tool_description", "tool_schema", "tool_annotations", "list_changed", "tool_name"], |row| &row.descriptions),
    text("arguments", &[], |row| &row.arguments),
    text(
        "results",
        &[
            "tool_result",
            "tool_error",
            "resource",
            "prompt_template",
            "log",
            "elicitation",
            "sampling_request",
            "approval_view",
            "attachment",
            "client_config",
            "installer",
            "token_metadata",
        ],
        |row| &row.results,
    ),
    text("servers", &["server_instructions", "tool_name", "client_config", "installer"], |row| &row.servers),
    text("domain", &[], |row| &row.domain),
    text("voice", &[], |row| &row.voice),
    text("agent", &[], |row| &row.agent),
    text("surface", &[], |row| &row.surface),
    text("checkpoint", &[], |row| &row.checkpoint),
    View { id: "whole", limit: Limit::None, carries: &[], read: Read::Text(|row| &row.body) },
];
