//! Leaks between splits, among all that was kept.

mod corpus;

use corpus::{DENSE, Random, Shape, USUAL, edited, sample, text};
use guardset_dedup::{Group, Index, Sketch, Verdict};

/// Three hundred distinct samples of five scenarios; then, under another label, a near-copy of each of the first twenty.
fn index(shape: Shape) -> Index {
    let mut random = Random(7);
    let mut index = Index::new(0.8);
    let samples: Vec<_> = (0..300).map(|number| sample(&mut random, number % 5, shape)).collect();
    let copies: Vec<_> = samples[..20].iter().map(|words| edited(&mut random, words, 2)).collect();
    for (item, words) in samples.iter().chain(&copies).enumerate() {
        let group = Group { question: 1, label: u64::from(item >= 300) };
        assert_eq!(index.offer(group, item as u64, Sketch::of(&text(words))), Verdict::Kept);
    }
    index
}

#[test]
fn leaks_are_found_whatever_the_label() {
    for shape in [USUAL, DENSE] {
        let found = index(shape).crossing(|item| Some(item >= 300));
        let pairs: Vec<_> = found.iter().map(|(first, second, _)| (*first, *second)).collect();
        assert_eq!(pairs, (0..20).map(|item| (item, 300 + item)).collect::<Vec<_>>());
        assert!(found.iter().all(|(.., jaccard)| (0.8..1.0).contains(jaccard)));
    }
}

#[test]
fn one_split_holds_no_leak() {
    assert_eq!(index(USUAL).crossing(|_| Some("train")), []);
}

#[test]
fn items_out_of_use_are_passed_over() {
    let found = index(USUAL).crossing(|item| (item != 3 && item != 304).then_some(item >= 300));
    assert_eq!(found.len(), 18);
    assert!(found.iter().all(|(first, ..)| *first != 3 && *first != 4));
}

#[test]
fn three_splits_are_compared_pairwise() {
    let mut index = Index::new(0.8);
    let texts = ["list the files in the home folder", "List the files in the home folder", "LIST the files in the home folder"];
    for (text, item) in texts.into_iter().zip(0..) {
        index.offer(Group { question: item, label: 0 }, item, Sketch::of(text));
    }
    // The order of the splits is not that of the items.
    assert_eq!(index.crossing(|item| Some(10 - item)), [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)]);
    assert_eq!(index.crossing(|item| Some(item % 2)), [(0, 1, 1.0), (1, 2, 1.0)]);
}
