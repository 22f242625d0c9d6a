//! Tests for what is let through and what is refused: fixtures in `judged/`.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod judged;

use std::sync::LazyLock;

use guardset_core::{Accept, Field, Template};
use guardset_paraphrase::{Ask, Guards, Masked, Reason, Terms, judge, mask, part, parts};
use judged::{languages, template, terms};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Good {
    #[serde(default = "request")]
    field: Field,
    #[serde(default = "english")]
    language: String,
    text: String,
    reply: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bad {
    #[serde(default = "request")]
    field: Field,
    #[serde(default = "english")]
    language: String,
    text: String,
    #[serde(default)]
    siblings: Vec<String>,
    /// Replies by the reason for which each is refused.
    replies: Vec<(Reason, String)>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixtures {
    #[serde(default)]
    good: Vec<Good>,
    #[serde(default)]
    bad: Vec<Bad>,
}

fn request() -> Field {
    Field::Request
}

fn english() -> String {
    "en".to_owned()
}

fn fixtures() -> Fixtures {
    let mut all = Fixtures::default();
    let folder = judged::root().join("crates/paraphrase/tests/judged");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let fixtures: Fixtures =
            toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.good.extend(fixtures.good);
        all.bad.extend(fixtures.bad);
    }
    all
}

fn masked(text: &str, field: Field, terms: &Terms) -> Masked {
    let (text, names) = template(text);
    mask(&text, &names, field, terms).unwrap_or_else(|skipped| panic!("{}: {text:?}", skipped.as_str()))
}

fn judged(guards: &Guards, masked: &Masked, field: Field, language: &str, siblings: &[Template], reply: &str) -> Result<Template, Reason> {
    let language = guards.tongue(language).unwrap();
    judge(&Ask { masked, field, language, accept: &Accept::default(), siblings }, guards, reply)
}

#[test]
fn good_rewordings_are_mostly_let_through() {
    let (guards, terms) = (Guards::new(&languages()), terms());
    let good = fixtures().good;
    let mut kept = std::collections::BTreeMap::<(Field, &str), (usize, usize)>::new();
    let mut refused = Vec::new();
    for case in &good {
        let masked = masked(&case.text, case.field, &terms);
        let count = kept.entry((case.field, case.language.as_str())).or_default();
        count.1 += 1;
        match judged(&guards, &masked, case.field, &case.language, &[], &case.reply) {
            Ok(_) => count.0 += 1,
            Err(reason) => {
                let said = |language: &str, text: &str| guards.said(guards.tongue(language).unwrap(), &unmarked(text)).join(" ");
                let (had, has) = (said("en", &masked.shown), said(&case.language, &case.reply));
                refused.push(format!("{reason}\n  {}\n    {had}\n  {}\n    {has}", masked.shown, case.reply));
            }
        }
    }
    println!("{kept:#?}\n{}", refused.join("\n"));
    assert!(good.len() >= 60);
    assert!(refused.len() * 10 <= good.len(), "{} of {} refused:\n{}", refused.len(), good.len(), refused.join("\n"));
}

/// A text without its markers.
fn unmarked(text: &str) -> String {
    text.split("[[").map(|part| part.split_once("]]").map_or(part, |(_, rest)| rest)).collect::<Vec<_>>().join("\u{e000}")
}

#[test]
fn every_bad_reply_is_refused_for_what_is_wrong_with_it() {
    let (guards, terms) = (Guards::new(&languages()), terms());
    let (mut count, mut wrong) = (0, Vec::new());
    for case in fixtures().bad {
        let masked = masked(&case.text, case.field, &terms);
        // Siblings number their slots as the original does, as it names them in the same order.
        let siblings: Vec<Template> = case.siblings.iter().map(|text| template(text).0).collect();
        for (reason, reply) in &case.replies {
            count += 1;
            let judged = judged(&guards, &masked, case.field, &case.language, &siblings, reply).map(|_| ());
            if judged != Err(*reason) {
                let said = |language: &str, text: &str| guards.said(guards.tongue(language).unwrap(), &unmarked(text)).join(" ");
                let (had, has) = (said("en", &masked.shown), said(&case.language, reply));
                wrong.push(format!("{judged:?} and not {reason}\n  {reply:?}\n    {had}\n    {has}"));
            }
        }
    }
    assert!(count >= 80);
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_object_has_these_members_and_no_others() {
    let ids = ["t1".to_owned(), "t2".to_owned()];
    assert_eq!(parts(" {\"t2\":\"b\",\"t1\":\"a\\n\"}\n", &ids), Ok(vec!["a\n".to_owned(), "b".to_owned()]));
    assert_eq!(parts("```json\n{\"t1\":\"a\",\"t2\":\"b\"}\n```", &ids), Ok(vec!["a".to_owned(), "b".to_owned()]));
    let cases = [
        ("{\"t1\":\"a\"}", Reason::MissingText),
        ("{\"t1\":\"a\",\"t2\":\"b\",\"t3\":\"c\"}", Reason::ExtraMember),
        ("{\"t1\":\"a\",\"t2\":\"b\",\"t1\":\"c\"}", Reason::DoubledMember),
        ("{\"t1\":\"a\",\"t2\":7}", Reason::NotText),
        ("{\"t1\":\"a\",\"t2\":{\"text\":\"b\"}}", Reason::NotText),
        ("Here you go: {\"t1\":\"a\",\"t2\":\"b\"}", Reason::NotJson),
        ("{\"t1\":\"a\",\"t2\":\"b\"} Done.", Reason::NotJson),
        ("{\"t1\":\"a\",\"t2\":\"b", Reason::NotJson),
        ("[\"a\",\"b\"]", Reason::NotJson),
        ("", Reason::NotJson),
    ];
    for (reply, reason) in cases {
        assert_eq!(parts(reply, &ids), Err(reason), "{reply}");
    }
    assert_eq!(part("{\"t1\":\"a\",\"t2\":\"b\"}", 1), Ok("b".to_owned()));
    assert_eq!(part("{\"t1\":\"a\"}", 1), Err(Reason::MissingText));
    assert_eq!(part("{\"t1\":\"a\",\"note\":\"b\"}", 0), Err(Reason::ExtraMember));
}

#[test]
fn reasons_have_the_names_they_are_written_with() {
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_string(reason).unwrap(), format!("\"{reason}\""));
    }
}

#[test]
fn languages_have_all_classes_and_no_others() {
    let languages = languages();
    let mut known: Vec<&str> = languages.meanings.iter().map(|meaning| meaning.id.as_str()).collect();
    known.sort_unstable();
    for language in &languages.languages {
        assert!(language.classes.keys().map(String::as_str).eq(known.iter().copied()), "{}", language.id);
        assert!(!language.refusals.is_empty() && !language.preambles.is_empty() && language.common.len() > 30, "{}", language.id);
    }
    for meaning in &languages.meanings {
        assert!(meaning.or.iter().all(|id| known.contains(&id.as_str())), "{}", meaning.id);
    }
}

#[test]
fn case_and_punctuation_alone_are_no_rewording_whatever_the_recipe_says() {
    let (guards, accept) = (Guards::new(&languages()), Accept { closeness: 1.1, ..Accept::default() });
    let masked = masked("Please look at {{ n }} and tell me, thanks a lot", Field::Request, &Terms::default());
    let ask = Ask { masked: &masked, field: Field::Request, language: guards.tongue("en").unwrap(), accept: &accept, siblings: &[] };
    assert_eq!(judge(&ask, &guards, "please look at [[1]], and tell me. thanks a lot!"), Err(Reason::TooClose));
    assert!(judge(&ask, &guards, "please look at [[1]] and tell me, many thanks").is_ok());
}

/// Text as anybody might write it: words, slots, marks, odd characters.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z]{1,8} ",
        "[A-Z][a-z]{1,8} ",
        "\\{\\{ (target\\.tool|who\\.full|n|day\\.iso|sink\\.url) \\}\\}",
        Just("[[".to_owned()),
        Just("]] ".to_owned()),
        Just("- ".to_owned()),
        "[\\-\\*>#\"'`<\\[\\](){}|@:=.,;!?%€/_ \\n]{1,3}",
        "[0-9]{1,4} ?",
        "\\PC{1,3}",
        Just("\u{200b}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn slots(text: &Template) -> Vec<usize> {
    let mut slots: Vec<usize> = text.slots().collect();
    slots.sort_unstable();
    slots
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_gives_the_text_back(text in texts(), field in proptest::sample::select(Field::ALL.to_vec())) {
        let (original, names) = template(&text);
        if let Ok(masked) = mask(&original, &names, field, &Terms::default()) {
            prop_assert_eq!(masked.unmask(&masked.shown).map(|text| text.marked()), Ok(original.marked()), "{}", masked.shown);
        }
    }

    #[test]
    fn what_is_let_through_has_the_slots_of_the_original(text in texts(), reply in texts(), cut in 0..100_usize) {
        static GUARDS: LazyLock<Guards> = LazyLock::new(|| Guards::new(&languages()));
        let guards = &*GUARDS;
        let (original, names) = template(&text);
        if let Ok(masked) = mask(&original, &names, Field::Request, &Terms::default()) {
            let words = ["kindly ", "", "now "][cut % 3];
            for reply in [reply.clone(), format!("{words}{}", masked.shown), masked.shown.replacen(' ', &format!(" {reply} "), 1)] {
                if let Ok(text) = judged(guards, &masked, Field::Request, "en", &[], &reply) {
                    prop_assert_eq!(slots(&text), slots(&original));
                }
            }
        }
    }
}
