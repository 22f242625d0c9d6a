//! `guardset inspect`: what is in a data set, and samples to read.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use guardset_core::rng;
use guardset_emit::{read_manifest, read_rows};
use rand::seq::IteratorRandom;
use serde_json::{Map, Value};

use crate::args::Inspect;
use crate::failure::Failure;
use crate::say::say;

/// Columns whose values are counted.
const COUNTED: [&str; 12] =
    ["split", "checkpoint", "label", "unsafe", "attack_present", "pair_role", "vector", "effect", "disguise", "surface", "voice", "domain"];

/// Prints tables, then samples.
pub fn run(options: &Inspect) -> Result<(), Failure> {
    let manifest = read_manifest(&options.run.join("manifest.json"))
        .map_err(|error| Failure::input(format!("{} holds no complete run: {error}", options.run.display())))?;
    let shards: Vec<PathBuf> = manifest.shards.iter().map(|shard| options.run.join("data/canonical").join(&shard.file)).collect();
    let only: Vec<(&str, &str)> = options
        .only
        .iter()
        .map(|filter| filter.split_once('=').ok_or_else(|| Failure::input(format!("--only {filter}: write COLUMN=VALUE"))))
        .collect::<Result<_, _>>()?;
    if options.sample > 0 {
        return samples(options, &shards, &only);
    }
    counts(&shards, &only)
}

fn matches(row: &Map<String, Value>, only: &[(&str, &str)]) -> bool {
    only.iter().all(|(column, wanted)| match row.get(*column) {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Null) | None => *wanted == "null",
        Some(other) => other.to_string().as_str() == *wanted,
    })
}

fn counts(shards: &[PathBuf], only: &[(&str, &str)]) -> Result<(), Failure> {
    let mut columns: Vec<&str> = COUNTED.to_vec();
    columns.extend(["n_chars", "n_tools", "n_steps"]);
    columns.extend(only.iter().map(|(column, _)| *column).filter(|column| !COUNTED.contains(column)));
    let mut tables: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let mut sizes: BTreeMap<(&str, bool), Vec<i64>> = BTreeMap::new();
    let mut total = 0;
    for shard in shards {
        for row in read_rows(shard, &columns)? {
            let row = row?;
            if !matches(&row, only) {
                continue;
            }
            total += 1;
            for column in COUNTED {
                let value = match &row[column] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                *tables.entry(column).or_default().entry(value).or_default() += 1;
            }
            let bad = row["unsafe"].as_bool().unwrap_or_default();
            for column in ["n_chars", "n_tools", "n_steps"] {
                sizes.entry((column, bad)).or_default().push(row[column].as_i64().unwrap_or_default());
            }
        }
    }
    say!("{total} rows");
    for column in COUNTED {
        say!("\n{column}");
        let mut rows: Vec<_> = tables.remove(column).unwrap_or_default().into_iter().collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        for (value, count) in rows {
            say!("  {count:>8}  {:>5.1} %  {value}", count as f64 * 100.0 / total.max(1) as f64);
        }
    }
    say!("\n{:<10} {:<7} {:>8} {:>8} {:>8}", "size", "unsafe", "p10", "median", "p90");
    for ((column, bad), mut values) in sizes {
        values.sort_unstable();
        let at = |share: usize| values[(values.len() - 1) * share / 100];
        say!("{column:<10} {bad:<7} {:>8} {:>8} {:>8}", at(10), at(50), at(90));
    }
    Ok(())
}

fn samples(options: &Inspect, shards: &[PathBuf], only: &[(&str, &str)]) -> Result<(), Failure> {
    // First where they are, then what they say: no more than the drawn rows are held.
    let filter_columns: Vec<&str> = if only.is_empty() { vec!["id"] } else { only.iter().map(|(column, _)| *column).collect() };
    let mut positions = Vec::new();
    for (shard, path) in shards.iter().enumerate() {
        for (position, row) in read_rows(path, &filter_columns)?.enumerate() {
            if matches(&row?, only) {
                positions.push((shard, position));
            }
        }
    }
    let mut drawn = positions.into_iter().sample(&mut rng(options.seed, &["inspect"]), options.sample);
    drawn.sort_unstable();
    for (shard, path) in shards.iter().enumerate() {
        let wanted: Vec<usize> = drawn.iter().filter(|(s, _)| *s == shard).map(|(_, position)| *position).collect();
        if wanted.is_empty() {
            continue;
        }
        for (position, row) in read_rows(path, &[])?.enumerate() {
            let row = row?;
            if wanted.binary_search(&position).is_ok() {
                print_sample(&row);
            }
        }
    }
    Ok(())
}

fn print_sample(row: &Map<String, Value>) {
    let text = |column: &str| match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    say!("{}", "=".repeat(100));
    say!(
        "{} at {} | {} | unsafe {} | present {} | followed {} | {} | {}",
        text("label"),
        text("checkpoint"),
        text("pair_role"),
        text("unsafe"),
        text("attack_present"),
        text("attack_followed"),
        text("split"),
        text("seed")
    );
    say!(
        "vector {} | effect {} | disguise {} | severity {} | steps {}",
        text("vector"),
        text("effect"),
        text("disguise"),
        text("severity"),
        text("violating_steps")
    );
    say!("{}", "-".repeat(100));
    let mut body = visible(&text("body"));
    let (on, off) = if std::io::stdout().is_terminal() { ("\u{1b}[7m", "\u{1b}[0m") } else { ("⟦", "⟧") };
    let evidence = row.get("evidence").and_then(Value::as_array).cloned().unwrap_or_default();
    for item in &evidence {
        // Short evidence (a name, a number) stands all over a text; only sentences are worth marking.
        let quoted = visible(item["text"].as_str().unwrap_or_default());
        if quoted.chars().count() >= 24 {
            // Within a message of the protocol a text stands as JSON has it.
            let escaped = Value::String(quoted.clone()).to_string();
            let shown =
                [quoted.as_str(), escaped.trim_matches('"')].into_iter().find(|form| body.contains(form)).unwrap_or_default().to_owned();
            if !shown.is_empty() {
                body = body.replace(&shown, &format!("{on}{shown}{off}"));
            }
        }
    }
    say!("{body}");
    say!("{}", "-".repeat(100));
    say!("{}", text("rationale"));
    for item in &evidence {
        say!(
            "  {} {} [{}..{}] {}",
            item["surface"].as_str().unwrap_or_default(),
            item["pointer"].as_str().unwrap_or_default(),
            item["start"],
            item["end"],
            visible(&item["text"].to_string())
        );
    }
}

/// Control and invisible characters as escapes, so that a payload cannot write on the terminal.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c.to_string(),
            c if c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}') => {
                format!("<U+{:04X}>", u32::from(c))
            }
            c => c.to_string(),
        })
        .collect()
}
