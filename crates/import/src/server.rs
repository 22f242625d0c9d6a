//! Servers and their tools as seeds.

use guardset_core::{Provenance, hash_text};
use serde_json::Value;
use toml::Table;

use crate::calls::{arguments, results, unusable};
use crate::facts::{Facts, infer, pair_broad_with_narrow, shared_prefix};
use crate::fill::Filler;
use crate::knowledge::Knowledge;
use crate::refused::{Refused, Why};
use crate::seed::{SeedServer, SeedTool};
use crate::shape::Shape;
use crate::text::Text;
use crate::words::{capital, slug, words};

/// What is known of a server beside its tools.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub name: String,
    pub title: Option<String>,
    pub version: Option<String>,
    pub package: Option<String>,
    pub instructions: Option<String>,
    pub protocol: Option<String>,
    pub provenance: Provenance,
}

/// A server with what its tools are taken for.
pub(crate) struct Composed<'k> {
    pub server: SeedServer,
    pub facts: Vec<Facts<'k>>,
    pub refused: Vec<Refused>,
}

/// Makes a seed of a server. A tool that no valid call can be made of is left out, with the reason.
pub(crate) fn server<'k>(knowledge: &'k Knowledge, identity: &Identity, definitions: &[Value]) -> Composed<'k> {
    let every: Vec<&Value> = definitions.iter().collect();
    let prefix = shared_prefix(knowledge, &every);
    let (mut facts, mut examples, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for definition in definitions {
        let inferred = infer(knowledge, &identity.name, prefix, definition);
        match example(knowledge, &identity.name, definition, &inferred) {
            Ok(example) => {
                facts.push(inferred);
                examples.push((definition, example));
            }
            Err(why) => refused.push(Refused::tool(&identity.name, definition["name"].as_str().unwrap_or_default(), why)),
        }
    }
    pair_broad_with_narrow(&mut facts);
    let tools = examples.into_iter().zip(&facts).map(|((definition, (slots, arguments, result)), facts)| SeedTool {
        definition: definition.clone(),
        facts: facts.seed.clone(),
        slots,
        arguments,
        result,
    });
    let server = described(knowledge, identity, &facts, tools.collect());
    Composed { server, facts, refused }
}

fn described(knowledge: &Knowledge, identity: &Identity, facts: &[Facts<'_>], tools: Vec<SeedTool>) -> SeedServer {
    let has = |effect: &String| facts.iter().any(|facts| facts.seed.effects.contains(effect));
    let fitting = knowledge.servers.setting.iter().filter(|setting| setting.effects.iter().any(has));
    let settings = fitting.take(2).map(|s| [s.name.clone(), s.approved.clone(), s.weaker.clone(), s.about.clone()]).collect();
    let version = identity.version.clone().filter(|version| !version.trim().is_empty()).unwrap_or_else(|| "1.0.0".to_owned());
    let releases = &knowledge.servers.release;
    let release = &releases[hash_text(&identity.name) as usize % releases.len()];
    let owner = identity.package.as_deref().and_then(owner_of_package).unwrap_or_else(|| identity.name.clone());
    SeedServer {
        name: identity.name.clone(),
        title: identity.title.clone().unwrap_or_else(|| capital(&words(&identity.name).join(" "))),
        publisher: format!("{}.example", slug(&owner)),
        package: identity.package.clone().unwrap_or_else(|| format!("npm:{}", identity.name)),
        instructions: identity.instructions.clone(),
        protocol: protocol(knowledge, identity.protocol.as_deref()),
        settings,
        next_release: [next_version(&version), release.reason.replace("<version>", &version), release.check.clone()],
        version,
        provenance: identity.provenance.clone(),
        tools,
    }
}

fn owner_of_package(package: &str) -> Option<String> {
    let name = package.split_once(':')?.1.trim_start_matches('@');
    Some(name.split(['/', '@']).next().unwrap_or(name).to_owned())
}

/// The version of the protocol that seeds know, or the newest that is not newer.
fn protocol(knowledge: &Knowledge, spoken: Option<&str>) -> String {
    let known = &knowledge.protocols;
    let found = spoken.and_then(|spoken| known.iter().rev().find(|known| known.as_str() <= spoken));
    found.or(known.first()).cloned().unwrap_or_default()
}

/// The minor version goes up, or a last number is added.
fn next_version(version: &str) -> String {
    let mut parts: Vec<String> = version.split('.').map(str::to_owned).collect();
    match parts.get(1).and_then(|minor| minor.parse::<u64>().ok()) {
        Some(minor) => {
            parts[1] = (minor + 1).to_string();
            parts.iter_mut().skip(2).for_each(|part| *part = "0".to_owned());
            parts.join(".")
        }
        None => format!("{version}.1"),
    }
}

/// Slots, arguments and result of a call that makes sense by itself.
type Example = (Table, Vec<(String, Shape)>, Text);

fn example(knowledge: &Knowledge, server: &str, definition: &Value, facts: &Facts<'_>) -> Result<Example, Why> {
    if let Some(why) = unusable(&definition.to_string()) {
        return Err(why);
    }
    let name = definition["name"].as_str().unwrap_or_default();
    let mut filler = Filler::new(knowledge, &[server, name, "example"]);
    let arguments = arguments(&mut filler, definition)?;
    let result = results(&mut filler, definition, facts.group, "r", &arguments, 1)?.remove(0);
    let used = |slot: &str| arguments.iter().any(|(_, shape)| shape.slots().contains(&slot)) || result.slots().any(|used| used == slot);
    filler.slots.retain(|slot, _| used(slot));
    Ok((filler.slots, arguments, result))
}
