//! Makes the rows that were chosen.

use guardset_core::{Lineage, PairRole, Sample, hash_text};
use guardset_expand::{Part, surface};

use crate::plan::Cell;
use crate::select::{Chosen, Maker};

/// Place in the pair of what a session is to its pattern.
pub fn pair_role(part: Part) -> Option<PairRole> {
    match part {
        Part::Attack | Part::Resisted | Part::Prefix => Some(PairRole::Attack),
        Part::Twin => Some(PairRole::Twin),
        Part::Lookalike => Some(PairRole::Lookalike),
        Part::Plain => None,
    }
}

/// Puts the sessions of one pair together and the pairs in no order that means anything: by the hash of their names.
pub fn sort(maker: &Maker<'_>, rows: &mut [&Chosen]) {
    let name = |chosen: &Chosen| pair_name(maker, &maker.plan.cells[chosen.cell], chosen.unit);
    // The names themselves would take more memory than all else that is known of the rows.
    rows.sort_by_cached_key(|chosen| {
        let cell = &maker.plan.cells[chosen.cell];
        (hash_text(&name(chosen)), cell.part, cell.checkpoint as u8)
    });
}

fn pair_name(maker: &Maker<'_>, cell: &Cell, unit: u64) -> String {
    let (scenario, pattern, variant) = maker.plan.lanes[cell.lane].unit(unit);
    let pattern = pattern.map_or("", |pattern| maker.catalog.patterns[pattern].id.as_str());
    format!("{}/{pattern}/{variant}", maker.catalog.scenarios[scenario].id)
}

/// Makes a chosen row again, with all its columns.
///
/// # Errors
/// Says which row could not be made again. That would be a defect: selection made the same one before.
pub fn make(maker: &Maker<'_>, chosen: &Chosen) -> Result<Sample, String> {
    let cell = &maker.plan.cells[chosen.cell];
    let (made, labels) = maker
        .make(cell, chosen.unit)
        .map_err(|reject| format!("row {} was chosen but cannot be made again: {}", reject.seed, reject.detail))?;
    let (scenario, pattern, _) = maker.plan.lanes[cell.lane].unit(chosen.unit);
    let scenario = &maker.catalog.scenarios[scenario];
    let text = surface(maker.catalog, &made);
    let pair_role = pair_role(cell.part);
    Ok(Sample {
        pair_id: pair_role.map(|_| format!("{:016x}", hash_text(&format!("{}/{}", maker.recipe.seed, made.words)))),
        pair_role,
        family: scenario.id.clone(),
        split: cell.split,
        checkpoint: cell.checkpoint,
        text,
        labels,
        lineage: Lineage {
            domain: maker.catalog.domains[scenario.domain].id.clone(),
            scenario: scenario.id.clone(),
            pattern: pattern.map(|pattern| maker.catalog.patterns[pattern].id.clone()),
            servers: made.trajectory.connections.iter().map(|connection| connection.name.to_string()).collect(),
            surface: maker.catalog.surfaces[made.surface].id.clone(),
            voice: made.voice.to_owned(),
            agent: made.agent.to_owned(),
            language: made.language.to_owned(),
            protocol_version: made.trajectory.protocol.version.clone(),
            seed: format!("{}:{}", maker.recipe.seed, made.words),
            paraphrase_model: (!made.reworded.is_empty()).then(|| maker.recipe.paraphrase.model.clone()),
            reworded: made.reworded.iter().map(|(field, style)| format!("{field}/{style}")).collect(),
        },
    })
}
