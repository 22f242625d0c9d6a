//! The manner in which an assistant works, put over a session when nothing else will change it.

use guardset_core::{Agent, Catalog, Step, StepKind, Trajectory};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::json::json;
use crate::values::pick;

/// Most characters of a result that an answer quotes.
const QUOTE: usize = 120;

/// Sends calls together that do not wait for one another. `target` stays where a guard may be asked about it.
pub(crate) fn join_calls(trajectory: &mut Trajectory<'_>, agent: &Agent, target: usize) {
    if !agent.parallel {
        return;
    }
    let plan = &trajectory.contract.plan;
    let steps = &mut trajectory.steps;
    let origin_of_call = |step: &Step<'_>| match (&step.kind, step.origin, step.focus) {
        (StepKind::Call { .. }, Some(origin), false) if origin != target => Some(origin),
        _ => None,
    };
    let is_plain_return = |step: &Step<'_>| matches!(step.kind, StepKind::Return { error: false, directive: None, .. }) && !step.focus;
    let mut at = 0;
    while at + 3 < steps.len() {
        let pair = (origin_of_call(&steps[at]), origin_of_call(&steps[at + 2]));
        let (Some(first), Some(second)) = pair else {
            at += 1;
            continue;
        };
        if is_plain_return(&steps[at + 1]) && is_plain_return(&steps[at + 3]) && !plan[second].after.contains(&first) {
            steps.swap(at + 1, at + 2);
            at += 4;
        } else {
            at += 1;
        }
    }
}

/// Lets the assistant say what it says before calls, and gives its last message its form.
pub(crate) fn speak<'c>(trajectory: &mut Trajectory<'c>, catalog: &'c Catalog, agent: &'c Agent, rng: &mut ChaCha8Rng) {
    if !agent.thoughts.is_empty() {
        let mut steps: Vec<Step<'c>> = Vec::with_capacity(trajectory.steps.len() + 8);
        for step in std::mem::take(&mut trajectory.steps) {
            if let StepKind::Call { id, connection, tool, facts, .. } = &step.kind
                && !matches!(steps.last().map(|step| &step.kind), Some(StepKind::Response { .. }))
            {
                let (facts, server) = (&catalog.tools[*facts], &trajectory.connections[*connection].name);
                let mut text = String::with_capacity(96);
                pick(rng, &agent.thoughts).fill(&mut text, |slot, out| match Agent::THOUGHT[slot] {
                    "tool" => out.push_str(tool),
                    "server" => out.push_str(server),
                    "takes" => out.push_str(&facts.takes),
                    "returns" => out.push_str(&facts.returns),
                    _ => out.push_str(&id.to_string()),
                });
                steps.push(Step::new(StepKind::Response { text, answers: false }));
            }
            steps.push(step);
        }
        trajectory.steps = steps;
    }
    let calls = trajectory.steps.iter().filter(|step| matches!(step.kind, StepKind::Call { .. })).count();
    let last = trajectory.steps.iter().rev().find_map(|step| match &step.kind {
        StepKind::Return { tool, text, error: false, .. } => Some((tool.to_string(), quote(text))),
        _ => None,
    });
    let speaks_of_last = |form: &&guardset_core::Template| form.slots().any(|slot| Agent::ANSWER[slot].starts_with("last."));
    let forms: Vec<_> = agent.answers.iter().filter(|form| last.is_some() || !speaks_of_last(form)).collect();
    if forms.is_empty() {
        return;
    }
    let form = forms[rng.random_range(0..forms.len())];
    if let Some(StepKind::Response { text, .. }) = trajectory.steps.last_mut().map(|step| &mut step.kind) {
        let answer = std::mem::take(text);
        form.fill(text, |slot, out| match Agent::ANSWER[slot] {
            "answer.raw" => out.push_str(&answer),
            "answer.json" => json(&answer, out),
            "calls" => out.push_str(&calls.to_string()),
            "last.tool" => out.push_str(last.as_ref().map_or("", |(tool, _)| tool)),
            _ => out.push_str(last.as_ref().map_or("", |(_, quote)| quote)),
        });
    }
}

/// The head of a result, on one line.
fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE) {
        Some((end, _)) => format!("{} ...", line[..end].trim_end()),
        None => line,
    }
}
