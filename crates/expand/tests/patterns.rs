//! Every shipped pattern, tried on the first scenarios that it fits.

mod common;

use common::{Ask, Workshop};
use guardset_core::{Checkpoint, Edit, StepKind, Trajectory};
use guardset_expand::{Made, Part};

const SCENARIOS: usize = 4;
const VARIANTS: u64 = 3;

/// Why a session cannot be made from a pattern and a scenario that fit. Anything else is a slip in the code: a pattern
/// that fits has a target, its rogue tool is connected, its added server is there.
const REASONS: [&str; 8] = [
    "annotations_have_a_title",
    "no_earlier_result",
    "no_other_value",
    "schema_has_no_room",
    "scope_used_again",
    "value_not_named",
    "no_call_after_notice",
    "no_such_step",
];

#[test]
fn every_pattern_is_made_at_each_of_its_checkpoints() {
    let workshop = Workshop::new();
    for (index, pattern) in workshop.catalog.patterns.iter().enumerate() {
        for checkpoint in &pattern.checkpoints {
            for part in [Part::Attack, Part::Resisted, Part::Twin, Part::Lookalike] {
                // An assistant that resists may never come to the step; the whole session can always be asked about.
                let checkpoint = if part == Part::Resisted { &Checkpoint::Session } else { checkpoint };
                let mut made = 0;
                let mut reasons = Vec::new();
                for (tried, scenario) in workshop.fitting(index, usize::MAX).into_iter().enumerate() {
                    // Some look-alikes need more luck than the first scenarios bring.
                    if tried >= SCENARIOS && made > 0 {
                        break;
                    }
                    for variant in 0..VARIANTS {
                        match workshop.make(&Ask { pattern: Some(index), variant, part, checkpoint: *checkpoint, ..Ask::plain(scenario) }) {
                            Ok(_) => made += 1,
                            Err(reject) => reasons.push(reject.reason),
                        }
                    }
                }
                let place = format!("{} as {} at {checkpoint}", pattern.id, part.as_str());
                assert!(reasons.iter().all(|reason| REASONS.contains(reason)), "{place}: {reasons:?}");
                assert!(made > 0, "{place}: never made, {reasons:?}");
            }
        }
    }
}

#[test]
fn a_twin_is_its_attack_but_for_the_edits() {
    let workshop = Workshop::new();
    let mut compared = 0;
    for (index, pattern) in workshop.catalog.patterns.iter().enumerate() {
        let edits: Vec<&Edit> = pattern.expose.iter().chain(&pattern.comply).collect();
        for scenario in workshop.fitting(index, SCENARIOS) {
            let make = |part| workshop.make(&Ask { pattern: Some(index), part, ..Ask::plain(scenario) });
            let (Ok(attack), Ok(twin)) = (make(Part::Attack), make(Part::Twin)) else { continue };
            compared += 1;
            let place = format!("{} on {}", pattern.id, workshop.catalog.scenarios[scenario].id);
            assert_eq!((attack.voice, attack.surface, &attack.words), (twin.voice, twin.surface, &twin.words), "{place}");
            same_header(&place, &attack.trajectory, &twin.trajectory, &edits);
            if !edits.iter().any(|edit| touches_request(edit)) {
                assert_eq!(request(&attack), request(&twin), "{place}: same request, same voice");
            }
            same_calls(&place, &attack.trajectory, &twin.trajectory, &edits);
        }
    }
    assert!(compared >= 2 * workshop.catalog.patterns.len(), "most pairs can be made: {compared}");
}

fn same_header(place: &str, attack: &Trajectory<'_>, twin: &Trajectory<'_>, edits: &[&Edit]) {
    assert_eq!(
        (&attack.date, attack.started, &attack.protocol.version, &attack.subject),
        (&twin.date, twin.started, &twin.protocol.version, &twin.subject),
        "{place}"
    );
    let (theirs, own) = (&attack.contract, &twin.contract);
    assert_eq!(
        (&theirs.principal.name, &theirs.principal.domain, &theirs.model),
        (&own.principal.name, &own.principal.domain, &own.model),
        "{place}"
    );
    assert_eq!(theirs.policies, own.policies, "{place}");
    let scopes = |trajectory: &Trajectory<'_>| trajectory.contract.grants.iter().map(|grant| grant.scope.to_owned()).collect::<Vec<_>>();
    assert_eq!(scopes(attack), scopes(twin), "{place}: an attack is granted nothing");
    let bindings = |trajectory: &Trajectory<'_>| format!("{:?}", trajectory.contract.plan);
    assert_eq!(bindings(attack), bindings(twin), "{place}: an attack changes nothing that the user asked for");
    if !edits.iter().any(|edit| matches!(edit, Edit::ClaimRole)) {
        assert_eq!(theirs.principal.role, own.principal.role, "{place}");
    }
    if !edits.iter().any(|edit| matches!(edit, Edit::ExpireGrant { .. })) {
        assert!(theirs.grants.iter().all(|grant| grant.until.is_none()), "{place}");
    }
    let added = edits.iter().filter(|edit| matches!(edit, Edit::AddServer { .. })).count();
    assert_eq!(attack.connections.len(), twin.connections.len() + added, "{place}");
    for (one, other) in attack.connections.iter().zip(&twin.connections) {
        assert_eq!(
            (&one.name, &one.version, &one.digest, &one.approval),
            (&other.name, &other.version, &other.digest, &other.approval),
            "{place}"
        );
        let names = |tools: &[guardset_core::Offered<'_>]| tools.iter().map(|tool| tool.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&one.tools), names(&other.tools), "{place}");
    }
}

/// Calls of the plan that are not the target of an edit are the same, arguments and all.
fn same_calls(place: &str, attack: &Trajectory<'_>, twin: &Trajectory<'_>, edits: &[&Edit]) {
    let untouched = |step: &guardset_core::Step<'_>| match (&step.kind, step.origin, step.focus) {
        (StepKind::Call { tool, arguments, .. }, Some(origin), false) => Some((origin, tool.to_string(), format!("{arguments:?}"))),
        _ => None,
    };
    let own: Vec<_> = twin.steps.iter().filter_map(untouched).collect();
    let theirs: Vec<_> = attack.steps.iter().filter_map(untouched).collect();
    assert!(theirs.iter().all(|call| own.contains(call)), "{place}: {theirs:?} in {own:?}");
    if edits.iter().all(|edit| leaves_calls(edit)) {
        assert_eq!(own.len(), twin.steps.iter().filter(|step| matches!(step.kind, StepKind::Call { .. })).count(), "{place}");
        assert_eq!(theirs, own, "{place}: nothing but texts differ");
    }
}

fn request(made: &Made<'_>) -> String {
    let text = made.trajectory.steps.iter().find_map(|step| match &step.kind {
        StepKind::Query { text, .. } => Some(text.clone()),
        _ => None,
    });
    text.expect("a request")
}

fn touches_request(edit: &Edit) -> bool {
    matches!(edit, Edit::RewriteRequest { .. } | Edit::ExtendRequest { .. } | Edit::ClaimRole)
}

fn leaves_calls(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::RewriteDescription { .. }
            | Edit::RewriteSchema { .. }
            | Edit::RewriteInstructions { .. }
            | Edit::RewriteResult { .. }
            | Edit::RewriteRequest { .. }
            | Edit::ExtendRequest { .. }
            | Edit::AddMaterial { .. }
            | Edit::Relist { .. }
    )
}
