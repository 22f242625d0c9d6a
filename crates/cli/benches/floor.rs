//! What the bytes of a run cost at least: the same columns copied, sketched and compressed, and nothing else.
//!
//! ```text
//! cargo bench -p guardset --bench floor -- RUN [--rows 20000]
//! ```
//!
//! Reads rows of a finished run, holds their columns in memory and measures, on one thread and on two at the same time:
//! - **fill**: every column of a row written once into one buffer, from the row's own text;
//! - **sketch**: what deduplication needs of the body;
//! - **zstd**: each column in blocks of 1 MiB at level 3, tool lists once each, as their dictionary has them.
//!
//! The sum is a floor for these bytes: nothing is drawn, audited, compared, framed or written. It prints a Markdown table and,
//! last, one line of JSON. What a run costs beside its floor is told by `bench/whole_run.sh`.

use std::collections::HashSet;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use guardset_dedup::Sketch;
use serde_json::{Map, Value};

/// A row, column by column: body, tools, session, steps, messages.
type Row = [String; COLUMNS.len()];
const COLUMNS: [&str; 5] = ["body", "tools", "session", "steps", "messages"];
const TOOLS: usize = 1;
/// As large as a page of our shards.
const BLOCK: usize = 1 << 20;
const LEVEL: i32 = 3;
/// The best of so many rounds counts: what else the machine does only adds.
const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let Some(run) = words.first() else {
        return println!("floor: no run given; cargo bench -p guardset --bench floor -- RUN");
    };
    let most = words.iter().position(|word| word == "--rows").and_then(|at| words.get(at + 1)?.parse().ok()).unwrap_or(20_000);
    let rows = read(Path::new(run), most);
    assert!(!rows.is_empty(), "{run}: no row in data/canonical");
    let bytes: usize = rows.iter().flatten().map(String::len).sum();
    let body: usize = rows.iter().map(|row| row[0].len()).sum();

    println!("| primitive, µs of CPU a row | one thread | two at once |\n| --- | ---: | ---: |");
    let halves: Vec<&[Row]> = rows.chunks(rows.len().div_ceil(2)).collect();
    let mut floor = [0.0; 2];
    for (name, primitive) in [("fill", fill as fn(&[Row])), ("sketch", sketch), ("zstd 3", compress)] {
        let micros = [&[&*rows][..], &halves].map(|parts| best(primitive, parts) * 1e6 / rows.len() as f64);
        println!("| {name} | {:.1} | {:.1} |", micros[0], micros[1]);
        floor.iter_mut().zip(micros).for_each(|(sum, micros)| *sum += micros);
    }
    println!("| floor | {:.1} | {:.1} |", floor[0], floor[1]);
    let rates = [1e6 / floor[0], 2e6 / floor[1]];
    println!("| rows/s, each thread on a core of its own | {:.0} | {:.0} |", rates[0], rates[1]);
    let per_row = |bytes: usize| bytes / rows.len();
    let summary = serde_json::json!({
        "rows": rows.len(), "body_bytes": per_row(body), "text_bytes": per_row(bytes),
        "floor_rows_s_1": rates[0].round(), "floor_rows_s_2": rates[1].round(), "floor_us": floor,
    });
    println!("{summary}");
}

/// Rows of the canonical shards, in the order of the files.
fn read(run: &Path, most: usize) -> Vec<Row> {
    let folder = run.join("data/canonical");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut shards: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    shards.sort();
    let rows = shards.iter().flat_map(|shard| guardset_emit::read_rows(shard, &COLUMNS).expect("a shard"));
    rows.map(|row| columns(&row.expect("a row"))).take(most).collect()
}

fn columns(row: &Map<String, Value>) -> Row {
    COLUMNS.map(|column| match &row[column] {
        Value::String(text) => text.clone(),
        Value::Array(messages) if column == "messages" => messages.iter().filter_map(|message| message["content"].as_str()).collect(),
        json => json.to_string(),
    })
}

/// Seconds of CPU that a primitive takes over all parts, each on a thread of its own at the same time.
fn best(primitive: fn(&[Row]), parts: &[&[Row]]) -> f64 {
    let part = |part: &[Row]| {
        let start = (Instant::now(), on_cpu());
        primitive(part);
        // Where the system does not tell, the clock on the wall has to do.
        on_cpu().zip(start.1).map_or_else(|| start.0.elapsed().as_secs_f64(), |(end, start)| end - start)
    };
    let round = || {
        std::thread::scope(|scope| {
            let threads: Vec<_> = parts.iter().map(|rows| scope.spawn(|| part(rows))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a primitive does not panic")).sum::<f64>()
        })
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Seconds that this thread has run, which other work on the machine does not lengthen much.
fn on_cpu() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

fn fill(rows: &[Row]) {
    let mut buffer = String::new();
    for row in rows {
        buffer.clear();
        row.iter().for_each(|column| buffer.push_str(column));
        black_box(&buffer);
    }
}

fn sketch(rows: &[Row]) {
    let mut sketch = Sketch::of("");
    for row in rows {
        sketch.redraw(&row[0]);
        black_box(&sketch);
    }
}

fn compress(rows: &[Row]) {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL).expect("a level of zstd");
    let mut out = vec![0; zstd::zstd_safe::compress_bound(2 * BLOCK)];
    let mut block = Vec::with_capacity(2 * BLOCK);
    let mut flush = |block: &mut Vec<u8>| {
        black_box(compressor.compress_to_buffer(block, &mut out).expect("room for a block"));
        block.clear();
    };
    for column in 0..COLUMNS.len() {
        let mut seen = HashSet::new();
        for text in rows.iter().map(|row| &row[column]).filter(|text| column != TOOLS || seen.insert(*text)) {
            block.extend_from_slice(text.as_bytes());
            if block.len() >= BLOCK {
                flush(&mut block);
            }
        }
        flush(&mut block);
    }
}
