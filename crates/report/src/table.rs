use serde::Serialize;
use serde_json::Value;

use crate::text::{html, markdown, thousands};

/// Figures in rows and columns. The first column names the row.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Table {
    pub head: Vec<String>,
    /// Texts, numbers or null.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    pub fn push<const N: usize>(&mut self, row: [Value; N]) {
        self.rows.push(row.into());
    }

    /// The table in HTML, with its caption.
    pub fn html(&self, caption: &str) -> String {
        let mut out = format!("<div class=\"scroll\"><table><caption>{}</caption><thead><tr>", html(caption));
        for (at, name) in self.head.iter().enumerate() {
            let class = if self.is_numeric(at) { " class=\"number\"" } else { "" };
            out.push_str(&format!("<th scope=\"col\"{class}><bdi>{}</bdi></th>", html(name)));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            out.push_str("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let shown = html(&told(cell));
                out.push_str(&match (at, cell) {
                    (0, _) => format!("<th scope=\"row\"><bdi>{shown}</bdi></th>"),
                    (_, Value::Number(_)) => format!("<td class=\"number\">{shown}</td>"),
                    _ => format!("<td><bdi>{shown}</bdi></td>"),
                });
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table></div>");
        out
    }

    /// Whether a column holds nothing but numbers.
    fn is_numeric(&self, at: usize) -> bool {
        at > 0 && self.rows.iter().all(|row| matches!(row.get(at), Some(Value::Number(_) | Value::Null)))
    }

    /// The table in Markdown, at most so many rows.
    pub fn markdown(&self, most: usize) -> String {
        let mut out = String::new();
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        out.push_str(&line(self.head.iter().map(|name| markdown(name)).collect()));
        out.push_str(&line((0..self.head.len()).map(|at| if self.is_numeric(at) { "---:" } else { "---" }.to_owned()).collect()));
        for row in self.rows.iter().take(most) {
            out.push_str(&line(row.iter().map(|cell| markdown(&told(cell))).collect()));
        }
        if self.rows.len() > most {
            out.push_str(&format!("\n{} more rows stand in the page.\n", self.rows.len() - most));
        }
        out
    }
}

/// A number rounded for people; what is none of a finite kind is null.
pub(crate) fn rounded(number: f64, digits: i32) -> Value {
    let scale = 10f64.powi(digits);
    serde_json::Number::from_f64((number * scale).round() / scale).map_or(Value::Null, Value::Number)
}

fn told(cell: &Value) -> String {
    match cell {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_u64().map_or_else(|| number.to_string(), thousands),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table() -> Table {
        let mut table = Table::new(&["word", "rows", "note"]);
        table.push([json!("<b>|"), json!(12_345), Value::Null]);
        table.push([json!("x"), json!(-0.5), json!("y")]);
        table
    }

    #[test]
    fn cells_are_escaped_for_where_they_stand() {
        let html = table().html("c & d");
        assert!(html.contains("<caption>c &amp; d</caption>"));
        assert!(html.contains("<th scope=\"col\" class=\"number\"><bdi>rows</bdi></th><th scope=\"col\"><bdi>note</bdi></th>"), "{html}");
        assert!(
            html.contains("<th scope=\"row\"><bdi>&lt;b&gt;|</bdi></th><td class=\"number\">12,345</td><td><bdi>-</bdi></td>"),
            "{html}"
        );
        let text = table().markdown(1);
        assert_eq!(text, "| word | rows | note |\n| --- | ---: | --- |\n| &lt;b&gt;\\| | 12,345 | - |\n\n1 more rows stand in the page.\n");
    }

    #[test]
    fn what_is_no_number_is_null() {
        assert_eq!(rounded(0.12345, 3), json!(0.123));
        assert_eq!(rounded(f64::NAN, 3), Value::Null);
    }
}
