//! What changed between two runs.
#![allow(clippy::unwrap_used)]

mod run;

use run::{Run, embedded, some_rows};
use serde_json::{Value, json};

#[track_caller]
fn table<'a>(data: &'a Value, id: &str) -> &'a Value {
    let tables = data["compare"]["tables"].as_array().unwrap();
    tables.iter().find(|table| table["id"] == id).unwrap_or_else(|| panic!("no table {id}"))
}

#[test]
fn rows_gained_and_lost_are_found_by_their_content() {
    let all = some_rows(20);
    let (old, new) = (all[..all.len() - 2].to_vec(), all[5..].to_vec());
    let (before, after) = (Run::of(old.clone(), 2), Run::of(new.clone(), 1));
    let report = after.report_against(None, Some(&before.path));
    let compare = &report.data["compare"];
    assert_eq!((&compare["gained_total"], &compare["lost_total"]), (&json!(2), &json!(5)));
    let hashes = |rows: &[guardset_core::Sample]| {
        let mut hashes: Vec<String> = rows.iter().map(|row| guardset_emit::content_hash(&row.text.body)).collect();
        hashes.sort_unstable();
        hashes
    };
    let told = |side: &str| {
        let mut told: Vec<String> =
            compare[side].as_array().unwrap().iter().map(|row| row["content_hash"].as_str().unwrap().to_owned()).collect();
        told.sort_unstable();
        told
    };
    assert_eq!(told("gained"), hashes(&all[all.len() - 2..]));
    assert_eq!(told("lost"), hashes(&all[..5]));

    let rows = |label: &str| {
        let of = |rows: &[guardset_core::Sample]| rows.iter().filter(|row| row.labels.label == label).count();
        (of(&new), of(&old))
    };
    for line in table(&report.data, "by-label")["rows"].as_array().unwrap() {
        let (here, there) = rows(line[0].as_str().unwrap());
        assert_eq!((&line[1], &line[2], &line[3]), (&json!(here), &json!(there), &json!(here as i64 - there as i64)));
    }
    assert_eq!(table(&report.data, "whole")["rows"][0], json!(["rows", new.len(), old.len()]));
    assert_eq!(embedded(&report.html)["compare"]["lost_total"], 5);
    assert!(report.html.contains("id=\"compare\"") && report.markdown.contains("## Against run"));
}

#[test]
fn a_run_is_like_itself() {
    let run = Run::of(some_rows(12), 1).probed("word");
    let report = run.report_against(None, Some(&run.path));
    let compare = &report.data["compare"];
    assert_eq!((&compare["gained_total"], &compare["lost_total"], &compare["gained"]), (&json!(0), &json!(0), &json!([])));
    let distances = table(&report.data, "distances")["rows"].as_array().unwrap();
    assert!(distances.len() > 10 && distances.iter().all(|line| line[1] == 0.0 && line[2] == 0 && line[3] == 0), "{distances:?}");
    assert!(compare["tables"].as_array().unwrap().iter().all(|table| !table["id"].as_str().unwrap().starts_with("by-")), "nothing differs");
    assert!(run.report(None).data["compare"].is_null());
}

#[test]
fn probes_stand_beside_each_other() {
    let (before, after) = (Run::of(some_rows(12), 1).probed("old"), Run::of(some_rows(12), 1).probed("new"));
    let report = after.report_against(None, Some(&before.path));
    assert_eq!(table(&report.data, "views")["rows"][1], json!(["user", 0.61, 0.61, 0.0]));
    assert_eq!(table(&report.data, "words")["rows"], json!([["new", 7.5, null], ["old", null, 7.5]]));
    assert_eq!(table(&report.data, "texts")["rows"][0], json!(["user", 12.5, 12.5, 0.1, 0.1]));
}
