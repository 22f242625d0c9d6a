//! `guardset generate`: plan, select, write, describe.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use guardset_core::{Catalog, Dedup, ProbeLimits, Provider, Recipe, Split, Taxonomy};
use guardset_emit::{
    Manifest, Paraphrased, ShardOptions, ShardSummary, ShardWriter, ViewShard, read_manifest, summarize, write_atomically, write_card,
    write_croissant, write_dataset_info, write_manifest,
};
use guardset_expand::Expander;
use guardset_views::View;
use rayon::prelude::*;

use crate::args::{Args, Generate};
use crate::benchmarks::Benchmarks;
use crate::decontaminate;
use crate::failure::Failure;
use crate::manifest::{manifest, peak_memory, summary};
use crate::paraphrase;
use crate::partition::{Note, PART, Parts, Share};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::rows;
use crate::say::say;
use crate::select::{self, Chosen, Maker, Selection, Source, select};
use crate::signatures::{SIGNATURES, SignatureWriter};
use crate::views::{self, Beside};

/// Name of the file that says which run a folder belongs to.
const RUN_FILE: &str = "run.json";

/// Every text that a model was asked to reword, with what became of it.
const PARAPHRASES: &str = "paraphrases.jsonl";

/// How fast the run was.
const SPEED: &str = ".speed.json";

/// What a folder belongs to.
struct Run {
    /// Recipe, inputs and rewordings.
    digest: String,
    /// Recipe and inputs alone, in a run with rewordings: more replies make another run of the same recipe.
    recipe: Option<String>,
    /// Rewordings in use.
    reworded: u64,
}

impl Run {
    fn with(self, rewordings: &str, count: u64) -> Self {
        let digest = blake3::hash(format!("{} {rewordings}", self.digest).as_bytes()).to_hex()[..32].to_owned();
        Self { digest, recipe: Some(self.digest), reworded: count }
    }

    fn line(&self) -> String {
        match &self.recipe {
            None => format!("{{\"run\":\"{}\"}}\n", self.digest),
            Some(recipe) => {
                format!("{{\"run\":\"{}\",\"recipe\":\"{recipe}\",\"rewordings\":{}}}\n", self.digest, self.reworded)
            }
        }
    }
}

/// How much of a run is made, and from what.
#[derive(Clone, Copy)]
pub enum What<'p> {
    /// All of it.
    Whole,
    /// One part.
    Part(Share),
    /// All of it, from its parts.
    Merge(&'p Parts),
}

/// Makes the data set, or a part of it.
pub fn run(
    args: &Args,
    options: &Generate,
    what: What<'_>,
    catalog: &mut Catalog,
    views: &[&View],
    recipe: &Recipe,
) -> Result<(), Failure> {
    let started = Instant::now();
    // Views that are not written have no part in the run.
    catalog.digests.extend(views.iter().map(|view| (view.file(), view.digest.clone())));
    let folder = args.root.join(&recipe.output);
    let benchmarks = match recipe.decontaminate.is_off() {
        true => None,
        false => Some(Benchmarks::load(&args.root, &recipe.decontaminate)?),
    };
    let mut run = Run { digest: digest(catalog, recipe, benchmarks.as_ref())?, recipe: None, reworded: 0 };
    let mut paraphrased = None;
    if recipe.paraphrase.enabled {
        match what {
            // Before a token is paid for.
            What::Whole => refuse(&folder, &run.digest, options.force)?,
            What::Part(_) | What::Merge(_) if recipe.paraphrase.provider == Provider::Replay => {}
            What::Part(_) | What::Merge(_) => return Err(Failure::input(ASK_FIRST)),
        }
        let Some(done) = paraphrase::run(args, catalog, recipe, options.dry_run)? else { return Ok(()) };
        run = run.with(&done.summary.digest, done.used);
        paraphrased = Some(done);
    }
    let catalog = &*catalog;
    let whole = run.digest.clone();
    match what {
        What::Whole => {}
        What::Part(share) => run = Run { digest: share.digest(&whole), recipe: None, reworded: 0 },
        What::Merge(parts) => parts.check(&whole)?,
    }
    let is_complete = || match what {
        What::Part(_) => Note::read(&folder).is_ok_and(|note| note.run == whole),
        _ => read_manifest(&folder.join("manifest.json")).is_ok_and(|manifest| manifest.run == whole),
    };
    if open(&folder, &run, options.force, is_complete)? {
        tracing::info!("{} is complete and up to date; nothing to do", folder.display());
        return Ok(());
    }
    if let Some(benchmarks) = &benchmarks {
        decontaminate::introduce(benchmarks);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(recipe.threads).build().context("worker threads could not be started")?;
    let expander = Expander::new(catalog);
    let plan = Plan::new(catalog, recipe, &expander);
    let maker = Maker::new(catalog, recipe, &expander, &plan, benchmarks.as_ref());
    let parts = match what {
        What::Whole => None,
        What::Merge(parts) => Some(parts),
        What::Part(share) => return pool.install(|| make_part(&folder, &whole, share, &maker, views)),
    };
    let manifest = pool.install(|| make(&folder, &whole, &maker, parts, views, paraphrased))?;
    let seconds = started.elapsed().as_secs_f64();
    write_speed(&folder, &manifest, seconds, pool.current_num_threads())?;
    let (body, columns) =
        manifest.shards.iter().fold((0, 0), |(body, columns), shard| (body + shard.text_bytes, columns + shard.column_bytes));
    summary(&manifest);
    say!(
        "{} rows, {:.1} MB of bodies and {:.1} MB of text in all in {seconds:.1} s: {:.0} rows/s, {:.1} MB/s{}",
        manifest.counts.accepted,
        body as f64 / 1e6,
        columns as f64 / 1e6,
        manifest.counts.accepted as f64 / seconds,
        columns as f64 / 1e6 / seconds,
        peak_memory().map_or_else(String::new, |mib| format!(", peak memory {mib} MiB")),
    );
    say!("{}", folder.display());
    Ok(())
}

/// How fast the run was, for the report. The one file that differs between two runs of one recipe, which is why it is
/// hidden: no part of the data set.
fn write_speed(folder: &Path, manifest: &Manifest, seconds: f64, threads: usize) -> Result<(), Failure> {
    let speed = serde_json::json!({
        "rows": manifest.counts.accepted,
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "peak_mib": peak_memory(),
        "threads": threads,
    });
    Ok(write_atomically(&folder.join(SPEED), format!("{speed}\n").as_bytes())?)
}

/// Why a part asks no model.
const ASK_FIRST: &str = "parts ask no model, or each would pay for the same replies; fill the cache with a run in one go (a small --total will do, the texts are the same) and give --provider replay";

fn make(
    folder: &Path,
    digest: &str,
    maker: &Maker<'_>,
    parts: Option<&Parts>,
    views: &[&View],
    paraphrased: Option<paraphrase::Done>,
) -> Result<Manifest, Failure> {
    let progress = Progress::default();
    let catalog = maker.catalog;
    let selection = select(maker, folder, parts.map_or(Source::All, Source::Parts), &progress)?;
    if let Some(parts) = parts {
        let made = parts.made();
        tracing::info!("{} of {} candidates were in the parts, {made} were made here", selection.generated - made, selection.generated);
        let copied = selection.chosen.iter().filter(|chosen| parts.place(chosen.cell, chosen.unit).is_some()).count();
        tracing::info!("{copied} of {} rows are copied from the parts", selection.chosen.len());
    }
    if selection.chosen.is_empty() {
        return Err(Failure::input("not a single row could be made; `guardset show` tells why a pattern does not work out"));
    }
    check_families(maker, &selection)?;
    let written = write(folder, maker, parts, views, &selection, &progress)?;
    let shards = written.iter().map(|written| written.canonical.clone()).collect();
    let mut manifest = manifest(digest, maker, &selection, shards)?;
    manifest.views = views::summaries(views, written.into_iter().map(|written| (written.split, written.views)));
    if let Some(paraphrased) = paraphrased {
        write_atomically(&folder.join(PARAPHRASES), paraphrased.lines.as_bytes())?;
        let rows = selection.chosen.iter().filter(|chosen| chosen.reworded).count() as u64;
        manifest.paraphrase = Some(Paraphrased { rows, ..paraphrased.summary });
    }
    describe(folder, &manifest, &catalog.taxonomy)?;
    Ok(manifest)
}

/// Makes a part: its rows, what fell out of it, and what became of each candidate.
fn make_part(folder: &Path, run: &str, share: Share, maker: &Maker<'_>, views: &[&View]) -> Result<(), Failure> {
    let progress = Progress::default();
    let mut signatures = SignatureWriter::create(folder)?;
    let selection = select(maker, folder, Source::Share(share, &mut signatures), &progress)?;
    for chosen in jobs(maker, &selection).iter().flat_map(|job| &job.rows) {
        signatures.stands(chosen.cell, chosen.unit)?;
    }
    let written = write(folder, maker, None, views, &selection, &progress)?;
    let note = Note {
        shards: written.iter().map(|written| written.canonical.clone()).collect(),
        views: views::summaries(views, written.into_iter().map(|written| (written.split, written.views))),
        run: run.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        share,
        candidates: selection.generated,
        rows: selection.chosen.len(),
        signatures: signatures.finish()?,
        recipe: maker.recipe.clone(),
    };
    note.write(folder)?;
    say!("part {share}: {} candidates, {} rows; `guardset merge` puts the parts together", note.candidates, note.rows);
    say!("{}", folder.display());
    Ok(())
}

/// Writes what tells of a run, for people and for programs.
pub fn describe(folder: &Path, manifest: &Manifest, taxonomy: &Taxonomy) -> Result<(), Failure> {
    write_card(&folder.join("README.md"), manifest, taxonomy)?;
    write_croissant(&folder.join("croissant.json"), manifest)?;
    if !manifest.views.is_empty() {
        write_dataset_info(&folder.join("dataset_info.json"), manifest)?;
    }
    // Last, because it says that the run is complete.
    Ok(write_manifest(&folder.join("manifest.json"), manifest)?)
}

/// BLAKE3 over the resolved recipe (but not where to, on how many threads, in how much memory, or what probes let pass), the
/// inputs, the benchmarks if there are any, and the version.
fn digest(catalog: &Catalog, recipe: &Recipe, benchmarks: Option<&Benchmarks>) -> Result<String, Failure> {
    let paraphrase = recipe.paraphrase.identity();
    let what = Recipe { probe: ProbeLimits::default(), paraphrase, ..what_counts(recipe) };
    let text =
        serde_json::to_string(&(env!("CARGO_PKG_VERSION"), what, &catalog.digests)).context("the recipe could not be written as JSON")?;
    let files = benchmarks.into_iter().flat_map(|benchmarks| &benchmarks.loaded);
    let text = files.fold(text, |text, loaded| format!("{text}\n{} {}", loaded.name, loaded.blake3));
    Ok(blake3::hash(text.as_bytes()).to_hex()[..32].to_owned())
}

/// The recipe without folder, threads and memory: they do not change a byte, so they are not part of what a run was.
pub fn what_counts(recipe: &Recipe) -> Recipe {
    let dedup = Dedup { memory: Dedup::usual_memory(), ..recipe.dedup.clone() };
    Recipe { threads: 0, output: String::new(), dedup, ..recipe.clone() }
}

fn found(folder: &Path) -> Option<serde_json::Value> {
    let text = fs::read_to_string(folder.join(RUN_FILE)).ok()?;
    serde_json::from_str::<serde_json::Value>(&text).ok().filter(|run| run["run"].is_string())
}

/// Says before anything is asked or made that a folder will not do for a run of this recipe.
fn refuse(folder: &Path, recipe: &str, force: bool) -> Result<(), Failure> {
    match found(folder) {
        Some(run) if run["recipe"] != recipe && !force => Err(another_run(folder)),
        None if holds_files(folder) => Err(not_a_run(folder)),
        _ => Ok(()),
    }
}

fn another_run(folder: &Path) -> Failure {
    Failure::input(format!(
        "{} holds another run (other recipe, seeds or version); give another --output, or --force to replace it",
        folder.display()
    ))
}

fn not_a_run(folder: &Path) -> Failure {
    Failure::input(format!("{} holds files that are not of a run; give an empty or new folder as --output", folder.display()))
}

/// Makes the folder ready. True when the same run stands there complete.
fn open(folder: &Path, run: &Run, force: bool, is_complete: impl Fn() -> bool) -> Result<bool, Failure> {
    let run_file = folder.join(RUN_FILE);
    let digest = &run.digest;
    match found(folder) {
        Some(same) if same["run"] == **digest && !force => {
            if is_complete() {
                return Ok(true);
            }
            tracing::info!("going on with the run in {}", folder.display());
            return Ok(false);
        }
        Some(other) if !force => {
            let before = other["rewordings"].as_u64().unwrap_or(0);
            if run.recipe.is_none() || other["recipe"].as_str() != run.recipe.as_deref() {
                return Err(another_run(folder));
            }
            if before > run.reworded {
                return Err(Failure::input(format!(
                    "{} holds the same run with {before} rewordings, the cache gives {}; bring back its replies, or --force to replace it",
                    folder.display(),
                    run.reworded
                )));
            }
            tracing::info!("{} had {before} rewordings, now there are {}: made anew", folder.display(), run.reworded);
        }
        // `--force` replaces a run. What is no run is somebody's own, and a README.md there is not ours to remove.
        None if holds_files(folder) => return Err(not_a_run(folder)),
        _ => {}
    }
    for name in [
        PART,
        SIGNATURES,
        "manifest.json",
        "README.md",
        "croissant.json",
        select::REJECTS,
        "probe.json",
        "report.html",
        "report.md",
        "dataset_info.json",
        SPEED,
        PARAPHRASES,
        decontaminate::FILE,
    ] {
        remove(&folder.join(name))?;
    }
    // One folder for the rows themselves, one per view.
    let data = folder.join("data");
    let canonical = data.join("canonical");
    fs::create_dir_all(&canonical).map_err(|error| unwritable(&canonical, error))?;
    for part in fs::read_dir(&data).map_err(|error| unwritable(&data, error))?.flatten().filter(|part| part.path().is_dir()) {
        for entry in fs::read_dir(part.path()).map_err(|error| unwritable(&part.path(), error))?.flatten() {
            remove(&entry.path())?;
        }
        // A folder that is not empty now holds something that is not of a run.
        let _ = fs::remove_dir(part.path());
    }
    write_atomically(&run_file, run.line().as_bytes())?;
    Ok(false)
}

/// Hidden files (`.gitkeep`, what a killed run left) do not count.
fn holds_files(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(|entry| !entry.file_name().to_string_lossy().starts_with('.')))
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound && error.kind() != std::io::ErrorKind::NotADirectory => {
            Err(unwritable(path, error))
        }
        _ => Ok(()),
    }
}

/// A file or folder that cannot be written.
pub fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Other(
        anyhow::Error::new(error).context(format!("{} cannot be written; choose another --output or make it writable", path.display())),
    )
}

/// No family may stand in two splits. The plan sees to it; this is the check that it did.
fn check_families(maker: &Maker<'_>, selection: &Selection) -> Result<(), Failure> {
    let mut split_of = BTreeMap::new();
    for chosen in &selection.chosen {
        let cell = &maker.plan.cells[chosen.cell];
        let family = maker.plan.lanes[cell.lane].unit(chosen.unit).0;
        if *split_of.entry(family).or_insert(cell.split) != cell.split {
            let name = &maker.catalog.scenarios[family].id;
            return Err(Failure::Other(anyhow::anyhow!("family {name} stands in two splits; this is a defect, please report it")));
        }
    }
    Ok(())
}

/// A shard to write: split, file name and rows.
struct Job<'s> {
    split: Split,
    file: String,
    rows: Vec<&'s Chosen>,
}

/// A shard written, with its views in their order.
struct Written {
    split: Split,
    canonical: ShardSummary,
    views: Vec<ViewShard>,
}

fn write(
    folder: &Path,
    maker: &Maker<'_>,
    parts: Option<&Parts>,
    views: &[&View],
    selection: &Selection,
    progress: &Progress,
) -> Result<Vec<Written>, Failure> {
    let jobs = jobs(maker, selection);
    progress.start("write", selection.chosen.len());
    let written = jobs.par_iter().map(|job| write_job(folder, maker, parts, views, job, progress)).collect();
    progress.finish();
    written
}

/// A shard that a run that was killed has finished, or one that is being written.
enum Shard<'t> {
    Stands(ShardSummary),
    Open(Box<ShardWriter<'t>>),
}

/// Writes a shard and its views, but for those that stand already. A row is made once for all of them, or copied from a part.
fn write_job(
    folder: &Path,
    maker: &Maker<'_>,
    parts: Option<&Parts>,
    views: &[&View],
    job: &Job<'_>,
    progress: &Progress,
) -> Result<Written, Failure> {
    let options = ShardOptions { zstd_level: maker.recipe.zstd_level };
    let path = folder.join("data/canonical").join(&job.file);
    let mut beside = Beside::open(&folder.join("data"), &job.file, views, &maker.recipe.views, options)?;
    let mut canonical = match summarize(&path) {
        Ok(summary) => Shard::Stands(summary),
        Err(_) => Shard::Open(Box::new(ShardWriter::create(&path, &maker.catalog.taxonomy, options)?)),
    };
    let mut cursors = parts.map(Parts::cursors);
    for chosen in &job.rows {
        let place = parts.and_then(|parts| parts.place(chosen.cell, chosen.unit));
        if let Some((cursors, place)) = cursors.as_mut().zip(place) {
            beside.copy(cursors, place)?;
            if let Shard::Open(writer) = &mut canonical {
                writer.copy(cursors.canonical(place)?)?;
            }
        } else if matches!(canonical, Shard::Open(_)) || beside.is_wanting() {
            let sample = rows::make(maker, chosen).map_err(|message| anyhow::anyhow!("{message}; this is a defect, please report it"))?;
            beside.push(&sample)?;
            if let Shard::Open(writer) = &mut canonical {
                writer.push(&sample)?;
            }
        }
        progress.advance(1);
    }
    let views = beside.finish()?;
    let canonical = match canonical {
        Shard::Open(writer) => writer.finish()?,
        Shard::Stands(summary) => summary,
    };
    Ok(Written { split: job.split, canonical, views })
}

fn jobs<'s>(maker: &Maker<'_>, selection: &'s Selection) -> Vec<Job<'s>> {
    let limit = maker.recipe.shard_mib as u64 * 1024 * 1024;
    let mut jobs = Vec::new();
    for split in Split::ALL {
        let mut rows: Vec<&Chosen> = selection.chosen.iter().filter(|chosen| maker.plan.cells[chosen.cell].split == split).collect();
        if rows.is_empty() {
            continue;
        }
        rows::sort(maker, &mut rows);
        let bytes: u64 = rows.iter().map(|chosen| u64::from(chosen.bytes)).sum();
        let count = bytes.div_ceil(limit).max(1) as usize;
        let size = rows.len().div_ceil(count);
        let count = rows.len().div_ceil(size);
        for (number, part) in rows.chunks(size).enumerate() {
            let file = format!("{split}-{number:05}-of-{count:05}.parquet");
            jobs.push(Job { split, file, rows: part.to_vec() });
        }
    }
    jobs
}
