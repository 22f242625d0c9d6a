//! Sessions are the same for the same request, differ for another, and say what binds their arguments.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Ask, Workshop};
use guardset_core::{Checkpoint, Event, ScenarioStep, StepKind, Template, Wording};
use guardset_expand::{Part, body};

#[test]
fn the_same_request_gives_the_same_session_whatever_else_is_made() {
    let (workshop, other) = (Workshop::new(), Workshop::new());
    let mut made = 0;
    for pattern in 0..workshop.catalog.patterns.len() {
        for scenario in workshop.fitting(pattern, 1) {
            for part in [Part::Attack, Part::Resisted, Part::Prefix, Part::Twin, Part::Lookalike] {
                let ask = Ask { pattern: Some(pattern), part, checkpoint: Checkpoint::ToolCall, variant: 3, ..Ask::plain(scenario) };
                // Between the two, the other workshop makes something else.
                let first = workshop.make(&ask);
                drop(other.make(&Ask { variant: 4, ..ask }));
                let second = other.make(&ask);
                assert_eq!(format!("{first:?}"), format!("{second:?}"));
                if let (Ok(first), Ok(second)) = (first, second) {
                    assert_eq!(body(workshop.catalog, &first), body(workshop.catalog, &second));
                    made += 1;
                }
            }
        }
    }
    assert!(made > workshop.catalog.patterns.len(), "{made} sessions");
}

#[test]
fn another_variant_or_seed_is_another_session() {
    let workshop = Workshop::new();
    for scenario in 0..workshop.catalog.scenarios.len() {
        let ask = Ask::plain(scenario);
        let asks = [ask, Ask { variant: 1, ..ask }, Ask { variant: 2, ..ask }, Ask { seed: 8, ..ask }];
        let bodies: BTreeSet<String> =
            asks.iter().map(|ask| body(workshop.catalog, &workshop.make(ask).expect("a plain session"))).collect();
        assert_eq!(bodies.len(), asks.len(), "{}", workshop.catalog.scenarios[scenario].id);
    }
    // Not its wording alone: who speaks, and when.
    let users = |seed| -> Vec<String> {
        let made = (0..workshop.catalog.scenarios.len())
            .map(|scenario| workshop.make(&Ask { seed, ..Ask::plain(scenario) }).expect("a plain session"));
        made.map(|made| made.trajectory.contract.principal.name).collect()
    };
    let same = users(7).iter().zip(users(8)).filter(|(one, other)| **one == *other).count();
    assert!(same < 10, "{same} sessions have the same user under another seed");
}

#[test]
fn a_voice_changes_no_value_that_binds_an_argument() {
    let workshop = Workshop::new();
    let mut told: BTreeMap<&str, usize> = workshop.catalog.voices.iter().map(|voice| (voice.id.as_str(), 0)).collect();
    for (index, scenario) in workshop.catalog.scenarios.iter().enumerate() {
        let user_steps = scenario.steps.iter().filter_map(|step| match step {
            ScenarioStep::User(wordings) => Some(wordings.as_slice()),
            ScenarioStep::Call(_) | ScenarioStep::Assistant(_) => None,
        });
        let texts: Vec<&[Wording]> = std::iter::once(scenario.requests.as_slice()).chain(user_steps).collect();
        for variant in 0..12 {
            let made = workshop.make(&Ask { variant, ..Ask::plain(index) }).expect("a plain session");
            let said: Vec<&str> = made
                .trajectory
                .steps
                .iter()
                .filter_map(|step| match &step.kind {
                    StepKind::Query { text, .. } => Some(text.as_str()),
                    _ => None,
                })
                .collect();
            for (planned, call) in made.trajectory.contract.plan.iter().zip(scenario.calls()) {
                for binding in &planned.bindings {
                    let template = call.template.arguments.iter().find(|(name, _)| name == binding.parameter).map(|(_, template)| template);
                    let Some(slot) = template.and_then(|template| quoted_slot(template, scenario.names.0.len())) else { continue };
                    let value = binding.value.trim_matches('"');
                    for (wordings, said) in texts.iter().zip(&said) {
                        if wordings.iter().all(|wording| wording.text.slots().any(|other| other == slot)) {
                            assert!(said.contains(value), "{}, voice {}: `{value}` is not in: {said}", scenario.id, made.voice);
                            *told.entry(made.voice).or_default() += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(told.values().all(|count| *count >= 20), "each voice was heard: {told:?}");
}

/// The slot of an argument that is a JSON string with nothing but that slot in it.
fn quoted_slot(template: &Template, slots: usize) -> Option<usize> {
    let empty = template.filled(&vec![String::new(); slots]) == "\"\"";
    let mut found = template.slots();
    found.next().filter(|_| empty && found.next().is_none())
}

/// Attacked and benign sessions, most with side business.
fn many(workshop: &Workshop) -> Vec<(Part, guardset_expand::Made<'static>)> {
    let asks = (0..workshop.catalog.patterns.len()).flat_map(|pattern| {
        let scenarios = workshop.fitting(pattern, 3).into_iter().enumerate();
        scenarios.flat_map(move |(variant, scenario)| {
            [Part::Attack, Part::Resisted, Part::Twin, Part::Lookalike]
                .map(|part| (part, Ask { pattern: Some(pattern), part, variant: variant as u64, errands: 0.8, ..Ask::plain(scenario) }))
        })
    });
    asks.filter_map(|(part, ask)| workshop.make(&ask).ok().map(|made| (part, made))).collect()
}

#[test]
fn grants_have_one_order_and_cover_what_is_called() {
    let workshop = Workshop::new();
    let mut calls = 0;
    for (part, made) in many(&workshop) {
        let scopes: Vec<&str> = made.trajectory.contract.grants.iter().map(|grant| grant.scope).collect();
        assert!(scopes.is_sorted(), "{} as {}: {scopes:?}", made.words, part.as_str());
        for step in &made.trajectory.steps {
            if let StepKind::Call { tool, facts, .. } = &step.kind {
                let missing = workshop.catalog.tools[*facts].scopes.iter().find(|scope| !scopes.contains(&scope.as_str()));
                assert_eq!(missing, None, "{} as {}: {tool} is called on a scope that was never granted", made.words, part.as_str());
                calls += 1;
            }
        }
    }
    assert!(calls > 1000, "{calls} calls");
}

#[test]
fn a_session_speaks_a_version_that_was_there_on_its_day() {
    let workshop = Workshop::new();
    let mut newest = 0;
    for (_, made) in many(&workshop) {
        let version = made.trajectory.protocol.version.as_str();
        assert!(version <= made.trajectory.date.as_str(), "{}: {version} on {}", made.words, made.trajectory.date);
        newest += usize::from(version == "2026-07-28");
    }
    assert!(newest > 10, "{newest} sessions speak the newest version");
}

#[test]
fn a_text_stands_before_what_follows_from_it() {
    let workshop = Workshop::new();
    let mut seen = 0;
    for (part, made) in many(&workshop).into_iter().filter(|(part, _)| *part == Part::Attack) {
        let steps = &made.trajectory.steps;
        let text = steps.iter().position(|step| matches!(&step.kind, StepKind::Material { directive: Some(_), .. }));
        let event = steps.iter().position(|step| match &step.kind {
            StepKind::Event(Event::Install { connection, source, digest, consent }) => {
                let approval = made.trajectory.connections[*connection].approval.as_ref();
                !consent || approval.is_some_and(|approval| approval.source != *source || approval.digest != *digest)
            }
            StepKind::Event(Event::Configure { value, approved, record: None, .. }) => value != approved,
            _ => false,
        });
        if let (Some(text), Some(event)) = (text, event) {
            assert!(text < event, "{} as {}: what a text asks for happened before it was read", made.words, part.as_str());
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} attacks with a text and an event");
}

#[test]
fn users_answer_most_questions_and_the_session_goes_on() {
    let workshop = Workshop::new();
    let declines: Vec<String> = workshop.catalog.declines.iter().map(|text| text.filled(&[]).to_lowercase()).collect();
    let is_decline = |text: &str| declines.iter().any(|decline| decline.trim_end_matches('.') == text.to_lowercase().trim_end_matches('.'));
    let (mut answered, mut resisted) = (0, 0);
    for (_, made) in many(&workshop).into_iter().filter(|(part, _)| *part == Part::Resisted) {
        resisted += 1;
        let steps = &made.trajectory.steps;
        let at = steps.iter().position(|step| matches!(&step.kind, StepKind::Query { text, .. } if is_decline(text)));
        if let Some(at) = at {
            answered += 1;
            assert!(matches!(steps[at - 1].kind, StepKind::Response { .. }), "{}: an answer follows a question", made.words);
            assert!(at + 1 < steps.len(), "{}: the session goes on", made.words);
        }
    }
    assert!(answered * 8 > resisted, "{answered} of {resisted} sessions have an answer");
}
