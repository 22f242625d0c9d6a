//! What servers put around results, and what they hand out beside them: results as they come are rarely as tidy as their data.

use std::borrow::Cow;

use guardset_core::{Catalog, Frame, StepKind, Template};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::values::{self, World, pick};

/// Share of the results that come with something around them.
const FRAMED: f64 = 0.22;

/// Share of the sessions in which a server hands something out.
const HANDED_OUT: f64 = 0.4;

/// A text that a server hands out in passing, with a tool that it may name.
pub(crate) fn handout<'c>(
    catalog: &'c Catalog,
    world: &World<'_>,
    connection: usize,
    tool: usize,
    rng: &mut ChaCha8Rng,
) -> Option<StepKind<'c>> {
    if catalog.handouts.is_empty() || !rng.random_bool(HANDED_OUT) {
        return None;
    }
    let handout = pick(rng, &catalog.handouts);
    let mut write = |template: &Template| {
        let mut out = String::with_capacity(256);
        fill(template, (0, 0), catalog, world, tool, rng, &mut out);
        out
    };
    let (name, text) = (write(&handout.name), write(&handout.text));
    Some(StepKind::Material { connection, material: Cow::Borrowed(&handout.material), name, text, directive: None })
}

/// A result, perhaps within a frame. Results in a declared form stay as they are.
pub(crate) fn framed(text: String, catalog: &Catalog, world: &World<'_>, tool: usize, rng: &mut ChaCha8Rng) -> String {
    let facts = &catalog.tools[tool];
    if catalog.frames.is_empty() || facts.output_schema.is_some() || !rng.random_bool(FRAMED) {
        return text;
    }
    let frame = pick(rng, &catalog.frames);
    let mut out = String::with_capacity(text.len() + 512);
    fill(&frame.before, frame.count, catalog, world, tool, rng, &mut out);
    out.push_str(&text);
    fill(&frame.after, frame.count, catalog, world, tool, rng, &mut out);
    out
}

fn fill(part: &Template, lines: (usize, usize), catalog: &Catalog, world: &World<'_>, tool: usize, rng: &mut ChaCha8Rng, out: &mut String) {
    let facts = &catalog.tools[tool];
    part.fill(out, |slot, out| match Frame::NAMES[slot] {
        "n" => out.push_str(&rng.random_range(11..980).to_string()),
        "small" => out.push_str(&rng.random_range(2..30).to_string()),
        "hex" => out.push_str(&values::id(rng, "^^^^^^^^")),
        "ms" => out.push_str(&rng.random_range(3..2400).to_string()),
        "day" => out.push_str(&values::iso_day(world.today)),
        "tool" => out.push_str(&facts.name),
        "server" => out.push_str(&catalog.servers[facts.server].name),
        _ => {
            for number in 0..rng.random_range(lines.0..=lines.1) {
                if number > 0 {
                    out.push('\n');
                }
                fill(pick(rng, &catalog.frame_lines), lines, catalog, world, tool, rng, out);
            }
        }
    });
}
