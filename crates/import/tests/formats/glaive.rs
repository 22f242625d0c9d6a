use guardset_import::formats::DialogueFormat::Glaive;
use serde_json::{Value, json};

use crate::{assistant, call, function, mcp_tool, refused, taken, user};

fn record(chat: &str) -> Value {
    let system = format!(
        "SYSTEM: You are a helpful assistant with access to the following functions. Use them if required -\n{:#}\n\n{:#}\n",
        function("find", "what"),
        function("send", "to")
    );
    json!({"system": system, "chat": chat})
}

#[test]
fn a_chat_is_cut_at_the_speakers() {
    let read = taken(
        Glaive,
        &record(
            "USER: Hi, find\nthe A.\n\n\nASSISTANT: <functioncall> {\"name\": \"find\", \"arguments\": '{\"what\": \"it's A\"}'} <|endoftext|>\n\n\n\
         FUNCTION RESPONSE: {\"found\": \"ASSISTANT: A\"}\n\n\nASSISTANT: Here it is. <|endoftext|>\n\n\n\
         USER: Thanks. What does USER: mean?\n\n\nASSISTANT: It is a mark such as <|im_end|>. <|endoftext|>\n\n\n",
        ),
    );
    assert_eq!(read.tools, [mcp_tool("find", "what"), mcp_tool("send", "to")]);
    let turns = [
        user("Hi, find\nthe A."),
        call("find", json!({"what": "it's A"}), Some("{\"found\": \"ASSISTANT: A\"}")),
        assistant("Here it is."),
        user("Thanks. What does USER: mean?"),
        assistant("It is a mark such as <|im_end|>."),
    ];
    assert_eq!(read.turns, turns);
}

#[test]
fn a_chat_on_one_line_is_cut_behind_the_marks_of_ends() {
    let read = taken(Glaive, &record("USER: Hi\nASSISTANT: Hello. <|endoftext|> USER: Bye <|endoftext|>ASSISTANT: Bye. <|endoftext|>"));
    assert_eq!(read.turns, [user("Hi"), assistant("Hello."), user("Bye"), assistant("Bye.")]);
    let read = taken(
        Glaive,
        &record(
            "USER: Find A. ASSISTANT: <functioncall> {\"name\": \"find\", \"arguments\": '{}'} <|endoftext|> FUNCTION RESPONSE: a ASSISTANT: A. <|endoftext|>",
        ),
    );
    assert_eq!(read.turns, [user("Find A."), call("find", json!({}), Some("a")), assistant("A.")]);
}

#[test]
fn arguments_are_read_in_every_quoting() {
    let calls = [
        r#"{"name": "find", "arguments": '{"what": "a}'b"}'}"#,
        r#"{"name": "find", "arguments": '{"what": "a}\'b"}'}"#,
        r#"{"name": "find", "arguments": {"what": "a}'b"}}"#,
        r#"{"name": "find", "arguments": "{\"what\": \"a}'b\"}"}"#,
        r#"{'name': 'find', 'arguments': {'what': "a}'b"}}"#,
        r#"{"arguments": {"what": "a}'b"}, "name": "find"}"#,
    ];
    for written in calls {
        let read = taken(Glaive, &record(&format!("USER: Go.\n\n\nASSISTANT: <functioncall> {written} <|endoftext|>")));
        assert_eq!(read.turns[1..], [call("find", json!({"what": "a}'b"}), None)], "{written}");
    }
}

#[test]
fn several_calls_and_words_around_them_keep_their_order() {
    let chat = "USER: Go.\n\n\nASSISTANT: First. <functioncall> {\"name\": \"find\", \"arguments\": '{}'} \
                <functioncall> {\"name\": \"send\", \"arguments\": '{\"to\": \"B\"}'} Done. <|endoftext|>\n\n\nFUNCTION RESPONSE: 1\n\n\nFUNCTION RESPONSE: 2\n";
    let read = taken(Glaive, &record(chat));
    let turns = [assistant("First."), call("find", json!({}), Some("1")), call("send", json!({"to": "B"}), Some("2")), assistant("Done.")];
    assert_eq!(read.turns[1..], turns);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    let cases = [
        (
            record("USER: Go.\nASSISTANT: <functioncall> {\"name\": \"find\", \"arguments\": '{\"what\": '} <|endoftext|>"),
            "bad_json_arguments",
        ),
        (record("USER: Go.\nASSISTANT: <functioncall> find it <|endoftext|>"), "bad_call"),
        (record("USER: Go.\nASSISTANT: <functioncall> {\"name\": \"lose\", \"arguments\": '{}'}"), "call_of_unknown_tool"),
        (record("USER: Go.\nFUNCTION RESPONSE: 1"), "result_without_call"),
        (record("Nobody speaks."), "no_user_turn"),
        (record("Narrator: once.\nUSER: Go."), "unknown_role"),
        (record("USER: Go.\n\nA: <functioncall> {\"name\": \"find\", \"arguments\": '{}'} <|endoftext|>"), "bad_call"),
        (json!({"system": "SYSTEM: You are a helpful assistant, with no access to external functions.", "chat": "USER: Go."}), "no_tools"),
        (json!({"system": "SYSTEM: Use -\n{\"name\": \"find\", ", "chat": "USER: Go."}), "bad_json_tools"),
        (json!({"system": "SYSTEM: ..."}), "no_tools"),
        (json!({"chat": "USER: Go."}), "bad_field"),
    ];
    for (record, reason) in cases {
        assert_eq!(refused(Glaive, &record), reason, "{record}");
    }
}
