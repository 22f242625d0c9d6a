//! Applies a pattern's edits to a benign session. Each edit is small; the order of the file is the order of work.

mod calls;
mod servers;

use std::borrow::Cow;

use guardset_core::{Anchor, Demand, DemandKind, Directive, Edit, Field, Names, Offered, Payload, Place, Step, StepKind, Template};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::diction::{Diction, Reworded};
use crate::draft::Draft;
use crate::values::{Sources, pick};
use calls::{drop_call, fail_first, insert_call, redirect_call, repeat_call, replace_call, rewrite_argument, swap_calls};
use servers::{add_event, add_server, expire_grant, relist};

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
    /// The value of a name. The loader numbers `change.record` for every pattern, because events use it.
    fn value_of(&self, name: &str) -> String {
        self.names.position(name).map(|at| self.values[at].clone()).unwrap_or_default()
    }

    /// Takes a payload, filled; what it hides goes under its veil first.
    pub(crate) fn take(&mut self, payload: &Payload, diction: &mut Diction<'_>) -> Reworded {
        if let (Some((veil, hidden)), Some(at)) = (&payload.hidden, self.names.position("hidden")) {
            self.values[at] = veil.hide(&hidden.filled(&self.values));
        }
        let (text, reworded) = diction.choose(Field::Payload, &payload.text);
        self.payload = Some(text.filled(&self.values));
        reworded
    }

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
        Edit::RewriteAnnotations { demand } => {
            let directive = directive(draft, *demand, wording, 0);
            let offered = target_offer(draft);
            let own = draft.catalog.tools[offered.facts].annotations.as_deref();
            if own.is_some_and(|own| own.contains("\"title\"")) {
                return Err("annotations_have_a_title");
            }
            let offered = target_offer_mut(draft);
            offered.annotation = wording.payload.clone();
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
            let (text, reworded) = draft.diction.choose(Field::Request, pick(rng, text));
            let text = wording.fill(text);
            if let Some(step) = draft.trajectory.steps.iter_mut().find(|step| matches!(step.kind, StepKind::Query { .. })) {
                step.reworded.extend(reworded);
            }
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
                let said = &query.0[..own];
                let ended = said.trim_end_matches(['"', '\'', ')']).ends_with(['.', '?', '!', ':']);
                let joint = if is_list_item(said) {
                    "\n"
                } else if ended {
                    " "
                } else {
                    ". "
                };
                let text = format!("{joint}{text}");
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
            draft.trajectory.steps.insert(at, Step::focused(kind));
            Ok(())
        }
        Edit::ClaimRole => {
            let target = draft.target;
            let claim = wording.payload.clone().unwrap_or_default();
            draft.trajectory.contract.principal.role =
                Cow::Borrowed(["member", "staff", "employee", "viewer", "contractor", "trainee"][rng.random_range(0..6)]);
            // Where another edit carries the claim, the user says nothing of it.
            if !wording.shown_elsewhere {
                let end = claim.len();
                let query = request_mut(draft);
                query.0.insert_str(0, &format!("{claim} "));
                *query.1 = Some(Directive { demand: Demand::Role { target }, start: 0, end });
            }
            focus_target(draft)
        }
        Edit::InsertCall { at, arguments, planned } => insert_call(draft, *at, arguments, *planned, wording, rng),
        Edit::ReplaceCall { arguments, empty, planned } => replace_call(draft, arguments, *empty, *planned, wording, rng),
        Edit::SwapCalls => swap_calls(draft),
        Edit::RepeatCall { planned, times } => {
            for _ in 0..*times {
                repeat_call(draft, *planned, rng)?;
            }
            Ok(())
        }
        Edit::DropCall => drop_call(draft),
        Edit::RewriteArgument { planned, .. } => rewrite_argument(draft, *planned, wording),
        Edit::Truncate => {
            // The target's return, or that of the call in its place; a result further up may have been touched as well.
            let touched = draft.trajectory.steps.iter().rposition(|step| step.focus && matches!(step.kind, StepKind::Return { .. }));
            let keep = draft.return_of(draft.target).max(touched).ok_or("no_target")?;
            let reply = draft.trajectory.steps.pop();
            draft.trajectory.steps.truncate(keep + 1);
            draft.trajectory.steps.extend(reply);
            Ok(())
        }
        Edit::AddServer { name, publisher, tool, approved, demand } => {
            add_server(draft, name.as_ref(), publisher, tool.as_ref(), *approved, *demand, wording, rng)
        }
        Edit::RedirectCall { empty, planned } => redirect_call(draft, *empty, *planned, rng),
        Edit::AddEvent { at, event } => add_event(draft, *at, event, wording, rng),
        Edit::ExpireGrant { revoked, renewed } => expire_grant(draft, *revoked, *renewed),
        Edit::Relist { at, recorded, demand } => relist(draft, *at, *recorded, *demand, wording, rng),
    }
}

/// True when the last line of a text is an item of a list, or of a form.
pub(crate) fn is_list_item(text: &str) -> bool {
    let Some((above, last)) = text.trim_end().rsplit_once('\n') else { return false };
    let item = |line: &str| {
        let line = line.trim_start();
        line.starts_with(['-', '*', '|', '\u{2022}'])
            || line.split_once(['.', ')']).is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
            || line.split_once(": ").is_some_and(|(key, _)| key.len() < 24 && !key.contains(['.', '?', '!']))
    };
    item(last) || above.lines().last().is_some_and(item)
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
        // What came before the first message stays in the order in which it was put there: the text, then what follows from it.
        Anchor::Start => steps.iter().position(|step| matches!(step.kind, StepKind::Query { .. })).ok_or("no_request"),
        Anchor::AfterListing => {
            let listed = steps.iter().rposition(|step| matches!(step.kind, StepKind::Listing { changed: None, .. })).ok_or("no_listing")?;
            let put_there = |step: &Step<'_>| matches!(step.kind, StepKind::Material { .. } | StepKind::Event(_));
            Ok(listed + 1 + steps[listed + 1..].iter().take_while(|step| put_there(step)).count())
        }
        Anchor::BeforeTarget => steps.iter().position(|step| step.origin == Some(draft.target)).ok_or("no_target"),
        Anchor::AfterTarget => draft.return_of(draft.target).map(|at| at + 1).ok_or("no_target"),
        Anchor::AfterLast => {
            let read = |step: &Step<'_>| matches!(step.kind, StepKind::Return { .. } | StepKind::Material { .. });
            steps.iter().rposition(read).map(|at| at + 1).ok_or("no_result")
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
    let offered = target_offer(draft);
    let own = offered.description.as_deref().unwrap_or(offered.own);
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
