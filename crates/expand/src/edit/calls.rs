//! Edits of calls: more of them, others, elsewhere, with other values.

use std::borrow::Cow;

use guardset_core::{Anchor, Binding, DemandKind, Intended, Step, StepKind, Template};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Unfit, Wording, directive, position};
use crate::draft::Draft;
use crate::values::{self, pick};

/// Adds a call of the rogue tool.
pub(super) fn insert_call<'c>(
    draft: &mut Draft<'c>,
    at: Anchor,
    arguments: &'c [(String, Template)],
    planned: bool,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let at = position(draft, at)?;
    let steps = rogue_call(draft, arguments, planned, None, wording, rng)?;
    draft.trajectory.steps.splice(at..at, steps);
    Ok(())
}

/// Takes the target's call away and leaves its return.
pub(super) fn drop_call(draft: &mut Draft<'_>) -> Result<(), Unfit> {
    let target = draft.target;
    let stays = draft.return_of(target).ok_or("no_target")?;
    draft.trajectory.steps[stays].focus = true;
    let goes = |step: &Step<'_>| step.origin == Some(target) && matches!(step.kind, StepKind::Call { .. } | StepKind::Response { .. });
    draft.trajectory.steps.retain(|step| !goes(step));
    Ok(())
}

pub(super) fn fail_first(draft: &mut Draft<'_>, demand: Option<DemandKind>, wording: &Wording<'_>) -> Result<(), Unfit> {
    let at = draft.call_of(draft.target).ok_or("no_target")?;
    let mut call = draft.trajectory.steps[at].clone();
    let number = draft.number();
    let StepKind::Call { id, connection, tool, facts, .. } = &mut call.kind else { return Err("no_target") };
    *id = number;
    let error = StepKind::Return {
        id: number,
        connection: *connection,
        tool: tool.clone(),
        facts: *facts,
        text: wording.payload.clone().unwrap_or_else(|| "upstream timeout after 30000 ms".into()),
        error: true,
        directive: directive(draft, demand, wording, 0),
    };
    call.origin = None;
    // What the assistant said before the call was said before its first attempt.
    if let Some(before) = at.checked_sub(1).map(|before| &mut draft.trajectory.steps[before])
        && matches!(before.kind, StepKind::Response { .. })
    {
        before.origin = None;
    }
    draft.trajectory.steps.splice(at..at, [call, Step::focused(error)]);
    Ok(())
}

/// A call of the rogue tool and its return. `returns` replaces the result of its example.
fn rogue_call<'c>(
    draft: &mut Draft<'c>,
    arguments: &'c [(String, Template)],
    planned: bool,
    returns: Option<String>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<[Step<'c>; 2], Unfit> {
    let facts = draft.rogue.ok_or("no_rogue")?;
    let tool = &draft.catalog.tools[facts];
    let connection = draft.trajectory.connections.iter().position(|c| c.facts == tool.server).ok_or("rogue_not_connected")?;
    let values = values::draw(rng, &draft.catalog.banks, &draft.world, &tool.slots, &wording.examples[facts]);
    let [mut call, mut answer] = draft.call(connection, facts, &tool.example, &values, false, rng);
    call.focus = true;
    let mut bindings = Vec::new();
    if let StepKind::Call { arguments: given, .. } = &mut call.kind {
        take_over(draft, tool, given, &mut answer);
        for (key, value) in arguments {
            let Some((name, kind, _)) = tool
                .signature
                .iter()
                .find(|(name, ..)| name == key || tool.parameters.iter().any(|(p, purpose)| p == name && purpose == key))
            else {
                continue;
            };
            let text = serde_json::Value::String(wording.fill(value)).to_string();
            let value = match kind.as_str() {
                "string" | "any" => text,
                "array" => format!("[{text}]"),
                "integer" | "number" if bare(&text).parse::<f64>().is_ok() => bare(&text).to_owned(),
                _ => continue,
            };
            bindings.retain(|binding: &Binding<'_>| binding.parameter != name);
            bindings.push(Binding { parameter: name, value: value.clone() });
            match given.iter_mut().find(|(parameter, _)| parameter == name) {
                Some((_, slot)) => {
                    echo(&mut answer, slot, &value);
                    *slot = value;
                }
                None => given.push((Cow::Borrowed(name), value)),
            }
        }
    }
    // What leaves and where it goes must be the user's own word in a call that the contract is to have.
    let named = |name: &str| bindings.iter().any(|binding| binding.parameter == name);
    let weighty = |purpose: &str| matches!(purpose, "recipient" | "url" | "account" | "amount");
    if planned && tool.parameters.iter().any(|(name, purpose)| weighty(purpose) && !named(name) && is_given(&call, name)) {
        return Err("value_not_named");
    }
    if let (StepKind::Return { text, .. }, Some(returns)) = (&mut answer.kind, returns) {
        answer.focus = true;
        *text = returns;
    }
    if planned {
        let plan = &mut draft.trajectory.contract.plan;
        plan.push(Intended { connection, tool: Cow::Borrowed(&tool.name), facts, bindings, after: Vec::new(), once: false });
        for scope in &tool.scopes {
            let grants = &mut draft.trajectory.contract.grants;
            if !grants.iter().any(|grant| grant.scope == scope) {
                grants.push(guardset_core::Grant { scope, until: None });
            }
        }
    }
    Ok([call, answer])
}

/// What the session speaks of already is what a further call is about too. Where something goes, and what is said or run, is not
/// taken over: that is what an attack or the user's own wish decides.
fn take_over(draft: &Draft<'_>, tool: &guardset_core::Tool, given: &mut [(Cow<'_, str>, String)], answer: &mut Step<'_>) {
    let own = ["recipient", "url", "account", "amount", "body", "query", "command", "path"];
    let is_own = |name: &str| tool.parameters.iter().any(|(parameter, purpose)| parameter == name && own.contains(&purpose.as_str()));
    for (name, value) in given.iter_mut().filter(|(name, _)| !is_own(name)) {
        let mut calls = draft.trajectory.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Call { arguments, .. } => Some(arguments),
            _ => None,
        });
        let known = calls.find_map(|arguments| arguments.iter().find(|(other, known)| other == name && known.starts_with('"')));
        if let Some((_, known)) = known.filter(|_| value.starts_with('"')) {
            echo(answer, value, known);
            value.clone_from(known);
        }
    }
}

/// A JSON value as people write it: strings without quotes, a list of one without brackets.
fn bare(json: &str) -> &str {
    json.trim_matches(['[', ']', '"'])
}

/// Where a result repeats an argument, it repeats the new value. Short values could stand for anything and are left.
fn echo(step: &mut Step<'_>, old: &str, new: &str) {
    let (old, new) = (bare(old), bare(new));
    if let StepKind::Return { text, .. } | StepKind::Response { text, .. } = &mut step.kind
        && old.len() >= 6
        && text.contains(old)
    {
        *text = text.replace(old, new);
    }
}

fn is_given(call: &Step<'_>, parameter: &str) -> bool {
    matches!(&call.kind, StepKind::Call { arguments, .. } if arguments.iter().any(|(name, _)| name == parameter))
}

pub(super) fn replace_call<'c>(
    draft: &mut Draft<'c>,
    arguments: &'c [(String, Template)],
    empty: bool,
    planned: bool,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let at = draft.call_of(draft.target).ok_or("no_target")?;
    let back = draft.return_of(draft.target).ok_or("no_target")?;
    let same_job = draft.rogue.is_some_and(|rogue| {
        draft.catalog.tools[rogue].capability == draft.catalog.tools[draft.trajectory.contract.plan[draft.target].facts].capability
    });
    let StepKind::Return { text, .. } = &draft.trajectory.steps[back].kind else { return Err("no_target") };
    let returns = match (empty, same_job) {
        (true, _) => Some(missing_return(rng)),
        (false, true) => Some(text.clone()),
        (false, false) => None,
    };
    let [call, mut answer] = rogue_call(draft, arguments, planned, returns, wording, rng)?;
    answer.focus = true;
    draft.trajectory.steps[at] = call;
    draft.trajectory.steps[back] = answer;
    let target = draft.target;
    draft.trajectory.steps.retain(|step| step.origin != Some(target));
    if planned {
        // The user asked for the other tool, so the one in the plan is no longer meant.
        let plan = &mut draft.trajectory.contract.plan;
        if let Some(replaced) = plan.pop() {
            plan[target] = Intended { after: plan[target].after.clone(), ..replaced };
        }
    }
    Ok(())
}

fn missing_return(rng: &mut ChaCha8Rng) -> String {
    (*pick(rng, &["", "null", "{}", "[]", "{\"result\":null}", "no response", "(no content)", "{\"status\":\"accepted\",\"data\":null}"]))
        .to_owned()
}

pub(super) fn swap_calls(draft: &mut Draft<'_>) -> Result<(), Unfit> {
    let planned = draft.scenario.calls().nth(draft.target).ok_or("no_target")?;
    let first = *planned.swappable.first().ok_or("no_ordered_pair")?;
    let to = draft.position(|step| step.origin == Some(first)).ok_or("no_target")?;
    let target = draft.target;
    let mut moved: Vec<Step<'_>> = draft.trajectory.steps.iter().filter(|step| step.origin == Some(target)).cloned().collect();
    draft.trajectory.steps.retain(|step| step.origin != Some(target));
    // What was said before the call was said of results that are not there yet.
    moved.retain(|step| !matches!(step.kind, StepKind::Response { .. }));
    for step in &mut moved {
        step.focus = matches!(step.kind, StepKind::Call { .. });
    }
    draft.trajectory.steps.splice(to..to, moved);
    Ok(())
}

pub(super) fn repeat_call(draft: &mut Draft<'_>, planned: bool, rng: &mut ChaCha8Rng) -> Result<(), Unfit> {
    let call = draft.call_of(draft.target).ok_or("no_target")?;
    let back = draft.return_of(draft.target).ok_or("no_target")?;
    let mut again = [draft.trajectory.steps[call].clone(), draft.trajectory.steps[back].clone()];
    let number = draft.number();
    for step in &mut again {
        step.origin = None;
        match &mut step.kind {
            StepKind::Call { id, .. } => {
                *id = number;
                step.focus = true;
            }
            StepKind::Return { id, text, directive, .. } => {
                *id = number;
                *directive = None;
                // A further run has identifiers of its own, but speaks of the same things in the same form.
                let known: Vec<String> = draft.trajectory.steps[..back].iter().filter_map(spoken).map(str::to_lowercase).collect();
                let is_new = |value: &&String| is_identifier(value) && !known.iter().any(|text| text.contains(&value.to_lowercase()));
                for value in draft.values.iter().filter(is_new) {
                    *text = text.replace(value.as_str(), &another(value, rng));
                }
            }
            _ => {}
        }
    }
    // A text that came right after the return is what leads to the repeat, so it stands before it.
    let follows = |step: &Step<'_>| matches!(step.kind, StepKind::Material { .. } | StepKind::Listing { changed: Some(_), .. });
    let after = back + 1 + draft.trajectory.steps[back + 1..].iter().take_while(|step| follows(step)).count();
    draft.trajectory.steps.splice(after..after, again);
    if planned {
        let again = draft.trajectory.contract.plan[draft.target].clone();
        draft.trajectory.contract.plan.push(again);
    }
    Ok(())
}

/// An identifier of the same form with other digits.
fn another(identifier: &str, rng: &mut ChaCha8Rng) -> String {
    identifier.chars().map(|c| if c.is_ascii_digit() { char::from(b'0' + rng.random_range(0..10u8)) } else { c }).collect()
}

/// What a step says in words; for a call, nothing: its arguments are values that were spoken of before.
fn spoken<'s>(step: &'s Step<'_>) -> Option<&'s str> {
    match &step.kind {
        StepKind::Query { text, .. }
        | StepKind::Return { text, .. }
        | StepKind::Material { text, .. }
        | StepKind::Response { text, .. } => Some(text),
        StepKind::Listing { .. } | StepKind::Call { .. } | StepKind::Event(_) => None,
    }
}

/// Identifiers such as `P-88120`: letters, a dash or digits, and no spaces.
fn is_identifier(value: &str) -> bool {
    value.len() >= 4
        && !value.contains([' ', '.', '@'])
        && value.bytes().any(|b| b.is_ascii_digit())
        && value.bytes().any(|b| b.is_ascii_uppercase())
}

pub(super) fn rewrite_argument(draft: &mut Draft<'_>, planned: bool, wording: &Wording<'_>) -> Result<(), Unfit> {
    let (parameter, value) = wording.rewritten.clone().ok_or("no_other_value")?;
    let at = draft.call_of(draft.target).ok_or("no_target")?;
    let step = &mut draft.trajectory.steps[at];
    step.focus = true;
    let mut old = None;
    if let StepKind::Call { arguments, .. } = &mut step.kind
        && let Some((_, slot)) = arguments.iter_mut().find(|(name, _)| *name == parameter)
    {
        old = Some(std::mem::replace(slot, value.clone()));
    }
    let old = old.ok_or("no_other_value")?;
    // The server answers for what it was given. What the assistant says of it changes only where the user knows of it.
    let last = if planned { draft.trajectory.steps.len() } else { draft.return_of(draft.target).map_or(at, |back| back + 1) };
    for step in &mut draft.trajectory.steps[at + 1..last] {
        echo(step, &old, &value);
    }
    if planned && let Some(binding) = draft.trajectory.contract.plan[draft.target].bindings.iter_mut().find(|b| b.parameter == parameter) {
        binding.value = value;
    }
    Ok(())
}

pub(super) fn redirect_call(draft: &mut Draft<'_>, empty: bool, planned: bool, rng: &mut ChaCha8Rng) -> Result<(), Unfit> {
    let added = draft.added.ok_or("no_added_server")?;
    let facts = draft.trajectory.contract.plan[draft.target].facts;
    let name = draft.trajectory.connections[added].tools.iter().find(|tool| tool.facts == facts).ok_or("no_added_tool")?.name.clone();
    let (call, back) = (draft.call_of(draft.target).ok_or("no_target")?, draft.return_of(draft.target).ok_or("no_target")?);
    if let StepKind::Call { connection, tool, .. } = &mut draft.trajectory.steps[call].kind {
        (*connection, *tool) = (added, name.clone());
    }
    draft.trajectory.steps[call].focus = true;
    if let StepKind::Return { connection, tool, text, .. } = &mut draft.trajectory.steps[back].kind {
        (*connection, *tool) = (added, name.clone());
        if empty {
            *text = missing_return(rng);
        }
    }
    if empty {
        draft.trajectory.steps[back].focus = true;
    }
    if planned {
        let intended = &mut draft.trajectory.contract.plan[draft.target];
        (intended.connection, intended.tool) = (added, name);
    }
    Ok(())
}
