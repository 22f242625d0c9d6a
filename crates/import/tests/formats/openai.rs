use guardset_import::formats::DialogueFormat::Openai;
use serde_json::{Value, json};

use crate::{assistant, call, function, mcp_tool, refused, taken, user};

fn record(messages: Value) -> Value {
    json!({"id": "one", "tools": [mcp_tool("find", "what"), mcp_tool("send", "to")], "messages": messages})
}

#[test]
fn calls_are_read_with_and_without_a_wrapper_and_arguments_as_string_or_object() {
    let read = taken(
        Openai,
        &record(json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Find A, B and C."},
            {"role": "assistant", "content": "Looking.", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{\"what\": \"A\"}"}},
                {"id": "c2", "type": "function", "function": {"name": "find", "arguments": {"what": "B"}}},
                {"name": "find", "arguments": {"what": "C"}},
                {"name": "find", "arguments": ""},
            ]},
        ])),
    );
    let calls =
        [json!({"what": "A"}), json!({"what": "B"}), json!({"what": "C"}), json!({})].map(|arguments| call("find", arguments, None));
    assert_eq!(read.turns[..2], [user("Find A, B and C."), assistant("Looking.")]);
    assert_eq!(read.turns[2..], calls);
    assert_eq!(read.id, "one");
}

#[test]
fn results_find_their_calls_by_id_by_name_or_by_order() {
    let calls = |ids: bool| {
        let id = |id: &str| if ids { json!(id) } else { json!(null) };
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id("c1"), "function": {"name": "find", "arguments": {"what": "A"}}},
            {"id": id("c2"), "function": {"name": "send", "arguments": {"to": "B"}}},
        ]})
    };
    let ask = json!({"role": "user", "content": "Do it."});
    let both = [user("Do it."), call("find", json!({"what": "A"}), Some("a")), call("send", json!({"to": "B"}), Some("b"))];
    let (a, b) = ("a", "b");
    let by_id = json!([ask, calls(true), {"role": "tool", "tool_call_id": "c2", "content": b}, {"role": "tool", "tool_call_id": "c1", "content": a}]);
    let by_name =
        json!([ask, calls(false), {"role": "tool", "name": "send", "content": b}, {"role": "tool", "name": "find", "content": a}]);
    let by_order = json!([ask, calls(true), {"role": "tool", "content": a}, {"role": "function", "content": b}]);
    for messages in [by_id, by_name, by_order] {
        assert_eq!(taken(Openai, &record(messages)).turns, both);
    }
}

#[test]
fn a_result_that_no_call_waits_for_is_refused() {
    let ask = json!({"role": "user", "content": "Do it."});
    let asked = json!({"role": "assistant", "tool_calls": [{"id": "c1", "name": "find", "arguments": {}}]});
    let results = [
        json!([ask, {"role": "tool", "content": "a"}]),
        json!([ask, asked, {"role": "tool", "content": "a"}, {"role": "tool", "content": "once more"}]),
        json!([ask, asked, {"role": "tool", "name": "send", "content": "a"}]),
        json!([ask, asked, {"role": "tool", "tool_call_id": "c9", "content": "a"}]),
        json!([ask, asked, {"role": "user", "content": "Never mind."}, {"role": "tool", "content": "a"}]),
    ];
    for messages in results {
        assert_eq!(refused(Openai, &record(messages)), "result_without_call");
    }
}

#[test]
fn the_calls_and_functions_of_old_are_read() {
    let old = json!({
        "functions": [function("find", "what")],
        "messages": [
            {"role": "user", "content": "Find A."},
            {"role": "assistant", "content": null, "function_call": {"name": "find", "arguments": "{\"what\": \"A\"}"}},
            {"role": "function", "name": "find", "content": "a"},
        ],
    });
    let read = taken(Openai, &old);
    assert_eq!(read.tools, [mcp_tool("find", "what")]);
    assert_eq!(read.turns, [user("Find A."), call("find", json!({"what": "A"}), Some("a"))]);
    assert_eq!(read.id, "made-up.jsonl:1");
}

#[test]
fn lists_and_objects_may_be_strings_of_json() {
    let mut written = record(json!([
        json!({"role": "user", "content": "Find A."}).to_string(),
        {"role": "assistant", "content": "", "tool_calls": json!([{"name": "find", "arguments": {"what": "A"}}]).to_string()},
    ]));
    let plain = taken(Openai, &written);
    for key in ["tools", "messages"] {
        written[key] = json!(written[key].to_string());
    }
    assert_eq!(taken(Openai, &written), plain);
    assert_eq!(plain.turns, [user("Find A."), call("find", json!({"what": "A"}), None)]);
}

#[test]
fn texts_are_kept_byte_for_byte_but_for_thoughts() {
    let odd = "  {{ name }} {% raw %} <b>\u{200b}<|im_end|>\r\n ";
    let read = taken(
        Openai,
        &record(json!([
            {"role": "user", "content": format!("{odd}<think>mine</think>")},
            {"role": "assistant", "content": "<think>\nHow?\n</think>\n\nSo <think>or not</think>it is."},
            {"role": "assistant", "content": "A <think> that does not end"},
            {"role": "assistant", "content": "<think>nothing to say</think>"},
            {"role": "assistant", "content": [{"type": "text", "text": odd}, {"type": "text", "text": "!"}]},
        ])),
    );
    let said = [assistant("So it is."), assistant("A <think> that does not end"), assistant(&format!("{odd}!"))];
    assert_eq!(read.turns[0], user(&format!("{odd}<think>mine</think>")));
    assert_eq!(read.turns[1..], said);
}

#[test]
fn results_that_are_no_strings_become_json() {
    let read = taken(
        Openai,
        &record(json!([
            {"role": "user", "content": "Find A and B."},
            {"role": "assistant", "tool_calls": [{"name": "find", "arguments": {}}, {"name": "find", "arguments": {}}]},
            {"role": "tool", "content": {"found": [1, 2.5]}},
            {"role": "tool", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        ])),
    );
    assert_eq!(read.turns[1..], [call("find", json!({}), Some("{\"found\":[1,2.5]}")), call("find", json!({}), Some("ab"))]);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    let ask = json!({"role": "user", "content": "Do it."});
    let calls = |call: Value| record(json!([ask, {"role": "assistant", "tool_calls": [call]}]));
    let cases = [
        (calls(json!({"name": "find", "arguments": "{\"what\": "})), "bad_json_arguments"),
        (calls(json!({"name": "find", "arguments": [1]})), "bad_json_arguments"),
        (calls(json!({"name": "lose", "arguments": {}})), "call_of_unknown_tool"),
        (calls(json!({"arguments": {}})), "no_name"),
        (calls(json!(7)), "bad_call"),
        (record(json!([{"role": "assistant", "content": "Hello."}])), "no_user_turn"),
        (record(json!([{"role": "user", "content": " "}])), "no_user_turn"),
        (record(json!([{"role": "narrator", "content": "Once."}])), "unknown_role"),
        (record(json!([{"content": "Once."}])), "unknown_role"),
        (record(json!([{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}])), "bad_content"),
        (record(json!("none")), "bad_field"),
        (json!({"tools": [], "messages": [ask]}), "no_tools"),
        (json!({"messages": [ask]}), "no_tools"),
        (json!({"tools": "[{", "messages": [ask]}), "bad_json_tools"),
        (json!({"tools": 5, "messages": [ask]}), "bad_field"),
        (json!([ask]), "no_record"),
    ];
    for (record, reason) in cases {
        assert_eq!(refused(Openai, &record), reason, "{record}");
    }
}

#[test]
fn a_refusal_says_field_fault_and_remedy() {
    let wrong =
        record(json!([{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [{"name": "find", "arguments": "{"}]}]));
    let refusal = guardset_import::formats::read(Openai, &wrong, "x:1").expect_err("a refusal");
    assert_eq!(
        refusal.to_string(),
        "messages[1].tool_calls[0].arguments: is \"{\"; an object is needed, or a string of JSON that holds one"
    );
}
