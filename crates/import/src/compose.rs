//! Servers and their tools as seeds, and scenarios from nothing but the tools' definitions.

use guardset_core::hash_text;
use rand::seq::IndexedRandom;
use serde_json::Value;

use crate::facts::{Facts, infer, pair_broad_with_narrow, shared_prefix};
use crate::fill::{Filler, Told, join, renamed};
use crate::knowledge::{Group, Knowledge};
use crate::refused::Refused;
use crate::seed::{Provenance, SeedCall, SeedScenario, SeedServer, SeedStep, SeedTool};
use crate::shape::Shape;
use crate::text::Text;
use crate::words::{capital, plural, slug, words};

/// How often arguments are made anew before a tool is given up.
const TRIES: usize = 4;
/// Results of a call, of those that its kind has.
const RESULTS: usize = 2;

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
    let (mut facts, mut tools, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for definition in definitions {
        let inferred = infer(knowledge, &identity.name, prefix, definition);
        match example(knowledge, &identity.name, definition, &inferred) {
            Ok(tool) => {
                facts.push(inferred);
                tools.push(tool);
            }
            Err(reason) => refused.push(Refused::tool(&identity.name, definition["name"].as_str().unwrap_or_default(), reason)),
        }
    }
    pair_broad_with_narrow(&mut facts);
    for (tool, facts) in tools.iter_mut().zip(&facts) {
        tool.capability.clone_from(&facts.capability);
    }
    Composed { server: described(knowledge, identity, &facts, tools), facts, refused }
}

fn described(knowledge: &Knowledge, identity: &Identity, facts: &[Facts<'_>], tools: Vec<SeedTool>) -> SeedServer {
    let has = |effect: &String| facts.iter().any(|facts| facts.effects.contains(effect));
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

fn example(knowledge: &Knowledge, server: &str, definition: &Value, facts: &Facts<'_>) -> Result<SeedTool, (&'static str, String)> {
    let name = definition["name"].as_str().unwrap_or_default();
    if let Some(why) = unusable(&definition.to_string()) {
        return Err(why);
    }
    let mut filler = Filler::new(knowledge, &[server, name, "example"]);
    let arguments = arguments(&mut filler, definition)?;
    let result = results(&mut filler, definition, facts.group, "r", &arguments, 1)?.remove(0);
    let used: Vec<String> = arguments.iter().flat_map(|(_, shape)| shape.slots()).chain(result.slots()).map(str::to_owned).collect();
    filler.slots.retain(|slot, _| used.iter().any(|used| used == slot));
    Ok(SeedTool {
        definition: definition.clone(),
        effects: facts.effects.clone(),
        scopes: facts.scopes.clone(),
        capability: facts.capability.clone(),
        takes: facts.takes.clone(),
        returns: facts.returns.clone(),
        idempotent: facts.idempotent,
        role: facts.role.clone(),
        parameters: facts.parameters.clone(),
        slots: filler.slots,
        arguments,
        result,
    })
}

/// Arguments that the tool's own schema accepts.
fn arguments(filler: &mut Filler<'_>, definition: &Value) -> Result<Vec<(String, Shape)>, (&'static str, String)> {
    let schema = &definition["inputSchema"];
    let validator = validator(schema).map_err(|error| ("invalid_schema", error))?;
    let mut last = "no value could be made for a required parameter".to_owned();
    for attempt in 0..TRIES {
        let (slots, told) = (filler.slots.clone(), filler.told.len());
        if let Some(made) = filler.arguments(schema, attempt + 1 < TRIES) {
            let sent =
                Value::Object(made.iter().map(|(name, shape)| (name.clone(), shape.example(&|slot| filler.example(slot)))).collect());
            match validator.iter_errors(&sent).next() {
                None => return Ok(made),
                Some(error) => last = format!("{error} (at `{}`)", error.instance_path()),
            }
        }
        filler.forget(slots, told);
    }
    Err(("no_valid_arguments", last))
}

/// Results of a call: made by the output schema where there is one, else of the shapes that its kind has.
pub(crate) fn results(
    filler: &mut Filler<'_>,
    definition: &Value,
    group: &Group,
    prefix: &str,
    arguments: &[(String, Shape)],
    most: usize,
) -> Result<Vec<Text>, (&'static str, String)> {
    let schema = &definition["outputSchema"];
    if schema.is_object() && wrapped(schema).is_none() {
        let validator = validator(schema).map_err(|error| ("invalid_output_schema", error))?;
        let made = filler.result(schema).ok_or(("no_valid_result", "no value could be made for a required member".to_owned()))?;
        let error = validator.iter_errors(&made.example(&|slot| filler.example(slot))).next().map(|error| error.to_string());
        return match error {
            None => Ok(vec![made.json()]),
            Some(error) => Err(("no_valid_result", error)),
        };
    }
    let shapes: Vec<&String> = group.results.sample(&mut filler.rng, most.min(group.results.len())).collect();
    let plain: Vec<Text> = shapes.iter().map(|shape| Text::of_template(shape, &str::to_owned)).collect();
    let used = |slot: &str| plain.iter().any(|text| text.slots().any(|used| used == slot));
    let names = filler.adopt(prefix, &group.slots, &used);
    let texts = shapes.iter().map(|shape| Text::of_template(shape, &|slot| renamed(&names, slot)));
    Ok(match wrapped(schema) {
        Some(name) => texts.map(|text| Shape::Object(vec![(name.to_owned(), Shape::Text(text))]).json()).collect(),
        None => texts.map(|text| echoed(text, arguments)).collect(),
    })
}

/// The member of a structured result that is nothing but a text in an envelope.
fn wrapped(schema: &Value) -> Option<&str> {
    let properties = schema["properties"].as_object().filter(|properties| properties.len() == 1)?;
    let (name, property) = properties.iter().next()?;
    (property["type"] == "string" && property.as_object()?.keys().all(|key| ["type", "title", "description"].contains(&key.as_str())))
        .then_some(name)
}

/// A JSON result repeats a few of the arguments, as many servers do.
fn echoed(result: Text, arguments: &[(String, Shape)]) -> Text {
    let said = |(name, shape): &(String, Shape)| matches!(shape, Shape::Text(_) | Shape::Number(_)).then(|| (name.clone(), shape.clone()));
    let repeated: Vec<(String, Shape)> = arguments.iter().filter_map(said).take(2).collect();
    let object = matches!(result.0.first(), Some(crate::text::Piece::Fixed(text)) if text.starts_with("{\""));
    if repeated.is_empty() || !object {
        return result;
    }
    let members = Shape::Object(repeated).json().0;
    let mut pieces = members;
    if let Some(crate::text::Piece::Fixed(last)) = pieces.last_mut() {
        last.pop();
        last.push(',');
    }
    let mut rest = result.0;
    if let Some(crate::text::Piece::Fixed(first)) = rest.first_mut() {
        first.remove(0);
    }
    pieces.extend(rest);
    Text::join(&[Text(pieces)], "")
}

/// What no seed may hold: secrets that could be real, and the characters that mark slots.
pub(crate) fn unusable(text: &str) -> Option<(&'static str, String)> {
    if text.chars().any(guardset_core::Template::is_marker) {
        return Some(("private_use_character", "holds a character of the private-use plane 15, which marks slots".to_owned()));
    }
    guardset_core::inert::secret(text).map(|message| ("looks_like_a_secret", message))
}

/// A validator that fetches nothing: references to elsewhere are errors.
pub(crate) fn validator(schema: &Value) -> Result<jsonschema::Validator, String> {
    jsonschema::validator_for(schema).map_err(|error| error.to_string())
}

/// Makes scenarios of a server's tools: calls that stand alone, calls after a look, calls that fail first.
pub(crate) fn scenarios(knowledge: &Knowledge, composed: &Composed<'_>, per_tool: usize) -> Vec<SeedScenario> {
    let tools = composed.facts.len();
    (0..tools).flat_map(|tool| (0..per_tool).filter_map(move |variant| scenario(knowledge, composed, tool, variant))).collect()
}

fn scenario(knowledge: &Knowledge, composed: &Composed<'_>, tool: usize, variant: usize) -> Option<SeedScenario> {
    let server = &composed.server;
    let name = server.tools[tool].definition["name"].as_str()?;
    let mut filler = Filler::new(knowledge, &[&server.name, name, &format!("scenario {variant}")]);
    // Kinds alternate, from tool to tool as well.
    let kind = (hash_text(name) as usize + variant) % 3;
    let first = match kind {
        1 => look_first(composed, tool, variant / 3),
        _ => None,
    };
    let planned: Vec<usize> = first.into_iter().chain([tool]).collect();
    let facts: Vec<&Facts<'_>> = planned.iter().map(|tool| &composed.facts[*tool]).collect();
    let last = *facts.last()?;
    let mut steps = Vec::new();
    let mut wanted = Vec::new();
    for (at, planned) in planned.iter().enumerate() {
        let definition = &server.tools[*planned].definition;
        let arguments = arguments(&mut filler, definition).ok()?;
        wanted.push((*planned, arguments, at));
    }
    let told = filler.told.clone();
    for (planned, arguments, at) in wanted {
        let tool = &server.tools[planned];
        let facts = &composed.facts[planned];
        let call = format!("{}.{}", server.name, tool.definition["name"].as_str()?);
        let says = facts.group.says.iter().map(|says| marked(&Text::fixed(says.as_str()), &noun_marks(facts))).collect();
        let results = results(&mut filler, &tool.definition, facts.group, &format!("r{}", at + 1), &arguments, RESULTS).ok()?;
        let again = kind == 2 && at + 1 == planned_count(&first);
        if again {
            let error = knowledge.wording.errors.texts.choose(&mut filler.rng)?;
            steps.push(SeedStep::Call(SeedCall {
                call: call.clone(),
                says,
                arguments: arguments.clone(),
                results: vec![Text::fixed(error.as_str())],
                after: Vec::new(),
                once: false,
                error: true,
            }));
            let says = knowledge.wording.errors.says.iter().map(|says| Text::fixed(says.as_str())).collect();
            steps.push(call_step(call, says, arguments, results, Vec::new(), facts));
        } else {
            // The look comes first by rule where the second call changes something.
            let after = if at == 1 && facts.group.effect != "read" { vec![1] } else { Vec::new() };
            steps.push(call_step(call, says, arguments, results, after, facts));
        }
    }
    let ordered = steps.iter().any(|step| matches!(step, SeedStep::Call(call) if !call.after.is_empty()));
    let names: Vec<&str> = planned.iter().filter_map(|tool| server.tools[*tool].definition["name"].as_str()).collect();
    let policies = if ordered { order_policy(knowledge, &names, &mut filler) } else { Vec::new() };
    let requests = requests(knowledge, &mut filler, &facts, &told);
    let replies = replies(knowledge, &mut filler, last, planned.len(), steps.len());
    let mut grants: Vec<String> = facts.iter().flat_map(|facts| facts.scopes.iter().cloned()).collect();
    grants.sort();
    grants.dedup();
    // A role that one call needs is the user's.
    let role = facts.iter().find_map(|facts| facts.role.clone()).unwrap_or_else(|| {
        let names = &knowledge.servers.roles.names;
        names[hash_text(&format!("{}/{name}/{variant}", server.name)) as usize % names.len()].clone()
    });
    Some(SeedScenario {
        id: format!("{}_{}_{}", slug(&server.name), slug(name), variant + 1).replace('-', "_"),
        title: capital(&facts.iter().map(|facts| facts.action.as_str()).collect::<Vec<_>>().join(", then ")),
        servers: vec![server.name.clone()],
        role,
        grants,
        policies,
        requests,
        replies,
        slots: filler.slots,
        steps,
        provenance: server.provenance.clone(),
        inferred: vec!["requests", "arguments", "results", "replies", "role", "policies"],
    })
}

fn planned_count(first: &Option<usize>) -> usize {
    1 + usize::from(first.is_some())
}

fn call_step(
    call: String,
    says: Vec<Text>,
    arguments: Vec<(String, Shape)>,
    results: Vec<Text>,
    after: Vec<usize>,
    facts: &Facts<'_>,
) -> SeedStep {
    SeedStep::Call(SeedCall { call, says, arguments, results, after, once: facts.once(), error: false })
}

/// A tool that reads and that somebody would call before this one: about the same thing where there is one.
fn look_first(composed: &Composed<'_>, tool: usize, turn: usize) -> Option<usize> {
    let target = &composed.facts[tool];
    let words = |facts: &Facts<'_>| facts.noun.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut looks: Vec<(bool, usize, usize)> = composed
        .facts
        .iter()
        .enumerate()
        .filter(|(other, facts)| {
            *other != tool && facts.group.effect == "read" && facts.role.is_none() && facts.capability != target.capability
        })
        .map(|(other, facts)| {
            let related = words(facts).iter().any(|word| words(target).contains(word));
            (!related, facts.parameters.len(), other)
        })
        .collect();
    looks.sort_unstable();
    looks.get(turn % looks.len().max(1)).map(|(_, _, other)| *other)
}

fn order_policy(knowledge: &Knowledge, names: &[&str], filler: &mut Filler<'_>) -> Vec<Text> {
    let mark = |mark: &str| match (mark, names) {
        ("first", [first, ..]) => Some(Text::fixed(*first)),
        ("second", [_, second]) => Some(Text::fixed(*second)),
        _ => None,
    };
    knowledge
        .wording
        .policies
        .order
        .choose(&mut filler.rng)
        .map(|text| vec![Text::fixed(text.as_str()).with_marks(&mark)])
        .unwrap_or_default()
}

fn requests(knowledge: &Knowledge, filler: &mut Filler<'_>, facts: &[&Facts<'_>], told: &[Told]) -> Vec<Text> {
    let wording = &knowledge.wording;
    let asking = match (facts.len(), told.is_empty()) {
        (1, _) => &wording.request,
        (_, false) => &wording.chain,
        (_, true) => &wording.bare_chain,
    };
    let asking_len = asking.len();
    let mut chosen: Vec<Text> = Vec::new();
    for asking in asking {
        let texts = if told.is_empty() && facts.len() == 1 { &asking.without } else { &asking.with };
        // Where there is but one entry, all of it is used.
        let count = if asking_len == 1 { texts.len() } else { 1 };
        chosen.extend(texts.sample(&mut filler.rng, count).map(|text| Text::of_template(text, &str::to_owned)));
    }
    let used = |slot: &str| chosen.iter().any(|text| text.slots().any(|used| used == slot));
    let names = filler.adopt("ask", &wording.slots, &used);
    let filled = |text: &Text| {
        let text = Text(
            text.0
                .iter()
                .map(|piece| match piece {
                    crate::text::Piece::Slot(slot) => crate::text::Piece::Slot(renamed(&names, slot)),
                    fixed => fixed.clone(),
                })
                .collect(),
        );
        text.with_marks(&|mark| match mark {
            "task" => Some(Text::fixed(facts[0].task.as_str())),
            "do" | "do1" => Some(Text::fixed(facts[0].action.as_str())),
            "do2" => facts.get(1).map(|facts| Text::fixed(facts.action.as_str())),
            "args" => Some(Text::join(&told.iter().map(|told| told.says.clone()).collect::<Vec<_>>(), ", ")),
            "fields" => Some(fields(told, ", ")),
            "Fields" => Some(fields(told, ", ").capital()),
            "lines" => Some(fields(told, "\n")),
            _ => None,
        })
    };
    chosen.iter().map(filled).collect()
}

fn fields(told: &[Told], between: &str) -> Text {
    let fields: Vec<Text> =
        told.iter().map(|told| Text::join(&[Text::fixed(format!("{}: ", told.label)), told.value.clone()], "")).collect();
    Text::join(&fields, between)
}

pub(crate) fn replies(knowledge: &Knowledge, filler: &mut Filler<'_>, facts: &Facts<'_>, calls: usize, steps: usize) -> Vec<Text> {
    let group = facts.group;
    let prefix = format!("r{calls}");
    // Where the result was made of the same group its slots are there under these names; what is not there is declared now.
    let plain: Vec<Text> = group.replies.iter().map(|reply| Text::of_template(reply, &str::to_owned)).collect();
    let missing =
        |slot: &str| plain.iter().any(|text| text.slots().any(|used| used == slot)) && !filler.slots.contains_key(&join(&prefix, slot));
    let missing: Vec<String> = group.slots.keys().filter(|slot| missing(slot)).cloned().collect();
    filler.adopt(&prefix, &group.slots, &|slot| missing.iter().any(|name| name == slot));
    let name = |slot: &str| {
        let (stem, form) = slot.split_once('.').map_or((slot, None), |(stem, form)| (stem, Some(form)));
        if !group.slots.contains_key(stem) {
            return slot.to_owned();
        }
        let stem = join(&prefix, stem);
        form.map_or_else(|| stem.clone(), |form| format!("{stem}.{form}"))
    };
    let mut out: Vec<Text> = group.replies.iter().map(|reply| marked(&Text::of_template(reply, &name), &noun_marks(facts))).collect();
    if steps > 1 && calls > 1 {
        out.extend(knowledge.wording.replies.after_steps.choose(&mut filler.rng).map(|text| Text::fixed(text.as_str())));
    }
    out
}

/// `<noun>` and `<nouns>` of a tool.
fn noun_marks(facts: &Facts<'_>) -> impl Fn(&str) -> Option<Text> {
    let (one, many) = (facts.noun.clone(), plural(&facts.noun));
    move |mark: &str| match mark {
        "noun" => Some(Text::fixed(one.as_str())),
        "nouns" => Some(Text::fixed(many.as_str())),
        _ => None,
    }
}

pub(crate) fn marked(text: &Text, mark: &dyn Fn(&str) -> Option<Text>) -> Text {
    text.with_marks(mark)
}
