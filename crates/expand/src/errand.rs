//! Benign side business: the look-alike of another pattern, carried out in a session before anything else is done to it.
//!
//! An attack, its twin and its look-alike share the errand. So a further call that the user asked for, a changed
//! description that asks for nothing, a pasted mail or a recorded change stand in safe and unsafe sessions alike, and
//! none of them tells the label.

use guardset_core::{Anchor, Catalog, Edit, Pattern};

use crate::fit::Fit;

/// The look-alike of a pattern, hooked on a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand {
    /// Index of the pattern.
    pub pattern: usize,
    /// What it hooks on.
    pub fit: Fit,
}

/// True for a look-alike that leaves the planned calls as they are, so that another pattern can still be carried out.
pub(crate) fn is_errand(pattern: &Pattern) -> bool {
    pattern.lookalike.edits.iter().all(|edit| {
        matches!(
            edit,
            Edit::RewriteDescription { .. }
                | Edit::RewriteSchema { .. }
                | Edit::RewriteAnnotations { .. }
                | Edit::RewriteInstructions { .. }
                | Edit::RewriteResult { .. }
                | Edit::RewriteRequest { .. }
                | Edit::ExtendRequest { .. }
                | Edit::AddMaterial { .. }
                | Edit::InsertCall { .. }
                | Edit::FailFirst { .. }
                | Edit::RepeatCall { .. }
                | Edit::AddServer { .. }
                | Edit::AddEvent { .. }
                | Edit::Relist { .. }
        )
    })
}

/// True when both can be carried out in one session without one being mistaken for a part of the other.
pub(crate) fn goes_with(catalog: &Catalog, errand: Errand, main: Option<(&Pattern, Fit)>) -> bool {
    let Some((main, fit)) = main else { return true };
    let side = &catalog.patterns[errand.pattern].lookalike.edits;
    let all = || main.expose.iter().chain(&main.comply).chain(&main.lookalike.edits);
    let adds_calls = side.iter().any(|edit| matches!(edit, Edit::InsertCall { .. } | Edit::RepeatCall { .. }));
    let surrounds = |edit: &Edit| {
        matches!(edit, Edit::AddServer { .. } | Edit::AddEvent { .. } | Edit::Relist { .. } | Edit::ExpireGrant { .. } | Edit::ClaimRole)
    };
    let changes_target = |edit: &Edit| {
        matches!(
            edit,
            Edit::FailFirst { .. }
                | Edit::RepeatCall { .. }
                | Edit::AddServer { .. }
                | Edit::Relist { .. }
                | Edit::RewriteSchema { .. }
                | Edit::RewriteAnnotations { .. }
        )
    };
    // What happens to servers and grants happens once in a session.
    if side.iter().any(surrounds) && all().any(surrounds) {
        return false;
    }
    if errand.fit.target == fit.target && side.iter().any(changes_target) {
        return false;
    }
    // A call that would be cut off, or that would still be open where the attack takes all to be done.
    if adds_calls && all().any(|edit| matches!(edit, Edit::Truncate | Edit::InsertCall { at: Anchor::AfterTarget, planned: false, .. })) {
        return false;
    }
    let Some(helper) = errand.fit.rogue.map(|tool| &catalog.tools[tool]) else { return true };
    // Who loses the role in the main pattern cannot run an errand that needs it; nor may the user have asked for the very
    // call, or the very job, that is the attack.
    (helper.role.is_none() || !all().any(|edit| matches!(edit, Edit::ClaimRole)))
        && fit.rogue.is_none_or(|rogue| catalog.tools[rogue].capability != helper.capability)
}
