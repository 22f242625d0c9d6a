//! Fills what was loaded, as a run would, and holds the outcome against the schemas of the tools.

use guardset_core::{Catalog, Names, Problems, Slot, StepTemplate, Tool, rng};
use serde_json::{Map, Value};

use crate::load::{mismatch, scenario_file, server_file};
use crate::values::{self, World};

/// Draws of each text. Two show what a single lucky one would hide.
const DRAWS: [&str; 2] = ["first", "second"];

/// Notes every argument that does not fit its input schema and every result that does not fit its output schema.
pub(crate) fn check(catalog: &Catalog, problems: &mut Problems) {
    for tool in &catalog.tools {
        let file = server_file(catalog, &catalog.servers[tool.server]);
        step(catalog, tool, &tool.example, &tool.slots, &tool.names, &file, &format!("tool {}, example", tool.name), problems);
    }
    for scenario in &catalog.scenarios {
        let file = scenario_file(catalog, scenario);
        for (position, call) in scenario.calls().enumerate() {
            let tool = &catalog.tools[call.tool];
            let place = format!("call {} ({})", position + 1, tool.name);
            if call.error {
                // A failed call has no structured result; only what was sent is checked.
                let sent = StepTemplate { arguments: call.template.arguments.clone(), results: Vec::new() };
                step(catalog, tool, &sent, &scenario.slots, &scenario.names, &file, &place, problems);
            } else {
                step(catalog, tool, &call.template, &scenario.slots, &scenario.names, &file, &place, problems);
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one text and where it stands")]
fn step(
    catalog: &Catalog,
    tool: &Tool,
    template: &StepTemplate,
    slots: &[Slot],
    names: &Names,
    file: &str,
    place: &str,
    problems: &mut Problems,
) {
    let sources = values::sources(names, slots);
    for draw in DRAWS {
        let mut source = rng(0, &[file, place, draw]);
        let world = World::draw(&mut source, &catalog.banks);
        let filled = values::draw(&mut source, &catalog.banks, &world, slots, &sources);
        let mut arguments = Map::new();
        for (name, value) in &template.arguments {
            match serde_json::from_str(&value.filled(&filled)) {
                Ok(value) => drop(arguments.insert(name.clone(), value)),
                Err(error) => problems.add(file, None, place, format!("argument `{name}` is no JSON: {error}")),
            }
        }
        if let Some(message) = mismatch(&tool.input_schema, &Value::Object(arguments)) {
            problems.add(file, None, place, format!("arguments do not fit the input schema of {}: {message}", tool.name));
        }
        let Some(schema) = &tool.output_schema else { continue };
        for (variant, result) in template.results.iter().enumerate() {
            let wrong = match serde_json::from_str(&result.text.filled(&filled)) {
                Ok(value) => mismatch(schema, &value),
                Err(error) => Some(format!("no JSON: {error}")),
            };
            if let Some(message) = wrong {
                problems.add(
                    file,
                    None,
                    place,
                    format!("result {} does not fit the output schema of {}: {message}", variant + 1, tool.name),
                );
            }
        }
    }
}
