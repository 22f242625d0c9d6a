//! What is opened, begun again, refused or locked.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use guardset_paraphrase::{Cache, CacheError};

use crate::*;

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
