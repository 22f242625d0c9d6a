//! `guardset disjoint`: whether two runs have anything in common that would let a model know one from the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guardset_dedup::{Group, Index, Sketch};
use guardset_emit::{read_manifest, read_rows};
use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::args::Disjoint;
use crate::failure::Failure;
use crate::say::say;

/// What no two rows of disjoint runs share.
const KINDS: [&str; 5] = ["domain", "family", "pattern", "server", "tool"];

/// Position of servers among them.
const SERVER: usize = 3;

/// Columns that tell it.
const COLUMNS: [&str; 6] = ["domain", "family", "pattern", "servers", "tools", "body"];

/// How many names are told of what is shared.
const TOLD: usize = 5;

/// Prints what two runs share, and fails when it is anything.
pub fn run(options: &Disjoint) -> Result<(), Failure> {
    let runs = [Run::read(&options.run)?, Run::read(&options.other)?];
    let mut shared = Vec::new();
    for (index, kind) in KINDS.iter().enumerate() {
        let names: Vec<&str> = runs[0].names[index].intersection(&runs[1].names[index]).map(String::as_str).collect();
        say!("{:>6} {:>6}  {kind}, {} in both", runs[0].names[index].len(), runs[1].names[index].len(), names.len());
        if !names.is_empty() {
            shared.push(format!("{kind}: {}{}", names[..names.len().min(TOLD)].join(", "), if names.len() > TOLD { ", ..." } else { "" }));
        }
    }
    let near = near(runs, options.threshold);
    say!("{near} rows of {} are near-duplicates of a row of {}", options.run.display(), options.other.display());
    if near > 0 {
        shared.push(format!("{near} near-duplicates"));
    }
    match shared.is_empty() {
        true => Ok(()),
        false => Err(Failure::input(format!("the two runs are not disjoint\n  {}", shared.join("\n  ")))),
    }
}

/// What is compared of a run.
struct Run {
    names: [BTreeSet<String>; 5],
    sketches: Vec<Sketch>,
}

impl Run {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let manifest = read_manifest(&folder.join("manifest.json"))
            .map_err(|error| Failure::input(format!("{} holds no complete run: {error}", folder.display())))?;
        let shards: Vec<PathBuf> = manifest.shards.iter().map(|shard| folder.join("data/canonical").join(&shard.file)).collect();
        // Beside them stand the servers that attacks bring along, whose names are drawn from the word lists that all runs share.
        let own: BTreeSet<&str> = manifest.inputs.iter().filter_map(|input| server(&input.path)).collect();
        let parts = shards.par_iter().map(|shard| Self::shard(shard)).collect::<Result<Vec<_>, Failure>>()?;
        let mut run = Self { names: Default::default(), sketches: Vec::new() };
        for part in parts {
            run.names.iter_mut().zip(part.names).for_each(|(all, names)| all.extend(names));
            run.sketches.extend(part.sketches);
        }
        run.names[SERVER].retain(|name| own.contains(name.as_str()));
        Ok(run)
    }

    fn shard(path: &Path) -> Result<Self, Failure> {
        let mut run = Self { names: Default::default(), sketches: Vec::new() };
        for row in read_rows(path, &COLUMNS)? {
            let row = row?;
            for (names, found) in run.names.iter_mut().zip(names(&row)) {
                names.extend(found);
            }
            run.sketches.push(Sketch::of(row["body"].as_str().unwrap_or_default()));
        }
        Ok(run)
    }
}

/// The names of a row, in the order of [`KINDS`]. A tool is one of its server: an attack may put a bare name anywhere.
fn names(row: &Map<String, Value>) -> [Vec<String>; 5] {
    let text = |column: &str| row[column].as_str().map(str::to_owned).into_iter().collect();
    let each = |column: &str| row[column].as_array().into_iter().flatten();
    let servers = each("servers").filter_map(|server| server.as_str().map(str::to_owned)).collect();
    let tools = each("tools").map(|tool| format!("{}.{}", word(&tool["_meta"]["server"]), word(&tool["name"]))).collect();
    [text("domain"), text("family"), text("pattern"), servers, tools]
}

/// The server that a file of the seeds is about.
fn server(path: &str) -> Option<&str> {
    let (folder, file) = path.rsplit_once('/')?;
    folder.ends_with("/servers").then(|| file.strip_suffix(".toml"))?
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Rows of the first run that are near one of the second, whatever their labels.
fn near(runs: [Run; 2], threshold: f64) -> usize {
    let mut index = Index::new(threshold);
    let [first, second] = runs.map(|run| run.sketches);
    let count = first.len() as u64;
    for (item, sketch) in (0..).zip(first.into_iter().chain(second)) {
        // Each in a group of its own: what is near within a run is not asked here.
        index.offer(Group { question: item, label: 0 }, item, sketch);
    }
    let pairs = index.crossing(|item| Some(item >= count));
    pairs.iter().map(|(item, _, _)| item).collect::<BTreeSet<_>>().len()
}
