//! What is left after a kill.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use guardset_paraphrase::{Cache, CacheError};

use crate::*;

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
