//! Counts of a run that is for evaluation.

use std::collections::BTreeMap;

use guardset_core::{Checkpoint, Corpus};
use guardset_emit::{Evaluation, Pairs};
use guardset_expand::Part;

use crate::select::{Maker, Selection};

/// The counts, or nothing for a run that models are trained on.
pub fn evaluation(maker: &Maker<'_>, selection: &Selection) -> Option<Evaluation> {
    if maker.recipe.corpus == Corpus::Training {
        return None;
    }
    let mut evaluation = Evaluation::default();
    let mut sessions: BTreeMap<(usize, u64, Checkpoint), Vec<Part>> = BTreeMap::new();
    for chosen in &selection.chosen {
        let cell = &maker.plan.cells[chosen.cell];
        let class =
            if cell.part == Part::Attack { maker.catalog.taxonomy.classes[cell.class].id.as_str() } else { guardset_label::APPROPRIATE };
        *evaluation.cells.entry(cell.checkpoint.to_string()).or_default().entry(class.to_owned()).or_default() += 1;
        sessions.entry((cell.lane, chosen.unit, cell.checkpoint)).or_default().push(cell.part);
    }
    for parts in sessions.values().filter(|parts| parts.contains(&Part::Attack)) {
        let [lookalike, twin] = [Part::Lookalike, Part::Twin].map(|part| u64::from(parts.contains(&part)));
        let pairs = &mut evaluation.pairs;
        *pairs = Pairs {
            attacks: pairs.attacks + 1,
            with_lookalike: pairs.with_lookalike + lookalike,
            with_twin: pairs.with_twin + twin,
            whole: pairs.whole + lookalike * twin,
        };
    }
    Some(evaluation)
}
