//! The figures of a report are those of its rows.
#![allow(clippy::unwrap_used)]

mod run;

use std::collections::BTreeMap;

use guardset_core::Sample;
use run::{Run, glance, short, some_rows, table};
use serde_json::json;

fn count(rows: &[Sample], of: impl Fn(&Sample) -> bool) -> usize {
    rows.iter().filter(|row| of(row)).count()
}

#[test]
fn heat_maps_count_combinations() {
    let rows = some_rows(30);
    let data = Run::of(rows.clone(), 2).report(None).data;
    for (id, value) in [
        ("class-vector", (|row| row.labels.vector.clone().unwrap_or_else(|| "none".into())) as fn(&Sample) -> String),
        ("class-checkpoint", |row| row.checkpoint.to_string()),
        ("class-domain", |row| row.lineage.domain.clone()),
        ("class-split", |row| row.split.to_string()),
    ] {
        let table = table(&data, id);
        let head: Vec<&str> = table["head"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let mut told = 0;
        for line in table["rows"].as_array().unwrap() {
            for (at, name) in head.iter().enumerate().skip(1) {
                let wanted = count(&rows, |row| line[0] == row.labels.label.as_str() && value(row) == *name);
                assert_eq!(line[at], wanted, "{id}: {} and {name}", line[0]);
                told += wanted;
            }
        }
        assert_eq!(told, rows.len(), "{id} has every row once");
    }
}

#[test]
fn columns_and_sizes_count_safe_and_unsafe_apart() {
    let rows = some_rows(30);
    let run = Run::of(rows.clone(), 1);
    let data = run.report(None).data;
    for line in table(&data, "domain")["rows"].as_array().unwrap() {
        let of = |bad: bool| count(&rows, |row| line[0] == row.lineage.domain.as_str() && row.labels.is_unsafe == bad);
        assert_eq!((&line[1], &line[2]), (&json!(of(false)), &json!(of(true))), "{line}");
    }
    let turns: BTreeMap<String, (u64, u64)> = table(&data, "turns")["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line[0].as_str().unwrap().to_owned(), (line[1].as_u64().unwrap(), line[2].as_u64().unwrap())))
        .collect();
    for turns_of in 1..=3usize {
        let of = |bad: bool| count(&rows, |row| row.text.messages.len() == turns_of && row.labels.is_unsafe == bad) as u64;
        assert_eq!(turns[&turns_of.to_string()], (of(false), of(true)), "{turns_of} turns");
    }
    for (id, column) in [("length", "n_chars"), ("tools", "n_tools"), ("steps", "n_steps")] {
        let sum = |at: usize| table(&data, id)["rows"].as_array().unwrap().iter().map(|line| line[at].as_u64().unwrap()).sum::<u64>();
        assert_eq!(sum(1), count(&rows, |row| !row.labels.is_unsafe) as u64, "{id}");
        assert_eq!(sum(2), count(&rows, |row| row.labels.is_unsafe) as u64, "{id}");
        assert_eq!(data["about"]["sizes"][column]["unsafe"]["rows"], sum(2));
    }
    let mut lengths: Vec<usize> = rows.iter().filter(|row| row.labels.is_unsafe).map(|row| row.text.body.chars().count()).collect();
    lengths.sort_unstable();
    assert_eq!(data["about"]["sizes"]["n_chars"]["unsafe"]["median"], lengths[(lengths.len() - 1) / 2]);
}

#[test]
fn the_first_figures_are_those_of_shards_and_manifest() {
    let rows = some_rows(30);
    let data = Run::of(rows.clone(), 2).probed("word").report(None).data;
    assert_eq!(glance(&data, "Rows")["value"], rows.len().to_string());
    assert_eq!(glance(&data, "Rows")["state"], "green");
    assert_eq!(glance(&data, "Classes")["value"], "3");
    let whole = (0..30).filter(|pair| pair % 4 != 0).count();
    assert_eq!(glance(&data, "Pairs")["value"], "30");
    assert_eq!(glance(&data, "Pairs")["note"], format!("{whole} with attack, twin and look-alike"));
    assert_eq!(glance(&data, "Strongest view")["value"], "0.610");
    assert_eq!(glance(&data, "Strongest view")["state"], "red");
    assert_eq!(glance(&data, "Strongest size")["state"], "green");
    assert_eq!((&glance(&data, "Tell-tale words")["value"], &glance(&data, "Tell-tale words")["state"]), (&json!("1"), &json!("red")));
    assert_eq!(glance(&data, "Near-duplicates")["state"], "amber");
    assert_eq!(glance(&data, "Shortfalls")["state"], "green");
    assert_eq!(table(&data, "shortcuts")["rows"][1], json!(["user", 0.61, 0.01, 0.6, 0.2, 0.1, 9, "over"]));
    assert_eq!(table(&data, "thin")["rows"], json!([["word", "vector", "word", 0]]));
    assert_eq!(data["facets"]["label"], json!(run::CLASSES));
    assert_eq!(data["facets"]["vector"], json!(["log", "none", "tool_result"]));
}

#[test]
fn what_does_not_add_up_is_told() {
    let rows = some_rows(8);
    let off = Run::named("run", rows.clone(), 1, |manifest| {
        manifest.counts.accepted += 1;
        manifest.shortfalls.push(short("data_injection"));
    });
    let data = off.report(None).data;
    assert_eq!(glance(&data, "Rows")["state"], "red");
    assert_eq!(glance(&data, "Rows")["note"], format!("the manifest counts {}", rows.len() + 1));
    assert_eq!((&glance(&data, "Shortfalls")["state"], &glance(&data, "Shortfalls")["note"]), (&json!("amber"), &json!("3 rows short")));
    assert_eq!(glance(&data, "Probes")["state"], "amber");
    assert_eq!(table(&data, "shortfalls")["rows"], json!([["train, data_injection, attack, session", 5, 2]]));
}

#[test]
fn the_flow_leads_from_candidates_to_shards() {
    let rows = some_rows(9);
    let data = Run::of(rows.clone(), 2).report(None).data;
    let links = table(&data, "flow")["rows"].as_array().unwrap();
    let to = |name: &str| links.iter().find(|link| link[1] == name).unwrap_or_else(|| panic!("no link to {name} in {links:?}"));
    assert_eq!(to("kept")[2], rows.len());
    assert_eq!((&to("rejected by dedup")[2], &to("near_duplicate")[0]), (&json!(3), &json!("rejected by dedup")));
    let train = count(&rows, |row| row.split.as_str() == "train");
    assert_eq!(to("train")[2], train);
    assert_eq!(to("train: 2 shards,")[2], train);
}
