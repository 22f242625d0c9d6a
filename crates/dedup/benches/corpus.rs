//! Deduplicates a corpus once, and prints one JSON object: documents per second, memory, what was dropped.
//!
//! ```text
//! cargo bench -p guardset-dedup --bench corpus -- FOLDER [--memory BYTES] [--removed FILE]
//! cargo bench -p guardset-dedup --bench corpus -- --rows N [--words N] [--memory BYTES]
//! ```
//!
//! The first form reads `FOLDER/jsonl/*.jsonl`, lines of `{"id", "text"}` with ids from 0 on, and writes the ids that were dropped.
//! `bench/dedup.py` makes such a corpus and scores the outcome; reading it is not timed. The second form makes texts of its own as it
//! goes, about 3 KB each (380 words), of which one in five is near another: the memory of the process is that of the index, and
//! the time is mostly that of making texts.

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use corpus::{Random, Shape, USUAL, edited, sample, text};
use guardset_dedup::{Group, Index, Sketch, Spill, Verdict};
use rayon::prelude::*;

const THRESHOLD: f64 = 0.8;
/// Texts sketched at a time: few enough that their sketches stay in the cache.
const BATCH: usize = 512;

fn main() {
    let mut args = env::args().skip(1).filter(|arg| arg != "--bench");
    let (mut folder, mut rows, mut memory, mut removed) = (None, None, usize::MAX, None);
    let mut shape = USUAL;
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| fail(&format!("{arg} needs a value")));
        match arg.as_str() {
            "--rows" => rows = Some(number(&value())),
            "--words" => shape.words = number(&value()),
            "--memory" => memory = number(&value()),
            "--removed" => removed = Some(PathBuf::from(value())),
            _ => folder = Some(PathBuf::from(arg)),
        }
    }
    match (folder, rows) {
        (Some(folder), None) => of_corpus(&folder, memory, removed.as_deref()),
        (None, Some(rows)) => of_own(rows, shape, memory),
        _ => println!("no corpus: bench/dedup.py makes one and runs this; `-- --rows 1000000` measures memory without one"),
    }
}

fn of_corpus(folder: &Path, memory: usize, removed: Option<&Path>) {
    let texts = read(folder);
    let loaded = resident("VmRSS");
    let mut run = Run::new(memory);
    let (start, cpu) = (Instant::now(), cpu());
    run.all(texts.len(), |number, sketch| sketch.redraw(&texts[number]));
    let wall = start.elapsed();
    if let Some(path) = removed {
        let lines: String = run.dropped.iter().map(|id| format!("{id}\n")).collect();
        fs::write(path, lines).unwrap_or_else(|error| fail(&format!("{}: {error}", path.display())));
    }
    run.print(texts.len(), wall, self::cpu() - cpu, resident("VmHWM") - loaded);
}

fn of_own(rows: usize, shape: Shape, memory: usize) {
    let mut run = Run::new(memory);
    let (start, cpu) = (Instant::now(), cpu());
    run.all(rows, |number, sketch| sketch.redraw(&text(&own(number, shape))));
    run.print(rows, start.elapsed(), self::cpu() - cpu, resident("VmHWM"));
}

/// One in five is the fourth before it with some words replaced.
fn own(number: usize, shape: Shape) -> Vec<String> {
    let source = |number: usize| sample(&mut Random(number as u64), number % 2003, shape);
    match number % 5 {
        4 => edited(&mut Random(number as u64), &source(number - 4), number / 5 % 15),
        _ => source(number),
    }
}

struct Run {
    index: Index<Spill>,
    dropped: Vec<usize>,
}

impl Run {
    fn new(memory: usize) -> Self {
        Self { index: Index::with_memory(THRESHOLD, memory, &env::temp_dir()), dropped: Vec::new() }
    }

    /// Sketches a batch while the one before it is offered, so that no thread waits.
    fn all(&mut self, count: usize, draw: impl Fn(usize, &mut Sketch) + Sync) {
        let mut current = vec![Sketch::of(""); BATCH];
        let mut next = current.clone();
        let mut offered = 0..0;
        for start in (0..count + BATCH).step_by(BATCH) {
            let coming = start.min(count)..(start + BATCH).min(count);
            let sketch = || next[..coming.len()].par_iter_mut().zip(coming.clone()).for_each(|(sketch, number)| draw(number, sketch));
            rayon::join(|| self.offer(offered, &current), sketch);
            offered = coming;
            std::mem::swap(&mut current, &mut next);
        }
    }

    fn offer(&mut self, numbers: std::ops::Range<usize>, sketches: &[Sketch]) {
        for (number, sketch) in numbers.zip(sketches) {
            match self.index.offer(Group { question: 0, label: 0 }, number as u64, sketch) {
                Ok(Verdict::Kept) => {}
                Ok(_) => self.dropped.push(number),
                Err(error) => fail(&error.to_string()),
            }
        }
    }

    fn print(&self, count: usize, wall: Duration, cpu: f64, peak: u64) {
        let (wall, index) = (wall.as_secs_f64(), self.index.memory());
        let line = serde_json::json!({
            "tool": "guardset", "docs": count, "wall": wall, "cpu": cpu, "docs_s": (count as f64 / wall).round(),
            "docs_per_cpu_s": (count as f64 / cpu).round(), "removed": self.dropped.len(), "peak_above_load_mb": peak / 1_000_000,
            "index_mb": index / 1_000_000, "index_bytes_per_row": index / count.max(1), "spilled_mb": self.index.spilled() / 1_000_000,
        });
        println!("{line}");
    }
}

fn read(folder: &Path) -> Vec<String> {
    let jsonl = folder.join("jsonl");
    let entries = fs::read_dir(&jsonl).unwrap_or_else(|error| fail(&format!("{}: {error}; bench/dedup.py makes it", jsonl.display())));
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let texts: Vec<Vec<String>> = files.par_iter().map(|file| lines(file)).collect();
    texts.into_iter().flatten().collect()
}

fn lines(file: &Path) -> Vec<String> {
    let content = fs::read_to_string(file).unwrap_or_else(|error| fail(&format!("{}: {error}", file.display())));
    let text = |line: &str| serde_json::from_str::<serde_json::Value>(line).ok()?["text"].as_str().map(str::to_owned);
    let parsed = content.lines().map(|line| text(line).unwrap_or_else(|| fail(&format!("{}: a line has no text", file.display()))));
    parsed.collect()
}

/// Bytes of memory of this process, now (`VmRSS`) or at most (`VmHWM`); 0 where the system does not tell.
fn resident(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Seconds of CPU that this process took, of which Linux counts hundredths.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| fail(&format!("`{text}` is no number")))
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    process::exit(2)
}
