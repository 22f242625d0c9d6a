//! Assistants keep their manner through a session, whatever they call.

mod common;

use std::collections::BTreeMap;

use common::{Ask, Workshop};
use guardset_core::{Agent, Step, StepKind};
use guardset_expand::{Made, Part};

fn sessions(workshop: &Workshop) -> Vec<Made<'static>> {
    let attacked = (0..workshop.catalog.patterns.len()).flat_map(|pattern| {
        workshop.fitting(pattern, 3).into_iter().enumerate().map(move |(variant, scenario)| Ask {
            pattern: Some(pattern),
            part: Part::Attack,
            variant: variant as u64,
            errands: 0.5,
            ..Ask::plain(scenario)
        })
    });
    let plain = (0..workshop.catalog.scenarios.len()).map(Ask::plain);
    attacked.chain(plain).filter_map(|ask| workshop.make(&ask).ok()).collect()
}

fn agent<'a>(workshop: &'a Workshop, made: &Made<'_>) -> &'a Agent {
    workshop.catalog.agents.iter().find(|agent| agent.id == made.agent).expect("an agent of the catalog")
}

#[test]
fn one_that_thinks_does_so_before_each_call() {
    let workshop = Workshop::new();
    let mut calls = 0;
    for made in sessions(&workshop).iter().filter(|made| !agent(&workshop, made).thoughts.is_empty()) {
        for (at, step) in made.trajectory.steps.iter().enumerate() {
            if matches!(step.kind, StepKind::Call { .. }) {
                let before = at.checked_sub(1).map(|before| &made.trajectory.steps[before].kind);
                assert!(matches!(before, Some(StepKind::Response { .. })), "{} step {at}: a call out of the blue", made.words);
                calls += 1;
            }
        }
    }
    assert!(calls > 100, "{calls} calls");
}

#[test]
fn calls_sent_together_wait_for_nothing_and_each_has_its_return() {
    let workshop = Workshop::new();
    let mut together = 0;
    for made in &sessions(&workshop) {
        let mut open: BTreeMap<u32, usize> = BTreeMap::new();
        let mut returned: Vec<usize> = Vec::new();
        // A call that an attack put another in the place of never returns, and nobody can wait for it.
        let returns = |step: &Step<'_>| matches!(step.kind, StepKind::Return { .. }).then_some(step.origin).flatten();
        let coming: Vec<usize> = made.trajectory.steps.iter().filter_map(returns).collect();
        for (at, step) in made.trajectory.steps.iter().enumerate() {
            match &step.kind {
                StepKind::Call { id, .. } => {
                    if !open.is_empty() {
                        together += 1;
                        assert!(agent(&workshop, made).parallel, "{}: {} sends one call at a time", made.words, made.agent);
                        let origin = step.origin.expect("only planned calls go together");
                        let after = &made.trajectory.contract.plan[origin].after;
                        let waited_for = |first: &usize| returned.contains(first) || !coming.contains(first);
                        assert!(after.iter().all(waited_for), "{} step {at}: sent before what it needs", made.words);
                    }
                    open.insert(*id, at);
                }
                StepKind::Return { id, .. } => {
                    open.remove(id);
                    returned.extend(step.origin);
                }
                _ => {}
            }
        }
    }
    assert!(together > 10, "{together} calls were sent beside another");
}

#[test]
fn structured_answers_are_json() {
    let workshop = Workshop::new();
    let last = |made: &Made<'_>| match made.trajectory.steps.last() {
        Some(Step { kind: StepKind::Response { text, .. }, .. }) => text.clone(),
        _ => panic!("{}: a session ends with an answer", made.words),
    };
    let mut answers = 0;
    for made in sessions(&workshop).iter().filter(|made| made.agent.starts_with("structured")) {
        let text = last(made);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|answer| answer.is_object()), "{}: {text}", made.words);
        answers += 1;
    }
    assert!(answers > 10, "{answers} answers");
}
