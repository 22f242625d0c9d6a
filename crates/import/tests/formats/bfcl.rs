use guardset_import::formats::DialogueFormat::Bfcl;
use guardset_import::formats::with_answers;
use serde_json::{Value, json};

use crate::{call, refused, taken, user};

fn record() -> Value {
    json!({
        "id": "simple_0",
        "question": [[{"role": "system", "content": "Today is a day."}, {"role": "user", "content": "Area?"}]],
        "function": [{"name": "geo.area", "description": "Made up.", "parameters": {"type": "dict", "properties": {
            "base": {"type": "float"}, "sides": {"type": "tuple", "items": {"type": "float"}}, "what": {"type": "any"}, "note": {"type": "String"},
        }, "required": ["base", "note"]}}],
    })
}

fn answered(ground_truth: Value) -> Value {
    with_answers(&record(), &json!({"id": "simple_0", "ground_truth": ground_truth})).expect("the same id")
}

#[test]
fn types_become_those_of_json_schema() {
    let properties = json!({"base": {"type": "number"}, "sides": {"type": "array", "items": {"type": "number"}}, "what": {}, "note": {"type": "string"}});
    let read = taken(Bfcl, &record());
    assert_eq!(read.tools[0]["inputSchema"], json!({"type": "object", "properties": properties, "required": ["base", "note"]}));
}

#[test]
fn without_answers_nothing_is_called() {
    assert_eq!(taken(Bfcl, &record()).turns, [user("Area?")]);
    assert_eq!(taken(Bfcl, &answered(json!([]))).turns, [user("Area?")]);
}

#[test]
fn of_the_accepted_values_the_first_counts() {
    let accepted = json!([{"geo.area": {
        "base": [10, 10.5], "what": ["", "cm"], "sides": [[1, 2], [2, 1]], "unit": [""], "note": [""],
        "filter": [{"city": ["A", "B"], "land": [""]}], "rules": [[{"field": ["age"], "is": [">"]}]],
    }}]);
    let read = taken(Bfcl, &answered(accepted));
    let arguments =
        json!({"base": 10, "what": "cm", "sides": [1, 2], "note": "", "filter": {"city": "A"}, "rules": [{"field": "age", "is": ">"}]});
    assert_eq!(read.turns[1..], [call("geo.area", arguments, None)]);
}

#[test]
fn turns_have_their_calls_behind_them() {
    let mut record = record();
    record["question"] = json!([[{"role": "user", "content": "One."}], [], [{"role": "user", "content": "Two."}]]);
    record["ground_truth"] = json!([["geo.area(base=1, note='a')", "geo.area(2, [1, 2])"], ["geo.area()"], []]);
    let turns = [
        user("One."),
        call("geo.area", json!({"base": 1, "note": "a"}), None),
        call("geo.area", json!({"base": 2, "sides": [1, 2]}), None),
        call("geo.area", json!({}), None),
        user("Two."),
    ];
    assert_eq!(taken(Bfcl, &record).turns, turns);
    record["ground_truth"] = json!([[], [], [], ["geo.area()"]]);
    assert_eq!(refused(Bfcl, &record), "answers_not_matched");
    record["ground_truth"] = json!([{"geo.area": {}}]);
    assert_eq!(refused(Bfcl, &record), "answers_not_matched");
}

#[test]
fn a_question_may_be_one_turn_or_one_text() {
    for question in [json!([{"role": "user", "content": "Area?"}]), json!("Area?")] {
        let mut record = record();
        record["question"] = question;
        record["ground_truth"] = json!(["geo.area(base=1)"]);
        record["function"] = record["function"][0].clone();
        assert_eq!(taken(Bfcl, &record).turns, [user("Area?"), call("geo.area", json!({"base": 1}), None)]);
    }
}

#[test]
fn answers_of_another_record_are_refused() {
    let reason = |answers: Value| with_answers(&record(), &answers).expect_err("a refusal").reason();
    assert_eq!(reason(json!({"id": "simple_1", "ground_truth": []})), "answers_not_matched");
    assert_eq!(reason(json!({"ground_truth": []})), "answers_not_matched");
    assert_eq!(reason(json!({"id": "simple_0"})), "answers_not_matched");
}

#[test]
fn answers_that_are_no_calls_are_refused() {
    for answer in [json!([{"geo.area": 1}]), json!([7]), json!(["geo.area(base=)"]), json!(["geo.area"])] {
        assert_eq!(refused(Bfcl, &answered(answer.clone())), "bad_call", "{answer}");
    }
    assert_eq!(refused(Bfcl, &answered(json!([{"geo.volume": {}}]))), "call_of_unknown_tool");
}
