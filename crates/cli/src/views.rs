//! The views of a run: rendered and written beside the rows themselves, and printed by `guardset inspect`.

use std::path::{Path, PathBuf};

use guardset_core::{Sample, Split, ViewOptions};
use guardset_emit::{Manifest, ShardOptions, ViewShard, ViewSummary, ViewWriter, content_hash, id, summarize_view};
use guardset_views::{LEFT_OUT, View};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::inspect::visible;
use crate::partition::{Cursors, Place};
use crate::say::say;

/// The shards of all views that belong to one canonical shard.
pub struct Beside<'v> {
    shards: Vec<Shard<'v>>,
    options: &'v ViewOptions,
}

/// A shard that a run that was killed has finished, or one that is being written.
enum Shard<'v> {
    Stands(ViewShard),
    Open(&'v View, Box<ViewWriter>),
}

impl<'v> Beside<'v> {
    /// Begins every shard that does not stand in `data` yet.
    pub fn open(data: &Path, file: &str, views: &[&'v View], options: &'v ViewOptions, shard: ShardOptions) -> Result<Self, Failure> {
        let open = |view: &&'v View| {
            let path = data.join(&view.name).join(file);
            Ok(match summarize_view(&path) {
                Ok(stands) => Shard::Stands(stands),
                Err(_) => Shard::Open(view, Box::new(ViewWriter::create(&path, view.has_body, shard)?)),
            })
        };
        Ok(Self { shards: views.iter().map(open).collect::<Result<_, Failure>>()?, options })
    }

    /// True when a shard needs rows.
    pub fn is_wanting(&self) -> bool {
        self.shards.iter().any(|shard| matches!(shard, Shard::Open(..)))
    }

    /// Renders a sample for each view that needs it.
    pub fn push(&mut self, sample: &Sample) -> Result<(), Failure> {
        if !self.is_wanting() {
            return Ok(());
        }
        let id = id(sample.checkpoint, &content_hash(&sample.text.body));
        for shard in &mut self.shards {
            let Shard::Open(view, writer) = shard else { continue };
            match view.render(sample, &id, self.options) {
                Ok(Some(row)) => writer.push(&row)?,
                Ok(None) => writer.leave_out(),
                Err(message) => {
                    let (file, seed) = (view.file(), &sample.lineage.seed);
                    return Err(Failure::Other(anyhow::anyhow!("{file}: the sample with seed `{seed}` cannot be rendered: {message}")));
                }
            }
        }
        Ok(())
    }

    /// Copies the row of each view that needs it, where a part has one.
    pub fn copy(&mut self, cursors: &mut Cursors<'_>, place: Place) -> Result<(), Failure> {
        for (index, shard) in self.shards.iter_mut().enumerate() {
            let Shard::Open(_, writer) = shard else { continue };
            match cursors.view(place, index)? {
                Some(cursor) => writer.copy(cursor)?,
                None => writer.leave_out(),
            }
        }
        Ok(())
    }

    /// Puts the files in their places. In the order of the views.
    pub fn finish(self) -> Result<Vec<ViewShard>, Failure> {
        let finish = |shard| match shard {
            Shard::Stands(stands) => Ok(stands),
            Shard::Open(_, writer) => Ok(writer.finish()?),
        };
        self.shards.into_iter().map(finish).collect()
    }
}

/// What the manifest says of the views. `shards` has the shards of each split, for each the views in their order.
pub fn summaries(views: &[&View], shards: impl Iterator<Item = (Split, Vec<ViewShard>)>) -> Vec<ViewSummary> {
    let summary = |view: &&View| ViewSummary {
        name: view.name.clone(),
        description: view.description.clone(),
        has_body: view.has_body,
        ..ViewSummary::default()
    };
    let mut summaries: Vec<ViewSummary> = views.iter().map(summary).collect();
    for (split, shards) in shards {
        for (summary, shard) in summaries.iter_mut().zip(shards) {
            summary.add(split, shard, LEFT_OUT);
        }
    }
    summaries
}

/// Paths of the shards of a view in a finished run.
pub fn shards(run: &Path, manifest: &Manifest, name: &str) -> Result<Vec<PathBuf>, Failure> {
    let Some(view) = manifest.views.iter().find(|view| view.name == name) else {
        let known: Vec<&str> = manifest.views.iter().map(|view| view.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Failure::input(format!("--view {name}: {} has no such view; it has {known}", run.display())));
    };
    Ok(view.shards.iter().map(|shard| run.join("data").join(name).join(&shard.file)).collect())
}

/// Prints a row of a view, message by message.
pub fn print(row: &Map<String, Value>) {
    let word = |column: &str| match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "-".to_owned(),
        Some(other) => other.to_string(),
    };
    say!("{}", "=".repeat(100));
    say!("{} | class {} at {} | {} | {}", word("id"), word("class"), word("checkpoint"), word("pair_role"), word("split"));
    say!("label {} | unsafe {} | flipped {} | categories {}", word("label"), word("unsafe"), word("flipped"), word("categories"));
    for message in row.get("messages").and_then(Value::as_array).into_iter().flatten() {
        say!("{} {}", "-".repeat(10), message["role"].as_str().unwrap_or_default());
        say!("{}", visible(message["content"].as_str().unwrap_or_default()));
    }
}
