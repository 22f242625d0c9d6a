use guardset_import::formats::DialogueFormat::Xlam;
use serde_json::{Value, json};

use crate::{call, refused, taken, user};

fn record() -> Value {
    json!({
        "id": 17,
        "query": "Add the lists.",
        "tools": [{"name": "add", "description": "Made up.", "parameters": {
            "numbers": {"description": "What to add.", "type": "List[int]"},
            "unit": {"description": "Its unit.", "type": "str, optional"},
            "scale": {"description": "By what.", "type": "float", "default": 1.0},
            "type": {"description": "A parameter of that name.", "type": "str"},
        }}],
        "answers": [{"name": "add", "arguments": {"numbers": [1, 2]}}, {"name": "add", "arguments": {"numbers": [3]}}],
    })
}

#[test]
fn a_record_is_a_request_and_its_calls() {
    let read = taken(Xlam, &record());
    assert_eq!(read.id, "17");
    assert_eq!(
        read.turns,
        [user("Add the lists."), call("add", json!({"numbers": [1, 2]}), None), call("add", json!({"numbers": [3]}), None)]
    );
    let schema = json!({"type": "object", "properties": {
        "numbers": {"description": "What to add.", "type": "array", "items": {"type": "integer"}},
        "unit": {"description": "Its unit.", "type": "string"},
        "scale": {"description": "By what.", "type": "number", "default": 1.0},
        "type": {"description": "A parameter of that name.", "type": "string"},
    }, "required": ["numbers", "type"]});
    assert_eq!(read.tools, [json!({"name": "add", "description": "Made up.", "inputSchema": schema})]);
}

#[test]
fn both_lists_may_be_strings() {
    let mut written = record();
    for key in ["tools", "answers"] {
        written[key] = json!(written[key].to_string());
    }
    assert_eq!(taken(Xlam, &written), taken(Xlam, &record()));
}

#[test]
fn no_answers_are_no_calls_and_bad_ones_are_refused() {
    let with = |key: &str, value: Value| {
        let mut record = record();
        record[key] = value;
        record
    };
    assert_eq!(taken(Xlam, &with("answers", json!([]))).turns, [user("Add the lists.")]);
    assert_eq!(taken(Xlam, &with("answers", json!(null))).turns, [user("Add the lists.")]);
    assert_eq!(refused(Xlam, &with("answers", json!("[{\"name\": "))), "bad_field");
    assert_eq!(refused(Xlam, &with("answers", json!([{"name": "sub", "arguments": {}}]))), "call_of_unknown_tool");
    assert_eq!(refused(Xlam, &with("query", json!(null))), "bad_field");
    assert_eq!(refused(Xlam, &with("tools", json!("[]"))), "no_tools");
}
