use guardset_core::{Catalog, Checkpoint, StepKind, Trajectory, hash_text};

use crate::finding::{Finding, Place};

/// Words for a finding, from the catalog's sentences.
pub(crate) fn of_finding(catalog: &Catalog, trajectory: &Trajectory<'_>, key: &str, finding: &Finding, pick: &str) -> String {
    let surface = finding.places.iter().find_map(|place| named(trajectory, place));
    write(catalog, key, &finding.facts, surface.as_deref(), pick)
}

/// Words for a session in which nothing is wrong.
pub(crate) fn clean(catalog: &Catalog, trajectory: &Trajectory<'_>, checkpoint: Checkpoint, pick: &str) -> String {
    let key = match checkpoint {
        Checkpoint::Session => "clean_session",
        Checkpoint::ToolCall => "clean_call",
        Checkpoint::ToolListing => "clean_listing",
        Checkpoint::ToolResult => "clean_result",
    };
    let mut facts = vec![("user", trajectory.contract.principal.name.clone())];
    if let Some(StepKind::Call { tool, connection, .. } | StepKind::Return { tool, connection, .. }) =
        trajectory.steps.iter().rev().map(|step| &step.kind).find(|kind| matches!(kind, StepKind::Call { .. } | StepKind::Return { .. }))
    {
        facts.push(("tool", tool.to_string()));
        facts.push(("server", trajectory.connections[*connection].name.to_string()));
    }
    write(catalog, key, &facts, None, pick)
}

/// Fills the sentence that `pick` chooses; the same sample always gets the same one.
fn write(catalog: &Catalog, key: &str, facts: &[(&'static str, String)], surface: Option<&str>, pick: &str) -> String {
    let Some(sentences) = catalog.rationales.get(key).filter(|sentences| !sentences.is_empty()) else { return String::new() };
    let value_of = |slot: usize| {
        let name = catalog.rationale_names.0[slot].as_str();
        let value =
            if name == "surface" { surface } else { facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()) };
        value.filter(|value| !value.is_empty())
    };
    // Sentences that name what this finding does not have are left out, as long as another remains.
    let speaking: Vec<_> = sentences.iter().filter(|sentence| sentence.slots().all(|slot| value_of(slot).is_some())).collect();
    let from = if speaking.is_empty() { sentences.iter().collect() } else { speaking };
    let sentence = from[(hash_text(pick) % from.len() as u64) as usize];
    let mut out = String::with_capacity(160);
    sentence.fill(&mut out, |slot, out| out.push_str(value_of(slot).unwrap_or_else(|| default_of(&catalog.rationale_names.0[slot]))));
    out
}

fn default_of(name: &str) -> &'static str {
    match name {
        "user" => "the user",
        "tool" => "the tool",
        "server" => "the server",
        "intended" => "the intended call",
        "surface" => "no visible text",
        _ => "the approved one",
    }
}

/// A place that holds a directive, in words.
fn named(trajectory: &Trajectory<'_>, place: &Place) -> Option<String> {
    Some(match place {
        Place::Definition(connection, position) => {
            let tool = &trajectory.connections[*connection].tools[*position];
            match (&tool.annotation, &tool.property) {
                (Some(_), _) => format!("the annotations of {}", tool.name),
                (None, Some((property, _))) => format!("the schema of {}, property {property}", tool.name),
                (None, None) => format!("the description of {}", tool.name),
            }
        }
        Place::ChangedDefinition(_) => "the changed tool list".into(),
        Place::Instructions(connection) => format!("the instructions of {}", trajectory.connections[*connection].name),
        Place::Text(step) => match &trajectory.steps[*step].kind {
            StepKind::Query { .. } => "the user's message".into(),
            StepKind::Return { id, error: true, .. } => format!("the error of call {id}"),
            StepKind::Return { id, .. } => format!("the result of call {id}"),
            StepKind::Material { material, name, .. } => format!("the {material} {name}"),
            _ => return None,
        },
        _ => return None,
    })
}
