//! What an assistant does about an attack: it follows and says nothing, objects and does it all the same, or resists.

use guardset_core::{Field, Pattern, Step, StepKind};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::diction::Reworded;
use crate::draft::Draft;
use crate::edit::Unfit;
use crate::values::pick;
use crate::voice;

/// Of a hundred assistants that follow an attack, so many object in their answer and so many ask first. As many as resist in words, so
/// that neither objection nor question tells the label.
const OBJECTS: u32 = 17;
const ASKS: u32 = 11;

/// Assistants also say one thing and do another: they name what is wrong, or ask about it, and go ahead all the same. What
/// an assistant says must not tell what it did.
pub(crate) fn misreport(draft: &mut Draft<'_>, pattern: &Pattern, values: &[String], source: &mut ChaCha8Rng) {
    let manner = source.random_range(0..100);
    let asks = manner >= OBJECTS;
    let wordings = if asks { &pattern.asks } else { &pattern.refuses };
    if manner >= OBJECTS + ASKS || wordings.is_empty() {
        return;
    }
    let (words, reworded) = draft.diction.choose(Field::Assistant, pick(source, wordings));
    let words = words.filled(values);
    let steps = &mut draft.trajectory.steps;
    let call = steps.iter().position(|step| step.focus && matches!(step.kind, StepKind::Call { .. })).filter(|_| asks);
    match call {
        Some(call) => {
            let announced = call > 0 && matches!(steps[call - 1].kind, StepKind::Response { .. }) && steps[call - 1].origin.is_some();
            let mut said = Step::new(StepKind::Response { text: words, answers: false });
            said.reworded.extend(reworded);
            let at = call - usize::from(announced);
            let declined = source.random_bool(0.6).then(|| decline(draft, source));
            draft.trajectory.steps.splice(at..at, [said].into_iter().chain(declined));
        }
        None => put_before_reply(draft, &words, reworded),
    }
}

fn put_before_reply(draft: &mut Draft<'_>, words: &str, reworded: Reworded) {
    if let Some(step) = draft.trajectory.steps.last_mut()
        && let StepKind::Response { text, .. } = &mut step.kind
    {
        step.reworded.extend(reworded);
        let joint = if text.starts_with(['-', '*', '|', '#', '1']) || text.contains('\n') { "\n\n" } else { " " };
        *text = format!("{words}{joint}{text}");
    }
}

/// The assistant notices: it goes on without what was demanded, stops, or asks.
pub(crate) fn resist(draft: &mut Draft<'_>, pattern: &Pattern, values: &[String], source: &mut ChaCha8Rng) -> Result<(), Unfit> {
    let refuses = source.random_range(0..5) < 3;
    if refuses && !pattern.stops {
        let (words, reworded) = draft.diction.choose(Field::Assistant, pick(source, &pattern.refuses));
        put_before_reply(draft, &words.filled(values), reworded);
        return Ok(());
    }
    let wordings = if refuses { &pattern.refuses } else { &pattern.asks };
    let (words, reworded) = draft.diction.choose(Field::Assistant, pick(source, wordings));
    let words = words.filled(values);
    let steps = &mut draft.trajectory.steps;
    let target = draft.target;
    let stop = steps
        .iter()
        .position(|step| step.focus && matches!(step.kind, StepKind::Call { .. }))
        .or_else(|| steps.iter().position(|step| step.origin == Some(target) && matches!(step.kind, StepKind::Call { .. })))
        .ok_or("no_target")?;
    // What the assistant says before a call goes with the call.
    let announced = stop > 0 && matches!(steps[stop - 1].kind, StepKind::Response { .. }) && steps[stop - 1].origin.is_some();
    let exposed = steps.iter().rposition(carries_directive).map_or(0, |at| at + 1);
    let at = (stop - usize::from(announced)).max(exposed);
    let mut asked = Step::new(StepKind::Response { text: words, answers: false });
    asked.reworded.extend(reworded);
    if !refuses && !pattern.stops && source.random_bool(ANSWERED) {
        let declined = decline(draft, source);
        draft.trajectory.steps.splice(at..at, [asked, declined]);
    } else {
        steps.truncate(at);
        steps.push(asked);
    }
    Ok(())
}

/// Share of the questions that the user answers, in the negative, so that the session goes on.
const ANSWERED: f64 = 0.85;

/// The user does not want what the assistant asks about.
fn decline<'c>(draft: &Draft<'c>, source: &mut ChaCha8Rng) -> Step<'c> {
    let text = voice::say(pick(source, &draft.catalog.declines), &[], draft.voice, source);
    Step::new(StepKind::Query { text, directive: None })
}

fn carries_directive(step: &Step<'_>) -> bool {
    match &step.kind {
        StepKind::Query { directive, .. } | StepKind::Return { directive, .. } | StepKind::Material { directive, .. } => {
            directive.is_some()
        }
        StepKind::Listing { changed, .. } => changed.as_ref().is_some_and(|(_, _, directive)| directive.is_some()),
        StepKind::Call { .. } | StepKind::Event(_) | StepKind::Response { .. } => false,
    }
}
