use guardset_import::Licenses;
use guardset_import::Turn;
use guardset_import::formats::{DialogueFormat, read, read_tool, with_answers};
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

/// Words on which readers decide, and odd ones.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "tools",
        "functions",
        "function",
        "messages",
        "conversations",
        "system",
        "chat",
        "query",
        "answers",
        "question",
        "ground_truth",
        "id",
        "role",
        "from",
        "content",
        "value",
        "tool_calls",
        "function_call",
        "tool_call_id",
        "name",
        "arguments",
        "parameters",
        "inputSchema",
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "object",
        "List[int]",
        "user",
        "assistant",
        "tool",
        "human",
        "gpt",
        "tool_call",
        "f",
        "[f(x=1)]",
        "[f(x='",
        "f(1)",
        "[{\"name\": \"f\"}]",
        "<tools>[{\"name\":\"f\"}]</tools>",
        "<tool_call>{\"name\":\"f\"}</tool_call>",
        "<tool_response>",
        "USER: a\nASSISTANT: <functioncall> {\"name\": \"f\", \"arguments\": '{}'}\nFUNCTION RESPONSE: é",
        "<think>",
        "{\"",
        "\\",
    ];
    prop_oneof![4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn number() -> impl Strategy<Value = Number> {
    let float = any::<f64>().prop_filter_map("finite", Number::from_f64);
    prop_oneof![any::<i64>().prop_map(Number::from), any::<u64>().prop_map(Number::from), float]
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => number().prop_map(Value::Number),
        6 => word().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            2 => prop::collection::vec((word(), inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A record with the fields of all formats and anything in them, some of it right.
fn record() -> impl Strategy<Value = Value> {
    let tools = prop_oneof![Just(json!([{"name": "f", "parameters": {"x": {"type": "int"}}}])), anything()];
    let turn =
        (word(), anything(), anything()).prop_map(|(role, content, calls)| json!({"role": role, "content": content, "tool_calls": calls}));
    let turns = prop_oneof![prop::collection::vec(turn, 0..5).prop_map(Value::from), anything()];
    (tools, turns, anything(), word(), word()).prop_map(|(tools, turns, answers, system, chat)| {
        json!({"tools": tools, "function": tools, "messages": turns, "conversations": turns, "question": turns, "system": system, "chat": chat,
            "query": chat, "answers": answers, "ground_truth": answers})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_value_makes_a_reader_panic(value in prop_oneof![anything(), record()], other in anything()) {
        for format in DialogueFormat::ALL {
            let _ = read(format, &value, "x:1");
        }
        let _ = read_tool(&value);
        let _ = with_answers(&value, &other);
    }

    #[test]
    fn what_is_taken_calls_what_is_on_offer(value in record()) {
        for format in DialogueFormat::ALL {
            let Ok(dialogue) = read(format, &value, "x:1") else { continue };
            let names: Vec<&str> = dialogue.tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
            prop_assert!(dialogue.tools.iter().all(|tool| tool["inputSchema"]["type"] == "object" && tool["inputSchema"]["properties"].is_object()));
            for turn in &dialogue.turns {
                let unknown = matches!(turn, Turn::Call { tool, .. } if !names.contains(&tool.as_str()));
                prop_assert!(!unknown, "{turn:?}");
            }
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>(), mark in word(), behind in any::<String>()) {
        let text = format!("{text}{mark}{behind}");
        let tools = json!([{"name": "f", "parameters": {"x": {"type": text}}}]);
        let said = json!([{"from": "human", "value": text}, {"from": "gpt", "value": text}, {"from": "tool", "value": text}]);
        let system = format!("<tools>{tools}</tools>{tools}{text}");
        let record = json!({"tools": tools, "conversations": said, "messages": said, "system": system, "chat": format!("USER: a\nASSISTANT: {text}"),
            "question": text, "query": text, "function": tools, "ground_truth": [text], "answers": text});
        for format in DialogueFormat::ALL {
            let _ = read(format, &record, &text);
        }
        let _ = text.parse::<Licenses>().map(|filter| filter.admits(Some(&text)));
    }

    #[test]
    fn literals_are_read_as_they_were_written(value in anything(), style in any::<[u8; 16]>()) {
        let written = format!("[f(x={})]", python(&value, &style));
        let record = json!({
            "system": json!([{"name": "f"}]).to_string(),
            "conversations": [{"from": "user", "value": "Go."}, {"from": "assistant", "value": written}],
        });
        let read = read(DialogueFormat::Toolace, &record, "x:1").map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        let arguments = Map::from_iter([("x".to_owned(), value)]);
        prop_assert_eq!(&read.turns[1], &Turn::Call { tool: "f".into(), arguments, result: None });
    }
}

/// A value as a Python literal, in a way that the bytes choose.
pub fn python(value: &Value, choices: &[u8]) -> String {
    let mut out = String::new();
    write(value, &mut Style { bytes: choices, at: 0 }, &mut out);
    out
}

/// Choices of a writer, one after the other and round again.
struct Style<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Style<'_> {
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        self.at += 1;
        of[usize::from(self.bytes[self.at % self.bytes.len()]) % of.len()]
    }
}

/// Writes a value as a Python literal in one of the ways that there are.
fn write(value: &Value, style: &mut Style<'_>, out: &mut String) {
    match value {
        Value::Null => out.push_str(style.one(&["None", "null"])),
        Value::Bool(true) => out.push_str(style.one(&["True", "true"])),
        Value::Bool(false) => out.push_str(style.one(&["False", "false"])),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_string(text, style, out),
        Value::Array(items) => {
            let tuple = items.len() > 1 && style.one(&["list", "tuple"]) == "tuple";
            out.push(if tuple { '(' } else { '[' });
            write_all(items, style, out, write);
            out.push(if tuple { ')' } else { ']' });
        }
        Value::Object(fields) => {
            out.push('{');
            write_all(fields, style, out, |(key, value), style, out| {
                write_string(key, style, out);
                out.push_str(style.one(&[":", ": ", " :\n"]));
                write(value, style, out);
            });
            out.push('}');
        }
    }
}

fn write_all<T>(all: impl IntoIterator<Item = T>, style: &mut Style<'_>, out: &mut String, one: impl Fn(T, &mut Style<'_>, &mut String)) {
    for (at, item) in all.into_iter().enumerate() {
        out.push_str(if at == 0 { "" } else { style.one(&[",", ", ", " ,\n"]) });
        one(item, style, out);
    }
}

fn write_string(text: &str, style: &mut Style<'_>, out: &mut String) {
    let quote = style.one(&["'", "\"", "'''", "\"\"\""]);
    out.push_str(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' | '"' => out.extend(['\\', c]),
            '\n' => out.push_str(style.one(&["\\n", "\\x0a", "\\012"])),
            c if c.is_control() || style.one(&["as it is", "by its code", "as it is", "as it is"]) == "by its code" => {
                out.push_str(&format!("\\U{:08x}", u32::from(c)))
            }
            c => out.push(c),
        }
    }
    out.push_str(quote);
}
