//! How well scores and guesses agree with labels.

/// Area under the receiver operating characteristic: how often a positive scores higher than a negative, ties half.
/// One half when there is nothing to compare.
pub(crate) fn auroc(scored: &[(f64, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|(_, positive)| *positive).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return 0.5;
    }
    let mut ranks = 0.0;
    let mut start = 0;
    while start < sorted.len() {
        let end = start + sorted[start..].partition_point(|(score, _)| *score <= sorted[start].0);
        let rank = (start + end + 1) as f64 / 2.0;
        ranks += rank * sorted[start..end].iter().filter(|(_, positive)| *positive).count() as f64;
        start = end;
    }
    (ranks - (positives * (positives + 1)) as f64 / 2.0) / (positives * negatives) as f64
}

/// Mean over the classes of the F1 of guesses `(guess, truth)`; classes that do not occur are left out.
pub(crate) fn macro_f1(guesses: &[(usize, usize)], classes: usize) -> f64 {
    let f1 = |class: usize| {
        let hit = guesses.iter().filter(|(guess, truth)| *guess == class && *truth == class).count();
        let guessed = guesses.iter().filter(|(guess, _)| *guess == class).count();
        let there = guesses.iter().filter(|(_, truth)| *truth == class).count();
        (there > 0).then(|| 2.0 * hit as f64 / (guessed + there) as f64)
    };
    let all: Vec<f64> = (0..classes).filter_map(f1).collect();
    all.iter().sum::<f64>() / all.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auroc_counts_ordered_pairs() {
        assert_eq!(auroc(&[(0.1, false), (0.4, true), (0.35, false), (0.8, true)]), 1.0);
        assert_eq!(auroc(&[(0.9, false), (0.1, true)]), 0.0);
        assert_eq!(auroc(&[(0.5, false), (0.5, true), (0.5, true)]), 0.5, "ties count half");
        assert_eq!(auroc(&[(0.2, true), (0.1, false), (0.3, false)]), 0.5);
        assert_eq!(auroc(&[(0.2, true)]), 0.5, "nothing to compare");
    }

    #[test]
    fn macro_f1_weighs_classes_alike() {
        let guesses = [(0, 0), (0, 0), (0, 0), (0, 1)];
        let first = 2.0 * 3.0 / 7.0;
        assert!((macro_f1(&guesses, 3) - f64::midpoint(first, 0.0)).abs() < 1e-12);
        assert_eq!(macro_f1(&[(1, 1), (0, 0)], 2), 1.0);
    }
}
