//! Texts for the tests: templates written as in the seeds, and all texts of the seeds.

use std::path::{Path, PathBuf};

use guardset_core::{Field, Languages, Names, Template};
use guardset_paraphrase::Terms;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A template from a text with `{{ name }}`.
pub fn template(text: &str) -> (Template, Names) {
    let mut names = Names::default();
    let mut marked = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) = rest.split_once("{{").and_then(|(before, from)| Some((before, from.split_once("}}")?))) {
        marked.push_str(before);
        marked.push(Template::marker(names.number(name.trim())));
        rest = after;
    }
    marked.push_str(rest);
    (Template::parse(&marked), names)
}

/// A template as a text with `{{ name }}`.
pub fn written(text: &Template, names: &Names) -> String {
    let mut out = String::new();
    text.fill(&mut out, |number, out| out.push_str(&format!("{{{{ {} }}}}", names.0[number])));
    out
}

/// The languages that are shipped.
pub fn languages() -> Languages {
    toml::from_str(&read(&root().join("templates/prompts/languages.toml")))
        .unwrap_or_else(|error: toml::de::Error| panic!("{}", error.message()))
}

/// Names of tools and servers.
pub fn terms() -> Terms {
    let mut names = Vec::new();
    for path in files("seeds", "servers") {
        names.push(path.file_stem().expect("a stem").to_string_lossy().into_owned());
        for tool in table(&path).get("tool").and_then(toml::Value::as_array).into_iter().flatten() {
            names.extend(tool.get("name").and_then(toml::Value::as_str).map(str::to_owned));
        }
    }
    Terms::new(names.iter().map(String::as_str))
}

/// All texts of the seeds and attacks.
pub fn corpus() -> Vec<(Field, String)> {
    let mut texts = Vec::new();
    let mut add = |field: Field, value: Option<&toml::Value>| strings(value, &mut |text| texts.push((field, text.to_owned())));
    for path in files("seeds", "scenarios") {
        let scenario = table(&path);
        add(Field::Request, scenario.get("requests"));
        add(Field::Assistant, scenario.get("replies"));
        for step in scenario.get("step").and_then(toml::Value::as_array).into_iter().flatten() {
            add(Field::Request, step.get("user"));
            add(Field::Assistant, step.get("assistant"));
            add(Field::Assistant, step.get("says"));
            add(Field::Result, step.get("results"));
        }
    }
    for path in files("seeds", "servers") {
        let server = table(&path);
        add(Field::Description, server.get("instructions"));
        for tool in server.get("tool").and_then(toml::Value::as_array).into_iter().flatten() {
            add(Field::Description, tool.get("description"));
            add(Field::Result, tool.get("example").and_then(|example| example.get("result")));
        }
    }
    for path in files("templates/attacks", "") {
        let pattern = table(&path);
        for payload in pattern.get("payload").and_then(toml::Value::as_array).into_iter().flatten() {
            add(Field::Payload, payload.get("text"));
        }
        add(Field::Payload, pattern.get("lookalike").and_then(|lookalike| lookalike.get("payloads")));
        for key in ["refuses", "asks", "follows"] {
            add(Field::Assistant, pattern.get("behaviour").and_then(|behaviour| behaviour.get(key)));
        }
        for edit in pattern.get("lookalike").and_then(|l| l.get("edit")).and_then(toml::Value::as_array).into_iter().flatten() {
            add(Field::Request, edit.get("text"));
        }
    }
    texts
}

fn strings(value: Option<&toml::Value>, each: &mut dyn FnMut(&str)) {
    match value {
        Some(toml::Value::String(text)) => each(text),
        Some(toml::Value::Array(list)) => list.iter().for_each(|value| strings(Some(value), each)),
        _ => {}
    }
}

fn files(under: &str, folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(under)).expect("a folder").flatten() {
        for entry in std::fs::read_dir(entry.path().join(folder)).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "toml") {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn table(path: &Path) -> toml::Table {
    toml::from_str(&read(path)).expect("valid TOML")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}
