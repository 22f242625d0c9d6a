use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ByteSize, Catalog, Checkpoint, Corpus, Paraphrase, Problems, Split, ViewOptions};

/// What to make: `guardset.toml`. The shipped file explains each key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Run seed.
    pub seed: u64,
    /// Part of the files that the run is made of.
    #[serde(default)]
    pub corpus: Corpus,
    /// Folders of seeds, relative to the recipe's folder.
    #[serde(default = "shipped_seeds")]
    pub seeds: Vec<String>,
    /// Rows to accept.
    pub total: usize,
    /// Share of rows labelled `appropriate`, 0 to 1.
    pub benign_share: f64,
    /// Folder of the run, relative to the recipe's folder.
    pub output: String,
    /// Worker threads; 0 for one per core.
    pub threads: usize,
    /// Rows of text per shard, in MiB before compression.
    pub shard_mib: usize,
    /// zstd level of the shards.
    pub zstd_level: i32,
    /// Candidates tried per wanted row before a cell is called short.
    pub max_attempts: usize,
    /// Look-alikes are made of attacks that are among the rows, and twins of those with a look-alike, at the same checkpoint.
    #[serde(default)]
    pub whole_pairs: bool,
    /// Share of sessions with benign side business that resembles an attack, 0 to 1.
    pub errands: f64,
    /// Relative weight of each class; one that is not named weighs 1, 0 leaves it out.
    #[serde(default)]
    pub class_weights: BTreeMap<String, f64>,
    /// Relative weight of each kind of benign row.
    pub benign: BenignShares,
    /// Relative weight of each checkpoint.
    pub checkpoints: CheckpointShares,
    /// Relative weight of each surface; one that is not named is left out.
    pub surfaces: BTreeMap<String, f64>,
    /// Relative weight of each split.
    pub splits: SplitShares,
    /// What the unseen splits are made of.
    pub holdout: Holdout,
    /// Near-duplicates.
    pub dedup: Dedup,
    /// Benchmarks that no row may repeat.
    #[serde(default, skip_serializing_if = "Decontaminate::is_off")]
    pub decontaminate: Decontaminate,
    /// Rewording by a language model.
    #[serde(default)]
    pub paraphrase: Paraphrase,
    /// Guard formats to render the rows for.
    #[serde(default)]
    pub views: ViewOptions,
    /// What `guardset probe` lets pass. It has no part in what a run makes.
    #[serde(default)]
    pub probe: ProbeLimits,
}

fn shipped_seeds() -> Vec<String> {
    vec!["seeds".to_owned()]
}

/// Relative weights of benign rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenignShares {
    /// The session of an attack without the attack.
    pub twin: f64,
    /// The surface of an attack, made legitimate.
    pub lookalike: f64,
    /// Attacked sessions in which the assistant refuses or asks.
    pub resisted: f64,
    /// Attacked sessions cut before the violation.
    pub prefix: f64,
    /// Sessions that no attack fits or that stand alone.
    pub plain: f64,
}

/// Relative weights of checkpoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointShares {
    /// Tool listing.
    pub tool_listing: f64,
    /// Pending tool call.
    pub tool_call: f64,
    /// Tool result.
    pub tool_result: f64,
    /// Whole session.
    pub session: f64,
}

impl CheckpointShares {
    /// The weight of a checkpoint.
    pub fn of(&self, checkpoint: Checkpoint) -> f64 {
        match checkpoint {
            Checkpoint::ToolListing => self.tool_listing,
            Checkpoint::ToolCall => self.tool_call,
            Checkpoint::ToolResult => self.tool_result,
            Checkpoint::Session => self.session,
        }
    }
}

/// Relative weights of splits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitShares {
    /// Training.
    pub train: f64,
    /// Validation.
    pub validation: f64,
    /// Test on unseen scenarios.
    pub test: f64,
    /// Test on unseen patterns.
    pub test_unseen_pattern: f64,
    /// Test on unseen servers.
    pub test_unseen_server: f64,
    /// Test on unseen domains.
    pub test_unseen_domain: f64,
}

impl SplitShares {
    /// The weight of a split.
    pub fn of(&self, split: Split) -> f64 {
        match split {
            Split::Train => self.train,
            Split::Validation => self.validation,
            Split::Test => self.test,
            Split::TestUnseenPattern => self.test_unseen_pattern,
            Split::TestUnseenServer => self.test_unseen_server,
            Split::TestUnseenDomain => self.test_unseen_domain,
        }
    }
}

/// What no row of `train`, `validation` and `test` may touch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// Domains of `test_unseen_domain`.
    pub domains: Vec<String>,
    /// Servers of `test_unseen_server`.
    pub servers: Vec<String>,
    /// Patterns of `test_unseen_pattern`.
    pub patterns: Vec<String>,
}

/// How near-duplicates are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dedup {
    /// Jaccard similarity of word 5-grams from which two texts count as duplicates, above 0.5 and at most 1.
    pub threshold: f64,
    /// Memory that the search may take before it goes on in a file of the run's folder. It changes no verdict.
    #[serde(default = "Dedup::usual_memory", deserialize_with = "given_or_usual", skip_serializing_if = "Dedup::is_usual")]
    pub memory: ByteSize,
}

/// A size, or what is usual for 0 and for an empty text.
fn given_or_usual<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
    let given = ByteSize::deserialize(deserializer)?;
    Ok(if given == ByteSize(0) { Dedup::usual_memory() } else { given })
}

impl Dedup {
    /// What the search may take where the recipe says nothing.
    pub fn usual_memory() -> ByteSize {
        ByteSize(256 << 20)
    }

    fn is_usual(memory: &ByteSize) -> bool {
        *memory == Self::usual_memory()
    }
}

/// What no row may repeat, and what counts as repeating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Decontaminate {
    /// Files of benchmarks, relative to the recipe's folder; `name=path` gives one a name other than the file's.
    pub against: Vec<String>,
    /// Fields that hold their texts; guessed where none is named.
    pub columns: Vec<String>,
    /// Words in a stretch that must not stand in a row.
    pub ngram: usize,
    /// Jaccard similarity of pairs of words from which on a text counts as reworded.
    pub threshold: f64,
}

impl Default for Decontaminate {
    fn default() -> Self {
        Self { against: Vec::new(), columns: Vec::new(), ngram: 13, threshold: 0.5 }
    }
}

impl Decontaminate {
    /// True when rows are held against nothing.
    pub fn is_off(&self) -> bool {
        self.against.is_empty()
    }

    /// What of it is out of range: the place and what would be right.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        if !(8..=64).contains(&self.ngram) {
            problems.push(("decontaminate.ngram", format!("{} is out of range; give 8 to 64 words", self.ngram)));
        }
        if !(0.5..=1.0).contains(&self.threshold) {
            problems.push(("decontaminate.threshold", format!("{} is out of range; give a number from 0.5 to 1", self.threshold)));
        }
        problems
    }
}

/// What `guardset probe` looks at and what it lets pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeLimits {
    /// Rows that the models look at; words are counted in all.
    pub sample: usize,
    /// Rows that are compared for near-duplicates.
    pub compare: usize,
    /// Highest AUROC for `unsafe` of a view that must not decide the label.
    pub view_auroc: f64,
    /// Highest AUROC for `unsafe` of lengths and counts.
    pub size_auroc: f64,
    /// How many times as often a word beside the evidence may stand under one label as under the other.
    pub token_ratio: f64,
    /// Share of the rows of a label from which on that is looked at.
    pub token_share: f64,
    /// Rows below which a combination of class and checkpoint, domain or vector is called thin.
    pub thin: usize,
    /// Words that pass the limit, each with the reason why that is in order.
    pub justified: BTreeMap<String, String>,
}

impl Default for ProbeLimits {
    fn default() -> Self {
        Self {
            sample: 20_000,
            compare: 250_000,
            view_auroc: 0.6,
            size_auroc: 0.55,
            token_ratio: 3.0,
            token_share: 0.005,
            thin: 5,
            justified: BTreeMap::new(),
        }
    }
}

impl Recipe {
    /// Reads a recipe. Errors name line and column.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let mut problems = Problems::default();
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            problems.add(file, line, "", error.message());
            problems
        })
    }

    /// Every way in which the recipe does not fit the catalog or itself.
    pub fn check(&self, file: &str, catalog: &Catalog) -> Problems {
        let mut problems = Problems::default();
        let mut wrong = |place: &str, message: String| problems.add(file, None, place, message);
        if self.seeds.is_empty() {
            wrong("seeds", "names no folder; give at least one, such as \"seeds\"".into());
        }
        if self.total == 0 {
            wrong("total", "must be at least 1".into());
        }
        if !(0.0..1.0).contains(&self.benign_share) {
            wrong("benign_share", format!("{} is no share of the rows; give a number from 0 up to, not including, 1", self.benign_share));
        }
        if !(0.0..=1.0).contains(&self.errands) {
            wrong("errands", format!("{} is no share of the sessions; give a number from 0 to 1", self.errands));
        }
        if !(self.dedup.threshold > 0.5 && self.dedup.threshold <= 1.0) {
            wrong("dedup.threshold", format!("{} is out of range; give a number above 0.5 and up to 1", self.dedup.threshold));
        }
        for (place, message) in self.decontaminate.problems() {
            wrong(place, message);
        }
        let probe = &self.probe;
        for (place, limit) in [("probe.view_auroc", probe.view_auroc), ("probe.size_auroc", probe.size_auroc)] {
            if !(0.5..=1.0).contains(&limit) {
                wrong(place, format!("{limit} is no limit for an AUROC; give a number from 0.5 (chance) to 1"));
            }
        }
        if !(probe.token_ratio >= 1.0 && (0.0..=1.0).contains(&probe.token_share)) {
            wrong("probe", "`token_ratio` must be at least 1 and `token_share` a share from 0 to 1".into());
        }
        if self.shard_mib == 0 {
            wrong("shard_mib", "must be at least 1".into());
        }
        if self.max_attempts == 0 {
            wrong("max_attempts", "must be at least 1".into());
        }
        if !(1..=22).contains(&self.zstd_level) {
            wrong("zstd_level", format!("{} is no zstd level; give 1 to 22", self.zstd_level));
        }
        let domain = |domain: usize| catalog.domains[domain].corpus == self.corpus;
        for (place, known, names) in [
            (
                "class_weights",
                catalog.taxonomy.classes.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(),
                self.class_weights.keys().collect::<Vec<_>>(),
            ),
            ("surfaces", catalog.surfaces.iter().map(|s| s.id.as_str()).collect(), self.surfaces.keys().collect()),
            ("paraphrase.styles", catalog.styles.iter().map(|s| s.id.as_str()).collect(), self.paraphrase.styles.keys().collect()),
            (
                "holdout.domains",
                catalog.domains.iter().filter(|d| d.corpus == self.corpus).map(|d| d.id.as_str()).collect(),
                self.holdout.domains.iter().collect(),
            ),
            (
                "holdout.servers",
                catalog.servers.iter().filter(|s| domain(s.domain)).map(|s| s.name.as_str()).collect(),
                self.holdout.servers.iter().collect(),
            ),
            (
                "holdout.patterns",
                catalog.patterns.iter().filter(|p| p.corpus == self.corpus).map(|p| p.id.as_str()).collect(),
                self.holdout.patterns.iter().collect(),
            ),
        ] {
            for name in names {
                if !known.contains(&name.as_str()) {
                    wrong(place, format!("`{name}` is unknown; known are {}", known.join(", ")));
                }
            }
        }
        let benign = &self.benign;
        for (place, weights) in [
            ("class_weights", self.class_weights.values().copied().collect::<Vec<_>>()),
            ("surfaces", self.surfaces.values().copied().collect()),
            ("paraphrase.styles", self.paraphrase.styles.values().copied().collect()),
            ("benign", vec![benign.twin, benign.lookalike, benign.resisted, benign.prefix, benign.plain]),
            ("checkpoints", Checkpoint::ALL.map(|c| self.checkpoints.of(c)).to_vec()),
            ("splits", Split::ALL.map(|s| self.splits.of(s)).to_vec()),
        ] {
            if weights.iter().any(|w| !w.is_finite() || *w < 0.0) {
                wrong(place, "weights must not be negative".into());
            } else if !matches!(place, "class_weights" | "paraphrase.styles") && weights.iter().sum::<f64>() <= 0.0 {
                wrong(place, "at least one weight must be above 0".into());
            }
        }
        for (split, held_out, place) in [
            (Split::TestUnseenDomain, self.holdout.domains.is_empty(), "holdout.domains"),
            (Split::TestUnseenServer, self.holdout.servers.is_empty(), "holdout.servers"),
            (Split::TestUnseenPattern, self.holdout.patterns.is_empty(), "holdout.patterns"),
        ] {
            if self.splits.of(split) > 0.0 && held_out {
                wrong(place, format!("`splits.{split}` has a share, so name at least one, or set that share to 0"));
            }
        }
        self.paraphrase.check(catalog, &mut wrong);
        self.views.check(&mut wrong);
        problems
    }
}
