//! Which rows a page shows.
#![allow(clippy::unwrap_used)]

mod run;

use std::collections::BTreeSet;

use guardset_report::PAGE_BYTES;
use run::{HOSTILE, Run, embedded, row, some_rows};
use serde_json::Value;

fn shown(data: &Value) -> &Vec<Value> {
    data["samples"].as_array().unwrap()
}

#[test]
fn pairs_are_shown_whole_and_side_by_side() {
    let rows = some_rows(60);
    let run = Run::of(rows.clone(), 3);
    for wanted in [1, 7, 40] {
        let data = run.report(Some(wanted)).data;
        let samples = shown(&data);
        assert!(samples.len() >= wanted && samples.len() < wanted + 12, "{} rows for {wanted}", samples.len());
        for pair in samples.iter().filter_map(|sample| sample["pair_id"].as_str()).collect::<BTreeSet<_>>() {
            let of_run: BTreeSet<&str> =
                rows.iter().filter(|row| row.pair_id.as_deref() == Some(pair)).map(|row| row.pair_role.unwrap().as_str()).collect();
            let places: Vec<usize> = (0..samples.len()).filter(|at| samples[*at]["pair_id"] == pair).collect();
            let roles: BTreeSet<&str> = places.iter().map(|at| samples[*at]["pair_role"].as_str().unwrap()).collect();
            assert_eq!(roles, of_run, "pair {pair} is not whole among {wanted}");
            assert_eq!(places.last().unwrap() - places[0] + 1, places.len(), "pair {pair} is torn apart");
            let checkpoints: BTreeSet<&str> = places.iter().map(|at| samples[*at]["checkpoint"].as_str().unwrap()).collect();
            assert_eq!(checkpoints.len(), 1, "the partners of these runs are at one checkpoint");
        }
        let ids: BTreeSet<&str> = samples.iter().map(|sample| sample["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), samples.len(), "a row is shown twice");
    }
}

#[test]
fn a_few_rows_have_every_class_split_and_checkpoint() {
    let data = Run::of(some_rows(200), 1).report(Some(30)).data;
    for (column, values) in [("label", 3), ("split", 2), ("checkpoint", 3)] {
        let seen: BTreeSet<&str> = shown(&data).iter().map(|sample| sample[column].as_str().unwrap()).collect();
        assert_eq!(seen.len(), values, "{column}: {seen:?}");
    }
    let alone = shown(&data).iter().filter(|sample| sample["pair_id"].is_null()).count();
    assert!(alone >= 3, "{alone} rows that stand alone");
}

#[test]
fn the_draw_depends_on_the_rows_alone() {
    let mut rows = some_rows(60);
    let [one, three] = [1, 3].map(|shards| Run::of(rows.clone(), shards).report(Some(25)).data["samples"].clone());
    assert_eq!(one, three);
    rows.reverse();
    assert_eq!(Run::of(rows, 2).report(Some(25)).data["samples"], one);
}

#[test]
fn the_same_run_gives_the_same_page() {
    let run = Run::of(some_rows(20), 2).probed("word");
    let (one, two) = (run.report(None), run.report(None));
    assert_eq!((one.html, one.markdown), (two.html, two.markdown));
}

#[test]
fn a_sample_has_every_column_but_transcript_and_sizes() {
    let report = Run::of(some_rows(2), 1).report(None);
    let samples = shown(&report.data);
    assert_eq!(samples.len(), some_rows(2).len());
    let sample = samples.iter().find(|sample| sample["unsafe"] == true).unwrap();
    let keys: Vec<&String> = sample.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 44);
    assert!(!keys.iter().any(|key| ["messages", "n_chars", "cut"].contains(&key.as_str())));
    assert_eq!(sample["tools"][0]["name"], "t");
    assert_eq!(sample["evidence"][0]["pointer"], "/steps/0/text");
    // In the page, what rows share stands once.
    let page = embedded(&report.html);
    assert_eq!(page["shared"]["tools"].as_array().unwrap().len(), 1);
    for (put, whole) in page["samples"].as_array().unwrap().iter().zip(samples) {
        assert_eq!(page["shared"]["tools"][put["tools"][0].as_u64().unwrap() as usize], whole["tools"][0]);
        assert_eq!(page["shared"]["steps"][put["steps"][0].as_u64().unwrap() as usize], whole["steps"][0]);
        assert_eq!(page["shared"]["session"][put["session"].as_u64().unwrap() as usize], whole["session"]);
        assert_eq!(put["body"], whole["body"]);
    }
}

#[test]
fn a_text_of_a_megabyte_is_cut_and_the_page_stays_small() {
    let mut rows = some_rows(3);
    for row in &mut rows {
        row.text.body = format!("{}{}", HOSTILE[0], "ä".repeat(1_000_000));
        row.text.steps = serde_json::json!([{"step": 0, "kind": "query", "text": "<".repeat(1_000_000)}]).to_string();
    }
    let report = Run::of(rows, 1).report(None);
    assert!(report.html.len() < PAGE_BYTES, "{} bytes", report.html.len());
    for sample in shown(&report.data) {
        assert_eq!(sample["cut"], true);
        let body = sample["body"].as_str().unwrap();
        assert!(body.ends_with("more characters left out of this report]"), "{}", &body[body.len() - 80..]);
        assert!(body.chars().count() < 21_000 && body.starts_with(HOSTILE[0]));
    }
}

#[test]
fn the_page_stays_under_its_limit_unless_rows_are_asked_for() {
    // Of 300 rows of 60 kB a third fits.
    let mut rows: Vec<_> = some_rows(120);
    for (at, row) in rows.iter_mut().enumerate() {
        let noise = |part: usize| noise_of(at * 3 + part);
        row.text.body = noise(0);
        row.labels.rationale = noise(1);
        row.lineage.seed = noise(2);
    }
    let run = Run::of(rows, 1);
    let report = run.report(None);
    assert!(report.html.len() <= PAGE_BYTES, "{} bytes", report.html.len());
    assert!(report.html.len() > PAGE_BYTES / 2, "{} bytes: more would have fitted", report.html.len());
    let few = shown(&report.data).len();
    assert!((40..200).contains(&few), "{few} rows");
    let asked = run.report(Some(250));
    assert!(shown(&asked.data).len() >= 250 && asked.html.len() > PAGE_BYTES);
}

/// 19,000 characters that are like no other row's.
fn noise_of(number: usize) -> String {
    let mut state = number as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (state >> 33) as u8 % 26)
    };
    (0..19_000).map(|_| next()).collect()
}

#[test]
fn rows_without_pair_alone_make_a_page_too() {
    let rows = (0..5).map(|at| row(at, "appropriate", guardset_core::Checkpoint::Session, guardset_core::Split::Train, None)).collect();
    let data = Run::of(rows, 1).report(None).data;
    assert_eq!(shown(&data).len(), 5);
    assert_eq!(data["facets"]["pair_role"], serde_json::json!(["none"]));
}
