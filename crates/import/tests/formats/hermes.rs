use guardset_import::formats::DialogueFormat::Hermes;
use serde_json::{Value, json};

use crate::{assistant, call, function, mcp_tool, refused, taken, user};

fn record(conversations: &[(&str, &str)]) -> Value {
    let tools =
        json!([{"type": "function", "function": function("find", "what")}, {"type": "function", "function": function("send", "to")}]);
    let system = format!(
        "Signatures stand within <tools> </tools> XML tags. <tools> {tools} </tools> For each call return\n<tool_call>\n\
         {{'arguments': <args-dict>, 'name': <function-name>}}\n</tool_call>"
    );
    let said = conversations.iter().map(|(from, value)| json!({"from": from, "value": value}));
    let all: Vec<Value> = [json!({"from": "system", "value": system})].into_iter().chain(said).collect();
    json!({"id": "h", "conversations": all})
}

#[test]
fn tools_stand_in_the_prompt_or_in_a_field() {
    let mut record = record(&[("human", "Go.")]);
    let tools = [mcp_tool("find", "what"), mcp_tool("send", "to")];
    assert_eq!(taken(Hermes, &record).tools, tools);
    let mut beside = record.clone();
    beside["system"] = beside["conversations"][0]["value"].take();
    beside["conversations"][0]["value"] = json!("Be brief.");
    assert_eq!(taken(Hermes, &beside).tools, tools);
    record["tools"] = json!("");
    assert_eq!(taken(Hermes, &record).tools, tools);
    record["tools"] = json!(json!([function("find", "what")]).to_string());
    assert_eq!(taken(Hermes, &record).tools, tools[..1]);
}

#[test]
fn tools_one_below_the_other_are_read() {
    let mut record = record(&[("human", "Go.")]);
    let lines = format!("<tools>\n{}\n{}\n</tools>", function("find", "what"), function("send", "to"));
    record["conversations"][0]["value"] = json!(lines);
    assert_eq!(taken(Hermes, &record).tools.len(), 2);
}

#[test]
fn calls_and_results_are_taken_out_of_their_tags() {
    let read = taken(
        Hermes,
        &record(&[
            ("human", "Go <b>now</b>. "),
            (
                "gpt",
                "<think>A <tool_call>{}</tool_call>?</think>\nFirst.\n<tool_call>\n{\"name\": \"find\", \"arguments\": {\"what\": \"</tool_call>\"}}\n</tool_call>\n\
                 <tool_call>\n{'name': 'send', 'arguments': {'to': \"B's\", 'now': True}}\n</tool_call>",
            ),
            (
                "tool",
                "<tool_response>\n{\"name\": \"send\", \"content\": {\"ok\": true}}\n</tool_response>\n\
                  <tool_response>\n{\"name\": \"find\", \"content\": \"</tool_response> found\"}\n</tool_response>",
            ),
            ("gpt", "Done. "),
        ]),
    );
    let turns = [
        user("Go <b>now</b>. "),
        assistant("First."),
        call("find", json!({"what": "</tool_call>"}), Some("</tool_response> found")),
        call("send", json!({"to": "B's", "now": true}), Some("{\"ok\":true}")),
        assistant("Done. "),
    ];
    assert_eq!(read.turns, turns);
}

#[test]
fn calls_and_results_may_have_roles_of_their_own() {
    let one = record(&[
        ("human", "Go."),
        ("function_call", "{\"name\": \"find\", \"arguments\": {\"what\": \"A\"}}"),
        ("observation", "a"),
        ("gpt", "A."),
    ]);
    assert_eq!(taken(Hermes, &one).turns, [user("Go."), call("find", json!({"what": "A"}), Some("a")), assistant("A.")]);
}

#[test]
fn results_in_other_forms_are_kept_as_they_are() {
    for (written, result) in [
        ("{\"n\":  1}", "{\"n\":  1}"),
        ("<tool_response>\n{\"n\":  1}\n</tool_response>", "{\"n\":  1}"),
        ("<tool_response>found {it}</tool_response>", "found {it}"),
        ("<tool_response>that does not end", "that does not end"),
    ] {
        let read = taken(Hermes, &record(&[("human", "Go."), ("gpt", "<tool_call>{\"name\": \"find\"}"), ("tool", written)]));
        assert_eq!(read.turns[1..], [call("find", json!({}), Some(result))]);
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    let calls = |text: &str| record(&[("human", "Go."), ("gpt", text)]);
    let cases = [
        (calls("<tool_call>find it</tool_call>"), "bad_call"),
        (calls("<tool_call>{\"name\": \"find\", \"arguments\": {</tool_call>"), "bad_call"),
        (calls("<tool_call>{\"name\": \"find\", \"arguments\": 7}</tool_call>"), "bad_json_arguments"),
        (calls("<tool_call>{\"name\": \"lose\", \"arguments\": {}}</tool_call>"), "call_of_unknown_tool"),
        (calls("<tool_call>{\"arguments\": {}}</tool_call>"), "no_name"),
        (record(&[("human", "Go."), ("tool", "<tool_response>1</tool_response>")]), "result_without_call"),
        (record(&[("gpt", "Hello.")]), "no_user_turn"),
        (json!({"conversations": [{"from": "system", "value": "<tools> </tools>"}, {"from": "human", "value": "Go."}]}), "no_tools"),
        (json!({"conversations": [{"from": "system", "value": "<tools>[{</tools>"}, {"from": "human", "value": "Go."}]}), "bad_json_tools"),
    ];
    for (record, reason) in cases {
        assert_eq!(refused(Hermes, &record), reason, "{record}");
    }
}
