//! What goes out of a cache and comes into another.

use std::collections::BTreeSet;

use guardset_paraphrase::{Cache, Ending, Import, Key, Reply};

use crate::*;

#[tokio::test]
async fn an_export_does_not_tell_in_what_order_replies_came() {
    let (folder, _) = place();
    let mut exports = BTreeSet::new();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let cache = Cache::open(&folder.path().join(format!("{order:?}"))).unwrap();
        for number in order {
            cache.put(vec![key(&format!("{number}")), key(&format!("{number} too"))], reply(&number.to_string())).await.unwrap();
        }
        exports.insert(exported(&cache));
    }
    assert_eq!(exports.len(), 1);
}

#[tokio::test]
async fn an_import_gives_the_same_answers_and_the_same_export() {
    let (folder, path) = place();
    let cache = Cache::open(&path).unwrap();
    let mut names = Vec::new();
    for number in 0..500 {
        let own: Vec<_> = (0..number % 7).map(|text| format!("{number} {text}")).collect();
        // Some texts are those of an earlier request, so that records have gaps, at their beginning too.
        let shared = [format!("{} 0", number / 2), format!("{} 1", number / 3)];
        let asked: Vec<_> =
            if number % 2 == 0 { shared.iter().chain(&own).cloned().collect() } else { own.iter().chain(&shared).cloned().collect() };
        let ending = [Ending::Whole, Ending::CutOff, Ending::Refused, Ending::Declined(400)][number % 4];
        let text = format!("{number}\n\u{1}\"\\ 😀 {}", "x".repeat(number));
        cache.put(asked.iter().map(|name| key(name)).collect(), Reply { ending, ..reply(&text) }).await.unwrap();
        names.extend(asked);
    }
    let first = exported(&cache);
    assert!(first.contains("null"));

    let copy = Cache::open(&folder.path().join("copy.redb")).unwrap();
    let replies = cache.stats().unwrap().replies;
    assert_eq!(copy.import(first.as_bytes()).unwrap(), Import { added: replies, known: 0 });
    assert_eq!(exported(&copy), first);
    for name in names.iter().map(String::as_str).chain(["never asked"]) {
        assert_eq!(copy.get(&key(name)).unwrap(), cache.get(&key(name)).unwrap(), "{name}");
    }
    assert_eq!(copy.import(first.as_bytes()).unwrap(), Import { added: 0, known: replies });
    assert_eq!(copy.import(first.trim_end().as_bytes()).unwrap(), Import { added: 0, known: replies });
    assert_eq!(exported(&copy), first);
    drop(copy);
    assert_sound(&folder.path().join("copy.redb"));
}

#[test]
fn an_export_has_this_form() {
    let (_folder, path) = place();
    let cache = Cache::open(&path).unwrap();
    let lines = concat!(
        r#"{"keys":["00000000000000000000000000000000",null],"ending":"whole","text":"é\n","model":"m","input_tokens":1,"output_tokens":2}"#,
        "\n",
        r#"{"keys":[null,"ffffffffffffffffffffffffffffffff"],"ending":{"declined":400},"text":"","model":"","input_tokens":0,"output_tokens":0}"#,
        "\n"
    );
    assert_eq!(cache.import(lines.as_bytes()).unwrap(), Import { added: 2, known: 0 });
    assert_eq!(cache.get(&Key([255; 16])).unwrap().unwrap().1, 1);
    assert_eq!(exported(&cache), lines);
}

#[test]
fn bad_lines_are_all_named_and_nothing_is_added() {
    let (_folder, path) = place();
    let cache = Cache::open(&path).unwrap();
    let line = |keys: &str, rest: &str| {
        format!(r#"{{"keys":{keys},"ending":"whole","text":"t","model":"m","input_tokens":1,"output_tokens":2{rest}}}"#)
    };
    let own = format!("[\"{}\"]", key("a"));
    let lines = [
        line(&own, ""),
        "{".into(),
        line("[]", ""),
        line("[null]", ""),
        line("[\"ABC\"]", ""),
        line(&own, ",\"price\":3"),
        line(&own, "").replace("whole", "finished"),
        line(&own, "").replace("\"model\":\"m\",", ""),
        line(&own, "").replace(":1,", ":-1,"),
        String::new(),
        line(&own, "") + "{}",
    ];
    let mut file = lines.join("\n").into_bytes();
    file.extend(b"\n\xff\xfe\n");
    let error = cache.import(file.as_slice()).unwrap_err();
    let message = error.to_string();
    for expected in [
        "replies.redb: nothing was imported",
        "a good one is such as {\"keys\":[\"0011",
        "line 2: EOF while parsing an object at column 1",
        "line 3: `keys` names no text; a reply needs at least one",
        "line 4: `keys` names no text",
        "line 5: `ABC` is no key; a key has 32 hex digits in lower case",
        "line 6: unknown field `price`, expected one of `keys`",
        "line 7: unknown variant `finished`, expected one of `whole`",
        "line 8: missing field `model`",
        "line 9: invalid value: integer `-1`, expected u64",
        "line 10: EOF while parsing",
        "line 11: trailing characters",
        "line 12: ",
    ] {
        assert!(message.contains(expected), "{expected} is not in:\n{message}");
    }
    assert_eq!(message.lines().count(), 12, "{message}");
    assert!(!message.contains("line 1:"), "{message}");
    assert_eq!(cache.get(&key("a")).unwrap(), None);
    assert_eq!(exported(&cache), "");
    assert_eq!(cache.import(lines[0].as_bytes()).unwrap(), Import { added: 1, known: 0 });

    let error = cache.import("\n".repeat(1000).as_bytes()).unwrap_err().to_string();
    assert!(error.ends_with("and 900 more"), "{error}");
}

#[test]
fn an_example_in_an_error_is_right() {
    let (_folder, path) = place();
    let cache = Cache::open(&path).unwrap();
    let message = cache.import("{".as_bytes()).unwrap_err().to_string();
    let example = message.lines().next().unwrap().split_once("such as ").unwrap().1;
    assert_eq!(cache.import(example.as_bytes()).unwrap(), Import { added: 1, known: 0 });
    assert_eq!(exported(&cache).trim_end(), example);
}
