//! What people and assistants say when nothing but a tool's definition is known.

use rand::seq::IndexedRandom;

use crate::facts::Facts;
use crate::fill::{Filler, Told, renamed};
use crate::knowledge::Knowledge;
use crate::slot::slot_name;
use crate::text::Text;

/// Wordings of a request for one call or two, in which every value that was bound is named.
pub(crate) fn requests(knowledge: &Knowledge, filler: &mut Filler<'_>, facts: &[&Facts<'_>], told: &[Told]) -> Vec<Text> {
    let wording = &knowledge.wording;
    let voices = match (facts.len(), told.is_empty()) {
        (1, _) => &wording.request,
        (_, false) => &wording.chain,
        (_, true) => &wording.bare_chain,
    };
    let mut chosen: Vec<Text> = Vec::new();
    for voice in voices {
        let texts = if told.is_empty() && facts.len() == 1 { &voice.without } else { &voice.with };
        // One of each voice; where there is but one voice, all of it.
        let count = if voices.len() == 1 { texts.len() } else { 1 };
        chosen.extend(texts.sample(&mut filler.rng, count).map(|text| Text::of_template(text, &str::to_owned)));
    }
    let used = |slot: &str| chosen.iter().any(|text| text.slots().any(|used| used == slot));
    let names = filler.adopt("ask", &wording.slots, &used);
    let filled = |text: &Text| {
        text.with_slots(&|slot| renamed(&names, slot)).with_marks(&|mark| match mark {
            "task" => Some(Text::fixed(facts[0].task.as_str())),
            "do" | "do1" => Some(Text::fixed(facts[0].action.as_str())),
            "do2" => facts.get(1).map(|facts| Text::fixed(facts.action.as_str())),
            "args" => Some(Text::join(&told.iter().map(|told| told.says.clone()).collect::<Vec<_>>(), ", ")),
            "fields" => Some(fields(told, ", ")),
            "Fields" => Some(fields(told, ", ").capital()),
            "lines" => Some(fields(told, "\n")),
            _ => None,
        })
    };
    chosen.iter().map(filled).collect()
}

fn fields(told: &[Told], between: &str) -> Text {
    let fields: Vec<Text> =
        told.iter().map(|told| Text::join(&[Text::fixed(format!("{}: ", told.label)), told.value.clone()], "")).collect();
    Text::join(&fields, between)
}

/// Closing words after the last call, which speak of its result.
pub(crate) fn replies(knowledge: &Knowledge, filler: &mut Filler<'_>, facts: &Facts<'_>, calls: usize, steps: usize) -> Vec<Text> {
    let group = facts.group;
    let prefix = format!("r{calls}");
    // Where the result was made of the same group its slots are there under these names; what is not there is declared now.
    let plain: Vec<Text> = group.replies.iter().map(|reply| Text::of_template(reply, &str::to_owned)).collect();
    let missing = |slot: &str| {
        plain.iter().any(|text| text.slots().any(|used| used == slot)) && !filler.slots.contains_key(&slot_name(&prefix, slot))
    };
    let missing: Vec<String> = group.slots.keys().filter(|slot| missing(slot)).cloned().collect();
    filler.adopt(&prefix, &group.slots, &|slot| missing.iter().any(|name| name == slot));
    let name = |slot: &str| {
        let (stem, form) = slot.split_once('.').map_or((slot, None), |(stem, form)| (stem, Some(form)));
        if !group.slots.contains_key(stem) {
            return slot.to_owned();
        }
        let stem = slot_name(&prefix, stem);
        form.map_or_else(|| stem.clone(), |form| format!("{stem}.{form}"))
    };
    let mut out: Vec<Text> = group.replies.iter().map(|reply| facts.named(&Text::of_template(reply, &name))).collect();
    if steps > 1 && calls > 1 {
        out.extend(knowledge.wording.replies.after_steps.choose(&mut filler.rng).map(|text| Text::fixed(text.as_str())));
    }
    out
}

/// A rule that puts two tools in an order.
pub(crate) fn order_policy(knowledge: &Knowledge, names: &[&str], filler: &mut Filler<'_>) -> Vec<Text> {
    let mark = |mark: &str| match (mark, names) {
        ("first", [first, ..]) => Some(Text::fixed(*first)),
        ("second", [_, second]) => Some(Text::fixed(*second)),
        _ => None,
    };
    knowledge
        .wording
        .policies
        .order
        .choose(&mut filler.rng)
        .map(|text| vec![Text::fixed(text.as_str()).with_marks(&mark)])
        .unwrap_or_default()
}
