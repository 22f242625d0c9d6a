//! What others wrote becomes seeds, and the seeds a run: text stays a value, nothing is lost without a reason.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Outcome, guardset, outcome, root, rows};

/// A description with everything that could be taken for more than text.
const HOSTILE: &str = "Adds {{ 7*7 }} {% for x in y %} {# note #} <b>a</b> \"quoted\" ''' \\n, see https://real-vendor.dev/x\nsecond line";

fn tools() -> Vec<Value> {
    let schema = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required});
    let tool = |name: &str, description: &str, schema: Value| json!({"server": "shelf", "license": "MIT", "tool": {"name": name, "description": description, "inputSchema": schema}});
    vec![
        tool("list_items", "List items on a shelf.", schema(json!({"shelf": {"type": "string"}}), &["shelf"])),
        tool(
            "search_items",
            "Search items by words",
            schema(json!({"query": {"type": "string"}, "limit": {"type": "integer", "minimum": 1, "maximum": 9}}), &["query", "limit"]),
        ),
        tool(
            "add_item",
            HOSTILE,
            schema(json!({"name": {"type": "string", "description": "{{ name }}"}, "count": {"type": "integer"}}), &["name", "count"]),
        ),
        tool("delete_item", "Delete an item", schema(json!({"item_id": {"type": "string", "pattern": "^IT-[0-9]{4}$"}}), &["item_id"])),
        tool(
            "send_list",
            "Send the list to somebody",
            schema(json!({"to": {"type": "string", "format": "email"}, "kind": {"enum": ["short", "long"]}}), &["to", "kind"]),
        ),
        tool(
            "set_permission",
            "Set who may change a shelf",
            schema(json!({"user": {"type": "string"}, "role": {"type": "string", "enum": ["viewer", "editor"]}}), &["user", "role"]),
        ),
    ]
}

fn write_lines(path: &Path, records: &[Value]) {
    fs::write(path, records.iter().map(|record| format!("{record}\n")).collect::<String>()).unwrap();
}

fn import(what: &[&str], file: &Path, output: &Path, more: &[&str]) -> Outcome {
    let mut command = guardset(&["import"]);
    command.args(what).arg(file).arg("--output").arg(output).args(more);
    outcome(command)
}

/// The recipe for imported servers, with these seeds.
fn fleet(seeds: &Path, arguments: &[&str]) -> Outcome {
    let mut command = guardset(&["--recipe", "fleet.toml", "--seeds"]);
    command.arg(seeds).args(arguments);
    outcome(command)
}

fn shared(name: &str) -> PathBuf {
    let shared = std::env::var_os("GUARDSET_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let path = shared.join("data/real_tools").join(name);
    assert!(
        path.is_file(),
        "{} is missing: the real definitions and dialogues are no part of the repository. Put them into a folder `shared/data` beside \
         the repository, or name the folder `shared` in GUARDSET_SHARED",
        path.display()
    );
    path
}

#[test]
fn foreign_text_comes_out_as_it_came_in() {
    let folder = tempfile::tempdir().unwrap();
    let [file, seeds, run] = ["tools.jsonl", "seeds", "run"].map(|name| folder.path().join(name));
    write_lines(&file, &tools());
    let said = import(&["tools"], &file, &seeds, &["--name", "shelf", "--date", "2026-11-24"]).done();
    assert!(said.contains("1 servers with 6 tools"), "{said}");
    let said = fleet(&seeds, &["check"]).done();
    assert!(said.contains("no problems") && said.contains("tool add_item: effects"), "{said}");
    fleet(&seeds, &["generate", "--total", "400", "--output", run.to_str().unwrap()]).done();
    let rows = rows(&run, &["tools", "label"]);
    let listed: Vec<&Value> =
        rows.iter().flat_map(|row| row["tools"].as_array().into_iter().flatten()).filter(|tool| tool["name"] == "add_item").collect();
    let described = |tool: &&Value| tool["description"].as_str().is_some_and(|text| text.starts_with(HOSTILE));
    assert!(listed.len() > 20 && listed.iter().filter(|tool| described(tool)).count() * 10 > listed.len() * 6, "{}", listed.len());
    // What these tools allow is there: they administer, delete and send.
    let manifest: Value = serde_json::from_str(&fs::read_to_string(run.join("manifest.json")).unwrap()).unwrap();
    let classes = manifest["counts"]["classes"].as_object().unwrap();
    assert!(classes.len() >= 16, "{classes:?}");
    assert!(classes.contains_key("identity_injection") && classes.contains_key("causal_dependency_injection"), "{classes:?}");
    assert_eq!(manifest["sources"][0]["license"], "MIT");
    assert_eq!(manifest["sources"][0]["rows"], manifest["counts"]["accepted"]);
    let card = fs::read_to_string(run.join("README.md")).unwrap();
    assert!(card.contains("### Imported") && card.contains("| MIT | 2026-11-24 |"), "{card}");
}

#[test]
fn what_a_person_corrected_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let [file, seeds] = ["tools.jsonl", "seeds"].map(|name| folder.path().join(name));
    write_lines(&file, &tools());
    import(&["tools"], &file, &seeds, &["--name", "shelf"]).done();
    let server = seeds.join("shelf/servers/shelf.toml");
    let corrected = fs::read_to_string(&server).unwrap().replace(r#"inferred = ["effects", "#, r#"inferred = ["#);
    fs::write(&server, &corrected).unwrap();
    let said = fleet(&seeds, &["check"]).done();
    assert!(said.contains("tool add_item: scopes"), "a confirmed key is listed no more: {said}");
    import(&["tools"], &file, &seeds, &["--name", "shelf"]).fails(2, &["is there already", "--force"]);
    assert_eq!(fs::read_to_string(&server).unwrap(), corrected);
    import(&["tools"], &file, &seeds, &["--name", "shelf", "--force"]).done();
    assert_ne!(fs::read_to_string(&server).unwrap(), corrected);
}

#[test]
fn licences_are_kept_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tools.jsonl");
    let mut records = tools();
    records[1]["license"] = json!("GPL-3.0-only");
    records[2].as_object_mut().unwrap().remove("license");
    write_lines(&file, &records);
    let licenses = ["--licenses", "MIT,Apache-2.0"];
    let strict = folder.path().join("strict");
    let said = import(&["tools"], &file, &strict, &licenses).done();
    assert!(
        said.contains("with 4 tools") && said.contains("1 left out: license_not_listed") && said.contains("1 left out: license_missing"),
        "{said}"
    );
    let refused = fs::read_to_string(strict.join("refused.jsonl")).unwrap();
    assert!(refused.contains("tools.jsonl:2") && refused.contains("GPL-3.0-only"), "{refused}");
    let said = import(&["tools"], &file, &folder.path().join("lax"), &[&licenses[..], &["--unlicensed"]].concat()).done();
    assert!(said.contains("with 5 tools"), "{said}");
    let said = import(&["tools"], &file, &folder.path().join("told"), &[&licenses[..], &["--license", "Apache-2.0"]].concat()).done();
    assert!(said.contains("with 5 tools"), "{said}");
}

#[test]
fn what_cannot_be_used_is_left_out_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let [file, seeds] = ["tools.jsonl", "seeds"].map(|name| folder.path().join(name));
    let mut records = tools();
    records.push(json!({"server": "shelf", "tool": {"name": "keyed", "description": "token ghp_abcdefghijklmnopqrstuvwxyz0123", "inputSchema": {"type": "object"}}}));
    records.push(json!({"server": "shelf", "tool": {"name": "odd", "description": "x", "inputSchema": {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(?!x).*$"}}, "required": ["a"]}}}));
    records.push(json!({"server": "shelf", "tool": {"description": "no name"}}));
    write_lines(&file, &records);
    fs::write(&file, fs::read_to_string(&file).unwrap() + "not JSON\n").unwrap();
    let said = import(&["tools"], &file, &seeds, &[]).done();
    for reason in ["looks_like_a_secret", "no_valid_arguments", "no_name", "no_record"] {
        assert!(said.contains(&format!("1 left out: {reason}")), "{reason}: {said}");
    }
    assert!(
        !seeds.join("tools/servers/shelf.toml").is_file()
            || !fs::read_to_string(seeds.join("tools/servers/shelf.toml")).unwrap().contains("ghp_")
    );
}

#[test]
fn nothing_is_started_unless_somebody_says_yes() {
    let folder = tempfile::tempdir().unwrap();
    let [config, mark] = ["mcp.json", "started"].map(|name| folder.path().join(name));
    let entry = json!({"mcpServers": {"one": {"command": "touch", "args": [mark], "env": {"API_KEY": "FAKE-secret-value"}}}});
    fs::write(&config, entry.to_string()).unwrap();
    let seeds = folder.path().join("seeds");
    let said = import(&["config"], &config, &seeds, &[]).fails(2, &["run  one: touch", "--yes"]);
    assert!(!said.contains("FAKE-secret-value"), "{said}");
    assert!(!mark.exists());
    import(&["config"], &config, &seeds, &["--yes"]).fails(2, &["server one"]);
    assert!(mark.exists() && !seeds.exists());
}

#[test]
fn real_definitions_are_imported_and_pass_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let [seeds, run] = ["seeds", "run"].map(|name| folder.path().join(name));
    import(&["tools"], &shared("tools.jsonl"), &seeds, &[]).done();
    let refused = fs::read_to_string(seeds.join("refused.jsonl")).unwrap().lines().count();
    assert!(refused * 50 <= 4_077, "{refused} of 4,077 definitions are left out");
    fleet(&seeds, &["generate", "--total", "3000", "--output", run.to_str().unwrap()]).done();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(run.join("manifest.json")).unwrap()).unwrap();
    assert!(manifest["counts"]["accepted"].as_u64().unwrap() > 2_600, "{}", manifest["counts"]);
    assert_eq!(manifest["counts"]["classes"].as_object().unwrap().len(), 18, "{}", manifest["counts"]["classes"]);
}

#[test]
fn real_dialogues_are_imported_and_pass_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let [seeds, run] = ["seeds", "run"].map(|name| folder.path().join(name));
    import(&["dialogues", "--format", "openai"], &shared("dialogues.jsonl"), &seeds, &[]).done();
    let refused = fs::read_to_string(seeds.join("refused.jsonl")).unwrap().lines().count();
    assert!(refused * 50 <= 2_753, "{refused} of 2,753 dialogues are left out");
    fleet(&seeds, &["generate", "--total", "3000", "--output", run.to_str().unwrap()]).done();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(run.join("manifest.json")).unwrap()).unwrap();
    assert!(manifest["counts"]["accepted"].as_u64().unwrap() > 2_600, "{}", manifest["counts"]);
    // What a user said and a call repeats differs from sample to sample.
    let rows = rows(&run, &["scenario", "body"]);
    let one = rows.iter().filter(|row| row["scenario"] == rows[0]["scenario"]).count();
    assert!(one < rows.len());
}
