//! The figures for a pull request. What needs a picture stands in the page.

use crate::charts::Chart;
use crate::compare::Comparison;
use crate::facts::Glance;
use crate::text::markdown as cell;

/// Charts whose tables are short and telling, with the rows they may have here.
const TABLES: [(&str, usize); 6] =
    [("class-checkpoint", 40), ("class-split", 40), ("shortcuts", 40), ("tokens", 20), ("flow", 40), ("shortfalls", 20)];

/// The report in Markdown.
pub(crate) fn markdown(title: &str, glance: &[Glance], charts: &[Chart], comparison: Option<&Comparison>) -> String {
    let mut out = format!("# {}\n\n", cell(title));
    out.push_str("| figure | value | | note |\n| --- | ---: | --- | --- |\n");
    for Glance { label, value, state, note } in glance {
        out.push_str(&format!("| {} | {} | {} | {} |\n", cell(label), cell(value), state.word().unwrap_or_default(), cell(note)));
    }
    if let Some(comparison) = comparison {
        out.push_str(&format!("\n## Against {}\n", cell(&comparison.against)));
        for table in &comparison.tables {
            out.push_str(&format!("\n### {}\n\n{}\n\n{}", cell(&table.title), cell(&table.note), table.table.markdown(30)));
        }
    }
    for (id, most) in TABLES {
        if let Some(chart) = charts.iter().find(|chart| chart.id == id).filter(|chart| !chart.table.rows.is_empty()) {
            out.push_str(&format!("\n## {}\n\n{}\n\n{}", cell(&chart.title), cell(&chart.note), chart.table.markdown(most)));
        }
    }
    out.push_str("\nPictures and samples stand in `report.html`, which opens from disk.\n");
    out
}
