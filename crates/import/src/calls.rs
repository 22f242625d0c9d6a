//! Arguments and results of a call, tried against the tool's own schemas.

use rand::seq::IndexedRandom;
use serde_json::Value;

use crate::fill::{Filler, renamed};
use crate::knowledge::Group;
use crate::refused::Why;
use crate::shape::Shape;
use crate::text::{Piece, Text};

/// How often arguments are made anew before a tool is given up.
const TRIES: usize = 4;

/// Members of a structured result that hold what a tool without an output schema would have said in plain text.
const ENVELOPES: [&str; 7] = ["content", "message", "output", "result", "response", "summary", "text"];

/// Arguments that the tool's own schema accepts.
pub(crate) fn arguments(filler: &mut Filler<'_>, definition: &Value) -> Result<Vec<(String, Shape)>, Why> {
    let schema = &definition["inputSchema"];
    let validator = validator(schema).map_err(|error| ("invalid_schema", error))?;
    let mut last = "no value could be made for a required parameter".to_owned();
    for attempt in 0..TRIES {
        let (slots, told) = (filler.slots.clone(), filler.told.len());
        if let Some(made) = filler.arguments(schema, attempt + 1 < TRIES) {
            let sent =
                Value::Object(made.iter().map(|(name, shape)| (name.clone(), shape.example(&|slot| filler.example(slot)))).collect());
            match validator.iter_errors(&sent).next() {
                None => return Ok(made),
                Some(error) => last = format!("{error} (at `{}`)", error.instance_path()),
            }
        }
        filler.forget(slots, told);
    }
    Err(("no_valid_arguments", last))
}

/// Results of a call: made by the output schema where there is one, else of the shapes that its kind has.
pub(crate) fn results(
    filler: &mut Filler<'_>,
    definition: &Value,
    group: &Group,
    prefix: &str,
    arguments: &[(String, Shape)],
    most: usize,
) -> Result<Vec<Text>, Why> {
    let schema = &definition["outputSchema"];
    if !schema.is_object() {
        return Ok(plain(filler, group, prefix, most).into_iter().map(|text| echoed(text, arguments)).collect());
    }
    let validator = validator(schema).map_err(|error| ("invalid_output_schema", error))?;
    let made = filler.result(schema).ok_or(("no_valid_result", "no value could be made for a required member".to_owned()))?;
    let texts = if has_envelope(&made) { plain(filler, group, prefix, most) } else { vec![Text::default()] };
    let made: Vec<Shape> = texts.into_iter().map(|text| enveloped(&made, &text)).collect();
    match made
        .iter()
        .find_map(|made| validator.iter_errors(&made.example(&|slot| filler.example(slot))).next().map(|error| error.to_string()))
    {
        None => Ok(made.iter().map(Shape::json).collect()),
        Some(error) => Err(("no_valid_result", error)),
    }
}

/// Results of the shapes that a kind of tool has.
fn plain(filler: &mut Filler<'_>, group: &Group, prefix: &str, most: usize) -> Vec<Text> {
    let shapes: Vec<Text> = group.results.sample(&mut filler.rng, most).map(|shape| Text::of_template(shape, &str::to_owned)).collect();
    let names = filler.adopt(prefix, &group.slots, &|slot| shapes.iter().any(|text| text.slots().any(|used| used == slot)));
    shapes.iter().map(|shape| shape.with_slots(&|slot| renamed(&names, slot))).collect()
}

fn is_envelope((name, member): &(String, Shape)) -> bool {
    ENVELOPES.contains(&name.as_str()) && matches!(member, Shape::Text(_))
}

fn has_envelope(made: &Shape) -> bool {
    matches!(made, Shape::Object(members) if members.iter().any(is_envelope))
}

/// The result with a text where it holds one.
fn enveloped(made: &Shape, text: &Text) -> Shape {
    let Shape::Object(members) = made else { return made.clone() };
    let put = |member: &(String, Shape)| if is_envelope(member) { (member.0.clone(), Shape::Text(text.clone())) } else { member.clone() };
    Shape::Object(members.iter().map(put).collect())
}

/// A JSON result repeats a few of the arguments, as many servers do.
fn echoed(result: Text, arguments: &[(String, Shape)]) -> Text {
    let says = |(_, shape): &&(String, Shape)| matches!(shape, Shape::Text(_) | Shape::Number(_));
    let repeated: Vec<(String, Shape)> = arguments.iter().filter(says).take(2).cloned().collect();
    let Some(Piece::Fixed(first)) = result.0.first().filter(|_| !repeated.is_empty()) else { return result };
    let Some(rest) = first.strip_prefix('{').filter(|rest| rest.starts_with('"')).map(str::to_owned) else { return result };
    let mut out = Shape::Object(repeated).json();
    // `{"a":1}` before `{"b":2}` becomes `{"a":1,"b":2}`.
    if let Some(Piece::Fixed(last)) = out.0.last_mut() {
        last.pop();
        last.push(',');
    }
    Text::join(&[out, Text::fixed(rest), Text(result.0[1..].to_vec())], "")
}

/// What no seed may hold: secrets that could be real, and the characters that mark slots.
pub(crate) fn unusable(text: &str) -> Option<Why> {
    if text.chars().any(guardset_core::Template::is_marker) {
        return Some(("private_use_character", "holds a character of the private-use plane 15, which marks slots".to_owned()));
    }
    guardset_core::inert::secret(text).map(|message| ("looks_like_a_secret", message))
}

/// A validator that fetches nothing: references to elsewhere are errors.
pub(crate) fn validator(schema: &Value) -> Result<jsonschema::Validator, String> {
    jsonschema::validator_for(schema).map_err(|error| error.to_string())
}
