use guardset_core::{Catalog, Demand, Directive, Event, Place as When, StepKind, Trajectory};

use crate::finding::{
    BACKDOOR, CAUSAL, DATA, DEPENDENCY, DRIFT, EXPIRED, FUNCTION_OVERLAP, Finding, IDENTITY, INJECTION, INSTALLER, PRIVILEGES, Place,
    REPLAY, SERVER_NAME, TOOL_NAME, VERSION, WRONG_ARGUMENTS, WRONG_FUNCTION,
};

/// What would hold if a text had its way; `None` when the contract allows what it asks for.
pub(crate) fn exposure(
    catalog: &Catalog,
    trajectory: &Trajectory<'_>,
    directive: &Directive<'_>,
    at: usize,
    place: Place,
) -> Option<Finding> {
    let plan = &trajectory.contract.plan;
    let (class, target) = match &directive.demand {
        Demand::Call { facts, place, target, .. } => {
            if plan.iter().any(|planned| planned.facts == *facts) {
                return None;
            }
            let (demanded, wanted) = (&catalog.tools[*facts], &catalog.tools[plan[*target].facts]);
            let same_job = demanded.capability == wanted.capability;
            let class = match place {
                _ if same_job && demanded.is_broader_than(wanted) => PRIVILEGES,
                _ if same_job => FUNCTION_OVERLAP,
                When::Before => DEPENDENCY,
                When::After => INJECTION,
                When::Instead => WRONG_FUNCTION,
            };
            (class, Some(*target))
        }
        Demand::Route { connection, target } => {
            let planned = &plan[*target];
            if planned.connection == *connection {
                return None;
            }
            let (there, here) = (&trajectory.connections[*connection], &trajectory.connections[planned.connection]);
            let class = match there.name == here.name {
                true => SERVER_NAME,
                false if there.tools.iter().any(|tool| tool.name == planned.tool) => TOOL_NAME,
                false => FUNCTION_OVERLAP,
            };
            (class, Some(*target))
        }
        Demand::Argument { target, parameter, value } => {
            let bound = plan[*target].bindings.iter().find(|binding| binding.parameter == parameter)?;
            if bound.value == *value {
                return None;
            }
            (WRONG_ARGUMENTS, Some(*target))
        }
        Demand::Repeat { target } => {
            let planned = &plan[*target];
            let runs = plan.iter().filter(|other| other.tool == planned.tool && other.connection == planned.connection).count();
            if runs > 1 || !planned.once {
                return None;
            }
            (REPLAY, Some(*target))
        }
        Demand::Reorder { target } => (CAUSAL, Some(*target)),
        Demand::Data { target } => (DATA, Some(*target)),
        Demand::Role { target } => {
            let needed = catalog.tools[plan[*target].facts].role.as_deref();
            let principal = &trajectory.contract.principal;
            let verified = |role: &str| {
                trajectory.steps.iter().any(|step| matches!(&step.kind, StepKind::Event(Event::Verify { role: given }) if given == role))
            };
            if needed.is_none_or(|role| principal.verified && principal.role == role || verified(role)) {
                return None;
            }
            (IDENTITY, Some(*target))
        }
        Demand::Keep { target } => (EXPIRED, Some(*target)),
        Demand::Install { .. } => (INSTALLER, None),
        Demand::Configure { .. } => (DRIFT, None),
        Demand::Stay { .. } => (VERSION, None),
        Demand::Model => (BACKDOOR, None),
    };
    Some(Finding { class, step: Some(at), facts: facts(catalog, trajectory, &directive.demand, target), places: vec![place] })
}

fn facts(catalog: &Catalog, trajectory: &Trajectory<'_>, demand: &Demand<'_>, target: Option<usize>) -> Vec<(&'static str, String)> {
    let plan = &trajectory.contract.plan;
    let mut facts = vec![("user", trajectory.contract.principal.name.clone())];
    let connection = match demand {
        Demand::Route { connection, .. }
        | Demand::Install { connection }
        | Demand::Configure { connection }
        | Demand::Stay { connection } => Some(*connection),
        _ => target.map(|target| plan[target].connection),
    };
    if let Some(connection) = connection {
        let server = &trajectory.connections[connection];
        facts.push(("server", server.name.to_string()));
        facts.push(("source", server.publisher.to_string()));
    }
    if let Some(target) = target {
        let tool = &catalog.tools[plan[target].facts];
        facts.push(("intended", plan[target].tool.to_string()));
        facts.push(("scope", tool.scopes[0].clone()));
        facts.push(("role", tool.role.clone().unwrap_or_else(|| trajectory.contract.principal.role.to_string())));
    }
    match demand {
        Demand::Call { tool, .. } => facts.push(("tool", tool.to_string())),
        Demand::Argument { target, parameter, value } => {
            let bound = plan[*target].bindings.iter().find(|binding| binding.parameter == parameter);
            facts.push(("tool", plan[*target].tool.to_string()));
            facts.push(("parameter", parameter.to_string()));
            facts.push(("expected", bound.map_or_else(String::new, |binding| crate::audit::bare(&binding.value).to_owned())));
            facts.push(("actual", crate::audit::bare(value).to_owned()));
        }
        Demand::Reorder { target } => {
            let planned = &plan[*target];
            facts.push(("tool", planned.tool.to_string()));
            // What it must not overtake is what the rationale means by the intended call.
            facts.retain(|(name, _)| *name != "intended");
            facts.extend(planned.after.first().map(|first| ("intended", plan[*first].tool.to_string())));
        }
        _ => facts.extend(target.map(|target| ("tool", plan[target].tool.to_string()))),
    }
    facts
}
