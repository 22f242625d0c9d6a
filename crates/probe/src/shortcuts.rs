//! How well each view alone tells the label.

use std::collections::{BTreeMap, BTreeSet};

use guardset_core::hash_text;
use rayon::prelude::*;
use serde::Serialize;

use crate::features::{Sparse, binned, hashed};
use crate::measures::{auroc, macro_f1};
use crate::model::Model;
use crate::row::Row;
use crate::views::{Limit, Read, VIEWS, View};

/// Parts that the families are dealt into; each is judged by a model that saw the others.
const FOLDS: usize = 5;
/// Most rows that the class of a view is learned from: it has as many outputs as there are classes.
const CLASS_ROWS: usize = 12_000;

/// What a view tells.
#[derive(Debug, Clone, Serialize)]
pub struct Score {
    /// The view.
    pub view: &'static str,
    /// Which limit holds for it.
    pub limit: Limit,
    /// Rows looked at: those of patterns whose vector the view carries are left out.
    pub rows: usize,
    /// Area under the curve for `unsafe`, mean of the folds; 0.5 is chance.
    pub auroc: f64,
    /// Standard deviation of that over the folds.
    pub deviation: f64,
    /// Macro-F1 of the class.
    pub macro_f1: f64,
    /// Macro-F1 of guessing by the shares of the classes.
    pub chance_f1: f64,
}

/// Scores every view by cross-validation over families.
pub fn shortcuts(rows: &[Row], vectors: &BTreeMap<&str, &str>) -> Vec<Score> {
    VIEWS.iter().map(|view| score(view, rows, vectors)).collect()
}

fn score(view: &View, rows: &[Row], vectors: &BTreeMap<&str, &str>) -> Score {
    let vector = |row: &Row| row.vector.as_deref().or_else(|| vectors.get(row.pattern.as_deref()?).copied()).map(str::to_owned);
    let carried = |row: &&Row| vector(row).is_some_and(|vector| view.carries.contains(&vector.as_str()));
    let rows: Vec<&Row> = rows.iter().filter(|row| !carried(row)).collect();
    let features: Vec<Sparse> = match view.read {
        Read::Text(read) => rows.par_iter().map(|row| hashed(read(row))).collect(),
        Read::Numbers(read) => binned(&rows.iter().map(|row| read(row)).collect::<Vec<_>>()),
    };
    let folds: Vec<usize> = rows.iter().map(|row| (hash_text(&row.family) % FOLDS as u64) as usize).collect();
    let classes: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let class_of: Vec<usize> = rows.iter().map(|row| classes.binary_search(&row.label.as_str()).unwrap_or_default()).collect();
    let step = rows.len().div_ceil(CLASS_ROWS).max(1);

    let by_fold: Vec<(f64, Vec<(usize, usize)>)> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| {
            let seen = |row: &usize| folds[*row] != fold;
            let unseen: Vec<usize> = (0..rows.len()).filter(|row| !seen(row)).collect();
            let is_unsafe =
                Model::fit(1, &|| Box::new((0..rows.len()).filter(seen).map(|row| (&features[row], usize::from(rows[row].is_unsafe)))));
            let scored: Vec<(f64, bool)> = unseen.iter().map(|row| (is_unsafe.score(&features[*row]), rows[*row].is_unsafe)).collect();
            let class = Model::fit(classes.len(), &|| {
                Box::new((0..rows.len()).step_by(step).filter(seen).map(|row| (&features[row], class_of[row])))
            });
            (auroc(&scored), unseen.iter().map(|row| (class.guess(&features[*row]), class_of[*row])).collect())
        })
        .collect();

    let mean = by_fold.iter().map(|(auroc, _)| auroc).sum::<f64>() / FOLDS as f64;
    let spread = by_fold.iter().map(|(auroc, _)| (auroc - mean).powi(2)).sum::<f64>() / FOLDS as f64;
    let guesses: Vec<(usize, usize)> = by_fold.into_iter().flat_map(|(_, guesses)| guesses).collect();
    Score {
        view: view.id,
        limit: view.limit,
        rows: rows.len(),
        auroc: mean,
        deviation: spread.sqrt(),
        macro_f1: macro_f1(&guesses, classes.len()),
        // Who guesses a class as often as it occurs is right in that share of the cases.
        chance_f1: 1.0 / classes.len().max(1) as f64,
    }
}
