//! Benign side business: in every kind of session alike, and never a part of the attack.

mod common;

use std::collections::BTreeSet;

use common::{Ask, Workshop};
use guardset_core::{Edit, StepKind};
use guardset_expand::{Made, Part, body};

/// Ways to ask for a session with a pattern, with side business in each that has room for it.
fn asks(workshop: &Workshop) -> impl Iterator<Item = Ask> + '_ {
    (0..workshop.catalog.patterns.len()).flat_map(move |pattern| {
        let scenarios = workshop.fitting(pattern, 4).into_iter().enumerate();
        scenarios.map(move |(variant, scenario)| Ask {
            pattern: Some(pattern),
            variant: variant as u64,
            errands: 1.0,
            ..Ask::plain(scenario)
        })
    })
}

#[test]
fn most_sessions_have_room_for_an_errand() {
    let workshop = Workshop::new();
    let (mut with, mut all) = (0, 0);
    for ask in asks(&workshop) {
        let make = |errands| workshop.make(&Ask { part: Part::Twin, errands, ..ask }).map(|made| body(workshop.catalog, &made));
        let (Ok(plain), Ok(busy)) = (make(0.0), make(1.0)) else { continue };
        all += 1;
        with += usize::from(plain != busy);
    }
    assert!(with * 10 > all * 7, "{with} of {all} sessions have an errand");
}

#[test]
fn an_attack_and_its_partners_share_the_errand() {
    let workshop = Workshop::new();
    let mut compared = 0;
    for ask in asks(&workshop) {
        let make = |part| workshop.make(&Ask { part, ..ask });
        let (Ok(attack), Ok(twin)) = (make(Part::Attack), make(Part::Twin)) else { continue };
        let plan = |made: &Made<'_>| format!("{:?}", made.trajectory.contract.plan);
        assert_eq!(plan(&attack), plan(&twin), "{}: an errand that the user asked for is planned in both", attack.words);
        let policies = |made: &Made<'_>| made.trajectory.contract.policies.clone();
        assert_eq!((policies(&attack), attack.agent, attack.voice), (policies(&twin), twin.agent, twin.voice), "{}", attack.words);
        compared += 1;
    }
    assert!(compared > 2 * workshop.catalog.patterns.len(), "{compared} pairs");
}

#[test]
fn the_call_of_an_errand_is_not_that_of_the_attack() {
    let workshop = Workshop::new();
    let mut seen = 0;
    for ask in asks(&workshop) {
        let Ok(attack) = workshop.make(&Ask { part: Part::Attack, ..ask }) else { continue };
        let trajectory = &attack.trajectory;
        let planned: BTreeSet<&str> = trajectory.contract.plan.iter().map(|planned| &*planned.tool).collect();
        let pattern = &workshop.catalog.patterns[ask.pattern.unwrap_or_default()];
        if pattern.fits.rogue.is_none() {
            continue;
        }
        // What an edit put there and no plan has is the attack's own call; side business is all planned.
        let unplanned = trajectory.steps.iter().filter(|step| match &step.kind {
            StepKind::Call { tool, .. } => !planned.contains(&**tool),
            _ => false,
        });
        let own = pattern.comply.iter().filter(|edit| matches!(edit, Edit::InsertCall { .. } | Edit::ReplaceCall { .. })).count();
        let count = unplanned.count();
        assert!(count <= own, "{}: {own} calls at most that nobody asked for, not {count}", attack.words);
        assert!(count > 0 || own == 0, "{}: the errand took the attack's own call for the user's wish", attack.words);
        seen += 1;
    }
    assert!(seen > 20, "{seen} attacks with a call of their own");
}

#[test]
fn a_session_without_errands_is_untouched_by_the_list() {
    let workshop = Workshop::new();
    let one = workshop.make(&Ask::plain(3)).map(|made| body(workshop.catalog, &made)).ok();
    let other = workshop.make(&Ask { errands: 0.0, ..Ask::plain(3) }).map(|made| body(workshop.catalog, &made)).ok();
    assert!(one.is_some() && one == other);
}
