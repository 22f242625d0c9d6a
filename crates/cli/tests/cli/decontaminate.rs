//! Rows that repeat benchmarks are found, taken out, and kept out of new runs.

use std::fs;
use std::path::{Path, PathBuf};

use guardset_emit::{read_manifest, summarize};
use serde_json::{Value, json};

use crate::support::{Recipe, assert_same, files, generate, guardset, outcome, paths, rows, shards};

/// What users say in some rows, of 13 words or more.
fn said(run: &Path) -> Vec<String> {
    let long = |text: &String| text.split_whitespace().count() > 20;
    let mut said: Vec<String> = rows(run, &["messages"])
        .iter()
        .filter_map(|row| {
            Some(row["messages"].as_array()?.iter().find(|message| message["role"] == "user")?["content"].as_str()?.to_owned())
        })
        .filter(long)
        .collect();
    said.sort();
    said.dedup();
    said.truncate(20);
    said
}

struct Planted {
    folder: tempfile::TempDir,
    run: PathBuf,
}

impl Planted {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        outcome(generate(&run, 600, &[])).done();
        Self { folder, run }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn jsonl(&self) -> String {
        let line = |text: &String| format!("{}\n", json!({ "id": 7, "prompt": text.to_uppercase() }));
        self.file("cases.jsonl", &said(&self.run).iter().map(line).collect::<String>())
    }

    fn decontaminate(&self, more: &[&str]) -> crate::support::Outcome {
        let mut arguments = vec!["decontaminate", self.run.to_str().unwrap()];
        arguments.extend(more);
        outcome(guardset(&arguments))
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.run.join("contamination.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn ids(&self) -> Vec<String> {
        rows(&self.run, &["id"]).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn what_is_repeated_is_listed_and_taken_out() {
    let planted = Planted::new();
    let cases = planted.jsonl();
    let before = planted.ids();
    // The same rows in another form.
    let view = planted.run.join("data/chat/all-00000-of-00001.parquet");
    fs::create_dir_all(view.parent().unwrap()).unwrap();
    fs::copy(&shards(&planted.run)[0], &view).unwrap();

    planted.decontaminate(&["--against", &cases]).fails(1, &["repeat texts of benchmarks", "--remove"]);
    let lines = planted.lines();
    assert!(lines.len() >= 20, "{lines:?}");
    for line in &lines {
        assert!(before.contains(&line["id"].as_str().unwrap().to_owned()) && line["removed"] == false, "{line}");
        assert!(line["benchmark"] == "cases" && line["kind"] == "overlap" && line["benchmark_row"].as_u64().is_some(), "{line}");
    }
    assert_eq!(planted.ids(), before, "looking changes nothing");

    let told = planted.decontaminate(&["--against", &cases, "--remove"]).done();
    assert!(told.contains("cases: ") && told.contains("rows taken out"), "{told}");
    let gone: Vec<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    let left: Vec<String> = before.iter().filter(|id| !gone.contains(&id.as_str())).cloned().collect();
    assert_eq!(planted.ids(), left);
    let in_view: Vec<_> = guardset_emit::read_rows(&view, &["id"]).unwrap().map(|row| row.unwrap()["id"].clone()).collect();
    assert!(!in_view.is_empty() && in_view.iter().all(|id| !gone.contains(&id.as_str().unwrap())));

    let manifest = read_manifest(&planted.run.join("manifest.json")).unwrap();
    assert_eq!(manifest.counts.accepted, left.len() as u64);
    assert_eq!(manifest.counts.splits.values().sum::<u64>(), left.len() as u64);
    let on_disk: Vec<_> = shards(&planted.run).iter().map(|path| summarize(path).unwrap()).collect();
    let mut listed = manifest.shards.clone();
    listed.sort_by(|left, right| left.file.cmp(&right.file));
    assert_eq!(listed, on_disk);
    assert_eq!(manifest.benchmarks[0].removed, (before.len() - left.len()) as u64);
    let card = fs::read_to_string(planted.run.join("README.md")).unwrap();
    assert!(card.contains("### Benchmarks") && card.contains("| cases |"), "{card}");

    planted.decontaminate(&["--against", &cases]).done();
    assert!(planted.lines().iter().all(|line| line["removed"] == true), "what went stays listed");
}

/// A kill between any two files leaves a run that the same command brings to the same end.
#[test]
fn a_run_that_was_killed_half_way_can_be_asked_again() {
    let planted = Planted::new();
    let cases = planted.jsonl();
    let before = files(&planted.run);
    planted.decontaminate(&["--against", &cases, "--remove"]).done();
    let after = files(&planted.run);
    let names = |names: &[&String]| names.iter().map(|name| (*name).clone()).collect::<Vec<_>>();
    let changed = names(&after.iter().filter(|(name, bytes)| before.get(*name) != Some(bytes)).map(|(name, _)| name).collect::<Vec<_>>());
    let shards: Vec<&String> = changed.iter().filter(|name| name.ends_with(".parquet")).collect();
    assert!(shards.len() >= 2, "{changed:?}");
    // The list stands, one shard is new, the others, manifest and card are old.
    for name in changed.iter().filter(|name| *name != shards[0] && !name.ends_with("contamination.jsonl")) {
        fs::write(planted.run.join(name), &before[name]).unwrap();
    }
    planted.decontaminate(&["--against", &cases, "--remove"]).done();
    let again = files(&planted.run);
    for name in changed.iter().filter(|name| !name.ends_with("contamination.jsonl")) {
        assert_eq!(again[name], after[name], "{name}");
    }
    let mut lines = [&again["contamination.jsonl"], &after["contamination.jsonl"]]
        .map(|bytes| String::from_utf8(bytes.clone()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>());
    lines.iter_mut().for_each(|lines| lines.sort());
    assert_eq!(lines[0], lines[1]);
}

#[test]
fn a_new_run_goes_without_and_fills_the_places() {
    let planted = Planted::new();
    let cases = planted.jsonl();
    let recipe = Recipe::with(&[("decontaminate.against", &format!("[\"known={cases}\"]")), ("decontaminate.ngram", "13")]);
    let clean = planted.folder.path().join("clean");
    let told = outcome(generate(&clean, 600, &["--recipe", recipe.path().to_str().unwrap()])).done();
    assert!(told.contains("rejected by decontaminate: known"), "{told}");
    assert_eq!(rows(&clean, &["id"]).len(), planted.ids().len());
    let manifest = read_manifest(&clean.join("manifest.json")).unwrap();
    assert_eq!(manifest.counts.rejected["decontaminate"]["known"], manifest.benchmarks[0].rejected);
    let rejects = guardset_emit::read_rows(&clean.join("rejects.parquet"), &[]).unwrap().map(Result::unwrap);
    let rejects: Vec<_> = rejects.filter(|reject| reject["stage"] == "decontaminate").collect();
    assert_eq!(rejects.len() as u64, manifest.benchmarks[0].rejected);
    assert!(rejects.iter().all(|reject| reject["reason"] == "known"));
    outcome(guardset(&["decontaminate", clean.to_str().unwrap(), "--against", &cases])).done();

    fs::remove_file(clean.join("contamination.jsonl")).unwrap();

    // The file is part of what the run is.
    let same = planted.folder.path().join("same");
    outcome(generate(&same, 600, &["--recipe", recipe.path().to_str().unwrap(), "--threads", "1"])).done();
    assert_same(&clean, &same);
    fs::write(&cases, format!("{}\n", json!({ "prompt": "one other text of a few more words than five" }))).unwrap();
    outcome(generate(&clean, 600, &["--recipe", recipe.path().to_str().unwrap()])).fails(2, &["another run"]);
}

#[test]
fn every_kind_of_file_is_read() {
    let planted = Planted::new();
    let texts = said(&planted.run);
    let quoted = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
    let flat = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let records: Vec<Value> = texts.iter().map(|text| json!({ "id": 1, "turns": [{ "role": "user", "content": text }] })).collect();
    let lines = |end: &str| records.iter().map(|record| format!("{record}{end}")).collect::<String>();
    let csv = |between: &str| {
        format!("\u{FEFF}id{between}text\r\n{}", texts.iter().map(|text| format!("1{between}{}\r\n", quoted(text))).collect::<String>())
    };
    let files = [
        planted.file("a.jsonl", &lines("\r\n")),
        planted.file("b.json", &format!("\u{FEFF}{}", json!(records))),
        planted.file("c.json", &json!({ "version": 1, "data": records }).to_string()),
        planted.file("d.json", &lines("\n")),
        planted.file("e.csv", &csv(",")),
        planted.file("f.tsv", &csv("\t")),
        planted.file("g.txt", &texts.iter().map(|text| flat(text) + "\r\n").collect::<String>()),
        planted.file("h.json", &json!(texts).to_string()),
        // Parquet: any will do, and the run's own shard repeats itself.
        shards(&planted.run)[0].to_str().unwrap().to_owned(),
    ];
    let mut arguments = vec!["--against"];
    arguments.extend(files.iter().map(String::as_str));
    let outcome = planted.decontaminate(&arguments);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    let found = |name: &str| planted.lines().iter().filter(|line| line["benchmark"] == name).count();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        assert_eq!(found(name), found("a"), "{name}: {}", outcome.stdout);
    }
    assert!(found("a") >= 20 && outcome.stdout.contains("columns turns.content"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("test-00000-of-00001"), "{}", outcome.stdout);
}

#[test]
fn bad_records_are_counted_and_only_nothing_but_bad_is_an_error() {
    let planted = Planted::new();
    let good = json!({ "prompt": "a text of rather many words that no row of this run has ever said", "n": 3 });
    let some = planted.file("some.jsonl", &format!("{good}\n{{\"prompt\": \n[1]\n\n{good}\n"));
    let said = planted.decontaminate(&["--against", &some]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("some: 2 records could not be read"), "{}", said.stdout);
    for place in ["some.jsonl:2: passed over", "some.jsonl:3: passed over"] {
        assert!(said.stderr.contains(place), "{}", said.stderr);
    }
    let fails = |file: &str, more: &[&str], words: &[&str]| {
        let mut arguments = vec!["--against", file];
        arguments.extend(more);
        planted.decontaminate(&arguments).fails(2, words);
    };
    fails(&planted.file("all.jsonl", "{\n\"x\n"), &[], &["all.jsonl"]);
    fails(&planted.file("empty.jsonl", ""), &["--column", "prompt"], &["empty.jsonl", "holds no record"]);
    fails(&planted.file("cut.json", "[{\"prompt\": \"a\"},\n {\"prompt\": \"b\""), &[], &["cut.json:2"]);
    fails(&planted.file("deep.json", &"[".repeat(100_000)), &[], &["deep.json:1"]);
    fails(&planted.file("ragged.csv", "a,b\n1\n"), &["--column", "a"], &["ragged.csv", "not one record"]);
    fails(&planted.file("codes.jsonl", "{\"code\": \"a1\", \"n\": 2}\n"), &[], &["no column looks like text", "code"]);
    fails(&planted.file("bytes.bin", "x"), &[], &["bytes.bin", ".jsonl"]);
    fails(&some, &["--column", "question"], &["no text in column `question`", "prompt"]);
    fails(&some, &["--ngram", "3"], &["decontaminate.ngram", "8 to 64"]);
    fails(&planted.folder.path().join("none.jsonl").display().to_string(), &[], &["none.jsonl", "cannot be read"]);
    planted.decontaminate(&["--against", &some, &some]).fails(2, &["a name of its own"]);
    planted.decontaminate(&[]).fails(2, &["--against", "[decontaminate]"]);
    assert!(paths(planted.folder.path()).iter().all(|path| path.extension().is_none_or(|extension| extension != "tmp")));
}
