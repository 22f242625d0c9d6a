//! Words of a text, and vectors of hashed words.

use xxhash_rust::xxh3::xxh3_64;

/// Number of columns of a hashed vector, a power of two.
pub(crate) const COLUMNS: usize = 1 << 17;

/// A sparse vector of length 1: column and value, sorted.
pub(crate) type Sparse = Vec<(u32, f32)>;

/// The words of a text: runs of letters, digits and underscores in lower case, digits written as `0`, so that `INV-20931`
/// and `INV-48120` are one.
pub(crate) fn words(text: &str) -> Vec<String> {
    let word = |run: &str| run.chars().flat_map(char::to_lowercase).map(|c| if c.is_numeric() { '0' } else { c }).collect::<String>();
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|run| !run.is_empty()).map(word).collect()
}

/// A text with what looks like the value of a slot masked: words with digits, addresses, paths and names within a sentence.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut starts_sentence = true;
    for run in text.split_inclusive(char::is_whitespace) {
        let word = run.trim_end();
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_value = core.contains(|c: char| c.is_numeric() || matches!(c, '@' | '/' | '\\' | ':' | '='))
            || core.contains('.')
            || (!starts_sentence && core.starts_with(char::is_uppercase) && core.len() > 1);
        match is_value {
            true => out.push('#'),
            false => out.extend(word.chars().flat_map(char::to_lowercase)),
        }
        out.push_str(&run[word.len()..]);
        starts_sentence = word.ends_with(['.', '!', '?', ':', '>']) || run.contains('\n');
    }
    out
}

/// Words and pairs of words as a vector; how often one occurs does not count.
pub(crate) fn hashed(text: &str) -> Sparse {
    let words = words(text);
    let hash = |bytes: &[u8]| (xxh3_64(bytes) as usize & (COLUMNS - 1)) as u32;
    let mut columns: Vec<u32> = words.iter().map(|word| hash(word.as_bytes())).collect();
    columns.extend(words.windows(2).map(|pair| hash(format!("{} {}", pair[0], pair[1]).as_bytes())));
    columns.sort_unstable();
    columns.dedup();
    let value = 1.0 / (columns.len().max(1) as f32).sqrt();
    columns.into_iter().map(|column| (column, value)).collect()
}

/// Numbers as a vector: the bin of each among all rows, so that no shape of the relation is taken for granted.
pub(crate) fn binned(rows: &[Vec<f64>]) -> Vec<Sparse> {
    const BINS: usize = 24;
    let width = rows.first().map_or(0, Vec::len);
    let edges: Vec<Vec<f64>> = (0..width)
        .map(|column| {
            let mut sorted: Vec<f64> = rows.iter().map(|row| row[column]).collect();
            sorted.sort_by(f64::total_cmp);
            (1..BINS).map(|bin| sorted[(sorted.len() - 1) * bin / BINS]).collect()
        })
        .collect();
    let value = 1.0 / (width.max(1) as f32).sqrt();
    rows.iter()
        .map(|row| {
            let bins = row.iter().zip(&edges).enumerate();
            bins.map(|(column, (number, edges))| ((column * BINS + edges.partition_point(|edge| edge < number)) as u32, value)).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fold_case_and_digits() {
        assert_eq!(words("Pay INV-20931, run get_invoice!"), ["pay", "inv", "00000", "run", "get_invoice"]);
        assert_eq!(hashed("a b a b").len(), 4, "a, b, `a b`, `b a`");
    }

    #[test]
    fn slot_values_are_masked() {
        let one = masked("Please pay Halden Freight 18,442.10 by 2026-03-26 to a.b@halden.example.");
        let other = masked("Please pay Corvane Optics 2,001.99 by 2026-11-02 to x@corvane.example.");
        assert_eq!(one, other);
        assert!(one.starts_with("please pay # #"), "{one}");
        assert_ne!(masked("please pay the invoice"), masked("please void the invoice"));
    }

    #[test]
    fn bins_hold_equal_shares() {
        let rows: Vec<Vec<f64>> = (0..240).map(|n| vec![f64::from(n)]).collect();
        let mut counts = std::collections::BTreeMap::new();
        for row in binned(&rows) {
            *counts.entry(row[0].0).or_insert(0) += 1;
        }
        assert!(counts.len() == 24 && counts.values().all(|count| (8..=12).contains(count)), "{counts:?}");
    }
}
