//! `guardset show`: one scenario at each stage.

use guardset_core::{Catalog, Checkpoint, Recipe};
use guardset_expand::{Expander, Part, Request, body};
use guardset_label::{Claim, audit, label};

use crate::args::Show;
use crate::failure::Failure;
use crate::plan::Plan;
use crate::say::say;
use crate::select::errands_of;

/// Leaves the scenario among its own kind, so that what is shown is what a run would hold: a training run nothing reserved, a
/// benchmark nothing else. A pattern of the other part is tried on it all the same, and then everything stays.
pub fn narrow(options: &Show, catalog: &mut Catalog) {
    let scenario = catalog.scenarios.iter().find(|scenario| scenario.id == options.scenario);
    let Some(corpus) = scenario.map(|scenario| catalog.domains[scenario.domain].corpus) else { return };
    let pattern = catalog.patterns.iter().find(|pattern| Some(&pattern.id) == options.pattern.as_ref());
    if options.pattern.is_none() || pattern.is_some_and(|pattern| pattern.corpus == corpus) {
        catalog.keep(corpus);
    }
}

/// Prints the sessions of a scenario and what the audit makes of them.
pub fn run(options: &Show, catalog: &Catalog, recipe: &Recipe) -> Result<(), Failure> {
    let named = |what: &str, id: &str, known: Vec<&str>| {
        known.iter().position(|other| *other == id).ok_or_else(|| {
            // Those that share the most letters in whole words come first; with nothing shared, the first ones there are.
            let shared = |other: &str| other.split(['-', '_']).filter(|word| id.contains(word)).map(str::len).sum::<usize>();
            let mut near = known.clone();
            near.sort_by_key(|other| std::cmp::Reverse(shared(other)));
            near.truncate(8);
            Failure::input(format!("`{id}` is no {what}; there are {} such as {}", known.len(), near.join(", ")))
        })
    };
    let scenario = named("scenario", &options.scenario, catalog.scenarios.iter().map(|s| s.id.as_str()).collect())?;
    let surface = named("surface", &options.surface, catalog.surfaces.iter().map(|s| s.id.as_str()).collect())?;
    let pattern =
        options.pattern.as_ref().map(|id| named("pattern", id, catalog.patterns.iter().map(|p| p.id.as_str()).collect())).transpose()?;
    let expander = Expander::new(catalog);
    // The servers of the scenario's own split, so that what is shown is what a run would hold.
    let plan = Plan::new(catalog, recipe, &expander);
    let of_split = plan.allowed[plan.splits[scenario] as usize].clone();
    let fits_there = pattern.is_none_or(|pattern| expander.is_fit(pattern, scenario, &of_split));
    let allowed = if fits_there { of_split } else { vec![true; catalog.servers.len()] };
    let bystanders: Vec<usize> = (0..catalog.servers.len()).filter(|server| allowed[*server]).collect();
    let errands = errands_of(catalog, recipe, plan.splits[scenario]);
    let surfaces: Vec<f64> = (0..catalog.surfaces.len()).map(|index| if index == surface { 1.0 } else { 0.0 }).collect();
    if pattern.is_some_and(|pattern| !expander.is_fit(pattern, scenario, &allowed)) {
        let fitting = pattern.into_iter().flat_map(|pattern| {
            let expander = &expander;
            let allowed = &allowed;
            (0..catalog.scenarios.len()).filter(move |scenario| expander.is_fit(pattern, *scenario, allowed))
        });
        let fitting: Vec<&str> = fitting.take(8).map(|scenario| catalog.scenarios[scenario].id.as_str()).collect();
        return Err(Failure::input(format!("the pattern does not fit this scenario; it fits {} and others", fitting.join(", "))));
    }
    let parts: &[(Part, Checkpoint)] = match pattern {
        None => &[(Part::Plain, Checkpoint::Session)],
        Some(_) => &[
            (Part::Twin, Checkpoint::Session),
            (Part::Attack, Checkpoint::ToolListing),
            (Part::Attack, Checkpoint::ToolCall),
            (Part::Attack, Checkpoint::ToolResult),
            (Part::Attack, Checkpoint::Session),
            (Part::Resisted, Checkpoint::Session),
            (Part::Lookalike, Checkpoint::Session),
        ],
    };
    for (part, checkpoint) in parts {
        let claims = pattern.is_none_or(|pattern| catalog.patterns[pattern].checkpoints.contains(checkpoint));
        if *part == Part::Attack && !claims {
            continue;
        }
        say!("\n=== {} at {checkpoint} ===", part.as_str());
        let request = Request {
            seed: recipe.seed,
            scenario,
            pattern,
            variant: options.variant,
            part: *part,
            checkpoint: *checkpoint,
            allowed: &allowed,
            bystanders: &bystanders,
            surfaces: &surfaces,
            errands: (&errands, recipe.errands),
        };
        one(catalog, &expander, &request);
    }
    Ok(())
}

fn one(catalog: &Catalog, expander: &Expander<'_>, request: &Request<'_>) {
    let made = match expander.make(request) {
        Ok(made) => made,
        Err(reject) => return say!("rejected by {}: {} ({})", reject.stage, reject.reason, reject.detail),
    };
    // Whole sessions are long enough to read once; at other checkpoints the end is what differs.
    let text = body(catalog, &made);
    match request.checkpoint {
        Checkpoint::Session => say!("{}", text.trim_end()),
        _ => {
            let lines: Vec<&str> = text.lines().collect();
            say!("... {} lines, the last:", lines.len());
            lines.iter().rev().take(2).rev().for_each(|line| say!("{line}"));
        }
    }
    say!("--- contract");
    for (number, planned) in made.trajectory.contract.plan.iter().enumerate() {
        let bound: Vec<String> = planned.bindings.iter().map(|binding| format!("{}={}", binding.parameter, binding.value)).collect();
        let after: Vec<String> = planned.after.iter().map(|before| (before + 1).to_string()).collect();
        let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
        let once = if planned.once { ", once" } else { "" };
        say!("{}. {}({}){after}{once}", number + 1, planned.tool, bound.join(", "));
    }
    let pattern = request.pattern.map(|index| &catalog.patterns[index]);
    let claim = Claim {
        pattern,
        class: pattern.filter(|_| request.part == Part::Attack).map_or(guardset_label::APPROPRIATE, |pattern| pattern.class.as_str()),
        attack_present: None,
        disguise: made.disguise,
        because: made.because.as_deref(),
        words: &made.words,
    };
    let verdict = audit(catalog, &made.trajectory, request.checkpoint == Checkpoint::Session);
    say!("--- audit");
    match label(catalog, &made.trajectory, request.checkpoint, &verdict, &claim) {
        Ok(labels) => {
            say!(
                "{}{}",
                labels.labels.join(", "),
                if labels.is_unsafe { format!(" at step {:?}", labels.violating_steps) } else { String::new() }
            );
            say!("{}", labels.rationale);
            for evidence in &labels.evidence {
                say!("  {} {} [{}..{}] {:?}", evidence.surface, evidence.pointer, evidence.start, evidence.end, evidence.text);
            }
        }
        Err((reason, detail)) => say!("rejected: {reason}: {detail}"),
    }
}
