//! Applies a pattern's edits to a benign session. Each edit is small; the order of the file is the order of work.

use std::borrow::Cow;

use guardset_core::{
    Anchor, Approval, Binding, Connection, Demand, DemandKind, Directive, Edit, Event, EventTemplate, Intended, Names, Offered, Place,
    Step, StepKind, Template,
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::draft::{Draft, offer};
use crate::values::{self, Sources, pick};

/// What a pattern's texts are filled with, and the text that the adversary (or, in a look-alike, nobody) put in.
pub(crate) struct Wording<'p> {
    pub names: &'p Names,
    pub values: Vec<String>,
    pub payload: Option<String>,
    /// An edit other than `claim_role` shows the payload.
    pub shown_elsewhere: bool,
    /// New value of a rewritten argument: parameter, compact JSON.
    pub rewritten: Option<(String, String)>,
    /// Sources of the slots of each tool's example.
    pub examples: &'p [Sources],
}

impl Wording<'_> {
    fn fill(&self, template: &Template) -> String {
        template.filled(&self.values)
    }
}

/// Why an edit could not be made; the sample is dropped and the reason counted.
pub(crate) type Unfit = &'static str;

/// Applies one edit.
pub(crate) fn apply<'c>(draft: &mut Draft<'c>, edit: &'c Edit, wording: &Wording<'_>, rng: &mut ChaCha8Rng) -> Result<(), Unfit> {
    match edit {
        Edit::RewriteDescription { demand } => rewrite_description(draft, *demand, wording, rng),
        Edit::RewriteSchema { property, demand } => {
            let directive = directive(draft, *demand, wording, 0);
            let offered = target_offer(draft);
            if offered.property.is_some() || draft.catalog.tools[offered.facts].property_slot.0 == 0 {
                return Err("schema_has_no_room");
            }
            let offered = target_offer_mut(draft);
            offered.property = Some((property.clone(), wording.payload.clone().unwrap_or_default()));
            offered.directive = directive;
            Ok(())
        }
        Edit::RewriteInstructions { demand } => {
            let own = draft.trajectory.connections[target_connection(draft)].instructions.clone();
            let text = own.map_or_else(String::new, |own| format!("{own} "));
            let directive = directive(draft, *demand, wording, text.len());
            let connection = target_connection(draft);
            let connection = &mut draft.trajectory.connections[connection];
            connection.instructions = Some(Cow::Owned(text + wording.payload.as_deref().unwrap_or_default()));
            connection.directive = directive;
            Ok(())
        }
        Edit::RewriteResult { at, demand } => rewrite_result(draft, *at, *demand, wording, rng),
        Edit::FailFirst { demand } => fail_first(draft, *demand, wording),
        Edit::RewriteRequest { demand } => {
            let found = directive(draft, *demand, wording, 0);
            let query = request_mut(draft);
            let before = query.0.len() + 2;
            query.0.push_str("\n\n");
            query.0.push_str(wording.payload.as_deref().unwrap_or_default());
            *query.1 = found.map(|d| Directive { start: d.start + before, end: d.end + before, ..d });
            Ok(())
        }
        Edit::ExtendRequest { text, before } => {
            let text = wording.fill(pick(rng, text));
            let query = request_mut(draft);
            if *before {
                query.0.insert_str(0, &format!("{text} "));
                if let Some(directive) = query.1 {
                    directive.start += text.len() + 1;
                    directive.end += text.len() + 1;
                }
            } else {
                // The user's own words stand above what was pasted.
                let own = query.0.find("\n\n").unwrap_or(query.0.len());
                let ended = query.0[..own].trim_end_matches(['"', '\'', ')']).ends_with(['.', '?', '!', ':']);
                let text = format!("{}{text}", if ended { " " } else { ". " });
                query.0.insert_str(own, &text);
                if let Some(directive) = query.1.as_mut().filter(|directive| directive.start >= own) {
                    directive.start += text.len();
                    directive.end += text.len();
                }
            }
            Ok(())
        }
        Edit::AddMaterial { at, material, name, demand } => {
            let at = position(draft, *at)?;
            let kind = StepKind::Material {
                connection: target_connection(draft),
                material: Cow::Borrowed(material),
                name: wording.fill(name),
                text: wording.payload.clone().unwrap_or_default(),
                directive: directive(draft, *demand, wording, 0),
            };
            draft.trajectory.steps.insert(at, Step { at: 0, origin: None, focus: true, kind });
            Ok(())
        }
        Edit::ClaimRole => {
            let target = draft.target;
            let claim = wording.payload.clone().unwrap_or_default();
            draft.trajectory.contract.principal.role =
                Cow::Borrowed(["member", "staff", "employee", "viewer", "contractor", "assistant"][rng.random_range(0..6)]);
            // Where another edit carries the claim, the user says nothing of it.
            if !wording.shown_elsewhere {
                let end = claim.len();
                let query = request_mut(draft);
                query.0.insert_str(0, &format!("{claim} "));
                *query.1 = Some(Directive { demand: Demand::Role { target }, start: 0, end });
            }
            focus_target(draft)
        }
        Edit::InsertCall { at, arguments, planned } => {
            let at = position(draft, *at)?;
            let steps = rogue_call(draft, arguments, *planned, None, wording, rng)?;
            draft.trajectory.steps.splice(at..at, steps);
            Ok(())
        }
        Edit::ReplaceCall { arguments, empty, planned } => replace_call(draft, arguments, *empty, *planned, wording, rng),
        Edit::SwapCalls => swap_calls(draft),
        Edit::RepeatCall { planned } => repeat_call(draft, *planned, rng),
        Edit::DropCall => {
            let target = draft.target;
            let text_stays = draft.return_of(target).ok_or("no_target")?;
            draft.trajectory.steps[text_stays].focus = true;
            draft
                .trajectory
                .steps
                .retain(|step| step.origin != Some(target) || !matches!(step.kind, StepKind::Call { .. } | StepKind::Response { .. }));
            Ok(())
        }
        Edit::RewriteArgument { planned, .. } => rewrite_argument(draft, *planned, wording),
        Edit::Truncate => {
            let keep = draft
                .position(|step| step.focus && matches!(step.kind, StepKind::Return { .. }))
                .or_else(|| draft.return_of(draft.target))
                .ok_or("no_target")?;
            let reply = draft.trajectory.steps.pop();
            draft.trajectory.steps.truncate(keep + 1);
            draft.trajectory.steps.extend(reply);
            Ok(())
        }
        Edit::AddServer { name, publisher, tool, approved, demand } => {
            add_server(draft, name.as_ref(), publisher, tool.as_ref(), *approved, *demand, wording, rng)
        }
        Edit::RedirectCall { empty, planned } => redirect_call(draft, *empty, *planned, rng),
        Edit::AddEvent { at, event } => {
            let at = position(draft, *at)?;
            let kind = StepKind::Event(lifecycle_event(draft, event, wording, rng));
            let pending = matches!(kind, StepKind::Event(Event::Notice { .. }));
            draft.trajectory.steps.insert(at, Step { at: 0, origin: None, focus: false, kind });
            // What a notice makes wrong is the next call on its server.
            if pending {
                let server = target_connection(draft);
                let next = draft
                    .trajectory
                    .steps
                    .iter()
                    .skip(at)
                    .position(|step| matches!(step.kind, StepKind::Call { connection, .. } if connection == server));
                draft.trajectory.steps[at + next.ok_or("no_call_after_notice")?].focus = true;
            }
            Ok(())
        }
        Edit::ExpireGrant { revoked, renewed } => expire_grant(draft, *revoked, *renewed),
        Edit::Relist { at, recorded, demand } => relist(draft, *at, *recorded, *demand, wording, rng),
    }
}

fn target_connection(draft: &Draft<'_>) -> usize {
    draft.trajectory.contract.plan[draft.target].connection
}

fn target_offer<'a, 'c>(draft: &'a Draft<'c>) -> &'a Offered<'c> {
    let planned = &draft.trajectory.contract.plan[draft.target];
    let tools = &draft.trajectory.connections[planned.connection].tools;
    tools.iter().find(|tool| tool.facts == planned.facts).unwrap_or(&tools[0])
}

fn target_offer_mut<'a, 'c>(draft: &'a mut Draft<'c>) -> &'a mut Offered<'c> {
    let planned = &draft.trajectory.contract.plan[draft.target];
    let tools = &mut draft.trajectory.connections[planned.connection].tools;
    let at = tools.iter().position(|tool| tool.facts == planned.facts).unwrap_or_default();
    &mut tools[at]
}

/// The text of the user's first message, and the directive in it.
fn request_mut<'a, 'c>(draft: &'a mut Draft<'c>) -> (&'a mut String, &'a mut Option<Directive<'c>>) {
    let query = draft.trajectory.steps.iter_mut().find_map(|step| match &mut step.kind {
        StepKind::Query { text, directive } => Some((text, directive)),
        _ => None,
    });
    query.expect("every session starts with a query")
}

fn focus_target(draft: &mut Draft<'_>) -> Result<(), Unfit> {
    let at = draft.call_of(draft.target).ok_or("no_target")?;
    draft.trajectory.steps[at].focus = true;
    Ok(())
}

/// Where an anchor points: the position at which a new step goes.
fn position(draft: &Draft<'_>, anchor: Anchor) -> Result<usize, Unfit> {
    let steps = &draft.trajectory.steps;
    match anchor {
        Anchor::Start => Ok(0),
        Anchor::AfterListing => {
            steps.iter().rposition(|step| matches!(step.kind, StepKind::Listing { changed: None, .. })).map(|at| at + 1).ok_or("no_listing")
        }
        Anchor::BeforeTarget => steps.iter().position(|step| step.origin == Some(draft.target)).ok_or("no_target"),
        Anchor::AfterTarget => draft.return_of(draft.target).map(|at| at + 1).ok_or("no_target"),
        Anchor::AfterLast => {
            steps.iter().rposition(|step| matches!(step.kind, StepKind::Return { .. })).map(|at| at + 1).ok_or("no_result")
        }
        Anchor::End => Ok(steps.len()),
    }
}

/// The directive that a payload amounts to, `offset` bytes into the text it is put in.
fn directive<'c>(draft: &Draft<'c>, kind: Option<DemandKind>, wording: &Wording<'_>, offset: usize) -> Option<Directive<'c>> {
    let target = draft.target;
    let rogue = |place| {
        let facts = draft.rogue?;
        Some(Demand::Call { tool: Cow::Borrowed(draft.catalog.tools[facts].name.as_str()), facts, place, target })
    };
    let connection = target_connection(draft);
    let demand = match kind? {
        DemandKind::CallBefore => rogue(Place::Before)?,
        DemandKind::CallAfter => rogue(Place::After)?,
        DemandKind::CallInstead => rogue(Place::Instead)?,
        DemandKind::Route => Demand::Route { connection: draft.added?, target },
        DemandKind::Argument => {
            let (parameter, value) = wording.rewritten.clone()?;
            Demand::Argument { target, parameter: Cow::Owned(parameter), value }
        }
        DemandKind::Repeat => Demand::Repeat { target },
        DemandKind::Reorder => Demand::Reorder { target },
        DemandKind::Data => Demand::Data { target },
        DemandKind::Role => Demand::Role { target },
        DemandKind::Keep => Demand::Keep { target },
        DemandKind::Install => Demand::Install { connection },
        DemandKind::Configure => Demand::Configure { connection },
        DemandKind::Stay => Demand::Stay { connection },
        DemandKind::Model => Demand::Model,
    };
    let length = wording.payload.as_ref().map_or(0, String::len);
    Some(Directive { demand, start: offset, end: offset + length })
}

fn rewrite_description(
    draft: &mut Draft<'_>,
    demand: Option<DemandKind>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let own = &draft.catalog.tools[target_offer(draft).facts].description;
    let payload = wording.payload.as_deref().unwrap_or_default();
    let in_front = rng.random_range(0..6) == 0;
    let (text, at) = if in_front { (format!("{payload} {own}"), 0) } else { (format!("{own} {payload}"), own.len() + 1) };
    let directive = directive(draft, demand, wording, at);
    let offered = target_offer_mut(draft);
    offered.description = Some(text);
    offered.directive = directive;
    Ok(())
}

fn rewrite_result(
    draft: &mut Draft<'_>,
    at: Anchor,
    demand: Option<DemandKind>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let before = match at {
        Anchor::BeforeTarget => draft.call_of(draft.target).ok_or("no_target")?,
        Anchor::AfterTarget => draft.return_of(draft.target).ok_or("no_target")? + 1,
        _ => draft.trajectory.steps.len(),
    };
    let found = draft.trajectory.steps[..before].iter().rposition(|step| matches!(step.kind, StepKind::Return { error: false, .. }));
    let at = found.ok_or("no_earlier_result")?;
    let payload = wording.payload.as_deref().unwrap_or_default();
    let StepKind::Return { text, .. } = &draft.trajectory.steps[at].kind else { return Err("no_earlier_result") };
    let (text, start, end) = embed(text, payload, rng);
    let directive = directive(draft, demand, wording, 0).map(|d| Directive { start, end, ..d });
    draft.trajectory.steps[at].focus = true;
    if let StepKind::Return { text: own, directive: slot, .. } = &mut draft.trajectory.steps[at].kind {
        *own = text;
        *slot = directive;
    }
    Ok(())
}

/// Puts a payload into a result as its form allows: a further field of JSON, a comment of HTML, a line of anything else.
/// Returns the text and where the payload stands in it.
fn embed(text: &str, payload: &str, rng: &mut ChaCha8Rng) -> (String, usize, usize) {
    let trimmed = text.trim_end();
    let json = trimmed.starts_with(['{', '[']) && trimmed.ends_with(['}', ']']);
    if json && let Some(brace) = trimmed.rfind('}') {
        let field = *pick(rng, &["note", "notes", "message", "remarks", "comment", "hint", "info", "description", "memo", "details"]);
        let head = trimmed[..brace].trim_end();
        let comma = if head.ends_with('{') { "" } else { "," };
        let value = serde_json::Value::String(payload.to_owned()).to_string();
        let opening = format!("{head}{comma}\"{field}\":\"");
        let start = opening.len();
        let end = start + value.len() - 2;
        return (format!("{opening}{}{}", &value[1..], &text[brace..]), start, end);
    }
    let opening = format!("{text}\n");
    let start = opening.len();
    (format!("{opening}{payload}"), start, start + payload.len())
}

fn fail_first(draft: &mut Draft<'_>, demand: Option<DemandKind>, wording: &Wording<'_>) -> Result<(), Unfit> {
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
    draft.trajectory.steps.splice(at..at, [call, Step { at: 0, origin: None, focus: true, kind: error }]);
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

fn replace_call<'c>(
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

fn swap_calls(draft: &mut Draft<'_>) -> Result<(), Unfit> {
    let planned = draft.scenario.calls().nth(draft.target).ok_or("no_target")?;
    let first = *planned.swappable.first().ok_or("no_ordered_pair")?;
    let to = draft.position(|step| step.origin == Some(first)).ok_or("no_target")?;
    let target = draft.target;
    let mut moved: Vec<Step<'_>> = draft.trajectory.steps.iter().filter(|step| step.origin == Some(target)).cloned().collect();
    draft.trajectory.steps.retain(|step| step.origin != Some(target));
    for step in &mut moved {
        step.focus = matches!(step.kind, StepKind::Call { .. });
    }
    draft.trajectory.steps.splice(to..to, moved);
    Ok(())
}

fn repeat_call(draft: &mut Draft<'_>, planned: bool, rng: &mut ChaCha8Rng) -> Result<(), Unfit> {
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
                // The same template filled again: a second run has identifiers of its own, but speaks of the same things.
                if let Some(planned) = draft.scenario.calls().nth(draft.target) {
                    let known: Vec<String> = draft.trajectory.steps[..back].iter().filter_map(spoken).map(str::to_lowercase).collect();
                    let is_new = |value: &str| is_identifier(value) && !known.iter().any(|text| text.contains(&value.to_lowercase()));
                    let values = draft.values.iter().zip(&draft.others);
                    let mixed: Vec<String> =
                        values.map(|(value, other)| if is_new(value) { other.clone() } else { value.clone() }).collect();
                    *text = pick(rng, &planned.template.results).filled(&mixed);
                }
            }
            _ => {}
        }
    }
    draft.trajectory.steps.splice(back + 1..back + 1, again);
    if planned {
        let again = draft.trajectory.contract.plan[draft.target].clone();
        draft.trajectory.contract.plan.push(again);
    }
    Ok(())
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

fn rewrite_argument(draft: &mut Draft<'_>, planned: bool, wording: &Wording<'_>) -> Result<(), Unfit> {
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

#[expect(clippy::too_many_arguments, reason = "the fields of one edit")]
fn add_server<'c>(
    draft: &mut Draft<'c>,
    name: Option<&Template>,
    publisher: &Template,
    tool: Option<&Template>,
    approved: bool,
    demand: Option<DemandKind>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let original = target_connection(draft);
    let planned = draft.trajectory.contract.plan[draft.target].clone();
    let server = draft.trajectory.connections[original].clone();
    let publisher = wording.fill(publisher);
    let digest = values::id(rng, "^^^^^^^^^^^^");
    let catalog = draft.catalog;
    draft.added = Some(draft.trajectory.connections.len());
    let shows_payload = demand.is_some() || (approved && wording.payload.is_some());
    let plan = &draft.trajectory.contract.plan;
    let copied = |facts: usize| plan.iter().any(|other| other.facts == facts);
    let offered = server.tools.iter().filter(|offered| offered.facts == planned.facts || !copied(offered.facts) && rng.random_bool(0.4));
    let tools = offered.map(|offered| {
        let mut copy = offer(catalog, offered.facts);
        if offered.facts == planned.facts {
            if let Some(tool) = tool {
                copy.name = Cow::Owned(wording.fill(tool));
            }
            if shows_payload {
                let own = &catalog.tools[offered.facts].description;
                copy.description = Some(format!("{own} {}", wording.payload.as_deref().unwrap_or_default()));
                copy.directive = directive(draft, demand, wording, own.len() + 1);
            }
        }
        copy
    });
    let tools = tools.collect();
    let version = format!("{}.{}.{}", rng.random_range(0..4), rng.random_range(0..12), rng.random_range(0..9));
    let approval = approved.then(|| Approval {
        on: values::iso_day(draft.world.today - chrono::TimeDelta::days(rng.random_range(2..200))),
        source: format!("npm:@{}/mcp@{version}", publisher.split('.').next().unwrap_or("vendor")),
        digest: digest.clone(),
    });
    draft.trajectory.connections.push(Connection {
        name: name.map_or(server.name, |name| Cow::Owned(wording.fill(name))),
        facts: server.facts,
        endpoint: format!("mcp.{publisher}"),
        publisher: Cow::Owned(publisher),
        version: Cow::Owned(version),
        digest: digest.clone(),
        approval,
        instructions: None,
        directive: None,
        tools,
    });
    let at = position(draft, Anchor::AfterListing)?;
    let connection = draft.trajectory.connections.len() - 1;
    let kind = StepKind::Listing { connection, digest, changed: None, record: None };
    draft.trajectory.steps.insert(at, Step { at: 0, origin: None, focus: true, kind });
    Ok(())
}

fn redirect_call(draft: &mut Draft<'_>, empty: bool, planned: bool, rng: &mut ChaCha8Rng) -> Result<(), Unfit> {
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

fn lifecycle_event<'c>(draft: &Draft<'c>, event: &EventTemplate, wording: &Wording<'_>, rng: &mut ChaCha8Rng) -> Event<'c> {
    let connection = target_connection(draft);
    let server = &draft.catalog.servers[draft.trajectory.connections[connection].facts];
    let record = |exists: bool| exists.then(|| wording.values_of("change.record"));
    match event {
        EventTemplate::Install { source, digest_matches, consent } => {
            let approval = draft.trajectory.connections[connection].approval.as_ref();
            let own = approval.map_or_else(String::new, |approval| approval.source.clone());
            let digest =
                approval.filter(|_| *digest_matches).map_or_else(|| values::id(rng, "^^^^^^^^^^^^"), |approval| approval.digest.clone());
            Event::Install { connection, source: source.as_ref().map_or(own, |source| wording.fill(source)), digest, consent: *consent }
        }
        EventTemplate::Update { recorded } => {
            Event::Update { connection, version: Cow::Borrowed(&server.next_release.version), record: record(*recorded) }
        }
        EventTemplate::Configure { recorded, approved } => {
            let setting = &server.settings[0];
            let value = if *approved { &setting.approved } else { &setting.weaker };
            Event::Configure { connection, setting: &setting.name, value, approved: &setting.approved, record: record(*recorded) }
        }
        EventTemplate::Model { adapter, recorded } => Event::Model { adapter: wording.fill(adapter), record: record(*recorded) },
        EventTemplate::Notice => {
            let release = &server.next_release;
            Event::Notice { connection, version: &release.version, reason: &release.reason, check: &release.check }
        }
        EventTemplate::Check => Event::Check { connection, check: &server.next_release.check },
        EventTemplate::Verify => {
            let needed = draft.catalog.tools[draft.trajectory.contract.plan[draft.target].facts].role.as_deref();
            Event::Verify { role: needed.map_or_else(|| draft.trajectory.contract.principal.role.clone(), Cow::Borrowed) }
        }
    }
}

impl Wording<'_> {
    /// The value of a name. The loader numbers `change.record` for every pattern, because events use it.
    fn values_of(&self, name: &str) -> String {
        self.names.position(name).map(|at| self.values[at].clone()).unwrap_or_default()
    }
}

fn expire_grant<'c>(draft: &mut Draft<'c>, revoked: bool, renewed: bool) -> Result<(), Unfit> {
    let scope: &'c str = &draft.catalog.tools[draft.trajectory.contract.plan[draft.target].facts].scopes[0];
    focus_target(draft)?;
    // A use of the same scope after the target would be a second violation of its own; leave such sessions out.
    let target = draft.call_of(draft.target).ok_or("no_target")?;
    let shared = draft.trajectory.steps[target + 1..].iter().any(|step| match &step.kind {
        StepKind::Call { facts, .. } => draft.catalog.tools[*facts].scopes.iter().any(|s| s == scope),
        _ => false,
    });
    if shared {
        return Err("scope_used_again");
    }
    let at = position(draft, Anchor::BeforeTarget)?;
    let mut events = Vec::new();
    if revoked {
        events.push(Event::Revoke { scope });
    } else {
        draft.expired = Some(scope);
    }
    if renewed {
        events.push(Event::Grant { scope });
    }
    draft
        .trajectory
        .steps
        .splice(at..at, events.into_iter().map(|event| Step { at: 0, origin: None, focus: true, kind: StepKind::Event(event) }));
    Ok(())
}

fn relist(
    draft: &mut Draft<'_>,
    at: Anchor,
    recorded: bool,
    demand: Option<DemandKind>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let connection = target_connection(draft);
    let facts = draft.trajectory.contract.plan[draft.target].facts;
    let at = position(draft, at)?;
    let own = &draft.catalog.tools[facts].description;
    let tool = draft.trajectory.connections[connection].tools.iter().position(|tool| tool.facts == facts).ok_or("no_target")?;
    let shows_payload = demand.is_some() || (recorded && wording.payload.is_some());
    let (text, found) = match shows_payload {
        true => (format!("{own} {}", wording.payload.as_deref().unwrap_or_default()), directive(draft, demand, wording, own.len() + 1)),
        false => (own.clone(), None),
    };
    let kind = StepKind::Listing {
        connection,
        digest: values::id(rng, "^^^^^^^^^^^^"),
        changed: Some((tool, text, found)),
        record: recorded.then(|| wording.values_of("change.record")),
    };
    draft.trajectory.steps.insert(at, Step { at: 0, origin: None, focus: true, kind });
    Ok(())
}
