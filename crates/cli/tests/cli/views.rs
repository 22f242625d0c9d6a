use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::support::{Recipe, assert_same, files, generate, guardset, guardset_at, outcome, paths, rows};

/// A recipe with these views.
fn recipe(names: &str, more: &[(&str, &str)]) -> Recipe {
    let mut changes = vec![("views.names", names)];
    changes.extend(more);
    Recipe::with(&changes)
}

fn run(folder: &Path, recipe: &Recipe, total: usize, more: &[&str]) -> PathBuf {
    let run = folder.to_owned();
    let file = recipe.path();
    let mut options = vec!["--recipe", file.to_str().unwrap()];
    options.extend(more);
    outcome(generate(&run, total, &options)).done();
    run
}

fn manifest(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap()
}

fn view(run: &Path, name: &str) -> Vec<Map<String, Value>> {
    let shards = paths(&run.join("data").join(name)).into_iter();
    shards.flat_map(|shard| guardset_emit::read_rows(&shard, &[]).unwrap().collect::<Result<Vec<_>, _>>().unwrap()).collect()
}

#[test]
fn every_row_is_in_a_view_or_counted_as_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &recipe(r#"["chat", "mcip", "agentdog"]"#, &[]), 900, &[]);
    let canonical: BTreeMap<String, Map<String, Value>> =
        rows(&run, &["id", "label", "unsafe", "split", "body", "pair_id"]).into_iter().map(|row| (row["id"].to_string(), row)).collect();
    let manifest = manifest(&run);
    for summary in manifest["views"].as_array().unwrap() {
        let name = summary["name"].as_str().unwrap();
        let rows = view(&run, name);
        assert_eq!(summary["rows"], rows.len());
        let left_out = summary["left_out"]["class_not_in_format"].as_u64().unwrap_or(0) as usize;
        assert_eq!(rows.len() + left_out, canonical.len(), "{name}");
        assert_eq!(left_out > 0, name == "mcip", "{name}");
        for row in &rows {
            let own = &canonical[&row["id"].to_string()];
            for (column, of_row) in [("class", "label"), ("unsafe", "unsafe"), ("split", "split"), ("pair_id", "pair_id")] {
                assert_eq!(row[column], own[of_row], "{name} {column}");
            }
            let messages = row["messages"].as_array().unwrap();
            let prompt: String = messages[..messages.len() - 1].iter().map(|message| message["content"].as_str().unwrap()).collect();
            assert!(prompt.contains(own["body"].as_str().unwrap()), "{name}: the session is not in the prompt as it is");
            let content = messages[messages.len() - 1]["content"].as_str().unwrap();
            assert!(!content.contains("none\n") && !content.ends_with("none"), "{name}: a name is missing in {content}");
        }
    }
}

#[test]
fn views_change_no_byte_of_the_rows_and_come_out_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let all = r#"["chat", "llama-guard"]"#;
    let options = [("views.drop", "0.3"), ("views.flip", "0.3"), ("views.rationale", "\"both\"")];
    let [one, two, none] = ["one", "two", "none"].map(|name| folder.path().join(name));
    run(&one, &recipe(all, &options), 600, &["--threads", "1"]);
    run(&two, &recipe(all, &options), 600, &["--threads", "2"]);
    run(&none, &recipe("[]", &[]), 600, &[]);
    assert_same(&one, &two);
    let canonical = |run: &Path| files(&run.join("data/canonical"));
    assert!(canonical(&one) == canonical(&none));
    assert_eq!(fs::read_dir(none.join("data")).unwrap().count(), 1);
    assert!(!none.join("dataset_info.json").exists());

    let flipped = |split: fn(&str) -> bool| {
        view(&one, "chat").iter().filter(|row| split(row["split"].as_str().unwrap()) && row["flipped"] == true).count()
    };
    assert!(flipped(|split| split == "train") > 20);
    assert_eq!(flipped(|split| split != "train"), 0);
    assert_eq!(manifest(&one)["views"][0]["flipped"], flipped(|_| true));
}

#[test]
fn a_run_goes_on_with_the_shards_of_views_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    let recipe = recipe(r#"["chat", "mcip"]"#, &[]);
    run(&whole, &recipe, 600, &[]);
    run(&broken, &recipe, 600, &[]);
    let kept = broken.join("data/mcip/train-00000-of-00001.parquet");
    let before = fs::metadata(&kept).unwrap().modified().unwrap();
    fs::remove_file(broken.join("data/chat/train-00000-of-00001.parquet")).unwrap();
    fs::write(broken.join("data/chat/test-00000-of-00001.parquet"), "no shard").unwrap();
    fs::remove_file(broken.join("manifest.json")).unwrap();
    run(&broken, &recipe, 600, &[]);
    assert_same(&whole, &broken);
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), before, "a finished shard was written again");
}

#[test]
fn a_run_that_replaces_another_leaves_no_view_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let one = run(folder.path(), &recipe(r#"["chat", "mcip"]"#, &[]), 300, &[]);
    run(&one, &recipe(r#"["mcip"]"#, &[]), 300, &["--force"]);
    let left: Vec<_> = fs::read_dir(one.join("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn card_and_dataset_info_name_the_files_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &recipe(r#"["chat", "mcip"]"#, &[]), 600, &[]);
    let card = fs::read_to_string(run.join("README.md")).unwrap();
    for (name, split) in [("canonical", "train"), ("chat", "validation"), ("mcip", "test_unseen_domain")] {
        assert!(card.contains(&format!("  - config_name: {name}\n")), "{card}");
        assert!(card.contains(&format!("path: data/{name}/{split}-*.parquet")), "{card}");
    }
    assert_eq!(card.matches("default: true").count(), 1);
    let info: Map<String, Value> = serde_json::from_slice(&fs::read(run.join("dataset_info.json")).unwrap()).unwrap();
    assert!(info.contains_key("chat_train") && info.contains_key("mcip_validation"));
    for entry in info.values() {
        assert!(run.join(entry["file_name"].as_str().unwrap()).is_file(), "{entry}");
    }
}

#[test]
fn inspect_prints_the_rows_of_a_view() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &recipe(r#"["mcip"]"#, &[]), 300, &[]);
    let inspect = |more: &[&str]| {
        let mut command = guardset(&["inspect"]);
        command.arg(&run).args(more);
        outcome(command)
    };
    let told = inspect(&["--view", "mcip", "--sample", "2", "--only", "class=data_injection"]).done();
    assert_eq!(told.matches("label data_injection | unsafe true").count(), 2, "{told}");
    assert_eq!(told.matches("---------- assistant\nRationale: ").count(), 2, "{told}");
    inspect(&["--view", "chat"]).fails(2, &["--view chat", "has no such view; it has mcip"]);
}

#[test]
fn what_is_wrong_with_views_is_told_with_all_else() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = recipe(r#"["chat", "lama-guard", "chat"]"#, &[("views.flip", "2.0"), ("benign_share", "1.5")]);
    let file = wrong.path();
    let options = ["--recipe", file.to_str().unwrap()];
    let words = ["`lama-guard` is no view; known are agentdog, chat", "`chat` is there twice", "views.flip", "benign_share", "4 problems"];
    outcome(generate(&folder.path().join("run"), 300, &options)).fails(2, &words);
    outcome(guardset(&["check", "--recipe", file.to_str().unwrap()])).fails(2, &words);

    let copy = crate::support::copy_of_root();
    let chat = copy.path().join("templates/views/chat.toml");
    fs::write(&chat, fs::read_to_string(&chat).unwrap().replacen("{{ body }}", "{{ bodi }}", 1)).unwrap();
    outcome(guardset_at(copy.path(), &["check"])).fails(2, &["templates/views/chat.toml: messages"]);
    fs::write(copy.path().join("seeds/finance/domain.toml"), "titel = \"x\"").unwrap();
    outcome(guardset_at(copy.path(), &["check"])).fails(2, &["templates/views/chat.toml: messages", "seeds/finance/domain.toml"]);
}
