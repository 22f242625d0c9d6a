//! `guardset probe`: what a model could learn from a data set that it should not, and whether that is within limits.

use std::path::{Path, PathBuf};

use guardset_core::{ProbeLimits, Recipe, hash_text};
use guardset_dedup::{Group, Index, Sketch, Verdict};
use guardset_emit::{Manifest, read_manifest, read_rows, write_atomically};
use guardset_probe::{NearDuplicates, Report, Row, Words, masked};
use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::args::{Args, Probe};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::say::say;

/// Rows sketched at a time.
const BATCH: usize = 4096;

/// Prints the table, writes `probe.json`, and fails when a limit is passed.
pub fn run(args: &Args, options: &Probe) -> Result<(), Failure> {
    let file = args.root.join(&args.recipe);
    let text = std::fs::read_to_string(&file).map_err(|error| Failure::input(format!("{}: cannot be read: {error}", file.display())))?;
    let limits = Recipe::parse(&args.recipe.display().to_string(), &text)?.probe;
    let manifest = read_manifest(&options.run.join("manifest.json"))
        .map_err(|error| Failure::input(format!("{} holds no complete run: {error}", options.run.display())))?;
    let shards: Vec<PathBuf> = manifest.shards.iter().map(|shard| options.run.join("data/canonical").join(&shard.file)).collect();

    let progress = Progress::default();
    let (rows, words) = read(&shards, options.sample.unwrap_or(limits.sample), &progress)?;
    if rows.is_empty() {
        return Err(Failure::input(format!("{} holds no row", options.run.display())));
    }
    let mut report = guardset_probe::probe(&rows, &words, &limits);
    report.near_duplicates = Some(near_duplicates(&shards, &manifest, &limits, &progress)?);

    let target = options.json.clone().unwrap_or_else(|| options.run.join("probe.json"));
    write(&target, &report)?;
    say!("{}", report.table(&limits));
    say!("{}", target.display());
    let failures = report.failures(&limits);
    match failures.is_empty() {
        true => Ok(()),
        false => Err(Failure::input(format!(
            "{} limits of [probe] in {} are passed; docs/corpus.md tells how to mend that\n  {}{}",
            failures.len(),
            args.recipe.display(),
            failures.iter().take(NAMED).cloned().collect::<Vec<_>>().join("\n  "),
            match failures.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!("\n  and {more} more; {} has them all", target.display()),
            }
        ))),
    }
}

/// Passed limits that are named; a small run passes hundreds.
const NAMED: usize = 20;

/// At most `wanted` rows, spread evenly over the ids, whatever their order; and the words of all rows.
fn read(shards: &[PathBuf], wanted: usize, progress: &Progress) -> Result<(Vec<Row>, Words), Failure> {
    let ids: Vec<Vec<u64>> = shards.par_iter().map(|path| ids(path)).collect::<Result<_, Failure>>()?;
    let mut all: Vec<u64> = ids.iter().flatten().copied().collect();
    progress.start("read", all.len());
    all.sort_unstable();
    let last = all.get(wanted).copied().unwrap_or(u64::MAX);
    let parts: Vec<(Vec<Row>, Words)> = shards
        .par_iter()
        .zip(&ids)
        .map(|(path, ids)| {
            let (mut rows, mut words) = (Vec::new(), Words::default());
            for (row, id) in read_rows(path, &Row::COLUMNS)?.zip(ids) {
                let row = Row::read(&row?).map_err(|message| Failure::input(format!("{}: {message}", path.display())))?;
                words.count(&row);
                progress.advance(1);
                if *id < last {
                    rows.push(row);
                }
            }
            Ok((rows, words))
        })
        .collect::<Result<_, Failure>>()?;
    progress.finish();
    let (mut rows, mut words) = (Vec::new(), Words::default());
    for (part, counted) in parts {
        rows.extend(part);
        words.merge(counted);
    }
    // By text, so that the models see no shard, split or pair in a row.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|at| hash_text(&rows[*at].body));
    Ok((order.into_iter().map(|at| std::mem::take(&mut rows[at])).collect(), words))
}

/// A stable number for each row of a shard.
fn ids(path: &Path) -> Result<Vec<u64>, Failure> {
    read_rows(path, &["id"])?.map(|row| Ok(hash_text(row?["id"].as_str().unwrap_or_default()))).collect()
}

/// How many rows are near another of their group, as they stand and with slot values masked.
fn near_duplicates(shards: &[PathBuf], manifest: &Manifest, limits: &ProbeLimits, progress: &Progress) -> Result<NearDuplicates, Failure> {
    let threshold = manifest.recipe["dedup"]["threshold"].as_f64().unwrap_or(0.8);
    let mut indices = [Index::new(threshold), Index::new(threshold)];
    let (mut rows, mut near) = (0usize, [0usize; 2]);
    progress.start("compare", manifest.counts.accepted as usize);
    for path in shards {
        let mut batch: Vec<Map<String, Value>> = Vec::with_capacity(BATCH);
        let mut all = read_rows(path, &["body", "checkpoint", "label", "attack_present"])?.peekable();
        while let Some(row) = all.next() {
            batch.push(row?);
            if batch.len() < BATCH && all.peek().is_some() {
                continue;
            }
            let sketches: Vec<[Sketch; 2]> = batch
                .par_iter()
                .map(|row| {
                    let body = row["body"].as_str().unwrap_or_default();
                    [Sketch::of(body), Sketch::of(&masked(body))]
                })
                .collect();
            for (row, sketches) in batch.drain(..).zip(sketches) {
                let word = |column: &str| row[column].as_str().unwrap_or_default().to_owned();
                let label = hash_text(&format!("{}/{}", word("label"), row["attack_present"]));
                let question = hash_text(&word("checkpoint"));
                for (which, sketch) in sketches.into_iter().enumerate() {
                    let verdict = indices[which].offer(Group { question, label }, rows as u64, sketch);
                    near[which] += usize::from(matches!(verdict, Verdict::Near { .. } | Verdict::Exact { .. }));
                }
                rows += 1;
                progress.advance(1);
            }
            if rows >= limits.compare {
                break;
            }
        }
    }
    progress.finish();
    let dropped: u64 = manifest.counts.rejected.get("dedup").into_iter().flat_map(|reasons| reasons.values()).sum();
    let share = |count: usize| count as f64 / rows.max(1) as f64;
    Ok(NearDuplicates {
        threshold,
        dropped_share: dropped as f64 / manifest.counts.generated.max(1) as f64,
        rows,
        plain_share: share(near[0]),
        masked_share: share(near[1]),
    })
}

fn write(path: &Path, report: &Report) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(report).map_err(|error| Failure::Other(error.into()))?;
    Ok(write_atomically(path, format!("{text}\n").as_bytes())?)
}
