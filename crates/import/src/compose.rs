//! Scenarios from nothing but the definitions of a server's tools.

use guardset_core::hash_text;
use rand::seq::IndexedRandom;

use crate::asking::{order_policy, replies, requests};
use crate::calls::{arguments, results};
use crate::facts::Facts;
use crate::fill::Filler;
use crate::knowledge::Knowledge;
use crate::seed::{SeedCall, SeedScenario, SeedStep};
use crate::server::Composed;
use crate::text::Text;
use crate::words::{capital, slug};

/// Results of a call, of those that its kind has.
const RESULTS: usize = 2;

/// What makes one scenario of a tool different from another.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// The call stands alone.
    Alone,
    /// Another tool is called for a look first.
    AfterALook,
    /// The call fails and is made again.
    Again,
}

const KINDS: [Kind; 3] = [Kind::Alone, Kind::AfterALook, Kind::Again];

/// Makes scenarios of every tool, so many of each.
pub(crate) fn scenarios(knowledge: &Knowledge, composed: &Composed<'_>, per_tool: usize) -> Vec<SeedScenario> {
    let tools = composed.facts.len();
    (0..tools).flat_map(|tool| (0..per_tool).filter_map(move |variant| scenario(knowledge, composed, tool, variant))).collect()
}

fn scenario(knowledge: &Knowledge, composed: &Composed<'_>, tool: usize, variant: usize) -> Option<SeedScenario> {
    let server = &composed.server;
    let name = |tool: usize| server.tools[tool].definition["name"].as_str().unwrap_or_default();
    let mut filler = Filler::new(knowledge, &[&server.name, name(tool), &format!("scenario {variant}")]);
    // Kinds alternate, from tool to tool as well.
    let kind = KINDS[(hash_text(name(tool)) as usize + variant) % KINDS.len()];
    let look = if kind == Kind::AfterALook { look_first(composed, tool, variant / KINDS.len()) } else { None };
    let planned: Vec<usize> = look.into_iter().chain([tool]).collect();
    let facts: Vec<&Facts<'_>> = planned.iter().map(|tool| &composed.facts[*tool]).collect();
    // All arguments come before any result: what they bind is told in the request.
    let mut all_arguments = Vec::new();
    for tool in &planned {
        all_arguments.push(arguments(&mut filler, &server.tools[*tool].definition).ok()?);
    }
    let told = filler.told.clone();
    let mut steps: Vec<SeedCall> = Vec::new();
    for (at, (tool, arguments)) in planned.iter().zip(all_arguments).enumerate() {
        let facts = &composed.facts[*tool];
        let prefix = format!("r{}", at + 1);
        let results = results(&mut filler, &server.tools[*tool].definition, facts.group, &prefix, &arguments, RESULTS).ok()?;
        // The look comes first by rule where the second call changes something.
        let after = if at == 1 && facts.group.effect != "read" { vec![1] } else { Vec::new() };
        let call = format!("{}.{}", server.name, name(*tool));
        steps.push(SeedCall { call, says: facts.says(), arguments, results, after, once: !facts.seed.idempotent, error: false });
    }
    if kind == Kind::Again {
        fail_first(knowledge, &mut filler, &mut steps)?;
    }
    let policies = match steps.iter().any(|call| !call.after.is_empty()) {
        true => order_policy(knowledge, &planned.iter().map(|tool| name(*tool)).collect::<Vec<_>>(), &mut filler),
        false => Vec::new(),
    };
    let requests = requests(knowledge, &mut filler, &facts, &told);
    let replies = replies(knowledge, &mut filler, facts.last()?, planned.len(), steps.len());
    let mut grants: Vec<String> = facts.iter().flat_map(|facts| facts.seed.scopes.iter().cloned()).collect();
    grants.sort();
    grants.dedup();
    let id = format!("{}_{}_{}", slug(&server.name), slug(name(tool)), variant + 1).replace('-', "_");
    Some(SeedScenario {
        title: capital(&facts.iter().map(|facts| facts.action.as_str()).collect::<Vec<_>>().join(", then ")),
        servers: vec![server.name.clone()],
        role: role(knowledge, &facts, &id),
        id,
        grants,
        policies,
        requests,
        replies,
        slots: filler.slots,
        steps: steps.into_iter().map(SeedStep::Call).collect(),
        provenance: server.provenance.clone(),
        inferred: vec!["requests", "arguments", "results", "replies", "role", "policies"],
    })
}

/// The role that a call needs, which is then the user's; else any.
pub(crate) fn role(knowledge: &Knowledge, facts: &[&Facts<'_>], id: &str) -> String {
    let names = &knowledge.servers.roles.names;
    let needed = facts.iter().find_map(|facts| facts.seed.role.clone());
    needed.unwrap_or_else(|| names[hash_text(id) as usize % names.len()].clone())
}

/// Puts a failed try before the last call.
fn fail_first(knowledge: &Knowledge, filler: &mut Filler<'_>, steps: &mut Vec<SeedCall>) -> Option<()> {
    let errors = &knowledge.wording.errors;
    let mut last = steps.pop()?;
    let says = errors.says.iter().map(|says| Text::fixed(says.as_str())).collect();
    let says = std::mem::replace(&mut last.says, says);
    let results = vec![Text::fixed(errors.texts.choose(&mut filler.rng)?.as_str())];
    let arguments = last.arguments.clone();
    steps.push(SeedCall { call: last.call.clone(), says, arguments, results, after: Vec::new(), once: false, error: true });
    steps.push(last);
    Some(())
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
            *other != tool && facts.group.effect == "read" && facts.seed.role.is_none() && facts.seed.capability != target.seed.capability
        })
        .map(|(other, facts)| {
            let related = words(facts).iter().any(|word| words(target).contains(word));
            (!related, facts.seed.parameters.len(), other)
        })
        .collect();
    looks.sort_unstable();
    looks.get(turn % looks.len().max(1)).map(|(_, _, other)| *other)
}
