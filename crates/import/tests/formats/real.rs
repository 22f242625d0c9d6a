//! Real dialogues and tools, which are not part of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use guardset_import::formats::{DialogueFormat, Refusal, read, read_tool};
use guardset_import::{Dialogue, Turn};
use serde_json::{Value, json};

use crate::properties::python;

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

#[test]
fn real_dialogues_written_in_other_formats_are_read_the_same() {
    let mut compared = 0;
    for record in records("dialogues.jsonl") {
        let Ok(dialogue) = read(DialogueFormat::Openai, &record, "x:1") else { continue };
        let choices: Vec<u8> = dialogue.id.bytes().collect();
        for (format, written) in
            [(DialogueFormat::Toolace, toolace(&dialogue, &choices)), (DialogueFormat::Hermes, hermes(&dialogue, &choices))]
        {
            let mut written = written;
            for key in ["id", "source", "license"] {
                written[key] = record[key].clone();
            }
            let read = read(format, &written, "x:1").unwrap_or_else(|refusal| panic!("{format}, {}: {refusal}", dialogue.id));
            assert_eq!(read, dialogue, "{format}");
            compared += 1;
        }
    }
    assert!(compared > 5_000, "{compared} are compared");
}

fn said(from: &str, value: impl Into<Value>) -> Value {
    json!({"from": from, "value": value.into()})
}

fn toolace(dialogue: &Dialogue, choices: &[u8]) -> Value {
    let turns = dialogue.turns.iter().flat_map(|turn| match turn {
        Turn::User(text) => vec![said("user", text.as_str())],
        Turn::Assistant(text) => vec![said("assistant", text.as_str())],
        Turn::Call { tool, arguments, result } => {
            let arguments = arguments.iter().map(|(name, value)| format!("{name}={}", python(value, choices)));
            let call = said("assistant", format!("[{tool}({})]", arguments.collect::<Vec<_>>().join(", ")));
            let results = result.iter().map(|result| said("tool", json!([{"name": tool, "results": result}]).to_string()));
            [call].into_iter().chain(results).collect()
        }
    });
    let system = format!("Call functions as [f(a=b)]. You have these:\n{}\nNo [other] text.", json!(dialogue.tools));
    json!({"system": system, "conversations": turns.collect::<Vec<_>>()})
}

fn hermes(dialogue: &Dialogue, choices: &[u8]) -> Value {
    let turns = dialogue.turns.iter().flat_map(|turn| match turn {
        Turn::User(text) => vec![said("human", text.as_str())],
        Turn::Assistant(text) => vec![said("gpt", text.as_str())],
        Turn::Call { tool, arguments, result } => {
            let call = python(&json!({"name": tool, "arguments": arguments}), choices);
            let results = result
                .iter()
                .map(|result| said("tool", format!("<tool_response>\n{}\n</tool_response>", json!({"name": tool, "content": result}))));
            [said("gpt", format!("<tool_call>\n{call}\n</tool_call>"))].into_iter().chain(results).collect()
        }
    });
    let system = said("system", format!("Within <tools></tools>: <tools> {} </tools>", python(&json!(dialogue.tools), choices)));
    let all: Vec<Value> = [system].into_iter().chain(turns).collect();
    json!({"conversations": all})
}
