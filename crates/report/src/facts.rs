//! What a run tells of itself: its manifest, what the probes found, how fast it was.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use guardset_emit::{Manifest, read_manifest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::error::ReportError;
use crate::folder_name;
use crate::stats::Stats;
use crate::text::{percent, share, thousands};

/// How a figure is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Green,
    Amber,
    Red,
    None,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::None => "none",
        }
    }

    /// The word beside the colour; there is none where nothing is judged.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Green => Some("Good"),
            Self::Amber => Some("Check"),
            Self::Red => Some("Problem"),
            Self::None => None,
        }
    }
}

/// One figure at a glance.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Glance {
    pub label: String,
    pub value: String,
    pub state: State,
    pub note: String,
}

/// What stands beside the shards.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Last part of the folder's path.
    pub name: String,
    pub folder: PathBuf,
    pub manifest: Manifest,
    /// Missing where nobody has probed the run.
    pub probe: Option<Probe>,
    /// Missing where the run came from elsewhere.
    pub speed: Option<Speed>,
    pub limits: Limits,
}

/// The limits of the probes, from the recipe that made the run.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Limits {
    #[serde(default = "view_auroc")]
    pub view_auroc: f64,
    #[serde(default = "size_auroc")]
    pub size_auroc: f64,
    #[serde(default = "token_ratio")]
    pub token_ratio: f64,
}

fn view_auroc() -> f64 {
    0.60
}

fn size_auroc() -> f64 {
    0.55
}

fn token_ratio() -> f64 {
    3.0
}

impl Limits {
    /// The limit on a view, if there is one.
    pub fn of(&self, score: &Score) -> Option<f64> {
        match score.limit.as_str() {
            "view" => Some(self.view_auroc),
            "size" => Some(self.size_auroc),
            _ => None,
        }
    }
}

/// `probe.json`, as far as the report goes into it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Probe {
    pub rows: u64,
    #[serde(default)]
    pub shortcuts: Vec<Score>,
    #[serde(default)]
    pub tokens: Vec<Token>,
    #[serde(default)]
    pub diversity: Diversity,
    #[serde(default)]
    pub coverage: Coverage,
    pub near_duplicates: Option<NearDuplicates>,
}

/// What one view tells alone.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Score {
    pub view: String,
    pub limit: String,
    pub rows: u64,
    #[serde(deserialize_with = "number")]
    pub auroc: f64,
    #[serde(deserialize_with = "number")]
    pub deviation: f64,
    #[serde(deserialize_with = "number")]
    pub macro_f1: f64,
    #[serde(deserialize_with = "number")]
    pub chance_f1: f64,
}

/// A word that stands more often under one label.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Token {
    pub text: String,
    pub in_unsafe: u64,
    pub in_safe: u64,
    #[serde(deserialize_with = "number")]
    pub ratio: f64,
    #[serde(deserialize_with = "number")]
    pub information: f64,
    pub is_telltale: bool,
    pub because: Option<String>,
}

/// How much says the same again.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Diversity {
    #[serde(default)]
    pub fields: BTreeMap<String, Found>,
    #[serde(default)]
    pub classes: BTreeMap<String, Found>,
}

/// The same of one kind of text.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Found {
    pub texts: u64,
    pub distinct: [f64; 3],
    #[serde(deserialize_with = "number")]
    pub self_repetition: f64,
    #[serde(deserialize_with = "number")]
    pub compression_ratio: f64,
    #[serde(deserialize_with = "number")]
    pub skeleton_repetition: f64,
    #[serde(deserialize_with = "number")]
    pub effective_number: f64,
    pub sampled: u64,
}

/// Combinations with few rows or none.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Coverage {
    #[serde(default)]
    pub thin: Vec<Thin>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Thin {
    pub class: String,
    pub axis: String,
    pub value: String,
    pub rows: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct NearDuplicates {
    pub threshold: f64,
    #[serde(deserialize_with = "number")]
    pub dropped_share: f64,
    pub rows: u64,
    #[serde(deserialize_with = "number")]
    pub plain_share: f64,
    #[serde(deserialize_with = "number")]
    pub masked_share: f64,
}

/// `.speed.json`: the one file of a run that a clock has a part in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Speed {
    pub rows: u64,
    pub seconds: f64,
    pub peak_mib: Option<u64>,
    pub threads: u64,
}

/// JSON has no word for what is not a number, and `probe.json` says null.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

fn beside<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ReportError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|source| ReportError::Beside { path: path.to_owned(), source }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ReportError::Io { path: path.to_owned(), source }),
    }
}

impl Facts {
    /// Reads what stands beside the shards of a finished run.
    pub fn read(folder: &Path) -> Result<Self, ReportError> {
        let file = folder.join("manifest.json");
        let manifest = read_manifest(&file).map_err(|source| ReportError::NoRun { path: folder.to_owned(), source })?;
        let limits = manifest.recipe.get("probe").cloned().unwrap_or_else(|| json!({}));
        Ok(Self {
            name: folder_name(folder),
            folder: folder.to_owned(),
            probe: beside(&folder.join("probe.json"))?,
            speed: beside(&folder.join(".speed.json"))?,
            limits: serde_json::from_value(limits).map_err(|source| ReportError::Beside { path: file, source })?,
            manifest,
        })
    }

    /// The shards, in the order of the manifest.
    pub fn shards(&self) -> Vec<PathBuf> {
        self.manifest.shards.iter().map(|shard| self.folder.join("data/canonical").join(&shard.file)).collect()
    }

    /// BLAKE3 of the resolved recipe as compact JSON.
    pub fn recipe_digest(&self) -> String {
        blake3::hash(self.manifest.recipe.to_string().as_bytes()).to_hex()[..32].to_owned()
    }

    /// BLAKE3 of the list of inputs in the form of `b3sum`: digest, two spaces, path, newline.
    pub fn inputs_digest(&self) -> String {
        let list: String = self.manifest.inputs.iter().map(|input| format!("{}  {}\n", input.blake3, input.path)).collect();
        blake3::hash(list.as_bytes()).to_hex()[..32].to_owned()
    }

    /// What was made from what, for programs.
    pub fn about(&self, stats: &Stats, shown: usize) -> Value {
        json!({
            "run": self.manifest.run,
            "generator_version": self.manifest.generator_version,
            "taxonomy_version": self.manifest.taxonomy_version,
            "rows": stats.rows,
            "sampled": shown,
            "recipe_digest": self.recipe_digest(),
            "inputs": self.manifest.inputs.len(),
            "inputs_digest": self.inputs_digest(),
            "sizes": stats.sizes.iter().map(|sizes| (sizes.column.to_owned(), sizes.summary())).collect::<BTreeMap<_, _>>(),
        })
    }

    /// The figures that stand first.
    pub fn glance(&self, stats: &Stats) -> Vec<Glance> {
        let mut glance = self.rows(stats);
        glance.extend(self.yields());
        glance.extend(self.probes());
        glance.extend(self.origin());
        glance
    }

    fn rows(&self, stats: &Stats) -> Vec<Glance> {
        let counts = &self.manifest.counts;
        let planned = self.manifest.recipe["total"].as_u64();
        let state = if stats.rows != counts.accepted {
            State::Red
        } else if planned.is_some_and(|planned| planned != stats.rows) {
            State::Amber
        } else {
            State::Green
        };
        let note = match planned {
            _ if stats.rows != counts.accepted => format!("the manifest counts {}", thousands(counts.accepted)),
            Some(planned) => format!("{} planned; counted in the shards", thousands(planned)),
            None => "counted in the shards".to_owned(),
        };
        let mut glance = vec![Glance { label: "Rows".into(), value: thousands(stats.rows), state, note }];

        let bad = share(stats.unsafe_rows, stats.rows);
        let wanted = self.manifest.recipe["benign_share"].as_f64().map(|benign| 1.0 - benign);
        let state = match wanted.map(|wanted| (wanted - bad).abs()) {
            Some(off) if off <= 0.01 => State::Green,
            Some(off) if off <= 0.03 => State::Amber,
            Some(_) => State::Red,
            None => State::None,
        };
        let note = wanted.map_or_else(String::new, |wanted| format!("{} wanted by the recipe", percent(wanted)));
        glance.push(Glance { label: "Unsafe".into(), value: percent(bad), state, note });

        for (label, column) in [("Classes", "label"), ("Splits", "split"), ("Checkpoints", "checkpoint"), ("Domains", "domain")] {
            let counts = stats.counts(column);
            let mut by_rows: Vec<(&str, u64)> = counts.iter().map(|count| (count.value.as_str(), count.rows())).collect();
            by_rows.sort_by_key(|(name, rows)| (std::cmp::Reverse(*rows), *name));
            let note = if by_rows.len() <= 6 {
                by_rows.iter().map(|(name, rows)| format!("{name} {}", thousands(*rows))).collect::<Vec<_>>().join(", ")
            } else {
                by_rows.last().map_or_else(String::new, |(name, rows)| format!("fewest rows: {name} with {}", thousands(*rows)))
            };
            glance.push(Glance { label: label.into(), value: counts.len().to_string(), state: State::None, note });
        }
        let pairs = stats.pairs;
        glance.push(Glance {
            label: "Pairs".into(),
            value: thousands(pairs.all),
            state: State::None,
            note: format!("{} with attack, twin and look-alike", thousands(pairs.whole)),
        });
        glance
    }

    fn yields(&self) -> Vec<Glance> {
        let manifest = &self.manifest;
        let counts = &manifest.counts;
        let stages: Vec<String> =
            counts.rejected.iter().map(|(stage, reasons)| format!("{} by {stage}", thousands(reasons.values().sum()))).collect();
        let rejected: u64 = counts.rejected.values().flat_map(BTreeMap::values).sum();
        let missing: u64 = manifest.shortfalls.iter().map(|short| short.wanted.saturating_sub(short.got)).sum();
        let mut glance = vec![
            Glance {
                label: "Keep rate".into(),
                value: percent(counts.keep_rate),
                state: State::None,
                note: format!("{} of {} candidates", thousands(counts.accepted), thousands(counts.generated)),
            },
            Glance {
                label: "Rejected".into(),
                value: percent(share(rejected, counts.generated)),
                state: State::None,
                note: if stages.is_empty() { "nothing fell out".into() } else { stages.join(", ") },
            },
            Glance {
                label: "Shortfalls".into(),
                value: manifest.shortfalls.len().to_string(),
                state: if manifest.shortfalls.is_empty() { State::Green } else { State::Amber },
                note: if missing == 0 { "every cell of the plan is filled".into() } else { format!("{} rows short", thousands(missing)) },
            },
            Glance {
                label: "Audit agrees".into(),
                value: percent(manifest.audit_agreement),
                state: State::None,
                note: "of the candidates; who disagreed was dropped".into(),
            },
            Glance {
                label: "Conflicts and crossings".into(),
                value: thousands(manifest.conflicts + manifest.leaks),
                state: State::None,
                note: format!("dropped: {} under two labels, {} near another split", manifest.conflicts, manifest.leaks),
            },
        ];
        if let Some(reworded) = &manifest.paraphrase {
            glance.push(Glance {
                label: "Reworded".into(),
                value: percent(share(reworded.rows, counts.accepted)),
                state: State::None,
                note: format!("{} rows, by {}", thousands(reworded.rows), reworded.model),
            });
        }
        glance
    }

    fn probes(&self) -> Vec<Glance> {
        let Some(probe) = &self.probe else {
            let note = "no probe.json; run guardset probe, then make the report again";
            return vec![Glance { label: "Probes".into(), value: "not run".into(), state: State::Amber, note: note.into() }];
        };
        let mut glance = Vec::new();
        for (label, kind) in [("Strongest view", "view"), ("Strongest size", "size")] {
            let scored = probe.shortcuts.iter().filter(|score| score.limit == kind && score.auroc.is_finite());
            let worst = scored.max_by(|a, b| a.auroc.total_cmp(&b.auroc));
            let Some((worst, limit)) = worst.and_then(|worst| Some((worst, self.limits.of(worst)?))) else { continue };
            glance.push(Glance {
                label: label.into(),
                value: format!("{:.3}", worst.auroc),
                state: auroc_state(worst, limit),
                note: format!("AUROC of “{}” alone; limit {limit:.2}, chance 0.50", worst.view),
            });
        }
        if let Some(whole) = probe.shortcuts.iter().find(|score| score.limit == "none") {
            glance.push(Glance {
                label: format!("View “{}”", whole.view),
                value: format!("{:.3}", whole.auroc),
                state: State::None,
                note: "AUROC of a small model on all of it; no limit".into(),
            });
        }
        let telltale =
            |justified: bool| probe.tokens.iter().filter(|token| token.is_telltale && token.because.is_some() == justified).count();
        glance.push(Glance {
            label: "Tell-tale words".into(),
            value: telltale(false).to_string(),
            state: match (telltale(false), telltale(true)) {
                (0, 0) => State::Green,
                (0, _) => State::Amber,
                _ => State::Red,
            },
            note: format!("limit 0 at a ratio of {:.1}; {} more are justified", self.limits.token_ratio, telltale(true)),
        });
        if let Some(near) = &probe.near_duplicates {
            glance.push(Glance {
                label: "Near-duplicates".into(),
                value: percent(near.plain_share),
                state: match near.plain_share {
                    none if none <= 0.0 => State::Green,
                    few if few <= 0.01 => State::Amber,
                    _ => State::Red,
                },
                note: format!(
                    "of {} rows at Jaccard {}; {} with slot values masked, {} of the candidates were dropped",
                    thousands(near.rows),
                    near.threshold,
                    percent(near.masked_share),
                    percent(near.dropped_share)
                ),
            });
        }
        let thin = &probe.coverage.thin;
        let empty = thin.iter().filter(|thin| thin.rows == 0).count();
        glance.push(Glance {
            label: "Thin combinations".into(),
            value: thousands(thin.len() as u64),
            state: if thin.is_empty() { State::Green } else { State::Amber },
            note: format!(
                "of class with checkpoint, domain or vector; {empty} of them empty, among the {} rows probed",
                thousands(probe.rows)
            ),
        });
        glance
    }

    fn origin(&self) -> Vec<Glance> {
        let manifest = &self.manifest;
        let plain = |label: &str, value: String, note: String| Glance { label: label.into(), value, state: State::None, note };
        let sum = |bytes: fn(&guardset_emit::ShardSummary) -> u64| manifest.shards.iter().map(bytes).sum::<u64>() as f64 / 1e6;
        let mut glance = vec![
            plain(
                "Shards",
                thousands(manifest.shards.len() as u64),
                format!("{:.1} MB on disk, {:.1} MB of text", sum(|shard| shard.file_bytes), sum(|shard| shard.column_bytes)),
            ),
            plain(
                "Run",
                manifest.run.chars().take(10).collect(),
                format!("{}, guardset {}, taxonomy {}", manifest.run, manifest.generator_version, manifest.taxonomy_version),
            ),
            plain(
                "Recipe",
                self.recipe_digest()[..10].to_owned(),
                format!("{}, BLAKE3 of the recipe in the manifest", self.recipe_digest()),
            ),
            plain(
                "Inputs",
                self.inputs_digest()[..10].to_owned(),
                format!(
                    "{}, BLAKE3 of the list of {} files in the manifest",
                    self.inputs_digest(),
                    thousands(manifest.inputs.len() as u64)
                ),
            ),
        ];
        match &self.speed {
            Some(speed) => {
                let rate = if speed.seconds > 0.0 { speed.rows as f64 / speed.seconds } else { 0.0 };
                let memory = speed.peak_mib.map_or_else(|| "unknown".to_owned(), |mib| format!("{} MiB", thousands(mib)));
                glance.push(plain(
                    "Speed",
                    format!("{} rows/s", thousands(rate.round() as u64)),
                    format!("{:.1} s on {} threads, of the last call of guardset generate", speed.seconds, speed.threads),
                ));
                glance.push(plain("Peak memory", memory, "of guardset generate".into()));
            }
            None => glance.push(plain("Speed", "unknown".into(), "no .speed.json: the run was copied, or made by an older program".into())),
        }
        glance
    }
}

/// Red past the limit, amber within a deviation of it.
pub(crate) fn auroc_state(score: &Score, limit: f64) -> State {
    let deviation = if score.deviation.is_finite() { score.deviation } else { 0.0 };
    match score.auroc {
        auroc if !auroc.is_finite() => State::Amber,
        auroc if auroc > limit => State::Red,
        auroc if auroc + deviation > limit => State::Amber,
        _ => State::Green,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn score(auroc: f64, deviation: f64) -> Score {
        Score { view: "user".into(), limit: "view".into(), rows: 9, auroc, deviation, macro_f1: 0.1, chance_f1: 0.1 }
    }

    #[test]
    fn a_score_is_judged_by_limit_and_deviation() {
        assert_eq!(auroc_state(&score(0.55, 0.01), 0.6), State::Green);
        assert_eq!(auroc_state(&score(0.595, 0.01), 0.6), State::Amber);
        assert_eq!(auroc_state(&score(0.601, 0.01), 0.6), State::Red);
        assert_eq!(auroc_state(&score(f64::NAN, f64::NAN), 0.6), State::Amber);
    }

    #[test]
    fn null_in_the_probe_is_no_number_and_unknown_keys_do_no_harm() {
        let probe: Probe = serde_json::from_value(json!({
            "rows": 3, "new": 1, "near_duplicates": null,
            "shortcuts": [{"view": "a", "limit": "view", "rows": 3, "auroc": null, "deviation": null, "macro_f1": 0.1, "chance_f1": 0.2}],
        }))
        .unwrap();
        assert!(probe.shortcuts[0].auroc.is_nan());
        assert!(probe.tokens.is_empty() && probe.near_duplicates.is_none());
    }
}
