//! The cache from outside: what is kept, for whom, and what is left after a kill or damage.

#![allow(clippy::unwrap_used)]

mod damage;
mod exports;
mod kept;
mod kills;
mod opening;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use guardset_paraphrase::{Cache, Ending, Key, Reply};
use tempfile::TempDir;

fn key(name: &str) -> Key {
    Key::of(&["test", name])
}

fn keys(names: &[&str]) -> Vec<Key> {
    names.iter().copied().map(key).collect()
}

fn reply(text: &str) -> Reply {
    Reply { ending: Ending::Whole, text: text.into(), model: "a-model".into(), input_tokens: 12, output_tokens: 5 }
}

/// An empty folder, and where a cache in it will lie.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replies.redb");
    (folder, path)
}

fn exported(cache: &Cache) -> String {
    let mut bytes = Vec::new();
    let export = cache.export(&mut bytes).unwrap();
    assert_eq!(export.damaged, [""; 0]);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().count() as u64, export.replies);
    text
}

fn assert_sound(path: &Path) {
    let report = Cache::verify(path).unwrap();
    assert!(report.sound(), "{report:#?}");
}

fn numbered(number: u64) -> (Vec<Key>, Reply) {
    let keys = (0..number % 4 + 1).map(|text| key(&format!("{number} {text}"))).collect();
    (keys, reply(&format!("{number} {}", "word ".repeat((number % 300) as usize))))
}

/// Names the cache to the child that a test kills; set for no other process.
const CHILD: &str = "GUARDSET_TEST_CACHE_TO_FILL";

fn start_child(path: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::child_that_fills_a_cache", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{}|{first}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
