//! What a run came to: the manifest, and its counts on the terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context;
use guardset_core::{Provenance, Recipe, Stage};
use guardset_emit::{Benchmark, Counts, Imported, Input, Manifest, ShardSummary, Shortfall};
use guardset_expand::Part;

use crate::evaluation::evaluation;
use crate::failure::Failure;
use crate::generate::what_counts;
use crate::rows;
use crate::say::say;
use crate::select::{Maker, Selection};

/// The manifest of a run, but for what its views and rewordings came to.
pub fn manifest(digest: &str, maker: &Maker<'_>, selection: &Selection, shards: Vec<ShardSummary>) -> Result<Manifest, Failure> {
    let (catalog, recipe) = (maker.catalog, maker.recipe);
    let class = |class: usize| catalog.taxonomy.classes[class].id.clone();
    let mut counts = selection.fallen.clone();
    for chosen in &selection.chosen {
        let cell = &maker.plan.cells[chosen.cell];
        let label = if cell.part == Part::Attack { class(cell.class) } else { guardset_label::APPROPRIATE.to_owned() };
        counts.accept(cell.split, &label, cell.checkpoint, rows::pair_role(cell.part));
    }
    counts.close(selection.generated as u64);
    let shortfalls = selection.short.iter().map(|(cell, got)| {
        let cell = &maker.plan.cells[*cell];
        Shortfall {
            split: cell.split.to_string(),
            class: class(cell.class),
            role: cell.part.as_str().to_owned(),
            checkpoint: cell.checkpoint.to_string(),
            wanted: cell.wanted as u64,
            got: *got as u64,
        }
    });
    let resolved = Recipe { paraphrase: recipe.paraphrase.identity(), ..what_counts(recipe) };
    Ok(Manifest {
        generator_version: env!("CARGO_PKG_VERSION").to_owned(),
        taxonomy_version: catalog.taxonomy.version.clone(),
        run: digest.to_owned(),
        recipe: serde_json::to_value(resolved).context("the recipe could not be written as JSON")?,
        inputs: catalog.digests.iter().map(|(path, blake3)| Input { path: path.clone(), blake3: blake3.clone() }).collect(),
        counts,
        shortfalls: shortfalls.collect(),
        paraphrase: None,
        benchmarks: benchmarks(maker, &selection.fallen),
        sources: sources(maker, selection),
        conflicts: selection.conflicts as u64,
        leaks: selection.crossings as u64,
        audit_agreement: agreement(selection),
        evaluation: evaluation(maker, selection),
        shards,
        views: Vec::new(),
    })
}

/// Where imported seeds come from, with the rows that were made of them.
fn sources(maker: &Maker<'_>, selection: &Selection) -> Vec<Imported> {
    let catalog = maker.catalog;
    let mut sources: BTreeMap<_, Imported> = BTreeMap::new();
    let key = |provenance: &Provenance| (provenance.source.clone(), provenance.license.clone(), provenance.date.clone());
    for provenance in catalog.servers.iter().filter_map(|server| server.provenance.as_ref()) {
        sources.entry(key(provenance)).or_default().servers += 1;
    }
    for provenance in catalog.scenarios.iter().filter_map(|scenario| scenario.provenance.as_ref()) {
        sources.entry(key(provenance)).or_default().scenarios += 1;
    }
    for chosen in &selection.chosen {
        let lane = maker.plan.cells[chosen.cell].lane;
        let scenario = maker.plan.lanes[lane].unit(chosen.unit).0;
        if let Some(provenance) = &catalog.scenarios[scenario].provenance {
            sources.entry(key(provenance)).or_default().rows += 1;
        }
    }
    let named = |((source, license, date), counts): ((String, _, _), Imported)| Imported { source, license, date, ..counts };
    sources.into_iter().map(named).collect()
}

/// What the run was held against, with the candidates that fell out for it.
fn benchmarks(maker: &Maker<'_>, fallen: &Counts) -> Vec<Benchmark> {
    let loaded = maker.benchmarks.into_iter().flat_map(|benchmarks| &benchmarks.loaded);
    let rejected = |name: &str| fallen.rejected_at(Stage::Decontaminate, Some(name));
    loaded.map(|loaded| Benchmark { rejected: rejected(&loaded.name), ..loaded.entry() }).collect()
}

/// Share of the candidates that reached the audit on which it agreed with the claim. Who disagreed is a reject, so among
/// the accepted it is all of them; what can be told from this figure is how well patterns and audit understand each other.
fn agreement(selection: &Selection) -> f64 {
    let expanded = selection.generated as u64 - selection.fallen.rejected_at(Stage::Expand, None);
    let disagreed = selection.fallen.rejected_at(Stage::Label, None);
    if expanded == 0 { 0.0 } else { 1.0 - disagreed as f64 / expanded as f64 }
}

/// Prints the counts.
pub fn summary(manifest: &Manifest) {
    let counts = &manifest.counts;
    say!("{} candidates, {} rows kept ({:.1} %)", counts.generated, counts.accepted, counts.keep_rate * 100.0);
    for (stage, reasons) in &counts.rejected {
        for (reason, count) in reasons {
            say!("  {count:>7} rejected by {stage}: {reason}");
        }
    }
    say!("{} rows in conflict between labels, {} near-duplicates across splits taken out", manifest.conflicts, manifest.leaks);
    for (title, rows) in
        [("split", &counts.splits), ("checkpoint", &counts.checkpoints), ("class", &counts.classes), ("pair role", &counts.pair_roles)]
    {
        say!("by {title}:");
        for (name, count) in rows {
            say!("  {count:>7}  {:>5.1} %  {name}", *count as f64 * 100.0 / counts.accepted.max(1) as f64);
        }
    }
    let missing: u64 = manifest.shortfalls.iter().map(|short| short.wanted - short.got).sum();
    if missing > 0 {
        say!("{missing} rows short in {} cells; manifest.json lists them", manifest.shortfalls.len());
        let lacking = |class: &&str| !counts.classes.contains_key(*class);
        let classes: BTreeSet<&str> = manifest.shortfalls.iter().map(|short| short.class.as_str()).filter(lacking).collect();
        if !classes.is_empty() {
            say!("no row of {}: nothing in the seeds could be made so", classes.into_iter().collect::<Vec<_>>().join(", "));
        }
    }
}

/// Peak resident memory of this process in MiB, where the system tells.
pub fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}
