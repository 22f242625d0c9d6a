//! What is wrong with a view is told while loading, all of it in one go.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;

use common::{root, taxonomy};
use guardset_views::load;

/// Loads the shipped `llama-guard.toml` and `agentdog.toml` with a text replaced, under other names where given.
fn told(file: &str, from: &str, to: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let views = folder.path().join("templates/views");
    fs::create_dir_all(&views).unwrap();
    let text = fs::read_to_string(root().join("templates/views").join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(views.join(file), text.replacen(from, to, 1)).unwrap();
    match load(folder.path(), taxonomy()) {
        Ok(_) => String::new(),
        Err(problems) => problems.0.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

#[test]
fn a_view_that_would_fail_or_mislead_does_not_load() {
    let cases = [
        ("code = \"S\"", "codes = \"S\"", "templates/views/llama-guard.toml:5: unknown field `codes`"),
        ("categories = \"free\"", "categories = \"any\"", "unknown variant `any`"),
        ("description = \"Llama", "description = \"\" # \"", "description: is empty"),
        ("session = \"", "sessions = \"", "questions: `session` is missing"),
        ("session = \"", "sessions = \"", "questions: `sessions` is unknown; known are tool_listing"),
        ("unsafe = \"unsafe\"", "unsafe = \"safe\"", "`safe` and `unsafe` are the same"),
        ("flipped = ", "# flipped = ", "verdict.flipped: is missing"),
        ("{{ body }}", "{{ bodi }}", "messages: messages.user: "),
        ("{{ body }}", "{{ body | upper }}", "must hold {{ body }} exactly once"),
        ("{{ body }}", "{{ body }} {{ body }}", "must hold {{ body }} exactly once"),
        ("{%- endfor %}\n<END", "<END", "messages.user: "),
        ("{{ category.code }}: {{ category.title }}.", "", "title or id of each of `categories`"),
        ("assistant = \"\"\"\n{{ verdict }}", "assistant = \"\"\"\nx", "the answer must hold {{ verdict }}"),
        ("Explanation: {{ rationale }}", "Explanation: {{ body }}", "the answer must not hold {{ body }}"),
        ("Explanation: {{ rationale }}", "Explanation: {{ rationale | jsn }}", "messages.reasoned: "),
        ("categories = \"free\"", "classes = \"mcip\"\ncategories = \"free\"", "MCIP's letters are fixed"),
    ];
    for (from, to, expected) in cases {
        let told = told("llama-guard.toml", from, to);
        assert!(told.contains(expected), "{from} -> {to}: expected {expected}, told {told:?}");
    }
    let told = told("agentdog.toml", "model = \"Inherent", "modell = \"Inherent");
    assert!(told.contains("names.vectors: `modell` is unknown") && told.contains("names.vectors: `model` is missing"), "{told}");
}

#[test]
fn a_problem_of_all_rows_is_told_once_and_problems_of_all_files_together() {
    let told = told("llama-guard.toml", "{{ body }}", "{{ bodi }}");
    assert_eq!(told.lines().count(), 1, "{told}");

    let folder = tempfile::tempdir().unwrap();
    let views = folder.path().join("templates/views");
    fs::create_dir_all(&views).unwrap();
    for name in ["one.toml", "two.toml", "No_Folder.toml", "canonical.toml"] {
        fs::write(views.join(name), "x = 1").unwrap();
    }
    let problems = load(folder.path(), taxonomy()).unwrap_err();
    let files: Vec<&str> = problems.0.iter().map(|problem| problem.file.trim_start_matches("templates/views/")).collect();
    assert_eq!(files, ["No_Folder.toml", "canonical.toml", "one.toml", "two.toml"]);
}

#[test]
fn a_file_is_a_view_and_a_name_that_is_none_is_told_with_those_that_are() {
    let views = common::views();
    let names: Vec<&str> = views.all().iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["agentdog", "chat", "granite-guardian", "llama-guard", "mcip", "policy", "qwen3guard", "shieldgemma"]);
    let problems = views.select("guardset.toml", &["chat".to_owned(), "lama-guard".to_owned(), "x".to_owned()]).unwrap_err();
    assert_eq!(problems.0.len(), 2);
    let told = problems.to_string();
    assert!(told.contains("guardset.toml: views.names: `lama-guard` is no view; known are agentdog, chat, "), "{told}");
}
