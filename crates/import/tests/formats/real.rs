//! Real dialogues and tools, which are not part of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use guardset_import::Turn;
use guardset_import::formats::{DialogueFormat, Refusal, read, read_tool};
use serde_json::Value;

fn records(file: &str) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("GUARDSET_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("data/real_tools").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}. This test needs real tools and dialogues (a line of JSON each). Put them into a folder `shared/data/real_tools` \
             beside the repository, or name the folder `shared` in GUARDSET_SHARED",
            path.display()
        )
    });
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// What was taken, and how many were refused for each reason. At least 98 % are to be taken.
fn most<T>(all: Vec<Result<T, Refusal>>) -> Vec<T> {
    let count = all.len();
    let mut reasons = BTreeMap::<&str, usize>::new();
    let (taken, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    for refusal in refused.into_iter().filter_map(Result::err) {
        println!("{}: {refusal}", refusal.reason());
        *reasons.entry(refusal.reason()).or_default() += 1;
    }
    println!("{} of {count} are taken; refused: {reasons:?}", taken.len());
    assert!(count > 1_000 && taken.len() * 100 >= count * 98, "{} of {count}: {reasons:?}", taken.len());
    taken.into_iter().filter_map(Result::ok).collect()
}

#[test]
fn real_dialogues_are_read() {
    let records = records("dialogues.jsonl");
    let read_all = records.iter().enumerate().map(|(at, record)| read(DialogueFormat::Openai, record, &format!("dialogues.jsonl:{at}")));
    let taken = most(read_all.collect());
    let turns = || taken.iter().flat_map(|dialogue| &dialogue.turns);
    let calls = turns().filter(|turn| matches!(turn, Turn::Call { .. })).count();
    let results = turns().filter(|turn| matches!(turn, Turn::Call { result: Some(_), .. })).count();
    println!("{calls} calls, {results} of them with results");
    assert!(calls > 4_000 && results > 450, "{calls} calls, {results} with results");
    assert!(taken.iter().all(|dialogue| dialogue.license.is_some() && !dialogue.id.contains("jsonl")));
}

#[test]
fn real_tools_are_read() {
    let taken = most(records("tools.jsonl").iter().map(read_tool).collect());
    assert!(taken.iter().all(|record| record.tools.len() == 1 && record.license.is_some()));
    let spelled = taken.iter().flat_map(|record| &record.tools).filter_map(|tool| tool["name"].as_str());
    assert!(spelled.clone().any(|name| name == "Summarize_Detection"), "a name with a space is repaired");
    assert!(spelled.clone().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))));
}
