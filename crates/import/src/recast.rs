//! Dialogues as scenarios. The words stay; what a call takes from them becomes a slot.

use std::collections::BTreeSet;

use guardset_core::Provenance;

use crate::asking::replies;
use crate::bind::{Bound, bind};
use crate::called::{Called, called};
use crate::calls::{results, unusable};
use crate::compose::role;
use crate::dialogue::{Dialogue, Turn};
use crate::facts::Facts;
use crate::fill::Filler;
use crate::knowledge::Knowledge;
use crate::pool::Pool;
use crate::refused::{Refused, Why};
use crate::seed::{SeedCall, SeedScenario, SeedStep};
use crate::server::Composed;
use crate::shape::Shape;
use crate::text::Text;
use crate::words::capital;

/// Makes a scenario of a dialogue whose tools stand on a server.
pub(crate) fn scenario(
    knowledge: &Knowledge,
    composed: &Composed<'_>,
    pool: &Pool,
    dialogue: &Dialogue,
    id: &str,
    provenance: &Provenance,
) -> Result<SeedScenario, Refused> {
    recast(knowledge, composed, pool, dialogue, id, provenance).map_err(|why| Refused::record(&dialogue.id, why))
}

fn recast(
    knowledge: &Knowledge,
    composed: &Composed<'_>,
    pool: &Pool,
    dialogue: &Dialogue,
    id: &str,
    provenance: &Provenance,
) -> Result<SeedScenario, Why> {
    if let Some(why) = unusable(&dialogue.to_json()) {
        return Err(why);
    }
    let turns = from_first_request(&dialogue.turns);
    let calls = called(composed, turns)?;
    let mut filler = Filler::new(knowledge, &[id, "dialogue"]);
    let bound = bind(&mut filler, pool, turns, &calls);
    let (request, steps, reply) = steps(composed, &mut filler, turns, &calls, &bound)?;
    let facts: Vec<&Facts<'_>> = calls.iter().map(|call| &composed.facts[call.tool]).collect();
    let found_reply = reply.is_some();
    let replies = match (reply, facts.last()) {
        (Some(reply), _) => vec![reply],
        (None, Some(last)) => replies(knowledge, &mut filler, last, calls.len(), steps.len()),
        (None, None) => knowledge.wording.replies.none.iter().map(|text| Text::fixed(text.as_str())).collect(),
    };
    let grants: BTreeSet<String> = facts.iter().flat_map(|facts| facts.seed.scopes.iter().cloned()).collect();
    let title = facts.iter().map(|facts| facts.action.as_str()).take(3).collect::<Vec<_>>().join(", then ");
    let mut inferred = vec!["slots", "role"];
    inferred.extend((!found_reply).then_some("replies"));
    inferred.extend(calls.iter().any(|call| call.result.is_none()).then_some("results"));
    Ok(SeedScenario {
        id: id.to_owned(),
        title: if title.is_empty() { "Answer without a tool".to_owned() } else { capital(&title) },
        servers: vec![composed.server.name.clone()],
        role: role(knowledge, &facts, id),
        grants: grants.into_iter().collect(),
        policies: Vec::new(),
        requests: vec![request],
        replies,
        slots: filler.slots,
        steps,
        provenance: provenance.clone(),
        inferred,
    })
}

/// What an assistant says before it was asked goes.
fn from_first_request(turns: &[Turn]) -> &[Turn] {
    let first = turns.iter().position(|turn| matches!(turn, Turn::User(_))).unwrap_or(turns.len());
    &turns[first..]
}

/// Request, steps, closing words.
type Played = (Text, Vec<SeedStep>, Option<Text>);

fn steps(composed: &Composed<'_>, filler: &mut Filler<'_>, turns: &[Turn], calls: &[Called], bound: &Bound) -> Result<Played, Why> {
    let mut request = None;
    let mut steps = Vec::new();
    let mut reply = None;
    let mut call = 0;
    for (at, turn) in turns.iter().enumerate() {
        let last = at + 1 == turns.len();
        match turn {
            Turn::User(text) | Turn::Assistant(text) if text.trim().is_empty() => {}
            Turn::User(text) if request.is_none() => request = Some(bound.text(text)),
            Turn::User(text) => steps.push(SeedStep::User(vec![bound.text(text)])),
            Turn::Assistant(text) if last => reply = Some(bound.text(text)),
            Turn::Assistant(text) => steps.push(SeedStep::Assistant(vec![bound.text(text)])),
            Turn::Call { .. } => {
                let called = &calls[call];
                call += 1;
                let tool = &composed.server.tools[called.tool];
                let facts = &composed.facts[called.tool];
                let arguments: Vec<(String, Shape)> =
                    called.arguments.iter().map(|(name, value)| (name.clone(), bound.shape(value))).collect();
                let results = match &called.result {
                    Some(text) => vec![bound.text(text)],
                    None => results(filler, &tool.definition, facts.group, &format!("r{call}"), &arguments, 2)?,
                };
                // What the assistant says before the call stands in the dialogue where there is such a thing.
                let says = if matches!(steps.last(), Some(SeedStep::Assistant(_))) { Vec::new() } else { facts.says() };
                steps.push(SeedStep::Call(SeedCall {
                    call: format!("{}.{}", composed.server.name, tool.definition["name"].as_str().unwrap_or_default()),
                    says,
                    arguments,
                    results,
                    after: Vec::new(),
                    once: !facts.seed.idempotent,
                    error: false,
                }));
            }
        }
    }
    let request = request.ok_or(("no_user_turn", "nobody asks for anything; a dialogue needs a user turn".to_owned()))?;
    Ok((request, steps, reply))
}
