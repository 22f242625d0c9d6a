use guardset_core::{Demand, Directive, Evidence, MATERIALS, StepKind, Trajectory, unveil};
use serde_json::Value;

use crate::finding::Place;

/// The evidence of a place, or why there is none: a text that does not show what it should.
pub(crate) fn evidence(trajectory: &Trajectory<'_>, place: &Place) -> Result<Evidence, String> {
    let whole =
        |surface: &'static str, step: Option<usize>, pointer: String, text: &str| spanned(surface, step, pointer, text, 0, text.len());
    match place {
        Place::Definition(connection, position) => {
            let tool = &trajectory.connections[*connection].tools[*position];
            let number: usize = trajectory.connections[..*connection].iter().map(|c| c.tools.len()).sum::<usize>() + position;
            let directive = tool.directive.as_ref().ok_or("a definition without directive")?;
            match (&tool.annotation, &tool.property, &tool.description) {
                (Some(title), ..) => {
                    directed("tool_annotations", None, format!("/tools/{number}/annotations/title"), title, directive, trajectory)
                }
                (None, Some((name, text)), _) => {
                    let pointer = format!("/tools/{number}/inputSchema/properties/{}/description", token(name));
                    directed("tool_schema", None, pointer, text, directive, trajectory)
                }
                (None, None, Some(text)) => {
                    directed("tool_description", None, format!("/tools/{number}/description"), text, directive, trajectory)
                }
                (None, None, None) => Err("a directive in a definition that nobody changed".into()),
            }
        }
        Place::ChangedDefinition(step) => match &trajectory.steps[*step].kind {
            StepKind::Listing { changed: Some((_, text, Some(directive))), .. } => {
                directed("tool_description", Some(*step), format!("/steps/{step}/changed/description"), text, directive, trajectory)
            }
            _ => Err("no changed definition".into()),
        },
        Place::Instructions(connection) => {
            let server = &trajectory.connections[*connection];
            let directive = server.directive.as_ref().ok_or("instructions without directive")?;
            let text = server.instructions.as_deref().unwrap_or_default();
            directed("server_instructions", None, format!("/session/servers/{connection}/instructions"), text, directive, trajectory)
        }
        Place::Text(step) => {
            let pointer = format!("/steps/{step}/text");
            let (surface, text, directive) = text_of(trajectory, *step).ok_or("a step without text")?;
            directed(surface, Some(*step), pointer, text, directive.ok_or("a text without directive")?, trajectory)
        }
        Place::Whole(step) => {
            let (surface, text, _) = text_of(trajectory, *step).ok_or("a step without text")?;
            whole(surface, Some(*step), format!("/steps/{step}/text"), text)
        }
        Place::Tool(step) => match &trajectory.steps[*step].kind {
            StepKind::Call { tool, .. } => whole("call_tool", Some(*step), format!("/steps/{step}/tool"), tool),
            _ => Err("no call".into()),
        },
        Place::Server(step) => match &trajectory.steps[*step].kind {
            StepKind::Call { connection, .. } | StepKind::Listing { connection, .. } => {
                whole("call_server", Some(*step), format!("/steps/{step}/server"), &trajectory.server_label(*connection))
            }
            _ => Err("neither call nor listing".into()),
        },
        Place::Argument(step, parameter) => match &trajectory.steps[*step].kind {
            StepKind::Call { arguments, .. } => {
                let (_, value) = arguments.iter().find(|(name, _)| name == parameter).ok_or("an argument that was not given")?;
                let text = match serde_json::from_str(value) {
                    Ok(Value::String(text)) => text,
                    Ok(other) => other.to_string(),
                    Err(error) => return Err(format!("an argument that is no JSON: {error}")),
                };
                whole("call_arguments", Some(*step), format!("/steps/{step}/arguments/{}", token(parameter)), &text)
            }
            _ => Err("no call".into()),
        },
        Place::Field(step, field, value) => whole("event", Some(*step), format!("/steps/{step}/{field}"), value),
        Place::Role => whole("session", None, "/session/user/role".into(), &trajectory.contract.principal.role),
        Place::Grant(position) => {
            whole("session", None, format!("/session/grants/{position}/scope"), trajectory.contract.grants[*position].scope)
        }
        Place::Publisher(connection) => {
            whole("session", None, format!("/session/servers/{connection}/publisher"), &trajectory.connections[*connection].publisher)
        }
    }
}

/// A reference token of a JSON pointer (RFC 6901).
fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn text_of<'t>(trajectory: &'t Trajectory<'_>, step: usize) -> Option<(&'static str, &'t str, Option<&'t Directive<'t>>)> {
    match &trajectory.steps[step].kind {
        StepKind::Query { text, directive } => Some(("user_message", text, directive.as_ref())),
        StepKind::Return { text, directive, error, .. } => {
            Some((if *error { "tool_error" } else { "tool_result" }, text, directive.as_ref()))
        }
        StepKind::Material { text, directive, material, .. } => {
            let surface = MATERIALS.iter().find(|(kind, _)| kind == material).map_or("resource", |(_, surface)| *surface);
            Some((surface, text, directive.as_ref()))
        }
        StepKind::Response { text, .. } => Some(("assistant_message", text, None)),
        StepKind::Listing { .. } | StepKind::Call { .. } | StepKind::Event(_) => None,
    }
}

/// The span of a directive, after a look at whether the text really says what the directive is taken to say.
fn directed(
    surface: &'static str,
    step: Option<usize>,
    pointer: String,
    text: &str,
    directive: &Directive<'_>,
    trajectory: &Trajectory<'_>,
) -> Result<Evidence, String> {
    let evidence = spanned(surface, step, pointer, text, directive.start, directive.end)?;
    for word in spoken(&directive.demand, trajectory) {
        if !evidence.text.contains(&word) && !unveil(&evidence.text).contains(&word) {
            return Err(format!("the text asks for something with `{word}`, which it does not name: {}", evidence.text));
        }
    }
    Ok(evidence)
}

/// Words without which a text cannot be asking for this.
fn spoken(demand: &Demand<'_>, trajectory: &Trajectory<'_>) -> Vec<String> {
    let planned = |target: usize| trajectory.contract.plan[target].tool.to_string();
    match demand {
        Demand::Call { tool, .. } => vec![tool.to_string()],
        // Inside a JSON result the value stands escaped, as it does in the argument.
        Demand::Argument { value, .. } => vec![crate::audit::bare(value).to_owned()],
        Demand::Repeat { target } | Demand::Reorder { target } => vec![planned(*target)],
        Demand::Route { .. }
        | Demand::Data { .. }
        | Demand::Role { .. }
        | Demand::Keep { .. }
        | Demand::Install { .. }
        | Demand::Configure { .. }
        | Demand::Stay { .. }
        | Demand::Model => Vec::new(),
    }
}

fn spanned(surface: &'static str, step: Option<usize>, pointer: String, text: &str, start: usize, end: usize) -> Result<Evidence, String> {
    let span = text.get(start..end).ok_or_else(|| format!("span {start}..{end} is not in {pointer}"))?;
    let first = text[..start].chars().count() as u32;
    Ok(Evidence {
        surface,
        step: step.map(|step| step as u32),
        pointer,
        start: first,
        end: first + span.chars().count() as u32,
        text: span.to_owned(),
    })
}

/// True when the evidence is what its offsets say of the text that it names.
pub fn check(evidence: &Evidence, named: &str) -> bool {
    named.chars().skip(evidence.start as usize).take((evidence.end - evidence.start) as usize).eq(evidence.text.chars())
}
