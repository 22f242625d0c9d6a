//! What the probes found, as a table, as JSON and as a gate.

use std::fmt::Write as _;

use guardset_core::ProbeLimits;
use serde::Serialize;

use crate::coverage::Coverage;
use crate::diversity::Diversity;
use crate::shortcuts::Score;
use crate::tokens::Token;
use crate::views::Limit;

/// What the probes found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Rows looked at.
    pub rows: usize,
    /// Share of them that is unsafe.
    pub unsafe_share: f64,
    /// What each view tells.
    pub shortcuts: Vec<Score>,
    /// Tell-tale tokens, then others by mutual information.
    pub tokens: Vec<Token>,
    /// How much says the same again.
    pub diversity: Diversity,
    /// Which combinations occur.
    pub coverage: Coverage,
    /// Near-duplicates, where they were counted.
    pub near_duplicates: Option<NearDuplicates>,
}

/// Near-duplicates before and after the run took them out.
#[derive(Debug, Clone, Serialize)]
pub struct NearDuplicates {
    /// Similarity from which two texts count as the same (Jaccard, word 5-grams).
    pub threshold: f64,
    /// Share of the candidates that the run dropped as exact or near-duplicates.
    pub dropped_share: f64,
    /// Rows looked at afterwards.
    pub rows: usize,
    /// Share of them within the threshold of another.
    pub plain_share: f64,
    /// The same with slot values masked.
    pub masked_share: f64,
}

impl Report {
    /// Every limit that is passed; empty when the data set may be used.
    pub fn failures(&self, limits: &ProbeLimits) -> Vec<String> {
        let mut failures = Vec::new();
        for score in &self.shortcuts {
            if let Some(limit) = limit_of(score.limit, limits).filter(|limit| score.auroc > *limit) {
                failures.push(format!(
                    "view `{}` alone tells `unsafe` with AUROC {:.3}, over the limit of {limit:.2}",
                    score.view, score.auroc
                ));
            }
        }
        for token in self.tokens.iter().filter(|token| token.is_telltale && token.because.is_none()) {
            failures.push(format!(
                "`{}` stands in {} unsafe and {} safe rows, {:.1} times as often under one label as under the other (limit {:.1})",
                token.text, token.in_unsafe, token.in_safe, token.ratio, limits.token_ratio
            ));
        }
        failures
    }

    /// The report to be read in a terminal.
    pub fn table(&self, limits: &ProbeLimits) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{} rows, {:.1} % unsafe", self.rows, 100.0 * self.unsafe_share);
        let _ = writeln!(
            out,
            "\nshortcuts: what one view tells alone\n  {:<14} {:>7} {:>7} {:>6} {:>6} {:>9} {:>7}",
            "view", "rows", "AUROC", "+-", "limit", "macro-F1", "chance"
        );
        for score in &self.shortcuts {
            let limit = limit_of(score.limit, limits);
            let over = if limit.is_some_and(|limit| score.auroc > limit) { "  over" } else { "" };
            let limit = limit.map_or("-".to_owned(), |limit| format!("{limit:.2}"));
            let _ = writeln!(
                out,
                "  {:<14} {:>7} {:>7.3} {:>6.3} {:>6} {:>9.3} {:>7.3}{over}",
                score.view, score.rows, score.auroc, score.deviation, limit, score.macro_f1, score.chance_f1
            );
        }
        let _ = writeln!(out, "\ntokens beside the evidence, by mutual information with `unsafe`");
        let _ = writeln!(out, "  {:<32} {:>8} {:>8} {:>7} {:>7} {:>9}", "words", "unsafe", "safe", "beside", "ratio", "millibits");
        for token in self.tokens.iter().take(30) {
            let over = match (&token.because, token.is_telltale) {
                (_, false) => "",
                (Some(_), true) => "  justified",
                (None, true) => "  over",
            };
            let text = visible(&token.text);
            let _ = writeln!(
                out,
                "  {text:<32} {:>8} {:>8} {:>7.1} {:>7.1} {:>9.2}{over}",
                token.in_unsafe, token.in_safe, token.ratio_beside, token.ratio, token.information
            );
        }
        let _ = writeln!(
            out,
            "\ndiversity\n  {:<34} {:>6} {:>10} {:>10} {:>10} {:>9} {:>9} {:>9} {:>9}",
            "text", "texts", "distinct-1", "distinct-2", "distinct-3", "repeated", "zstd", "skeleton", "effective"
        );
        let fields = self.diversity.fields.iter().map(|(name, found)| ((*name).to_owned(), found));
        let classes = self.diversity.classes.iter().map(|(name, found)| (format!("whole, {name}"), found));
        for (name, found) in fields.chain(classes) {
            let [one, two, three] = found.distinct;
            let _ = writeln!(
                out,
                "  {name:<34.34} {:>6} {one:>10.3} {two:>10.3} {three:>10.3} {:>9.3} {:>9.2} {:>9.3} {:>5.0}/{}",
                found.texts,
                found.self_repetition,
                found.compression_ratio,
                found.skeleton_repetition,
                found.effective_number,
                found.sampled
            );
        }
        if let Some(near) = &self.near_duplicates {
            let _ = writeln!(
                out,
                "\nnear-duplicates at Jaccard {}: {:.1} % of the candidates were dropped; of {} rows {:.2} % are left as they stand, {:.1} % with slot values masked",
                near.threshold,
                100.0 * near.dropped_share,
                near.rows,
                100.0 * near.plain_share,
                100.0 * near.masked_share
            );
        }
        let _ = writeln!(
            out,
            "\ncoverage: {} combinations of class and checkpoint, domain or vector have few rows or none",
            self.coverage.thin.len()
        );
        for thin in self.coverage.thin.iter().take(40) {
            let _ = writeln!(out, "  {:<34} {:<10} {:<20} {:>5}", thin.class, thin.axis, thin.value, thin.rows);
        }
        out
    }
}

fn limit_of(limit: Limit, limits: &ProbeLimits) -> Option<f64> {
    match limit {
        Limit::View => Some(limits.view_auroc),
        Limit::Size => Some(limits.size_auroc),
        Limit::None => None,
    }
}

/// Letters as they are, anything that a terminal might act on as an escape.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, ' ' | '_') { c.to_string() } else { c.escape_unicode().to_string() })
        .collect()
}
