//! From what came in to a folder of seed files per source.

use std::collections::{BTreeMap, BTreeSet};

use guardset_core::Provenance;
use serde_json::Value;

use crate::compose::scenarios;
use crate::dialogue::Dialogue;
use crate::formats::ToolRecord;
use crate::knowledge::Knowledge;
use crate::listing::Listing;
use crate::pool::Pool;
use crate::recast;
use crate::refused::Refused;
use crate::seed::{Lines, SeedScenario, quoted};
use crate::server::{Composed, Identity, server};
use crate::shelf::{Shelf, server_name};
use crate::words::{capital, slug, words};

/// Scenarios that are made per tool: as many as make a set of about this size, within these bounds.
const SCENARIOS: usize = 160;
const PER_TOOL: std::ops::RangeInclusive<usize> = 1..=6;

/// What the user says of a source.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Name of the folder; made of the source where it is not given.
    pub name: Option<String>,
    /// Day of the import, ISO 8601.
    pub date: Option<String>,
    /// Licence of what carries none of its own.
    pub license: Option<String>,
    /// Scenarios per tool; chosen by the number of tools where it is not given.
    pub per_tool: Option<usize>,
}

/// Seed files, and what was left out of them.
#[derive(Debug, Default)]
pub struct Seeds {
    /// Path below the folder of seeds, and text.
    pub files: BTreeMap<String, String>,
    /// What was left out.
    pub refused: Vec<Refused>,
    /// Servers in the files.
    pub servers: usize,
    /// Tools in the files.
    pub tools: usize,
    /// Scenarios in the files.
    pub scenarios: usize,
    /// Ids of the scenarios, which are unique over all files.
    ids: BTreeSet<String>,
}

/// Seeds of servers that were asked, in one folder.
pub fn of_listings(knowledge: &Knowledge, listings: &[Listing], origin: &Origin) -> Seeds {
    let folder = folder_name(origin, listings.first().map_or("servers", |listing| listing.name.as_str()));
    let count: usize = listings.iter().map(|listing| listing.tools.len()).sum();
    let per_tool = per_tool(origin, count);
    let mut seeds = Seeds::default();
    let mut taken = BTreeSet::new();
    for listing in listings {
        let text = serde_json::to_string_pretty(listing).unwrap_or_default();
        let name = unique(&slug(&listing.name), &mut taken);
        let said = |key: &str| listing.server[key].as_str().map(str::to_owned);
        let identity = Identity {
            name: name.clone(),
            title: said("title").or_else(|| Some(capital(&words(&listing.name).join(" ")))),
            version: said("version"),
            package: listing.package.clone(),
            instructions: listing.instructions.clone(),
            protocol: Some(listing.protocol.clone()),
            provenance: Provenance {
                source: listing.source.clone(),
                date: origin.date.clone(),
                license: origin.license.clone(),
                digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
            },
        };
        let unlisted = listing.refused.iter();
        seeds.refused.extend(unlisted.map(|one| Refused::tool(&name, &one.tool, ("unusable_definition", one.reason.clone()))));
        let composed = server(knowledge, &identity, &listing.tools);
        seeds.files.insert(format!("{folder}/listings/{name}.json"), text + "\n");
        seeds.add(&folder, &composed, scenarios(knowledge, &composed, per_tool));
    }
    seeds.domain(&folder, origin);
    seeds
}

/// Seeds of definitions, a folder per source.
pub fn of_tools(knowledge: &Knowledge, records: &[ToolRecord], origin: &Origin) -> Seeds {
    let mut sources: BTreeMap<String, Vec<&ToolRecord>> = BTreeMap::new();
    for record in records {
        sources.entry(folder_name(origin, record.source.as_deref().unwrap_or("tools"))).or_default().push(record);
    }
    let count = records.iter().map(|record| record.tools.len()).sum();
    let per_tool = per_tool(origin, count);
    let mut seeds = Seeds::default();
    let mut taken = BTreeSet::new();
    for (folder, records) in sources {
        let mut shelves: BTreeMap<(String, Option<String>), Shelf> = BTreeMap::new();
        for record in &records {
            let license = record.license.clone().or_else(|| origin.license.clone());
            let shelf = shelves.entry((record.server.clone().unwrap_or_default(), license)).or_default();
            for tool in &record.tools {
                shelf.place(std::slice::from_ref(tool));
            }
        }
        for ((server_of, license), shelf) in shelves {
            for tools in &shelf.servers {
                let name =
                    if server_of.is_empty() { server_name(knowledge, tools, &mut taken) } else { unique(&slug(&server_of), &mut taken) };
                let source = records[0].source.clone().unwrap_or_else(|| folder.clone());
                let composed = server(knowledge, &identity(&name, &source, license.clone(), origin, tools), tools);
                seeds.add(&folder, &composed, scenarios(knowledge, &composed, per_tool));
            }
        }
        seeds.domain(&folder, origin);
    }
    seeds
}

/// Seeds of dialogues, a folder per source.
pub fn of_dialogues(knowledge: &Knowledge, dialogues: &[Dialogue], origin: &Origin) -> Seeds {
    let pool = Pool::of(dialogues);
    let mut sources: BTreeMap<(String, Option<String>), Vec<&Dialogue>> = BTreeMap::new();
    for dialogue in dialogues {
        let folder = folder_name(origin, dialogue.source.as_deref().unwrap_or("dialogues"));
        let license = dialogue.license.clone().or_else(|| origin.license.clone());
        sources.entry((folder, license)).or_default().push(dialogue);
    }
    let mut seeds = Seeds::default();
    let mut taken = BTreeSet::new();
    for ((folder, license), dialogues) in sources {
        let mut shelf = Shelf::default();
        let homes: Vec<Option<usize>> =
            dialogues.iter().map(|dialogue| (!dialogue.tools.is_empty()).then(|| shelf.place(&dialogue.tools))).collect();
        let source = dialogues[0].source.clone().unwrap_or_else(|| folder.clone());
        let composed: Vec<Composed<'_>> = shelf
            .servers
            .iter()
            .map(|tools| {
                let name = server_name(knowledge, tools, &mut taken);
                server(knowledge, &identity(&name, &source, license.clone(), origin, tools), tools)
            })
            .collect();
        let mut made: Vec<Vec<SeedScenario>> = composed.iter().map(|_| Vec::new()).collect();
        for (dialogue, home) in dialogues.iter().zip(homes) {
            let Some(home) = home else {
                seeds.refused.push(Refused::record(&dialogue.id, ("no_tools", "no tool is on offer".to_owned())));
                continue;
            };
            let provenance = provenance(&source, license.clone(), origin, &dialogue.to_json());
            let id = slug(&dialogue.id).replace('-', "_");
            match recast::scenario(knowledge, &composed[home], &pool, dialogue, &id, &provenance) {
                Ok(scenario) => made[home].push(scenario),
                Err(refused) => seeds.refused.push(refused),
            }
        }
        for (composed, scenarios) in composed.iter().zip(made) {
            seeds.add(&folder, composed, scenarios);
        }
        seeds.domain(&folder, origin);
    }
    seeds
}

impl Seeds {
    fn add(&mut self, folder: &str, composed: &Composed<'_>, scenarios: Vec<SeedScenario>) {
        self.refused.extend(composed.refused.iter().cloned());
        // A server without a tool offers nothing to watch.
        if composed.server.tools.is_empty() {
            return;
        }
        self.servers += 1;
        self.tools += composed.server.tools.len();
        self.files.insert(format!("{folder}/servers/{}.toml", composed.server.name), composed.server.file());
        for mut scenario in scenarios {
            self.scenarios += 1;
            scenario.id = unique(&scenario.id, &mut self.ids);
            self.files.insert(format!("{folder}/scenarios/{}.toml", scenario.id), scenario.file());
        }
    }

    /// Makes the folder a domain, if anything is in it.
    fn domain(&mut self, folder: &str, origin: &Origin) {
        if !self.files.keys().any(|path| path.starts_with(&format!("{folder}/servers/"))) {
            return;
        }
        let mut lines = Lines::default();
        let title = origin.name.clone().unwrap_or_else(|| capital(&words(folder).join(" ")));
        lines.pair("title", &quoted(&format!("Imported: {title}")));
        self.files.insert(format!("{folder}/domain.toml"), lines.0);
    }
}

fn folder_name(origin: &Origin, source: &str) -> String {
    slug(origin.name.as_deref().unwrap_or(source))
}

fn per_tool(origin: &Origin, tools: usize) -> usize {
    origin.per_tool.unwrap_or_else(|| SCENARIOS.div_ceil(tools.max(1)).clamp(*PER_TOOL.start(), *PER_TOOL.end()))
}

fn identity(name: &str, source: &str, license: Option<String>, origin: &Origin, tools: &[Value]) -> Identity {
    Identity {
        name: name.to_owned(),
        title: None,
        version: None,
        package: None,
        instructions: None,
        protocol: None,
        provenance: provenance(source, license, origin, &Value::from(tools.to_vec()).to_string()),
    }
}

fn provenance(source: &str, license: Option<String>, origin: &Origin, content: &str) -> Provenance {
    Provenance {
        source: source.to_owned(),
        date: origin.date.clone(),
        license,
        digest: blake3::hash(content.as_bytes()).to_hex().to_string(),
    }
}

/// The name, with a number behind it where it is taken.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let free = std::iter::once(name.to_owned()).chain((2..).map(|n| format!("{name}-{n}"))).find(|name| !taken.contains(name));
    let free = free.unwrap_or_else(|| name.to_owned());
    taken.insert(free.clone());
    free
}
