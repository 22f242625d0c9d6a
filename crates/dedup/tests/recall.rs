//! The index against a search that compares everything, on strings and not on hashes.

mod corpus;

use std::collections::{HashMap, HashSet};

use corpus::{DENSE, Random, Shape, USUAL, edited, sample, text};
use guardset_dedup::{Group, Index, Sketch, Verdict};
use rayon::prelude::*;

/// Shingles by the letter: five words each, numbered as they come up.
#[derive(Default)]
struct Oracle {
    numbers: HashMap<String, u32>,
    shingles: Vec<HashSet<u32>>,
}

impl Oracle {
    fn add(&mut self, text: &str) {
        let small = text.to_lowercase();
        let words: Vec<&str> = small.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let shingles = words.windows(5.min(words.len())).map(|window| {
            let next = self.numbers.len() as u32;
            *self.numbers.entry(window.join(" ")).or_insert(next)
        });
        self.shingles.push(shingles.collect());
    }

    fn jaccard(&self, left: usize, right: usize) -> f64 {
        let [left, right] = [&self.shingles[left], &self.shingles[right]];
        let shared = left.iter().filter(|shingle| right.contains(shingle)).count();
        shared as f64 / (left.len() + right.len() - shared) as f64
    }

    /// The first kept text of the group that is similar enough, by looking at all.
    fn verdict(&self, kept: &[(Group, usize)], group: Group, item: usize) -> Verdict {
        let similar =
            |(other, of): &(Group, usize)| (*other == group).then(|| (*of, self.jaccard(*of, item))).filter(|(_, jaccard)| *jaccard >= 0.8);
        kept.iter().find_map(similar).map_or(Verdict::Kept, |(of, jaccard)| Verdict::Near { of: of as u64, jaccard })
    }
}

/// Samples of ten scenarios in two groups; every fourth is an earlier one with some words replaced.
fn templated(seed: u64, shape: Shape, count: usize) -> Vec<(Group, String)> {
    let mut random = Random(seed);
    let mut words: Vec<Vec<String>> = Vec::new();
    for number in 0..count {
        let next = if number % 4 == 3 {
            let (source, edits) = (random.below(number), 1 + random.below(14));
            edited(&mut random, &words[source], edits)
        } else {
            sample(&mut random, number % 10, shape)
        };
        words.push(next);
    }
    words.iter().map(|words| (Group { question: 1, label: random.below(2) as u64 }, text(words))).collect()
}

fn check_against_oracle(texts: &[(Group, String)]) {
    let mut oracle = Oracle::default();
    let mut index = Index::new(0.8);
    let mut kept = Vec::new();
    let mut near = 0;
    for (item, (group, text)) in texts.iter().enumerate() {
        oracle.add(text);
        let verdict = index.offer(*group, item as u64, Sketch::of(text));
        assert_eq!(verdict, oracle.verdict(&kept, *group, item), "item {item}");
        match verdict {
            Verdict::Kept => kept.push((*group, item)),
            _ => near += 1,
        }
    }
    assert!(near > texts.len() / 20, "only {near} duplicates: nothing was tested");
}

#[test]
fn verdicts_match_the_oracle_on_templated_texts() {
    check_against_oracle(&templated(1, USUAL, 2_000));
}

#[test]
fn verdicts_match_the_oracle_where_unverified_banding_deletes_most() {
    check_against_oracle(&templated(2, DENSE, 1_000));
}

#[test]
fn pairs_are_found_at_every_similarity() {
    // Each pair has a group of its own, so that no other text can stand in for a miss.
    let mut random = Random(3);
    let mut index = Index::new(0.8);
    let (mut found, mut wanted) = ([0_u32; 4], [0_u32; 4]);
    for pair in 0..8_000_u64 {
        let group = Group { question: 1, label: pair };
        let words = sample(&mut random, 0, USUAL);
        let edits = 1 + random.below(9);
        let (source, copy) = (Sketch::of(&text(&words)), Sketch::of(&text(&edited(&mut random, &words, edits))));
        let truth = source.jaccard(&copy);
        index.offer(group, 2 * pair, source);
        let is_near = index.offer(group, 2 * pair + 1, copy) != Verdict::Kept;
        if truth >= 0.8 {
            let band = (((truth - 0.8) / 0.05) as usize).min(3);
            wanted[band] += 1;
            found[band] += u32::from(is_near);
        } else {
            assert!(!is_near, "false positive at {truth}");
        }
    }
    println!("found {found:?} of {wanted:?} pairs from 0.80, 0.85, 0.90, 0.95");
    assert!(wanted.iter().all(|wanted| *wanted > 500), "{wanted:?}");
    let recall = f64::from(found.iter().sum::<u32>()) / f64::from(wanted.iter().sum::<u32>());
    assert!(recall >= 0.999, "recall {recall}");
    assert!(f64::from(found[0]) >= 0.998 * f64::from(wanted[0]), "{found:?} of {wanted:?}");
}

#[test]
fn short_texts_are_found_as_well() {
    // 24 words are 20 shingles: most bins are empty, and borrow. One word more makes 20 of 21.
    let mut random = Random(4);
    let mut index = Index::new(0.8);
    let found = (0..2_000_u64).filter(|pair| {
        let group = Group { question: 1, label: *pair };
        let words = sample(&mut random, 0, Shape { fixed: 0, drawn: 1, words: 24 });
        let longer = [words.clone(), vec!["more".to_owned(); 1 + (pair % 4) as usize]].concat();
        index.offer(group, 2 * pair, Sketch::of(&text(&words)));
        index.offer(group, 2 * pair + 1, Sketch::of(&text(&longer))) != Verdict::Kept
    });
    assert!(found.count() >= 1_998);
}

#[test]
fn lower_thresholds_lose_nothing() {
    for (threshold, edits) in [(0.7, 10), (0.6, 18), (0.52, 24)] {
        let mut random = Random(5);
        let mut index = Index::new(threshold);
        let (mut found, mut wanted) = (0, 0);
        for pair in 0..1_000_u64 {
            let group = Group { question: 1, label: pair };
            let words = sample(&mut random, 0, USUAL);
            let (source, copy) = (Sketch::of(&text(&words)), Sketch::of(&text(&edited(&mut random, &words, edits))));
            let is_near = source.jaccard(&copy) >= threshold;
            index.offer(group, 2 * pair, source);
            wanted += u32::from(is_near);
            found += u32::from(index.offer(group, 2 * pair + 1, copy) != Verdict::Kept);
        }
        assert!(wanted > 200 && found + 1 >= wanted, "at {threshold}: {found} of {wanted}");
    }
}

#[test]
fn backwards_the_copy_is_kept_and_the_source_dropped() {
    let mut texts = templated(6, USUAL, 400);
    texts.reverse();
    check_against_oracle(&texts);
}

#[test]
fn threads_change_nothing() {
    let texts = templated(7, USUAL, 400);
    let outcome = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let sketches: Vec<Sketch> = texts.par_iter().map(|(_, text)| Sketch::of(text)).collect();
            let mut index = Index::new(0.8);
            let groups = texts.iter().map(|(group, _)| *group);
            let verdicts: Vec<Verdict> =
                groups.zip(0..).zip(sketches).map(|((group, item), sketch)| index.offer(group, item, sketch)).collect();
            (verdicts, index.crossing(|item| Some(item % 3)))
        })
    };
    assert!(!outcome(1).1.is_empty());
    assert_eq!(outcome(1), outcome(4));
}
