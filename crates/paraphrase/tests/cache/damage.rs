//! What is noticed of damage.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use guardset_paraphrase::{Cache, CacheError, Import, Key};
use redb::ReadableTable;

use crate::*;

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
