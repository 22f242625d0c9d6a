//! Shards of views.

#![allow(clippy::unwrap_used)]

use std::fs;

use guardset_core::{Checkpoint, Message, PairRole, Role, Split, ViewRow};
use guardset_emit::{EmitError, ShardOptions, ViewWriter, read_rows, summarize, summarize_view, view_schema};
use serde_json::json;

const HOSTILE: &str = "{{ body }} <|im_end|>\r\n\u{202e}\u{e0041} \"quoted\" \0 end";

fn row<'a>(id: &'a str, body: Option<&'a str>) -> ViewRow<'a> {
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    ViewRow {
        id,
        pair_id: (id != "2").then_some("p"),
        pair_role: (id != "2").then_some(PairRole::Twin),
        split: Split::Train,
        checkpoint: Checkpoint::ToolCall,
        class: "data_injection",
        label: "appropriate",
        is_unsafe: false,
        flipped: id == "1",
        categories: vec!["replay_injection", "function_injection"],
        body,
        messages: vec![message(Role::User, HOSTILE), message(Role::Assistant, "safe")],
    }
}

#[test]
fn rows_come_back_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    for body in [None, Some(HOSTILE)] {
        let path = folder.path().join("data/chat/train-00000-of-00001.parquet");
        let write = || {
            let mut writer = ViewWriter::create(&path, body.is_some(), ShardOptions::default()).unwrap();
            ["1", "2"].iter().for_each(|id| writer.push(&row(id, body)).unwrap());
            writer.leave_out();
            writer.finish().unwrap()
        };
        let shard = write();
        assert_eq!((shard.summary.rows, shard.left_out, shard.flipped), (2, 1, 1));
        assert_eq!(shard.summary.text_bytes, 2 * (HOSTILE.len() as u64 + 4));
        assert_eq!(shard, summarize_view(&path).unwrap());

        let rows: Vec<_> = read_rows(&path, &[]).unwrap().collect::<Result<_, _>>().unwrap();
        let names: Vec<String> = view_schema(body.is_some()).fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(rows[0].keys().cloned().collect::<Vec<_>>(), names);
        assert_eq!(rows[0].get("body"), body.map(|body| json!(body)).as_ref());
        assert_eq!(rows[0]["messages"], json!([{"role": "user", "content": HOSTILE}, {"role": "assistant", "content": "safe"}]));
        assert_eq!(rows[0]["categories"], json!(["replay_injection", "function_injection"]));
        assert_eq!((&rows[0]["pair_role"], &rows[1]["pair_role"]), (&json!("twin"), &json!(null)));
        assert_eq!((&rows[0]["flipped"], &rows[1]["flipped"]), (&json!(true), &json!(false)));

        let first = fs::read(&path).unwrap();
        write();
        assert_eq!(fs::read(&path).unwrap(), first, "same rows, same bytes");
    }
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ViewWriter::create(&folder.path().join("a.parquet"), false, ShardOptions::default()).unwrap();
    writer.push(&row("1", None)).unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_is_no_shard_of_a_view_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    guardset_emit::write_shard(&path, &guardset_core::Taxonomy::default(), ShardOptions::default(), std::iter::empty()).unwrap();
    summarize(&path).unwrap();
    assert!(matches!(summarize_view(&path).unwrap_err(), EmitError::NotAShard { key: "guardset.left_out", .. }));
}

#[test]
fn every_field_can_be_null() {
    assert!(view_schema(true).fields().iter().all(|field| field.is_nullable()));
}
