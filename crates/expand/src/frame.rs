//! What servers put around results: results as they come are rarely as tidy as their data.

use guardset_core::{Catalog, Frame, Template};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::values::{self, World, pick};

/// Share of the results that come with something around them.
const FRAMED: f64 = 0.22;

/// A result, perhaps within a frame. Results in a declared form stay as they are.
pub(crate) fn framed(text: String, catalog: &Catalog, world: &World<'_>, tool: usize, rng: &mut ChaCha8Rng) -> String {
    let facts = &catalog.tools[tool];
    if catalog.frames.is_empty() || facts.output_schema.is_some() || !rng.random_bool(FRAMED) {
        return text;
    }
    let frame = pick(rng, &catalog.frames);
    let mut out = String::with_capacity(text.len() + 512);
    fill(&frame.before, frame, catalog, world, tool, rng, &mut out);
    out.push_str(&text);
    fill(&frame.after, frame, catalog, world, tool, rng, &mut out);
    out
}

fn fill(part: &Template, frame: &Frame, catalog: &Catalog, world: &World<'_>, tool: usize, rng: &mut ChaCha8Rng, out: &mut String) {
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
            for number in 0..rng.random_range(frame.count.0..=frame.count.1) {
                if number > 0 {
                    out.push('\n');
                }
                fill(pick(rng, &catalog.frame_lines), frame, catalog, world, tool, rng, out);
            }
        }
    });
}
