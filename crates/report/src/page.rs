//! One HTML file: figures and charts as plain HTML for readers without a script, samples as data for the page's own.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::charts::Chart;
use crate::compare::Comparison;
use crate::error::ReportError;
use crate::facts::Glance;
use crate::text::{html, script};

const PAGE: &str = include_str!("../assets/page.html");
const STYLE: &str = include_str!("../assets/style.css");
/// The script, one scope for all its files: constants stand before what uses them while the page begins, so `start` is last.
const APP: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("../assets/app/state.js"),
    include_str!("../assets/app/door.js"),
    include_str!("../assets/app/frame.js"),
    include_str!("../assets/app/find.js"),
    include_str!("../assets/app/address.js"),
    include_str!("../assets/app/sample.js"),
    include_str!("../assets/app/conversation.js"),
    include_str!("../assets/app/values.js"),
    include_str!("../assets/app/texts.js"),
    include_str!("../assets/app/pair.js"),
    include_str!("../assets/app/differ.js"),
    include_str!("../assets/app/small.js"),
    include_str!("../assets/app/start.js"),
    "})();\n",
);

/// The page.
pub(crate) fn page(
    title: &str,
    glance: &[Glance],
    charts: &[Chart],
    comparison: Option<&Comparison>,
    data: &Value,
) -> Result<String, ReportError> {
    let mut fixed = at_a_glance(glance);
    fixed.push_str("<section id=\"charts\" aria-labelledby=\"charts-title\"><h2 id=\"charts-title\">Pictures</h2><div class=\"charts\">");
    fixed.extend(charts.iter().map(Chart::html));
    fixed.push_str("</div></section>");
    fixed.extend(comparison.map(Comparison::html));
    let places = [
        ("{{title}}", html(title)),
        ("{{style}}", STYLE.to_owned()),
        // What the browser hashes is what stands between the tags, and nothing is added there.
        ("{{script-sha256}}", STANDARD.encode(Sha256::digest(APP))),
        ("{{script}}", APP.to_owned()),
        ("{{static}}", fixed),
        ("{{data}}", script(&embedded(data).to_string())),
    ];
    fill(PAGE, &places)
}

/// Fills each place once, in one pass: what is filled in is never looked at for places.
fn fill(template: &str, places: &[(&'static str, String)]) -> Result<String, ReportError> {
    let mut found = Vec::with_capacity(places.len());
    for (place, value) in places {
        let mut at = template.match_indices(place).map(|(at, _)| at);
        match (at.next(), at.count()) {
            (Some(at), 0) => found.push((at, *place, value)),
            (None, _) => return Err(ReportError::Template { place, count: 0 }),
            (Some(_), more) => return Err(ReportError::Template { place, count: 1 + more }),
        }
    }
    found.sort_unstable_by_key(|(at, ..)| *at);
    let mut out = String::with_capacity(template.len() + places.iter().map(|(_, value)| value.len()).sum::<usize>());
    let mut done = 0;
    for (at, place, value) in found {
        out.push_str(&template[done..at]);
        out.push_str(value);
        done = at + place.len();
    }
    out.push_str(&template[done..]);
    Ok(out)
}

fn at_a_glance(glance: &[Glance]) -> String {
    let mut out =
        "<section id=\"glance\" aria-labelledby=\"glance-title\"><h2 id=\"glance-title\">At a glance</h2><ul class=\"cards\">".to_owned();
    for Glance { label, value, state, note } in glance {
        let word = state.word().map_or_else(String::new, |word| format!("<p class=\"card-state\">{word}</p>"));
        let note = if note.is_empty() { String::new() } else { format!("<p class=\"card-note\"><bdi>{}</bdi></p>", html(note)) };
        out.push_str(&format!(
            "<li class=\"card state-{}\"><h3 class=\"card-label\">{}</h3><p class=\"card-value\"><bdi>{}</bdi></p>{word}{note}</li>",
            state.as_str(),
            html(label),
            html(value)
        ));
    }
    out.push_str("</ul></section>");
    out
}

/// The data as it stands in the page: what samples share is written once, and they hold its positions.
fn embedded(data: &Value) -> Value {
    let mut data = data.clone();
    let mut shared = Map::new();
    for column in ["tools", "steps", "flows", "session"] {
        let mut pool = Pool::default();
        for sample in data["samples"].as_array_mut().into_iter().flatten() {
            match &mut sample[column] {
                whole if column == "session" => *whole = pool.position(whole.take()),
                Value::Array(items) => items.iter_mut().for_each(|item| *item = pool.position(item.take())),
                _ => {}
            }
        }
        shared.insert(column.to_owned(), Value::Array(pool.values));
    }
    data["shared"] = Value::Object(shared);
    data
}

#[derive(Default)]
struct Pool {
    values: Vec<Value>,
    positions: HashMap<String, usize>,
}

impl Pool {
    fn position(&mut self, value: Value) -> Value {
        let next = self.values.len();
        let position = *self.positions.entry(value.to_string()).or_insert(next);
        if position == next {
            self.values.push(value);
        }
        json!(position)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_and_not_looked_at_again() {
        let places = [("{{a}}", "{{b}}".to_owned()), ("{{b}}", "{{a}}".to_owned())];
        assert_eq!(fill("<{{b}}|{{a}}>", &places).unwrap(), "<{{a}}|{{b}}>");
        assert!(matches!(fill("{{a}}", &places), Err(ReportError::Template { place: "{{b}}", count: 0 })));
        assert!(matches!(fill("{{a}}{{b}}{{a}}", &places), Err(ReportError::Template { place: "{{a}}", count: 2 })));
    }

    #[test]
    fn what_samples_share_can_be_put_back() {
        let tool = json!({"name": "a"});
        let data = json!({"samples": [
            {"tools": [tool, 7], "steps": [], "flows": [], "session": {"x": 1}},
            {"tools": [tool, tool], "steps": "no JSON", "flows": [1], "session": 3},
        ]});
        let put = embedded(&data);
        assert_eq!(put["shared"]["tools"], json!([{"name": "a"}, 7]));
        assert_eq!(put["samples"][0]["tools"], json!([0, 1]));
        assert_eq!(put["samples"][1]["tools"], json!([0, 0]));
        assert_eq!((&put["samples"][1]["steps"], &put["samples"][1]["session"]), (&json!("no JSON"), &json!(1)));
        assert_eq!(put["shared"]["session"], json!([{"x": 1}, 3]));
    }
}
