use guardset_import::formats::DialogueFormat::Toolace;
use serde_json::{Value, json};

use crate::{assistant, call, refused, taken, user};

fn record(conversations: Value) -> Value {
    let functions = json!([
        {"name": "Get Weather", "description": "Made up.", "parameters": {"type": "dict", "properties": {"city": {"type": "string"}, "days": {"type": "int"}}, "required": ["city"]}, "required": null},
        {"name": "db.find", "description": "Made up.", "parameters": {"type": "dict", "properties": {}}},
        {"name": "Sum (v2)", "description": "Made up.", "parameters": {"type": "dict", "properties": {}}},
    ]);
    let system = format!("Use the format [func_name1(a=b), func_name2()]. Functions:\n{functions}\nPut it in the format of [f(x=1)].");
    json!({"system": system, "conversations": conversations})
}

fn calls_of(text: &str) -> Vec<guardset_import::Turn> {
    let turns = taken(Toolace, &record(json!([{"from": "user", "value": "Go."}, {"from": "assistant", "value": text}]))).turns;
    turns[1..].to_vec()
}

#[test]
fn functions_are_found_in_the_prompt_and_made_mcp() {
    let read = taken(Toolace, &record(json!([{"from": "user", "value": "Go."}])));
    assert_eq!(read.tools.len(), 3);
    let weather = json!({"name": "Get_Weather", "description": "Made up.", "inputSchema": {"type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}});
    assert_eq!(read.tools[0], weather);
    assert_eq!(read.tools[1]["name"], "db.find");
    assert_eq!(read.tools[2]["name"], "Sum__v2_");
}

#[test]
fn calls_are_python_in_brackets() {
    let text = r#"[Get Weather(city="Bad \"Ems\"", days=-3), db.find(q='it\'s', deep={"a": [1, 2.5, None], 'b': (True, False)}, max-rows=1e3), Sum (v2)()]"#;
    let deep = json!({"a": [1, 2.5, null], "b": [true, false]});
    let calls = [
        call("Get_Weather", json!({"city": "Bad \"Ems\"", "days": -3}), None),
        call("db.find", json!({"q": "it's", "deep": deep, "max-rows": 1000.0}), None),
        call("Sum__v2_", json!({}), None),
    ];
    assert_eq!(calls_of(text), calls);
    assert_eq!(calls_of(&format!("<think>[no(call=)]</think>\n{text}\n")), calls);
}

#[test]
fn arguments_without_a_name_are_named_by_the_schema() {
    assert_eq!(calls_of("[Get Weather('Ems', days=2)]"), [call("Get_Weather", json!({"city": "Ems", "days": 2}), None)]);
    assert_eq!(calls_of("[Get Weather('Ems', 2)]"), [call("Get_Weather", json!({"city": "Ems", "days": 2}), None)]);
    let many = record(json!([{"from": "user", "value": "Go."}, {"from": "assistant", "value": "[db.find(1)]"}]));
    assert_eq!(refused(Toolace, &many), "bad_call");
}

#[test]
fn words_in_front_of_calls_and_words_in_brackets_are_text() {
    assert_eq!(calls_of("One moment. [db.find(q=\"a\")]"), [assistant("One moment."), call("db.find", json!({"q": "a"}), None)]);
    for text in ["[Note] nothing to call.", "See [1] and [db.find] (or not).", "[ ]", "[\"a\", \"b\"]", "Write [db.find(q=)] for it."] {
        assert_eq!(calls_of(text), [assistant(text)]);
    }
}

#[test]
fn literals_are_those_of_python() {
    let cases = [
        (r"'\x41\u00e9\U0001F600\101\n\t\\\/'", json!("Aé😀A\n\t\\\\/")),
        (r"'\ud83d\ude00'", json!("😀")),
        (r"'\a\b\f\r\v'", json!("\u{7}\u{8}\u{c}\r\u{b}")),
        (r"r'C:\new'", json!("C:\\new")),
        ("'''a 'b'\n\"c\"'''", json!("a 'b'\n\"c\"")),
        ("b\"x\"", json!("x")),
        ("(1,)", json!([1])),
        ("(1)", json!(1)),
        ("()", json!([])),
        ("{1, 'a'}", json!([1, "a"])),
        ("{}", json!({})),
        ("{1: 'a', None: 2, True: 3, 'k': 4,}", json!({"1": "a", "null": 2, "true": 3, "k": 4})),
        ("[.5, 1., 1_000, 0x1F, +2, -7, 1E-2]", json!([0.5, 1.0, 1000, 31, 2, -7, 0.01])),
        ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
        ("[true, false, null]", json!([true, false, null])),
    ];
    for (written, value) in cases {
        assert_eq!(calls_of(&format!("[db.find(x={written})]")), [call("db.find", json!({"x": value}), None)], "{written}");
    }
}

#[test]
fn calls_that_cannot_be_read_are_refused() {
    let cases = [
        "db.find(q=\"a)",
        "db.find(q=a)",
        "db.find(q=007)",
        "db.find(q=\"a\") + 1",
        "db.find(q=[1, 2)",
        "db.find(q={'a' 1})",
        "db.find(q='\\ud83d')",
        "db.find(q='\\u12')",
        "db.find(q=--1)",
        "db.find(q=nan)",
        "db.find(q=1e999)",
        "no_such(q=a)",
    ];
    for text in cases {
        let refused =
            refused(Toolace, &record(json!([{"from": "user", "value": "Go."}, {"from": "assistant", "value": format!("[{text}]")}])));
        assert_eq!(refused, "bad_call", "{text}");
    }
    let unknown = record(json!([{"from": "user", "value": "Go."}, {"from": "assistant", "value": "[no_such(q=1)]"}]));
    assert_eq!(refused(Toolace, &unknown), "call_of_unknown_tool");
}

#[test]
fn deep_nesting_is_refused_and_never_overflows() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{", "}"), ("{1:", "}"), ("{(", ")}")] {
        let deep = format!("[db.find(q={}1{})]", open.repeat(50_000), close.repeat(50_000));
        let record = record(json!([{"from": "user", "value": "Go."}, {"from": "assistant", "value": deep}]));
        assert_eq!(refused(Toolace, &record), "bad_call", "{open}");
    }
}

#[test]
fn results_are_shared_out_among_the_calls() {
    let with = |calls: &str, results: &str| {
        record(json!([{"from": "user", "value": "Go."}, {"from": "assistant", "value": calls}, {"from": "tool", "value": results}]))
    };
    let two = "[db.find(q=1), Get Weather(city=\"A\")]";
    let find = |result| call("db.find", json!({"q": 1}), Some(result));
    let weather = |result| call("Get_Weather", json!({"city": "A"}), Some(result));
    let by_name = with(two, r#"[{"name": "Get Weather", "results": "sun"}, {"name": "db.find", "results": {"n": 1}}]"#);
    assert_eq!(taken(Toolace, &by_name).turns, [user("Go."), find("{\"n\":1}"), weather("sun")]);
    let by_order = with(two, r#"[{"n": 1}, {"sky": "blue"}]"#);
    assert_eq!(taken(Toolace, &by_order).turns, [user("Go."), find("{\"n\":1}"), weather("{\"sky\":\"blue\"}")]);
    let text = with("[db.find(q=1)]", " {\"n\":  1} ");
    assert_eq!(taken(Toolace, &text).turns, [user("Go."), find(" {\"n\":  1} ")]);
    assert_eq!(refused(Toolace, &with(two, "done")), "results_not_matched");
    assert_eq!(refused(Toolace, &with(two, "[1, 2, 3]")), "results_not_matched");
    assert_eq!(refused(Toolace, &with("Nothing to do.", "done")), "result_without_call");
}

#[test]
fn a_prompt_without_functions_is_refused() {
    let ask = json!([{"from": "user", "value": "Go."}]);
    assert_eq!(refused(Toolace, &json!({"system": "Use [f(x=1)] if you can.", "conversations": ask})), "no_tools");
    assert_eq!(refused(Toolace, &json!({"system": "Functions: [{\"name\": \"f\", ", "conversations": ask})), "bad_json_tools");
}
