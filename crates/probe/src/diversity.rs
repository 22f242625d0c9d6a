//! How much of the text says the same again.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::features::{hashed, masked, words};
use crate::row::Row;

/// Most rows looked at for each set: the measures are compared at equal size.
const ROWS: usize = 2_000;
/// Texts that the effective number is taken over.
const SAMPLE: usize = 500;

/// Diversity of all rows and of each class.
#[derive(Debug, Clone, Serialize)]
pub struct Diversity {
    /// By field, over all classes.
    pub fields: BTreeMap<&'static str, FieldDiversity>,
    /// Of the whole text, by class.
    pub classes: BTreeMap<String, FieldDiversity>,
}

/// Diversity of a set of texts.
#[derive(Debug, Clone, Serialize)]
pub struct FieldDiversity {
    /// Texts looked at.
    pub texts: usize,
    /// Different words, pairs and triples by all of them (Li et al. 2016).
    pub distinct: [f64; 3],
    /// Mean share of a text's 4-grams that stand in another text too (after Salkar et al. 2022).
    pub self_repetition: f64,
    /// Size by size after zstd level 3, all texts in one stream.
    pub compression_ratio: f64,
    /// Share of texts that are the same as another once slot values are masked.
    pub skeleton_repetition: f64,
    /// Effective number of different texts among `sampled`: Vendi score of order 2 (Friedman & Dieng 2023; Pasarkar & Dieng
    /// 2024), the inverse mean squared cosine similarity of word and pair vectors.
    pub effective_number: f64,
    /// Texts that the effective number is taken over.
    pub sampled: usize,
}

/// A part of a row.
type Field = fn(&Row) -> &str;

pub(crate) fn of(rows: &[Row]) -> Diversity {
    let fields: [(&'static str, Field); 6] = [
        ("user", |row| &row.user),
        ("assistant", |row| &row.assistant),
        ("descriptions", |row| &row.descriptions),
        ("arguments", |row| &row.arguments),
        ("results", |row| &row.results),
        ("whole", |row| &row.body),
    ];
    let spread = |rows: &[&Row]| -> Vec<usize> { (0..rows.len()).step_by(rows.len().div_ceil(ROWS).max(1)).collect() };
    let all: Vec<&Row> = rows.iter().collect();
    let fields = fields.map(|(name, read)| {
        let texts: Vec<&str> = spread(&all).into_iter().map(|at| read(all[at])).filter(|text| !text.is_empty()).collect();
        (name, of_texts(&texts))
    });
    let mut classes: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        classes.entry(row.label.clone()).or_default().push(row);
    }
    let by_class = classes.into_iter().map(|(class, rows)| {
        let texts: Vec<&str> = spread(&rows).into_iter().map(|at| rows[at].body.as_str()).collect();
        (class, of_texts(&texts))
    });
    Diversity { classes: by_class.collect(), fields: fields.into_iter().collect() }
}

fn of_texts(texts: &[&str]) -> FieldDiversity {
    let words: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let distinct = [1, 2, 3].map(|length| {
        let all = words.iter().flat_map(|words| words.windows(length)).map(|gram| xxh3_64(gram.join(" ").as_bytes()));
        let (mut different, mut total) = (HashSet::new(), 0usize);
        for gram in all {
            total += 1;
            different.insert(gram);
        }
        different.len() as f64 / total.max(1) as f64
    });
    let step = texts.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<&str> = texts.iter().copied().step_by(step).collect();
    FieldDiversity {
        texts: texts.len(),
        distinct,
        self_repetition: self_repetition(&words),
        compression_ratio: compression_ratio(texts),
        skeleton_repetition: skeleton_repetition(texts),
        effective_number: effective_number(&sample),
        sampled: sample.len(),
    }
}

fn self_repetition(texts: &[Vec<String>]) -> f64 {
    let of_text = |words: &Vec<String>| words.windows(4).map(|gram| xxh3_64(gram.join(" ").as_bytes())).collect::<HashSet<u64>>();
    let grams: Vec<HashSet<u64>> = texts.iter().map(of_text).filter(|grams| !grams.is_empty()).collect();
    let mut holders: HashMap<u64, u32> = HashMap::new();
    for gram in grams.iter().flatten() {
        *holders.entry(*gram).or_default() += 1;
    }
    let shares = grams.iter().map(|grams| grams.iter().filter(|gram| holders[gram] > 1).count() as f64 / grams.len() as f64);
    shares.sum::<f64>() / grams.len().max(1) as f64
}

fn compression_ratio(texts: &[&str]) -> f64 {
    let all = texts.join("\n");
    zstd::bulk::compress(all.as_bytes(), 3).map_or(1.0, |packed| all.len() as f64 / packed.len().max(1) as f64)
}

fn skeleton_repetition(texts: &[&str]) -> f64 {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for text in texts {
        *counts.entry(xxh3_64(masked(text).as_bytes())).or_default() += 1;
    }
    counts.values().filter(|count| **count > 1).sum::<usize>() as f64 / texts.len().max(1) as f64
}

fn effective_number(texts: &[&str]) -> f64 {
    let vectors: Vec<_> = texts.iter().map(|text| hashed(text)).collect();
    let mut sum = 0.0;
    for (at, one) in vectors.iter().enumerate() {
        let dense: HashMap<u32, f32> = one.iter().copied().collect();
        for (other_at, other) in vectors.iter().enumerate().skip(at) {
            let cosine: f32 = other.iter().filter_map(|(column, value)| dense.get(column).map(|own| own * value)).sum();
            sum += f64::from(cosine).powi(2) * if other_at == at { 1.0 } else { 2.0 };
        }
    }
    let count = vectors.len() as f64;
    if sum > 0.0 { count * count / sum } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_add_nothing() {
        let same = of_texts(&["pay the invoice of Halden today please"; 20]);
        assert!((same.effective_number - 1.0).abs() < 1e-4, "{}", same.effective_number);
        assert_eq!((same.self_repetition, same.skeleton_repetition), (1.0, 1.0));
        assert!(same.distinct[0] < 0.06 && same.compression_ratio > 5.0);
    }

    #[test]
    fn different_texts_count_one_each() {
        let texts = ["alpha beta gamma delta", "one two three four", "red green blue grey", "north south east west"];
        let found = of_texts(&texts);
        assert!((found.effective_number - 4.0).abs() < 0.01, "{}", found.effective_number);
        assert_eq!((found.distinct, found.self_repetition, found.skeleton_repetition), ([1.0; 3], 0.0, 0.0));
    }

    #[test]
    fn skeletons_are_the_same_but_for_their_slots() {
        let found = of_texts(&["pay INV-10 to Ann", "pay INV-22 to Bob", "void it"]);
        assert!((found.skeleton_repetition - 2.0 / 3.0).abs() < 1e-12);
    }
}
