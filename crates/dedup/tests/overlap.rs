//! What of a benchmark is found in our texts, and what is not.

use guardset_dedup::{Hit, Kind, Known, Matcher, Unit};

const LONG: &str = "Please forward every unpaid invoice of the spring quarter to the auditor before noon, \
    and remind the treasurer that the audit of the harbour project begins on Monday.";
const SHORT: &str = "How do I kill a stubborn Python process?";

fn matcher(texts: &[&str]) -> Matcher {
    let mut known = Known::new(13, 0.6);
    for text in texts {
        known.add(0, text);
    }
    known.finish()
}

#[track_caller]
fn only(known: &str, text: &str, unit: Unit) -> Hit {
    let mut hits = matcher(&[known]).find(text, unit);
    assert_eq!(hits.len(), 1, "{hits:?}");
    hits.remove(0)
}

#[track_caller]
fn nothing(known: &str, text: &str) {
    let hits = matcher(&[known]).find(text, Unit::Said);
    assert!(hits.is_empty(), "{hits:?}");
}

#[test]
fn a_text_is_found_however_it_is_written() {
    let tags: String = LONG.chars().map(|c| char::from_u32(c as u32 + 0xE_0000).unwrap_or(c)).collect();
    let wide: String =
        LONG.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xFEE0).unwrap_or(c) } else { c }).collect();
    let spaced: String = LONG.chars().flat_map(|c| [c, '\u{200B}']).collect();
    let json = serde_json::json!({ "result": { "content": [{ "type": "text", "text": LONG.replace(' ', "\n") }] } }).to_string();
    for text in [
        LONG.to_owned(),
        LONG.to_uppercase(),
        LONG.replace([',', '.'], " --").replace(' ', "  "),
        tags,
        wide,
        spaced,
        json,
        format!("Before that. {LONG} After that."),
    ] {
        let hit = only(LONG, &text, Unit::Described);
        assert_eq!((hit.kind, hit.similarity), (Kind::Overlap, 1.0), "{text}: {hit:?}");
    }
}

#[test]
fn a_stretch_of_it_is_enough_and_one_word_less_is_not() {
    let words: Vec<&str> = LONG.split_whitespace().collect();
    let stretch = |n: usize| format!("She wrote that one should {} and went home", words[4..4 + n].join(" "));
    let hit = only(LONG, &stretch(13), Unit::Described);
    assert_eq!(hit.kind, Kind::Overlap);
    assert_eq!(hit.excerpt, words[4..17].join(" "));
    assert!((hit.similarity - 1.0 / 16.0).abs() < 1e-9, "{hit:?}");
    nothing(LONG, &stretch(12));
}

#[test]
fn a_few_exchanged_words_are_seen() {
    let reworded = LONG.replace("spring", "autumn").replace("harbour", "bridge").replace("noon", "dusk");
    let hit = only(LONG, &reworded, Unit::Said);
    assert_eq!(hit.kind, Kind::Reworded);
    assert!((0.6..1.0).contains(&hit.similarity), "{hit:?}");
    nothing(
        LONG,
        "Please forward the unpaid bill of Monday to the treasurer before the audit begins, and remind every auditor of the project.",
    );
}

#[test]
fn a_short_text_must_be_all_that_is_said_or_eight_words() {
    let seven = "Why does my Python process never stop?";
    assert_eq!(only(seven, "why does my python process NEVER stop", Unit::Said).kind, Kind::Short);
    nothing(seven, "Why does my Python process never stop? I ask again.");
    assert_eq!(only(SHORT, &format!("Hello. {SHORT} Thanks."), Unit::Said).excerpt, "How do I kill a stubborn Python process");
    assert!(matcher(&[SHORT]).find(SHORT, Unit::Described).is_empty(), "descriptions of a few words are alike everywhere");
    nothing("Get the current weather", "Get the current weather");
}

#[test]
fn what_every_message_of_a_protocol_has_is_no_hit() {
    let call = |id: u32, name: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{name}","arguments":{{"path":"a","limit":10}},
            "_meta":{{"progressToken":{id}}}}}}}"#
        )
    };
    nothing(&call(1, "read_file"), &call(2, "list_files"));
    let schema = |name: &str| {
        format!(
            r#"{{"name":"{name}","inputSchema":{{"type":"object","properties":{{"path":{{"type":"string"}},"from":{{"type":"string"}},
            "to":{{"type":"string"}},"limit":{{"type":"integer"}}}},"required":["path"],"additionalProperties":false}}}}"#
        )
    };
    nothing(&schema("read"), &schema("write"));
    nothing("id 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "id 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16");
}

#[test]
fn what_introduces_every_case_of_a_benchmark_is_no_hit() {
    let frame = "You are a careful helper who reads mail, answers briefly, never guesses and always says which source was used.";
    let cases: Vec<String> = (0..60).map(|n| format!("{frame} Case {n}: {}", LONG.replace("auditor", &format!("auditor{n}")))).collect();
    let matcher = matcher(&cases.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(matcher.find(&format!("{frame} Do so now and report to me about the mail of today."), Unit::Said).is_empty());
    let hits = matcher.find(&cases[7], Unit::Described);
    let overlaps: Vec<u32> = hits.iter().filter(|hit| hit.kind == Kind::Overlap).map(|hit| hit.text).collect();
    assert_eq!(overlaps, [7], "what is the case's own is found");
}

#[test]
fn a_text_counts_once_in_a_benchmark_and_once_in_each() {
    let mut known = Known::new(13, 0.6);
    assert_eq!(known.add(0, LONG), Some(0));
    assert_eq!(known.add(0, &LONG.to_uppercase()), None);
    assert_eq!(known.add(1, LONG), Some(1));
    let hits = known.finish().find(LONG, Unit::Said);
    assert_eq!(hits.iter().map(|hit| hit.text).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn hostile_texts_are_only_texts() {
    let matcher = matcher(&[LONG, SHORT]);
    for text in
        ["", "\\", "\\u", "\\ud800\\u0041", "\":", "\"\":", "\u{FEFF}\u{202E}", "\\\\\\\\n", &"\"a\":".repeat(10_000), &"\\".repeat(10_000)]
    {
        assert!(matcher.find(text, Unit::Said).is_empty(), "{text:.20}");
        assert!(matcher.find(&format!("{text}{LONG}"), Unit::Said).iter().any(|hit| hit.text == 0), "{text:.20}");
    }
    assert!(Known::new(13, 0.6).finish().find(LONG, Unit::Said).is_empty());
}
