//! `guardset decontaminate`: which rows of a finished run repeat texts of benchmarks, and, if asked, the run without them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use guardset_core::{Decontaminate, Recipe};
use guardset_dedup::Kind;
use guardset_emit::{Manifest, ShardOptions, drop_rows, read_manifest, read_rows, summarize, write_atomically};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::args::{Args, Decontaminate as Options};
use crate::benchmarks::{Benchmarks, Found};
use crate::failure::Failure;
use crate::generate::describe;
use crate::progress::Progress;
use crate::say::say;
use crate::units;

/// Name of the file that lists what was found.
pub const FILE: &str = "contamination.jsonl";

/// A row that repeats a benchmark: a line of `contamination.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    id: String,
    split: String,
    benchmark: String,
    benchmark_row: u64,
    kind: String,
    similarity: f64,
    /// Texts of the benchmark that the row repeats in this way; the others of the line belong to the most similar.
    texts: u64,
    excerpt: String,
    /// The row is out of the run, or goes now.
    removed: bool,
}

/// Prints the counts, writes `contamination.jsonl`, and fails when something was found and stays.
pub fn run(args: &Args, options: &Options) -> Result<(), Failure> {
    let (base, section) = section(args, options)?;
    let manifest = read_manifest(&options.run.join("manifest.json"))
        .map_err(|error| Failure::input(format!("{} holds no complete run: {error}", options.run.display())))?;
    let benchmarks = Benchmarks::load(&base, &section)?;
    introduce(&benchmarks);

    let found = scan(&options.run, &manifest, &benchmarks)?;
    let lines = lines(options, &benchmarks, &found)?;
    write_lines(&options.run.join(FILE), &lines)?;
    table(&benchmarks, &found);
    say!("{}", options.run.join(FILE).display());
    let rows = found.len();
    if options.remove {
        let left = remove(args, options, manifest, &benchmarks, &lines)?;
        say!("{rows} rows taken out, {left} are left; probe.json and the report tell of the run before, so make them anew");
        return Ok(());
    }
    match rows {
        0 => Ok(()),
        _ => Err(Failure::Other(anyhow::anyhow!("{rows} rows repeat texts of benchmarks; read {FILE}, and take them out with --remove"))),
    }
}

/// What the command line says, and the recipe where it says nothing. Files can be named where no recipe is.
fn section(args: &Args, options: &Options) -> Result<(PathBuf, Decontaminate), Failure> {
    let file = args.root.join(&args.recipe);
    let mut section = match fs::read_to_string(&file) {
        Ok(text) => Recipe::parse(&args.recipe.display().to_string(), &text)?.decontaminate,
        Err(_) if !options.against.is_empty() && !file.exists() => Decontaminate::default(),
        Err(error) => return Err(Failure::input(format!("{}: cannot be read: {error}", file.display()))),
    };
    section.ngram = options.ngram.unwrap_or(section.ngram);
    section.threshold = options.threshold.unwrap_or(section.threshold);
    if !options.column.is_empty() {
        section.columns.clone_from(&options.column);
    }
    if options.against.is_empty() {
        return match section.is_off() {
            true => Err(Failure::input("name benchmarks with --against FILE, or in [decontaminate] of the recipe")),
            false => Ok((args.root.clone(), section)),
        };
    }
    section.against.clone_from(&options.against);
    Ok((PathBuf::new(), section))
}

/// Says what was read, and from which columns: a wrong guess must not pass for a clean run.
pub fn introduce(benchmarks: &Benchmarks) {
    for loaded in &benchmarks.loaded {
        let mut columns = loaded.columns.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        if loaded.columns.len() > 8 {
            columns += &format!(" and {} more", loaded.columns.len() - 8);
        }
        say!(
            "{}: {} texts to look for, of {} in {} records (columns {columns}); the others are repeated or too short",
            loaded.name,
            loaded.texts,
            loaded.found,
            loaded.records,
        );
        if loaded.bad > 0 {
            say!("{}: {} records could not be read and are passed over", loaded.name, loaded.bad);
        }
    }
}

/// A row that repeats something.
struct Row {
    id: String,
    split: String,
    found: Vec<Found>,
}

fn shards(run: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    manifest.shards.iter().map(|shard| run.join("data/canonical").join(&shard.file)).collect()
}

fn scan(run: &Path, manifest: &Manifest, benchmarks: &Benchmarks) -> Result<Vec<Row>, Failure> {
    let progress = Progress::default();
    progress.start("compare", manifest.counts.accepted as usize);
    let columns: Vec<&str> = ["id", "split"].into_iter().chain(units::COLUMNS).collect();
    let found: Vec<Vec<Row>> = shards(run, manifest)
        .par_iter()
        .map(|path| {
            let mut rows = Vec::new();
            for row in read_rows(path, &columns)? {
                let row = row?;
                let found = benchmarks.find(&mut |each| units::of_row(&row, each));
                if !found.is_empty() {
                    let word = |column: &str| row[column].as_str().unwrap_or_default().to_owned();
                    rows.push(Row { id: word("id"), split: word("split"), found });
                }
                progress.advance(1);
            }
            Ok(rows)
        })
        .collect::<Result<_, Failure>>()?;
    progress.finish();
    Ok(found.into_iter().flatten().collect())
}

/// The lines of `contamination.jsonl`: what went earlier, then what was found now.
///
/// They are written before a row is taken out, so a run that is killed in between can be asked again: a row that is
/// listed and not there was taken out.
fn lines(options: &Options, benchmarks: &Benchmarks, found: &[Row]) -> Result<Vec<Line>, Failure> {
    let there: BTreeSet<&str> = found.iter().map(|row| row.id.as_str()).collect();
    let mut lines = read_lines(&options.run.join(FILE))?;
    lines.retain(|line| line.removed && !there.contains(line.id.as_str()));
    for row in found {
        lines.extend(row.found.iter().map(|found| Line {
            id: row.id.clone(),
            split: row.split.clone(),
            benchmark: benchmarks.loaded[found.benchmark].name.clone(),
            benchmark_row: found.place,
            kind: found.hit.kind.as_str().to_owned(),
            similarity: (found.hit.similarity * 1000.0).round() / 1000.0,
            texts: found.texts.len() as u64,
            excerpt: found.hit.excerpt.clone(),
            removed: options.remove,
        }));
    }
    Ok(lines)
}

fn read_lines(path: &Path) -> Result<Vec<Line>, Failure> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(Vec::new()) };
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| Failure::input(format!("{}:{}: not written by guardset ({error}); move it away", path.display(), number + 1)))
    };
    text.lines().enumerate().map(parse).collect()
}

fn write_lines(path: &Path, lines: &[Line]) -> Result<(), Failure> {
    let mut text = String::new();
    for line in lines {
        text += &serde_json::to_string(line).map_err(|error| Failure::Other(error.into()))?;
        text.push('\n');
    }
    Ok(write_atomically(path, text.as_bytes())?)
}

fn table(benchmarks: &Benchmarks, found: &[Row]) {
    say!("{:<32} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}", "benchmark", "texts", "matched", "rows", "overlap", "short", "reworded");
    for (number, loaded) in benchmarks.loaded.iter().enumerate() {
        let mut matched: BTreeSet<u32> = BTreeSet::new();
        let (mut rows, mut kinds) = (0, BTreeMap::<Kind, u64>::new());
        for row in found {
            let mut of_this = row.found.iter().filter(|found| found.benchmark == number).peekable();
            rows += u64::from(of_this.peek().is_some());
            for found in of_this {
                matched.extend(&found.texts);
                *kinds.entry(found.hit.kind).or_default() += 1;
            }
        }
        let [overlap, short, reworded] =
            [Kind::Overlap, Kind::Short, Kind::Reworded].map(|kind| kinds.get(&kind).copied().unwrap_or_default());
        say!("{:<32} {:>8} {:>8} {rows:>8} {overlap:>8} {short:>8} {reworded:>8}", loaded.name, loaded.texts, matched.len());
    }
}

/// Writes the shards that hold such rows again without them, then corrects manifest and card. Gives the rows left.
///
/// Every step can be done twice: the counts are those of the shards as they are afterwards.
fn remove(args: &Args, options: &Options, mut manifest: Manifest, benchmarks: &Benchmarks, lines: &[Line]) -> Result<u64, Failure> {
    let ids: BTreeSet<&str> = lines.iter().map(|line| line.id.as_str()).collect();
    let shard_options = ShardOptions { zstd_level: manifest.recipe["zstd_level"].as_i64().map_or(3, |level| level as i32) };
    let canonical = shards(&options.run, &manifest);
    for path in canonical.iter().chain(&views(&options.run)?) {
        let mut there = false;
        for row in read_rows(path, &["id"])? {
            there |= row?["id"].as_str().is_some_and(|id| ids.contains(id));
        }
        if there {
            drop_rows(path, shard_options, |id| ids.contains(id))?;
        }
    }
    recount(&mut manifest, &canonical)?;
    for loaded in &benchmarks.loaded {
        let of_this = lines.iter().filter(|line| line.benchmark == loaded.name);
        let removed = of_this.map(|line| line.id.as_str()).collect::<BTreeSet<_>>().len() as u64;
        match manifest.benchmarks.iter_mut().find(|known| known.name == loaded.name) {
            Some(known) => known.removed = removed,
            None => manifest.benchmarks.push(guardset_emit::Benchmark { removed, ..loaded.entry() }),
        }
        say!("{}: {removed} rows taken out", loaded.name);
    }
    let catalog = crate::load(args)?;
    for view in &mut manifest.views {
        view.recount(&options.run.join("data").join(&view.name))?;
    }
    describe(&options.run, &manifest, &catalog.taxonomy)?;
    Ok(manifest.counts.accepted)
}

/// The shards of every other form in which the same rows are written.
fn views(run: &Path) -> Result<Vec<PathBuf>, Failure> {
    let data = run.join("data");
    let listed = |folder: &Path| -> Result<Vec<PathBuf>, Failure> {
        let entries = fs::read_dir(folder).map_err(|error| Failure::Other(anyhow::anyhow!("{}: {error}", folder.display())))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        Ok(paths)
    };
    let mut shards = Vec::new();
    for view in listed(&data)?.into_iter().filter(|path| path.is_dir() && !path.ends_with("canonical")) {
        shards.extend(listed(&view)?.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "parquet")));
    }
    Ok(shards)
}

fn recount(manifest: &mut Manifest, shards: &[PathBuf]) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for path in shards {
        for row in read_rows(path, &["split", "label", "checkpoint", "pair_role"])? {
            let row = row?;
            rows.push(["split", "label", "checkpoint", "pair_role"].map(|column| row[column].as_str().unwrap_or("none").to_owned()));
        }
    }
    manifest.counts.recount(rows.iter().map(|row| row.each_ref().map(String::as_str)));
    manifest.shards = shards.iter().map(|path| summarize(path)).collect::<Result<_, _>>()?;
    Ok(())
}
