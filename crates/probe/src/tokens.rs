//! Words and pairs of words beside the evidence that tell the label.

use std::collections::{HashMap, HashSet};

use guardset_core::ProbeLimits;
use rayon::prelude::*;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::features::words;
use crate::row::Row;

/// Entries of the report beside those that pass the limit.
const SHOWN: usize = 40;

/// How many unsafe and safe rows hold each word, over any number of rows: the rates of rare words need many.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Beside the evidence, and anywhere.
    counts: HashMap<String, [[usize; 2]; 2]>,
    rows: [usize; 2],
}

impl Words {
    /// Counts a row.
    pub fn count(&mut self, row: &Row) {
        let label = usize::from(!row.is_unsafe);
        self.rows[label] += 1;
        let beside: HashSet<String> = words(&row.beside_evidence).into_iter().collect();
        for word in words(&row.body).into_iter().chain(beside.iter().cloned()).collect::<HashSet<_>>() {
            let is_beside = beside.contains(&word);
            let counts = self.counts.entry(word).or_default();
            counts[0][label] += usize::from(is_beside);
            counts[1][label] += 1;
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (word, counts) in other.counts {
            let sum = self.counts.entry(word).or_default();
            *sum = [0, 1].map(|place| [0, 1].map(|label| sum[place][label] + counts[place][label]));
        }
        self.rows = [self.rows[0] + other.rows[0], self.rows[1] + other.rows[1]];
    }
}

/// A word, or words in a row, and under which label it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Token {
    /// The words; digits are written as `0`.
    pub text: String,
    /// Unsafe rows that hold it.
    pub in_unsafe: usize,
    /// Safe rows that hold it.
    pub in_safe: usize,
    /// How many times as often it stands beside the evidence under one label as anywhere under the other, the higher of the two. What a
    /// payload says is evidence under one label and no news in a look-alike under the other; a model sees it in both.
    pub ratio: f64,
    /// The same with both rates taken beside the evidence.
    pub ratio_beside: f64,
    /// Mutual information with `unsafe`, in millibits.
    pub information: f64,
    /// One word, which the limit holds for; pairs and triples are shown to be read.
    pub is_word: bool,
    /// Passes the limit.
    pub is_telltale: bool,
    /// Why that is in order, where the recipe says so.
    pub because: Option<String>,
}

/// Words that pass the limit by either ratio first, then the rest by mutual information: words by what was counted in many rows, words in
/// a row by `rows`.
pub fn tokens(rows: &[Row], counted: &Words, limits: &ProbeLimits) -> Vec<Token> {
    let token = |text: String, [in_unsafe, in_safe]: [usize; 2], anywhere: [usize; 2], all: [usize; 2]| {
        let rate = |count: usize, label: usize| (count as f64 + 0.5) / (all[label] as f64 + 1.0);
        let ratio = (rate(in_unsafe, 0) / rate(anywhere[1], 1)).max(rate(in_safe, 1) / rate(anywhere[0], 0));
        let beside = [rate(in_unsafe, 0), rate(in_safe, 1)];
        let ratio_beside = beside[0].max(beside[1]) / beside[0].min(beside[1]);
        let is_word = !text.contains(' ');
        let is_telltale = is_word && ratio > limits.token_ratio;
        let because = limits.justified.get(&text).cloned();
        let information = information(in_unsafe, in_safe, all);
        Token { text, in_unsafe, in_safe, ratio, ratio_beside, information, is_word, is_telltale, because }
    };
    // What is rarer than this under both labels cannot pass the limit.
    let rare = |count: [usize; 2], all: [usize; 2]| (0..2).all(|label| (count[label] as f64) < limits.token_share * all[label] as f64);
    let words = counted.counts.iter().filter(|(_, [beside, _])| !rare(*beside, counted.rows));
    let mut found: Vec<Token> = words.map(|(word, [beside, anywhere])| token(word.clone(), *beside, *anywhere, counted.rows)).collect();
    let all = [true, false].map(|label| rows.iter().filter(|row| row.is_unsafe == label).count());
    let frequent: HashMap<u64, [usize; 2]> = count(rows)
        .into_iter()
        .map(|(hash, count)| (hash, count.map(|count| count as usize)))
        .filter(|(_, count)| !rare(*count, all))
        .collect();
    found.extend(spell(rows, &frequent).into_iter().map(|(hash, text)| token(text, frequent[&hash], frequent[&hash], all)));
    let first = |token: &Token| token.is_telltale || token.is_word && token.ratio_beside > limits.token_ratio;
    found.sort_by(|a, b| first(b).cmp(&first(a)).then(b.information.total_cmp(&a.information)).then(a.text.cmp(&b.text)));
    let kept = found.iter().filter(|token| first(token)).count() + SHOWN;
    found.truncate(kept);
    found
}

/// Pairs and triples of words of a row, each once.
fn grams(row: &Row, mut each: impl FnMut(u64, &dyn Fn() -> String)) {
    let words = words(&row.beside_evidence);
    let mut seen = HashSet::with_capacity(2 * words.len());
    for length in 2..=3 {
        for gram in words.windows(length) {
            let hash = xxh3_64(gram.join(" ").as_bytes());
            if seen.insert(hash) {
                each(hash, &|| gram.join(" "));
            }
        }
    }
}

/// How many unsafe and safe rows hold each.
fn count(rows: &[Row]) -> HashMap<u64, [u32; 2]> {
    // What occurs once in a part is let go: it could not come near any limit, and it is most of all.
    let parts: Vec<HashMap<u64, [u32; 2]>> = rows
        .par_chunks(rows.len().div_ceil(8).max(1))
        .map(|part| {
            let mut counts: HashMap<u64, [u32; 2]> = HashMap::new();
            for row in part {
                grams(row, |hash, _| counts.entry(hash).or_default()[usize::from(!row.is_unsafe)] += 1);
            }
            counts.retain(|_, count| count[0] + count[1] > 1);
            counts
        })
        .collect();
    let mut all: HashMap<u64, [u32; 2]> = HashMap::new();
    for (hash, count) in parts.into_iter().flatten() {
        let sum = all.entry(hash).or_default();
        (sum[0], sum[1]) = (sum[0] + count[0], sum[1] + count[1]);
    }
    all
}

/// The words behind the hashes.
fn spell(rows: &[Row], wanted: &HashMap<u64, [usize; 2]>) -> HashMap<u64, String> {
    let parts: Vec<HashMap<u64, String>> = rows
        .par_chunks(rows.len().div_ceil(8).max(1))
        .map(|part| {
            let mut texts = HashMap::new();
            for row in part {
                grams(row, |hash, text| {
                    if wanted.contains_key(&hash) {
                        texts.entry(hash).or_insert_with(text);
                    }
                });
            }
            texts
        })
        .collect();
    parts.into_iter().flatten().collect()
}

/// Mutual information of holding a token and being unsafe, in millibits.
fn information(in_unsafe: usize, in_safe: usize, all: [usize; 2]) -> f64 {
    let total = (all[0] + all[1]) as f64;
    let holds = (in_unsafe + in_safe) as f64;
    let cell = |count: f64, row: f64, column: f64| if count > 0.0 { count / total * (count * total / (row * column)).log2() } else { 0.0 };
    let (with, without) = (holds, total - holds);
    1000.0
        * (cell(in_unsafe as f64, with, all[0] as f64)
            + cell(in_safe as f64, with, all[1] as f64)
            + cell(all[0] as f64 - in_unsafe as f64, without, all[0] as f64)
            + cell(all[1] as f64 - in_safe as f64, without, all[1] as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |n: usize, is_unsafe: bool, text: &str| Row {
            is_unsafe,
            beside_evidence: format!("{text} filler{}", ["a", "b", "c"][n % 3]),
            body: if is_unsafe { format!("{text} biscuit") } else { text.to_owned() },
            ..Row::default()
        };
        (0..200).map(|n| row(n, n % 2 == 0, if n % 4 == 0 { "the wire fee" } else { "the tea" })).collect()
    }

    fn found(limits: &ProbeLimits) -> Vec<Token> {
        let rows = rows();
        let (first, second) = rows.split_at(70);
        let [mut counted, other] = [first, second].map(|rows| {
            let mut words = Words::default();
            rows.iter().for_each(|row| words.count(row));
            words
        });
        counted.merge(other);
        tokens(&rows, &counted, limits)
    }

    #[test]
    fn a_word_of_one_label_is_found_with_its_counts() {
        let found = found(&ProbeLimits::default());
        let wire = found.iter().find(|token| token.text == "wire").expect("found");
        assert_eq!((wire.in_unsafe, wire.in_safe, wire.is_telltale), (50, 0, true));
        let the = found.iter().find(|token| token.text == "the").expect("shown");
        assert_eq!((the.in_unsafe, the.in_safe, the.is_telltale), (100, 100, false));
        assert!(the.information.abs() < 1e-9 && wire.information > 100.0);
        assert!(found.iter().any(|token| token.text == "wire fee" && !token.is_telltale), "pairs are shown, the limit is for words");
    }

    /// What stands in the evidence of the one and in the look-alike of the other gives nothing away.
    #[test]
    fn a_word_that_the_evidence_shares_is_no_telltale() {
        let rows = |is_unsafe: bool| Row {
            is_unsafe,
            beside_evidence: if is_unsafe { "done" } else { "done the better choice" }.into(),
            body: "done the better choice".into(),
            ..Row::default()
        };
        let rows: Vec<Row> = (0..100).map(|n| rows(n % 2 == 0)).collect();
        let mut counted = Words::default();
        rows.iter().for_each(|row| counted.count(row));
        let found = tokens(&rows, &counted, &ProbeLimits::default());
        let choice = found.iter().find(|token| token.text == "choice").expect("shown");
        assert_eq!((choice.in_unsafe, choice.in_safe, choice.is_telltale), (0, 50, false));
    }

    #[test]
    fn a_justified_word_keeps_its_reason() {
        let mut limits = ProbeLimits::default();
        limits.justified.insert("wire".into(), "a bank talks so".into());
        let found = found(&limits);
        assert_eq!(found.iter().find(|token| token.text == "wire").and_then(|token| token.because.as_deref()), Some("a bank talks so"));
    }
}
