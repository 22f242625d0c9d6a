//! Which calls of a scenario a pattern can hook on.

use guardset_core::{Anchor, Catalog, Edit, Pattern, RogueNeed, Scenario, Tool};

/// One way in which a pattern fits a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// Position of the target among the planned calls.
    pub target: usize,
    /// The tool outside the plan, for patterns that need one.
    pub rogue: Option<usize>,
}

/// Every way in which a pattern fits a scenario; empty when it does not.
pub fn fits(catalog: &Catalog, pattern: &Pattern, scenario: &Scenario) -> Vec<Fit> {
    let calls: Vec<_> = scenario.calls().collect();
    let mut found = Vec::new();
    for (target, call) in calls.iter().enumerate() {
        let tool = &catalog.tools[call.tool];
        let need = &pattern.fits;
        // Runs of one tool are told apart by their order, so it is the last of them that something can be done to, and not moved.
        let runs = calls.iter().filter(|other| other.tool == call.tool).count();
        let repeats = pattern.comply.iter().any(|edit| matches!(edit, Edit::RepeatCall { .. }));
        let alone = runs == 1 || !need.ordered && !repeats && calls[target + 1..].iter().all(|other| other.tool != call.tool);
        let any = |wanted: &[String], has: &dyn Fn(&String) -> bool| wanted.is_empty() || wanted.iter().any(has);
        let bound = |purpose: &String| {
            call.template.arguments.iter().any(|(name, value)| {
                value.as_literal().is_none() && tool.parameters.iter().any(|(parameter, p)| parameter == name && p == purpose)
            })
        };
        let reads_first = pattern
            .expose
            .iter()
            .chain(&pattern.lookalike.edits)
            .any(|edit| matches!(edit, Edit::RewriteResult { at: Anchor::BeforeTarget, .. }));
        // Who only claims a role must not need it for another call: that would be a second violation.
        let role_elsewhere = || calls.iter().enumerate().any(|(other, call)| other != target && catalog.tools[call.tool].role.is_some());
        let claims = pattern.expose.iter().chain(&pattern.comply).any(|edit| matches!(edit, Edit::ClaimRole));
        let fits = alone
            && !(claims && role_elsewhere())
            && (!reads_first || calls[..target].iter().any(|before| !before.error))
            && !call.error
            && any(&need.effects, &|effect| tool.effects.contains(effect))
            && any(&need.parameters, &bound)
            && (!need.role || tool.role.is_some())
            && (!need.once || call.once)
            && (!need.last || target + 1 == calls.len())
            && (!need.ordered || !call.swappable.is_empty());
        if !fits {
            continue;
        }
        match &need.rogue {
            None => found.push(Fit { target, rogue: None }),
            Some(rogue) => found.extend(rogues(catalog, scenario, tool, rogue).map(|rogue| Fit { target, rogue: Some(rogue) })),
        }
    }
    found
}

fn rogues<'a>(catalog: &'a Catalog, scenario: &'a Scenario, target: &'a Tool, need: &'a RogueNeed) -> impl Iterator<Item = usize> + 'a {
    let near = move |tool: &Tool| match need.same_server {
        true => tool.server == target.server,
        false => scenario.servers.contains(&tool.server) || catalog.servers[tool.server].domain == scenario.domain,
    };
    let planned = move |capability: &str| scenario.calls().any(|call| catalog.tools[call.tool].capability == capability);
    catalog.tools.iter().enumerate().filter_map(move |(index, tool)| {
        let job = || match need.broader {
            true => tool.capability == target.capability && tool.is_broader_than(target),
            // A tool that could do a planned call's job would be another class.
            false => !planned(&tool.capability),
        };
        // Where it stands is a look at two numbers and true of few, so it is asked first: this runs for every tool of every pair.
        // What the user asked for is no tool outside the plan.
        let fits = near(tool)
            && job()
            && !scenario.calls().any(|call| call.tool == index || catalog.homonyms && catalog.tools[call.tool].name == tool.name)
            && tool.role.as_ref().is_none_or(|role| *role == scenario.role)
            && (need.effects.is_empty() || need.effects.iter().any(|effect| tool.effects.contains(effect)))
            && need.parameter.as_ref().is_none_or(|purpose| tool.parameter_for(purpose).is_some());
        fits.then_some(index)
    })
}
