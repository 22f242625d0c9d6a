//! What is kept, and for whom.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use guardset_paraphrase::{Cache, Ending, Reply};

use crate::*;

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
