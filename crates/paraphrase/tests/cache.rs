//! The cache from outside: what is kept, for whom, and what is left after a kill or damage.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use guardset_paraphrase::{Cache, CacheError, Ending, Import, Key, Reply};
use redb::ReadableTable;
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

#[tokio::test]
async fn a_reply_is_found_under_each_of_its_texts() {
    let (folder, _) = place();
    let path = folder.path().join("made/on/the/way/replies.redb");
    let strange = Reply { text: "Größe\n\"4\" \u{0} \u{2028} €".into(), ending: Ending::Declined(413), ..reply("") };
    {
        let cache = Cache::open(&path).unwrap();
        cache.put(keys(&["a", "b"]), reply("first")).await.unwrap();
        cache.put(keys(&["c"]), strange.clone()).await.unwrap();
        assert_eq!(cache.get(&key("b")).unwrap(), Some((reply("first"), 1)));
    }
    for open in [Cache::open, Cache::open_read_only] {
        let cache = open(&path).unwrap();
        assert_eq!(cache.get(&key("a")).unwrap(), Some((reply("first"), 0)));
        assert_eq!(cache.get(&key("b")).unwrap(), Some((reply("first"), 1)));
        assert_eq!(cache.get(&key("c")).unwrap(), Some((strange.clone(), 0)));
        assert_eq!(cache.get(&key("d")).unwrap(), None);
    }
    assert_sound(&path);
}

#[tokio::test]
async fn the_first_reply_stays() {
    let (_folder, path) = place();
    let cache = Cache::open(&path).unwrap();
    cache.put(keys(&["a", "b"]), reply("first")).await.unwrap();
    cache.put(keys(&["a", "b"]), reply("nobody asked")).await.unwrap();
    cache.put(keys(&["new", "b", "newer", "new"]), reply("second")).await.unwrap();
    cache.put(vec![], reply("about nothing")).await.unwrap();
    for (name, expected) in [("a", ("first", 0)), ("b", ("first", 1)), ("new", ("second", 0)), ("newer", ("second", 2))] {
        assert_eq!(cache.get(&key(name)).unwrap(), Some((reply(expected.0), expected.1)), "{name}");
    }
    let stats = cache.stats().unwrap();
    assert_eq!((stats.texts, stats.replies), (4, 2));
    drop(cache);
    assert_sound(&path);
}

#[test]
fn many_at_once_lose_nothing() {
    let (_folder, path) = place();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let cache = Arc::new(Cache::open(&path).unwrap());
    let tasks: Vec<_> = (0..256)
        .map(|task| {
            let cache = Arc::clone(&cache);
            runtime.spawn(async move {
                for turn in 0..20 {
                    let own = key(&format!("{task} {turn}"));
                    let text = format!("{task} {turn}");
                    // All tasks ask about one text as well, and one of them is first.
                    cache.put(vec![key(&format!("all {turn}")), own], reply(&text)).await.unwrap();
                    assert_eq!(cache.get(&own).unwrap(), Some((reply(&text), 1)));
                }
            })
        })
        .collect();
    // Tasks that give up on waiting leave the rest unharmed.
    let hasty: Vec<_> = (0..256)
        .map(|task| {
            let cache = Arc::clone(&cache);
            runtime.spawn(async move {
                let put = cache.put(vec![key(&format!("hasty {task}"))], reply("hasty"));
                let _ = tokio::time::timeout(Duration::from_micros(task), put).await;
            })
        })
        .collect();
    runtime.block_on(async {
        for task in tasks.into_iter().chain(hasty) {
            task.await.unwrap();
        }
    });
    let stats = cache.stats().unwrap();
    assert!((5120..=5120 + 256).contains(&stats.replies), "{stats:?}");
    assert_eq!(stats.texts, stats.replies + 20);
    drop(cache);
    assert_sound(&path);
}

#[tokio::test]
async fn stats_count() {
    let (_folder, path) = place();
    let cache = Cache::open(&path).unwrap();
    cache.put(keys(&["a", "b"]), reply("")).await.unwrap();
    cache.put(keys(&["c"]), Reply { ending: Ending::CutOff, model: "other".into(), output_tokens: u64::MAX, ..reply("") }).await.unwrap();
    cache.put(keys(&["d"]), Reply { ending: Ending::Declined(422), ..reply("") }).await.unwrap();
    cache.put(keys(&["e"]), Reply { ending: Ending::Refused, ..reply("") }).await.unwrap();
    let stats = cache.stats().unwrap();
    let json = serde_json::to_value(&stats).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "texts": 5, "replies": 4, "bytes_on_disk": fs::metadata(&path).unwrap().len(),
            "input_tokens": 48, "output_tokens": u64::MAX,
            "models": {"a-model": 3, "other": 1},
            "endings": {"cut_off": 1, "declined_422": 1, "refused": 1, "whole": 1},
        })
    );
}

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

#[tokio::test]
async fn a_cache_that_is_only_read_is_not_written() {
    let (folder, path) = place();
    let message = Cache::open_read_only(&path).unwrap_err().to_string();
    assert!(message.contains("replies.redb: there is no such file; fill a cache"), "{message}");
    Cache::open(&path).unwrap().put(keys(&["a"]), reply("first")).await.unwrap();
    let before = fs::read(&path).unwrap();

    let cache = Cache::open_read_only(&path).unwrap();
    let too = Cache::open_read_only(&path).unwrap();
    assert_eq!(too.get(&key("a")).unwrap(), cache.get(&key("a")).unwrap());
    assert!(matches!(cache.put(keys(&["b"]), reply("")).await, Err(CacheError::ReadOnly { .. })));
    assert!(matches!(cache.import("".as_bytes()), Err(CacheError::ReadOnly { .. })));
    assert!(matches!(Cache::open(&path), Err(CacheError::Locked { .. })));
    assert_sound(&path);
    drop((cache, too));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_cache_is_named() {
    let (folder, path) = place();
    let open = |path: &Path| [Cache::open(path).map(drop), Cache::open_read_only(path).map(drop), Cache::verify(path).map(drop)];

    fs::write(&path, "# Notes\n".repeat(10_000)).unwrap();
    let before = fs::read(&path).unwrap();
    for outcome in open(&path) {
        let message = outcome.unwrap_err().to_string();
        assert!(message.ends_with("replies.redb: no cache of replies; move it away, or name another file"), "{message}");
    }
    assert_eq!(fs::read(&path).unwrap(), before);

    let path = folder.path().join("other.redb");
    let other = redb::Database::create(&path).unwrap();
    let transaction = other.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("replies")).unwrap();
    transaction.commit().unwrap();
    drop(other);
    for outcome in open(&path) {
        assert!(matches!(outcome, Err(CacheError::NotACache { .. })), "{outcome:?}");
    }

    // One that shares no table with a cache is not made into one either.
    let path = folder.path().join("people.redb");
    let other = redb::Database::create(&path).unwrap();
    let transaction = other.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<u64, u64>::new("people")).unwrap();
    transaction.commit().unwrap();
    drop(other);
    for outcome in open(&path) {
        assert!(matches!(outcome, Err(CacheError::NotACache { .. })), "{outcome:?}");
    }

    let path = folder.path().join("newer.redb");
    drop(Cache::open(&path).unwrap());
    let newer = redb::Database::open(&path).unwrap();
    let transaction = newer.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<&str, u64>::new("meta")).unwrap().insert("format", 7).unwrap();
    transaction.commit().unwrap();
    drop(newer);
    for outcome in open(&path) {
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains("newer.redb: this cache has format 7 and format 1 is known"), "{message}");
    }

    let path = folder.path().join("a-folder");
    fs::create_dir(&path).unwrap();
    for outcome in open(&path) {
        assert!(outcome.unwrap_err().to_string().contains("a-folder: "));
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let message = Cache::open(&folder.path().join("file/replies.redb")).unwrap_err().to_string();
    assert!(message.contains("file/replies.redb: "), "{message}");
}

/// redb lengthens the file before its mark stands in it; a run may be killed in between.
#[tokio::test]
async fn a_file_that_was_just_begun_is_begun_again() {
    let (folder, path) = place();
    for (name, bytes) in [("empty", vec![]), ("zeros", vec![0; 73_728]), ("nearly", [vec![0; 9], vec![7; 4000]].concat())] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let cache = Cache::open(&path).unwrap();
        cache.put(keys(&["a"]), reply("first")).await.unwrap();
        drop(cache);
        assert_sound(&path);
    }
    fs::write(&path, vec![0; 2 << 20]).unwrap();
    assert!(matches!(Cache::open(&path), Err(CacheError::NotACache { .. })));

    // Made by redb, and killed before the first commit.
    let path = folder.path().join("tables");
    drop(redb::Database::create(&path).unwrap());
    Cache::open(&path).unwrap().put(keys(&["a"]), reply("first")).await.unwrap();
    assert_sound(&path);
}

/// Names the cache to the child that a test kills; set for no other process.
const CHILD: &str = "GUARDSET_TEST_CACHE_TO_FILL";

/// Not a test of its own: the process that [`what_was_acknowledged_survives_a_kill`] kills. Puts replies for ever, and prints the
/// number of each once it is kept.
#[test]
fn child_that_fills_a_cache() {
    let Ok(path) = std::env::var(CHILD) else { return };
    let (path, first) = path.split_once('|').unwrap();
    let first: u64 = first.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let cache = Arc::new(Cache::open(Path::new(path)).unwrap());
    println!("open");
    runtime.block_on(async {
        let tasks: Vec<_> = (0..32)
            .map(|task| {
                let cache = Arc::clone(&cache);
                tokio::spawn(async move {
                    for number in (first + task..).step_by(32) {
                        let (keys, reply) = numbered(number);
                        cache.put(keys, reply).await.unwrap();
                        // One write, so that a kill cuts between lines and not within one.
                        std::io::stdout().write_all(format!("kept {number}.\n").as_bytes()).unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn numbered(number: u64) -> (Vec<Key>, Reply) {
    let keys = (0..number % 4 + 1).map(|text| key(&format!("{number} {text}"))).collect();
    (keys, reply(&format!("{number} {}", "word ".repeat((number % 300) as usize))))
}

fn start_child(path: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_fills_a_cache", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{}|{first}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let (_folder, path) = place();
    let mut kept: Vec<u64> = Vec::new();
    for round in 0..12 {
        let mut child = start_child(&path, kept.iter().max().map_or(0, |last| last + 1000));
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        // Some are killed while the file is made, or before they have opened it.
        let patience = Duration::from_millis([0, 2, 4, 7, 12, 20, 35, 60, 100, 170, 250, 400][round]);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(patience);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 0 {
            kept.extend(
                line.trim_end()
                    .strip_suffix('.')
                    .and_then(|line| line.split_once("kept "))
                    .map(|(_, number)| number.parse::<u64>().unwrap()),
            );
            line.clear();
        }
        killer.join().unwrap();
        if !path.exists() {
            continue;
        }
        // First without a change to the file, then as the next run will find it.
        for open in [Cache::open_read_only, Cache::open] as [fn(&Path) -> _; 2] {
            let cache = match open(&path) {
                Err(CacheError::NotACache { .. }) if kept.is_empty() => continue,
                opened => opened.unwrap(),
            };
            for number in &kept {
                let (keys, reply) = numbered(*number);
                for (position, key) in keys.iter().enumerate() {
                    assert_eq!(cache.get(key).unwrap(), Some((reply.clone(), position)), "round {round}: {number} was acknowledged");
                }
            }
        }
        assert_sound(&path);
    }
    assert!(kept.len() > 100, "the children kept only {}", kept.len());
}

#[test]
fn a_cache_that_another_process_fills_is_locked() {
    let (_folder, path) = place();
    let mut child = start_child(&path, 0);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("kept") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the child ended early");
    }
    for outcome in [Cache::open(&path).map(drop), Cache::open_read_only(&path).map(drop), Cache::verify(&path).map(drop)] {
        let message = outcome.unwrap_err().to_string();
        assert!(
            message.ends_with("replies.redb: another process has this cache open; wait for it, or give this run a cache of its own"),
            "{message}"
        );
    }
    child.kill().unwrap();
    child.wait().unwrap();
    Cache::open(&path).unwrap();
}

/// A cache with some replies, closed in good order.
fn filled(path: &Path, replies: u64) {
    let cache = Arc::new(Cache::open(path).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..replies {
            let cache = Arc::clone(&cache);
            tasks.spawn(async move {
                let (keys, reply) = numbered(number);
                cache.put(keys, reply).await.unwrap();
            });
        }
        tasks.join_all().await;
    });
}

#[test]
fn a_flipped_byte_in_a_reply_is_noticed() {
    let (folder, path) = place();
    filled(&path, 300);
    let mut bytes = fs::read(&path).unwrap();
    let (keys, reply) = numbered(211);
    let at = bytes.windows(reply.text.len()).position(|window| window == reply.text.as_bytes()).unwrap();
    bytes[at + 700] ^= 1;
    fs::write(&path, bytes).unwrap();

    let report = Cache::verify(&path).unwrap();
    assert!(report.problems.iter().any(|problem| problem.contains(": its checksum is wrong")), "{report:?}");
    assert_eq!(report.replies, 299);
    let message = Cache::open(&path).unwrap_err().to_string();
    assert!(message.contains("replies.redb: damaged: "), "{message}");
    let cache = Cache::open_read_only(&path).unwrap();
    let message = cache.get(&keys[0]).unwrap_err().to_string();
    assert!(message.contains("replies.redb: damaged: reply ") && message.contains("put back a copy, or export what is left"), "{message}");
    assert!(matches!(cache.stats(), Err(CacheError::Damaged { .. })));
    // The others can be saved.
    let mut lines = Vec::new();
    let export = cache.export(&mut lines).unwrap();
    assert_eq!((export.replies, export.damaged.len()), (299, 1));
    let saved = Cache::open(&folder.path().join("saved.redb")).unwrap();
    assert_eq!(saved.import(lines.as_slice()).unwrap(), Import { added: 299, known: 0 });
    assert_eq!(saved.get(&keys[0]).unwrap(), None);
}

/// Pages that are in order and say what no cache says: only the check of texts against replies can tell.
#[test]
fn texts_and_replies_that_do_not_agree_are_noticed() {
    type Place = (u64, u32, bool);
    let (_folder, path) = place();
    filled(&path, 8);
    let of = |number: u64| numbered(number).0;
    let database = redb::Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut texts = transaction.open_table(redb::TableDefinition::<[u8; 16], Place>::new("texts")).unwrap();
        let mut replies = transaction.open_table(redb::TableDefinition::<u64, &[u8]>::new("replies")).unwrap();
        let number_of = |texts: &redb::Table<[u8; 16], Place>, key: Key| texts.get(key.0).unwrap().unwrap().value().0;
        let (gone, moved) = (number_of(&texts, of(4)[0]), number_of(&texts, of(3)[0]));
        replies.remove(gone).unwrap();
        texts.remove(of(5)[1].0).unwrap();
        texts.insert(of(3)[2].0, (moved, 7, false)).unwrap();
        texts.insert(of(2)[0].0, (moved, 0, true)).unwrap();
        texts.insert(of(1)[1].0, (number_of(&texts, of(1)[0]), 1, true)).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);

    let problems = Cache::verify(&path).unwrap().problems;
    for (key, expected) in [
        (of(4)[0], "points to reply"),
        (of(5)[1], "is missing, and reply"),
        (of(3)[2], "points to position 7 of reply"),
        (of(2)[0], "which has 4 texts and not this one there"),
        (of(1)[1], "1, true), and"),
    ] {
        let start = format!("text {key}: ");
        assert!(
            problems.iter().any(|problem| problem.starts_with(&start) && problem.contains(expected)),
            "{key} {expected}: {problems:#?}"
        );
    }
    // The others are not blamed.
    assert!(!problems.iter().any(|problem| problem.contains(&of(6)[0].to_string())), "{problems:#?}");
    let cache = Cache::open(&path).unwrap();
    let errors = [of(4)[0], of(3)[2], of(2)[0]].map(|key| cache.get(&key).unwrap_err().to_string());
    for (error, expected) in errors.iter().zip(["is missing, and text", "is about other texts", "is about other texts"]) {
        assert!(error.contains(expected), "{error}");
    }
}

/// A byte anywhere: what is noticed may differ, but nobody panics and no wrong reply comes out.
#[test]
fn damage_anywhere_is_an_error_and_no_panic() {
    let (folder, path) = place();
    filled(&path, 60);
    let good = fs::read(&path).unwrap();
    let copy = folder.path().join("damaged.redb");
    let mut noticed = 0;
    let places: Vec<_> = (0..good.len()).filter(|at| at % 211 == 0 || *at < 300).collect();
    for at in &places {
        let mut bytes = good.clone();
        bytes[*at] ^= 1 << (at % 8);
        fs::write(&copy, bytes).unwrap();
        let report = match Cache::verify(&copy) {
            Err(CacheError::NotACache { .. } | CacheError::Format { .. } | CacheError::Store { .. }) => continue,
            report => report.unwrap(),
        };
        noticed += usize::from(!report.sound());
        for open in [Cache::open_read_only, Cache::open] {
            let Ok(cache) = open(&copy) else {
                assert!(!report.sound(), "byte {at}");
                continue;
            };
            for number in 0..60 {
                let (keys, reply) = numbered(number);
                match cache.get(&keys[0]) {
                    Ok(Some((found, position))) => assert_eq!((found, position), (reply.clone(), 0), "byte {at}"),
                    Ok(None) => assert!(!report.sound(), "byte {at} hides reply {number}"),
                    Err(_) => assert!(!report.sound(), "byte {at}"),
                }
            }
            let _ = cache.stats();
            let _ = cache.export(std::io::sink());
        }
    }
    assert!(noticed > 50, "only {noticed} of {} flips were noticed", places.len());
}
