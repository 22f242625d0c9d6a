//! Shuffle, drop, flip and reasons: what they change, where, and that a row comes out the same again.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::{prompt_and_answer, sample, samples, views};
use guardset_core::{Checkpoint, Reasons, Split, ViewOptions, ViewRow};
use guardset_views::{View, Views};

fn view<'v>(views: &'v Views, name: &str) -> &'v View {
    views.select("recipe", &[name.to_owned()]).unwrap()[0]
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:032x}")).collect()
}

#[test]
fn each_row_has_an_order_of_its_own_and_keeps_it() {
    let views = views();
    let llama = view(&views, "llama-guard");
    let sample = sample("replay_injection", Checkpoint::Session, Split::Test);
    let options = ViewOptions { shuffle: true, ..ViewOptions::default() };
    let mut orders = BTreeSet::new();
    let mut codes = BTreeSet::new();
    for id in ids(50) {
        let row = llama.render(&sample, &id, &options).unwrap().unwrap();
        assert_eq!(row, llama.render(&sample, &id, &options).unwrap().unwrap());
        assert_eq!(row.categories.len(), 17);
        let place = row.categories.iter().position(|class| *class == "replay_injection").unwrap();
        let (_, answer) = prompt_and_answer(&row);
        assert_eq!(answer.lines().nth(1), Some(format!("S{}", place + 1).as_str()));
        codes.insert(place);
        orders.insert(row.categories.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    assert_eq!(orders.len(), 50);
    assert!(codes.len() > 8, "the code of a class moves: {codes:?}");

    let fixed = llama.render(&sample, "a", &ViewOptions::default()).unwrap().unwrap().categories;
    assert_eq!(fixed, llama.render(&sample, "b", &ViewOptions::default()).unwrap().unwrap().categories);
    let mcip = view(&views, "mcip");
    let letters = |id| mcip.render(&sample, id, &options).unwrap().unwrap().categories.join(" ");
    assert_eq!(letters("a"), letters("b"), "MCIP's letters are fixed");
}

#[test]
fn categories_are_dropped_and_verdicts_flipped_in_training_rows_alone() {
    let views = views();
    let options = ViewOptions { shuffle: true, drop: 0.4, flip: 0.5, ..ViewOptions::default() };
    for view in views.all() {
        for split in Split::ALL {
            let (mut dropped, mut flipped, mut rows, mut bad) = (0, 0, 0, 0);
            for (number, sample) in samples(split).iter().enumerate() {
                for id in ids(5) {
                    let id = format!("{number}/{id}");
                    let Some(row) = view.render(sample, &id, &options).unwrap() else { continue };
                    let whole = view.render(sample, &id, &ViewOptions::default()).unwrap().unwrap();
                    rows += 1;
                    bad += usize::from(sample.labels.is_unsafe);
                    flipped += usize::from(row.flipped);
                    dropped += usize::from(row.categories.len() < whole.categories.len());
                    follows(&row, &sample.labels.labels);
                }
            }
            let free = !matches!(view.name.as_str(), "mcip" | "agentdog");
            if free && split == Split::Train {
                assert!(dropped * 10 > rows * 9, "{}: {dropped} of {rows} rows with fewer categories", view.name);
                assert!(flipped * 10 > bad * 4 && flipped * 10 < bad * 6, "{}: {flipped} of {bad} flipped", view.name);
            } else {
                assert_eq!((flipped, dropped), (0, 0), "{} {split}", view.name);
            }
        }
    }
}

/// What must hold between a row and what its sample violates.
fn follows(row: &ViewRow<'_>, violated: &[String]) {
    let bad = row.class != "appropriate";
    assert_eq!(row.is_unsafe, bad && !row.flipped);
    if row.flipped {
        assert!(bad, "only unsafe rows flip");
        assert_eq!(row.label, "appropriate");
        assert!(!row.categories.is_empty());
        assert!(violated.iter().all(|class| !row.categories.contains(&class.as_str())), "a violated category is still listed");
    } else if bad && !row.categories.is_empty() {
        assert!(row.categories.contains(&row.class), "a violated category was dropped");
    }
}

#[test]
fn all_violated_categories_go_when_a_row_flips_and_all_are_named_when_it_does_not() {
    let views = views();
    let llama = view(&views, "llama-guard");
    let mut sample = sample("function_injection", Checkpoint::Session, Split::Train);
    sample.labels.labels.push("replay_injection".to_owned());
    let flip = ViewOptions { flip: 1.0, drop: 1.0, ..ViewOptions::default() };
    let row = llama.render(&sample, "id", &flip).unwrap().unwrap();
    assert!(row.flipped);
    follows(&row, &sample.labels.labels);
    assert_eq!(row.categories.len(), 1, "one category is left to ask for");

    let row = llama.render(&sample, "id", &ViewOptions::default()).unwrap().unwrap();
    let (_, answer) = prompt_and_answer(&row);
    let codes: Vec<String> = ["function_injection", "replay_injection"]
        .map(|class| format!("S{}", row.categories.iter().position(|listed| *listed == class).unwrap() + 1))
        .to_vec();
    assert_eq!(answer.lines().nth(1), Some(codes.join(",").as_str()));
}

#[test]
fn both_gives_reasons_in_about_half_of_the_rows_and_the_prompt_says_which() {
    let views = views();
    let shield = view(&views, "shieldgemma");
    let sample = sample("data_injection", Checkpoint::Session, Split::Test);
    let render = |id: &str, rationale| {
        let options = ViewOptions { rationale, ..ViewOptions::default() };
        prompt_and_answer(&shield.render(&sample, id, &options).unwrap().unwrap())
    };
    let mut reasoned = 0;
    for id in ids(200) {
        let [row, with, without] = [Reasons::Both, Reasons::With, Reasons::Without].map(|rationale| render(&id, rationale));
        assert_ne!(with.0, without.0, "the prompt says whether reasons are asked for");
        assert!(row == with || row == without);
        reasoned += usize::from(row == with);
    }
    assert!((70..130).contains(&reasoned), "{reasoned} of 200");
}
