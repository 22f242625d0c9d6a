//! What a reviewer opens before anyone trains on a run: one page of figures, charts and samples, and the same in
//! Markdown for a pull request. The one home of polars.
//!
//! ```text
//! facts    manifest.json, probe.json, .speed.json -> at a glance
//! stats    shards -> counts, combinations, sizes            (polars, streaming)
//! samples  shards -> a few hundred rows, pairs kept whole
//! compare  two runs -> what changed
//! charts   numbers -> SVG, each with its table
//! page     all of it -> one HTML file
//! markdown the figures -> report.md
//! ```
//!
//! The page is one file that asks for nothing: no network, no font, no script but its own. There is no clock in it, so
//! the same run gives the same bytes. What comes out of a run is hostile by trade; it is escaped wherever it is put
//! (see `text`), and the data within the page can close no element.
//!
//! This crate never writes to the run. It links an HTTP client, because polars does; it only ever gives polars paths of
//! files.

mod charts;
mod compare;
mod error;
mod facts;
mod figures;
mod markdown;
mod page;
mod samples;
mod stats;
mod table;
mod text;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub use error::ReportError;

/// Rows shown when nobody says how many; with it goes the limit on the size of the page.
const SAMPLES: usize = 300;

/// Bytes that the page may have when nobody says how many rows it is to show.
pub const PAGE_BYTES: usize = 5_000_000;

/// What to report on.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folder of the run.
    pub run: PathBuf,
    /// Folder of another run to compare with.
    pub against: Option<PathBuf>,
    /// Rows to show, about: pairs are kept whole. Without it as many as fit into [`PAGE_BYTES`], at most 300.
    pub samples: Option<usize>,
}

/// A report, ready to be written.
#[derive(Debug, Clone)]
pub struct Report {
    /// The page.
    pub html: String,
    /// The figures, for a pull request.
    pub markdown: String,
    /// What the page holds for its script and for other programs.
    pub data: Value,
}

/// Reads a finished run and makes its report.
pub fn report(options: &Options) -> Result<Report, ReportError> {
    let facts = facts::Facts::read(&options.run)?;
    let stats = stats::Stats::of(&facts.shards())?;
    let glance = facts.glance(&stats);
    let charts = figures::charts(&facts, &stats);
    let comparison = options.against.as_deref().map(|other| compare::compare(&facts, &stats, other)).transpose()?;

    let mut groups = samples::pick(&facts.shards(), options.samples.unwrap_or(SAMPLES))?;
    let title = format!("guardset run {}", facts.name);
    loop {
        let rows: Vec<&Value> = groups.iter().flatten().collect();
        let data = json!({
            "title": title,
            "about": facts.about(&stats, rows.len()),
            "glance": glance,
            "charts": charts.iter().map(charts::Chart::data).collect::<Vec<_>>(),
            "facets": stats.facets(),
            "samples": rows,
            "compare": comparison.as_ref().map(compare::Comparison::data),
        });
        let html = page::page(&title, &glance, &charts, comparison.as_ref(), &data)?;
        if options.samples.is_some() || html.len() <= PAGE_BYTES || groups.len() < 2 {
            let markdown = markdown::markdown(&title, &glance, &charts, comparison.as_ref());
            return Ok(Report { html, markdown, data });
        }
        groups.truncate(groups.len() * 19 / 20);
    }
}

/// The last part of a path, whatever way the path is written.
fn folder_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned())
}
