//! What is written down is whole: no template syntax, no marker, JSON where JSON is promised.

mod common;

use common::{Ask, Workshop};
use guardset_core::{StepKind, Template};
use guardset_expand::{Part, body, surface};
use serde_json::Value;

#[test]
fn texts_and_columns_are_whole_on_every_surface() {
    let workshop = Workshop::new();
    let catalog = workshop.catalog;
    let mut written = 0;
    for (index, pattern) in catalog.patterns.iter().enumerate() {
        for scenario in workshop.fitting(index, 2) {
            for part in [Part::Attack, Part::Resisted, Part::Twin, Part::Lookalike] {
                for on in 0..catalog.surfaces.len() {
                    let ask = Ask { pattern: Some(index), part, surface: on, variant: on as u64, ..Ask::plain(scenario) };
                    let Ok(made) = workshop.make(&ask) else { continue };
                    let place =
                        format!("{} as {} on {}, {}", pattern.id, part.as_str(), catalog.scenarios[scenario].id, catalog.surfaces[on].id);
                    let text = surface(catalog, &made);
                    assert_eq!(text.body, body(catalog, &made), "{place}: the row has the text that was compared for duplicates");
                    whole(&place, &text.body);
                    if catalog.surfaces[on].id == "jsonrpc" {
                        for line in text.body.lines() {
                            assert!(serde_json::from_str::<Value>(line).is_ok(), "{place}: {line}");
                        }
                    }
                    columns(&place, &text, &made.trajectory);
                    written += 1;
                }
            }
        }
    }
    assert!(written > 8 * catalog.patterns.len(), "{written} sessions");
}

#[test]
fn plain_sessions_are_whole() {
    let workshop = Workshop::new();
    for scenario in 0..workshop.catalog.scenarios.len() {
        for on in 0..workshop.catalog.surfaces.len() {
            let made =
                workshop.make(&Ask { surface: on, variant: on as u64, ..Ask::plain(scenario) }).expect("a plain session is always made");
            whole(&workshop.catalog.scenarios[scenario].id, &body(workshop.catalog, &made));
        }
    }
}

/// No hole, no marker, no list that lost an item.
fn whole(place: &str, body: &str) {
    for slip in ["{{", "{%", "  ,", ", ,"] {
        let around = body.find(slip).map(|at| body[..at].chars().rev().take(60).collect::<String>().chars().rev().collect::<String>());
        assert_eq!(around, None, "{place}: `{slip}` after this");
    }
    assert!(!body.chars().any(Template::is_marker), "{place}: a slot was not filled");
}

fn columns(place: &str, text: &guardset_core::Surfaced, trajectory: &guardset_core::Trajectory<'_>) {
    let read = |column: &str| serde_json::from_str::<Value>(column).unwrap_or_else(|error| panic!("{place}: {error} in {column}"));
    let (tools, session, steps) = (read(&text.tools), read(&text.session), read(&text.steps));
    assert_eq!(tools.as_array().map(Vec::len), Some(text.n_tools as usize), "{place}");
    assert_eq!(steps.as_array().map(Vec::len), Some(text.n_steps as usize), "{place}");
    assert_eq!(text.flows.len(), text.n_steps as usize, "{place}: one flow for each step");
    assert_eq!(session["user"]["role"], *trajectory.contract.principal.role, "{place}");
    assert_eq!(session["servers"].as_array().map(Vec::len), Some(trajectory.connections.len()), "{place}");
    for (step, shown) in trajectory.steps.iter().zip(steps.as_array().into_iter().flatten()) {
        match &step.kind {
            StepKind::Call { tool, arguments, .. } => {
                assert_eq!(shown["tool"], **tool, "{place}");
                for (name, value) in arguments {
                    assert_eq!(shown["arguments"][&**name], read(value), "{place}");
                }
            }
            StepKind::Query { text, .. }
            | StepKind::Return { text, .. }
            | StepKind::Material { text, .. }
            | StepKind::Response { text, .. } => {
                assert_eq!(shown["text"], *text, "{place}");
            }
            StepKind::Listing { .. } | StepKind::Event(_) => {}
        }
    }
}
