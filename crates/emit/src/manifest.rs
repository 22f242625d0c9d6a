use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use guardset_core::{Checkpoint, PairRole, Reject, Split, Stage};
use serde::{Deserialize, Serialize};

use crate::view::summarize_view;
use crate::{EmitError, Evaluation, ShardSummary, ViewShard, write_atomically};

/// `manifest.json`: what a run was made from, what came out, and what fell out. No clock is in it: same recipe, same
/// bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of guardset.
    pub generator_version: String,
    /// Version of the taxonomy.
    pub taxonomy_version: String,
    /// Digest of recipe and inputs: two runs that share it hold the same rows.
    pub run: String,
    /// The recipe as resolved.
    pub recipe: serde_json::Value,
    /// Every file read.
    pub inputs: Vec<Input>,
    /// Rows in, out and rejected.
    pub counts: Counts,
    /// Cells of the plan that the corpus could not fill.
    pub shortfalls: Vec<Shortfall>,
    /// Rows dropped because their text stood under two labels.
    pub conflicts: u64,
    /// Rows dropped because a near copy stood in another split.
    pub leaks: u64,
    /// Share of the audited candidates on which audit and pattern agree, 0 to 1. Who disagrees is rejected, so among the
    /// accepted rows it is all.
    pub audit_agreement: f64,
    /// Rewording by a language model; `None` in a run without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paraphrase: Option<Paraphrased>,
    /// Benchmarks that no row repeats; none in a run that was held against none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benchmarks: Vec<Benchmark>,
    /// What of the seeds was imported, and from where; none in a run of shipped seeds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Imported>,
    /// Counts of a run that is for evaluation; `None` in one that models are trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Shards in `data/canonical`.
    pub shards: Vec<ShardSummary>,
    /// The same rows rendered for guard formats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ViewSummary>,
}

/// A view: the rows rendered for one guard format.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ViewSummary {
    /// Its name; the shards are in `data/NAME`.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// Whether it has the session as one text, in a column `body`.
    #[serde(default)]
    pub has_body: bool,
    /// Rows in its shards.
    pub rows: u64,
    /// Rows by split.
    pub splits: BTreeMap<String, u64>,
    /// Rows that it does not have, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// Rows whose violated categories were left out of the prompt, so that the answer is safe.
    pub flipped: u64,
    /// Its shards.
    pub shards: Vec<ShardSummary>,
}

impl ViewSummary {
    /// Tells again what the shards in `folder` hold, after rows were taken out of them.
    pub fn recount(&mut self, folder: &Path) -> Result<(), EmitError> {
        let shards = std::mem::take(&mut self.shards);
        (self.rows, self.flipped) = (0, 0);
        self.splits.clear();
        for shard in shards {
            let Some(split) = Split::ALL.into_iter().find(|split| split.as_str() == shard.split()) else { continue };
            // What the view never had stays counted.
            let found = ViewShard { left_out: 0, ..summarize_view(&folder.join(&shard.file))? };
            self.add(split, found, "");
        }
        Ok(())
    }

    /// Adds a shard of a split up. `reason` is why rows were left out.
    pub fn add(&mut self, split: Split, shard: ViewShard, reason: &str) {
        self.rows += shard.summary.rows;
        self.flipped += shard.flipped;
        *self.splits.entry(split.to_string()).or_default() += shard.summary.rows;
        if shard.left_out > 0 {
            *self.left_out.entry(reason.to_owned()).or_default() += shard.left_out;
        }
        self.shards.push(shard.summary);
    }
}

/// Where imported seeds of a run come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Imported {
    /// Command line, address or data set.
    pub source: String,
    /// Licence, where one was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Day of the import, where one was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Servers in the seeds.
    pub servers: u64,
    /// Scenarios in the seeds.
    pub scenarios: u64,
    /// Rows made of these scenarios.
    pub rows: u64,
}

/// A benchmark that a run was held against.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benchmark {
    /// Its name.
    pub name: String,
    /// BLAKE3 of the file, in hex.
    pub blake3: String,
    /// Texts that were sought.
    pub texts: u64,
    /// Candidates rejected because they repeat one, while the run was made.
    pub rejected: u64,
    /// Rows taken out of the finished run.
    pub removed: u64,
}

/// What a language model reworded. Nothing in it depends on how often a run was stopped: the replies alone decide.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Paraphrased {
    /// Model asked for.
    pub model: String,
    /// Models as the servers name them, with the texts of each that are in use.
    pub served_by: BTreeMap<String, u64>,
    /// Sampling, as in the recipe.
    pub sampling: serde_json::Value,
    /// Prompts: path and BLAKE3.
    pub prompts: Vec<Input>,
    /// Digest of every rewording in use.
    pub digest: String,
    /// Texts by field, and within it by side (`attack`, `benign`, `shared`).
    pub fields: BTreeMap<String, BTreeMap<String, Rewordings>>,
    /// Rewordings in use by field and style, after attacks and look-alikes were made even.
    pub styles: BTreeMap<String, u64>,
    /// Tokens of the replies that were looked at, usable or not: sent and received, as the servers count them.
    pub tokens: [u64; 2],
    /// Rows with a rewording in what the guard sees.
    pub rows: u64,
}

/// What became of the texts of one kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rewordings {
    /// Texts.
    pub texts: u64,
    /// Texts with nothing to reword, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Rewordings wanted.
    pub wanted: u64,
    /// Rewordings in use.
    pub used: u64,
    /// Usable ones taken away again, so that attacks and look-alikes are reworded alike.
    pub evened_out: u64,
    /// Wanted ones for which no attempt gave a usable reply; the text written by hand stands.
    pub given_up: u64,
    /// Wanted ones that were not answered: no request was sent, or none succeeded.
    pub unanswered: u64,
    /// Replies that could not be used, by reason; one text may have several.
    pub rejected: BTreeMap<String, u64>,
    /// Usable replies over all replies looked at, 0 to 1.
    pub keep_rate: f64,
}

/// A file read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its path within the project.
    pub path: String,
    /// BLAKE3 of its bytes, in hex.
    pub blake3: String,
}

/// A cell of the plan with fewer rows than wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// Split.
    pub split: String,
    /// Class.
    pub class: String,
    /// Kind of row: `attack`, `twin`, `lookalike` and so on.
    pub role: String,
    /// Checkpoint.
    pub checkpoint: String,
    /// Rows planned.
    pub wanted: u64,
    /// Rows accepted.
    pub got: u64,
}

/// Rows in, out and rejected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Candidates made.
    pub generated: u64,
    /// Rows in the shards.
    pub accepted: u64,
    /// `accepted` over `generated`; see [`Counts::close`].
    pub keep_rate: f64,
    /// Rejects by stage and reason.
    pub rejected: BTreeMap<String, BTreeMap<String, u64>>,
    /// Accepted rows by split.
    pub splits: BTreeMap<String, u64>,
    /// Accepted rows by class.
    pub classes: BTreeMap<String, u64>,
    /// Accepted rows by checkpoint.
    pub checkpoints: BTreeMap<String, u64>,
    /// Accepted rows by place in the pair; `none` for rows without one.
    pub pair_roles: BTreeMap<String, u64>,
}

impl Counts {
    /// Counts a row that goes into a shard.
    pub fn accept(&mut self, split: Split, label: &str, checkpoint: Checkpoint, pair_role: Option<PairRole>) {
        self.accepted += 1;
        increment(&mut self.splits, split.as_str());
        increment(&mut self.classes, label);
        increment(&mut self.checkpoints, checkpoint.as_str());
        increment(&mut self.pair_roles, pair_role.map_or("none", PairRole::as_str));
    }

    /// Counts a row that fell out.
    pub fn reject(&mut self, reject: &Reject) {
        increment(self.rejected.entry(reject.stage.to_string()).or_default(), &reject.reason);
    }

    /// Rows that fell out at a stage, for a reason or for any.
    pub fn rejected_at(&self, stage: Stage, reason: Option<&str>) -> u64 {
        let reasons = self.rejected.get(&stage.to_string()).into_iter().flatten();
        reasons.filter(|(name, _)| reason.is_none_or(|reason| *name == reason)).map(|(_, count)| count).sum()
    }

    /// Counts the rows of a finished run anew. Candidates and rejects stay as they were counted when it was made.
    pub fn recount<'r>(&mut self, rows: impl Iterator<Item = [&'r str; 4]>) {
        let tallies = [&mut self.splits, &mut self.classes, &mut self.checkpoints, &mut self.pair_roles];
        tallies.into_iter().for_each(BTreeMap::clear);
        self.accepted = 0;
        for [split, label, checkpoint, pair_role] in rows {
            self.accepted += 1;
            increment(&mut self.splits, split);
            increment(&mut self.classes, label);
            increment(&mut self.checkpoints, checkpoint);
            increment(&mut self.pair_roles, pair_role);
        }
        self.close(self.generated);
    }

    /// Sets the number of candidates, and with it the keep rate.
    pub fn close(&mut self, generated: u64) {
        self.generated = generated;
        self.keep_rate = if generated == 0 { 0.0 } else { self.accepted as f64 / generated as f64 };
    }
}

fn increment(counts: &mut BTreeMap<String, u64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.to_owned(), 1);
        }
    }
}

/// Writes `manifest.json`.
pub fn write_manifest(path: &Path, manifest: &Manifest) -> Result<(), EmitError> {
    let mut bytes = serde_json::to_vec_pretty(manifest).map_err(|source| EmitError::Json { path: path.to_owned(), source })?;
    bytes.push(b'\n');
    write_atomically(path, &bytes)
}

/// Reads `manifest.json`.
pub fn read_manifest(path: &Path) -> Result<Manifest, EmitError> {
    let bytes = fs::read(path).map_err(|source| EmitError::io(path, source))?;
    serde_json::from_slice(&bytes).map_err(|source| EmitError::Json { path: path.to_owned(), source })
}
