//! `guardset inspect`: what is in a data set, and samples to read.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

use guardset_core::rng;
use guardset_emit::{read_manifest, read_rows};
use rand::seq::IteratorRandom;
use serde_json::{Map, Value, json};

use crate::args::Inspect;
use crate::failure::Failure;
use crate::say::say;
use crate::views;

/// Columns whose values are counted.
const COUNTED: [&str; 12] =
    ["split", "checkpoint", "label", "unsafe", "attack_present", "pair_role", "vector", "effect", "disguise", "surface", "voice", "domain"];

/// More of them for scripts, too many to be read.
const FOR_SCRIPTS: [&str; 7] = ["agent", "language", "severity", "goal", "pattern", "protocol_version", "paraphrase_model"];

/// Columns that the class is held against.
const CROSSED: [&str; 4] = ["split", "checkpoint", "vector", "domain"];

/// Columns of which the distribution is told.
const SIZES: [&str; 3] = ["n_chars", "n_tools", "n_steps"];

/// Prints tables, or samples.
pub fn run(options: &Inspect) -> Result<(), Failure> {
    let manifest = read_manifest(&options.run.join("manifest.json"))
        .map_err(|error| Failure::input(format!("{} holds no complete run: {error}", options.run.display())))?;
    let shards: Vec<PathBuf> = manifest.shards.iter().map(|shard| options.run.join("data/canonical").join(&shard.file)).collect();
    let only: Vec<(&str, &str)> = options
        .only
        .iter()
        .map(|filter| filter.split_once('=').ok_or_else(|| Failure::input(format!("--only {filter}: write COLUMN=VALUE"))))
        .collect::<Result<_, _>>()?;
    if let Some(name) = &options.view {
        return samples(options, options.sample.max(1), &views::shards(&options.run, &manifest, name)?, &only, views::print);
    }
    if options.sample > 0 {
        return samples(options, options.sample, &shards, &only, print_sample);
    }
    if options.json {
        let counted: Vec<&'static str> = COUNTED.into_iter().chain(FOR_SCRIPTS).collect();
        say!("{:#}", json(&count(&shards, &only, &counted)?));
    } else {
        tables(count(&shards, &only, &COUNTED)?);
    }
    Ok(())
}

fn matches(row: &Map<String, Value>, only: &[(&str, &str)]) -> bool {
    only.iter().all(|(column, wanted)| match row.get(*column) {
        Some(Value::String(text)) => text == wanted,
        Some(Value::Null) | None => *wanted == "null",
        Some(other) => other.to_string().as_str() == *wanted,
    })
}

/// What was counted.
#[derive(Default)]
struct Counts {
    rows: usize,
    /// Rows by column and value.
    columns: BTreeMap<&'static str, BTreeMap<String, usize>>,
    /// Rows by class, column and value.
    classes: BTreeMap<&'static str, BTreeMap<String, BTreeMap<String, usize>>>,
    /// Sizes of safe and unsafe rows, in order.
    sizes: BTreeMap<&'static str, [Vec<i64>; 2]>,
}

fn count(shards: &[PathBuf], only: &[(&str, &str)], counted: &[&'static str]) -> Result<Counts, Failure> {
    let mut wanted: Vec<&str> = counted.to_vec();
    wanted.extend(SIZES);
    wanted.extend(only.iter().map(|(column, _)| *column).filter(|column| !counted.contains(column) && !SIZES.contains(column)));
    let mut counts = Counts::default();
    for shard in shards {
        for row in read_rows(shard, &wanted)? {
            let row = row?;
            if !matches(&row, only) {
                continue;
            }
            counts.rows += 1;
            let value = |column: &str| match &row[column] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            for column in counted {
                *counts.columns.entry(column).or_default().entry(value(column)).or_default() += 1;
            }
            for column in CROSSED {
                *counts.classes.entry(column).or_default().entry(value("label")).or_default().entry(value(column)).or_default() += 1;
            }
            let bad = usize::from(row["unsafe"].as_bool().unwrap_or_default());
            for column in SIZES {
                counts.sizes.entry(column).or_default()[bad].push(row[column].as_i64().unwrap_or_default());
            }
        }
    }
    counts.sizes.values_mut().flatten().for_each(|sizes| sizes.sort_unstable());
    Ok(counts)
}

/// The size at a hundredth of the rows.
fn at(sizes: &[i64], hundredth: usize) -> Option<i64> {
    sizes.get(sizes.len().checked_sub(1)? * hundredth / 100).copied()
}

fn json(counts: &Counts) -> Value {
    let size = |sizes: &Vec<i64>| json!({"rows": sizes.len(), "p10": at(sizes, 10), "median": at(sizes, 50), "p90": at(sizes, 90)});
    let sizes: BTreeMap<_, _> =
        counts.sizes.iter().map(|(column, [safe, bad])| (column, json!({"safe": size(safe), "unsafe": size(bad)}))).collect();
    json!({"rows": counts.rows, "columns": counts.columns, "classes": counts.classes, "sizes": sizes})
}

fn tables(mut counts: Counts) {
    say!("{} rows", counts.rows);
    for column in COUNTED {
        say!("\n{column}");
        let mut rows: Vec<_> = counts.columns.remove(column).unwrap_or_default().into_iter().collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let most = rows.first().map_or(1, |(_, count)| *count);
        for (value, count) in rows {
            say!("  {count:>8}  {:>5.1} %  {:<BAR$}  {value}", count as f64 * 100.0 / counts.rows.max(1) as f64, bar(count, most));
        }
    }
    say!("\n{:<10} {:<7} {:>8} {:>8} {:>8}", "size", "unsafe", "p10", "median", "p90");
    for (column, sides) in &counts.sizes {
        for (bad, sizes) in [false, true].into_iter().zip(sides) {
            if let (Some(low), Some(median), Some(high)) = (at(sizes, 10), at(sizes, 50), at(sizes, 90)) {
                say!("{column:<10} {bad:<7} {low:>8} {median:>8} {high:>8}");
            }
        }
    }
}

/// Characters of the longest bar.
const BAR: usize = 16;

/// A bar in eighths of a character; whatever there is shows.
fn bar(count: usize, most: usize) -> String {
    let eighths = (count * BAR * 8).div_ceil(most.max(1));
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    "█".repeat(eighths / 8) + rest
}

fn samples(
    options: &Inspect,
    count: usize,
    shards: &[PathBuf],
    only: &[(&str, &str)],
    print: fn(&Map<String, Value>),
) -> Result<(), Failure> {
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
    let mut drawn = positions.into_iter().sample(&mut rng(options.seed, &["inspect"]), count);
    drawn.sort_unstable();
    for (shard, path) in shards.iter().enumerate() {
        let wanted: Vec<usize> = drawn.iter().filter(|(s, _)| *s == shard).map(|(_, position)| *position).collect();
        if wanted.is_empty() {
            continue;
        }
        for (position, row) in read_rows(path, &[])?.enumerate() {
            let row = row?;
            if wanted.binary_search(&position).is_ok() {
                print(&row);
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
pub fn visible(text: &str) -> String {
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
