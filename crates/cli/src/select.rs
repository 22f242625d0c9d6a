//! Decides which sessions become rows: makes candidates, audits them, drops duplicates, fills the cells.
//!
//! Only text and label of a candidate are made here, and only its sketch is kept. The rows themselves are made again
//! when they are written, which costs less than holding them and lets a run of any size be decided before the first byte.

use std::collections::BTreeSet;

use guardset_core::{Catalog, Checkpoint, Labels, Recipe, Reject, Split, Stage, hash_text};
use guardset_dedup::{Group, Index, Sketch, Verdict};
use guardset_expand::{Expander, Made, Part, Request, body, surface};
use guardset_label::{Claim, audit, label};
use rayon::prelude::*;

use crate::benchmarks::Benchmarks;
use crate::plan::{Cell, Plan};
use crate::progress::Progress;
use crate::units;

/// A session that becomes a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Cell that it fills.
    pub cell: usize,
    /// Unit of the cell's lane.
    pub unit: u64,
    /// Bytes of its text.
    pub bytes: u32,
    /// A model reworded some of what the guard sees.
    pub reworded: bool,
}

/// What selection came to.
#[derive(Debug, Default)]
pub struct Selection {
    /// Rows, in canonical order.
    pub chosen: Vec<Chosen>,
    /// What fell out.
    pub rejects: Vec<Reject>,
    /// Candidates made.
    pub generated: usize,
    /// Rows that were in conflict: same text, two labels.
    pub conflicts: usize,
    /// Near-duplicates across splits that were taken out.
    pub crossings: usize,
    /// Cells that could not be filled: cell, rows got.
    pub short: Vec<(usize, usize)>,
}

/// Everything that the making of one row needs.
pub struct Maker<'c> {
    /// Loaded files.
    pub catalog: &'c Catalog,
    /// The recipe.
    pub recipe: &'c Recipe,
    /// The catalog, ready.
    pub expander: &'c Expander<'c>,
    /// The cells.
    pub plan: &'c Plan,
    /// What no row may repeat.
    pub benchmarks: Option<&'c Benchmarks>,
    bystanders: Vec<Vec<usize>>,
    surfaces: Vec<f64>,
    errands: Vec<Vec<usize>>,
}

impl<'c> Maker<'c> {
    /// Prepares what is the same for every row.
    pub fn new(
        catalog: &'c Catalog,
        recipe: &'c Recipe,
        expander: &'c Expander<'c>,
        plan: &'c Plan,
        benchmarks: Option<&'c Benchmarks>,
    ) -> Self {
        let bystanders = plan.allowed.iter().map(|allowed| (0..allowed.len()).filter(|server| allowed[*server]).collect()).collect();
        let surfaces = catalog.surfaces.iter().map(|surface| recipe.surfaces.get(&surface.id).copied().unwrap_or(0.0)).collect();
        let errands = Split::ALL.map(|split| errands_of(catalog, recipe, split)).to_vec();
        Self { catalog, recipe, expander, plan, benchmarks, bystanders, surfaces, errands }
    }

    /// Makes a session and its labels. The same cell and unit always give the same.
    ///
    /// # Errors
    /// The reject, when the pattern cannot be carried out there or the audit does not bear out the claim.
    pub fn make(&self, cell: &Cell, unit: u64) -> Result<(Made<'c>, Labels), Reject> {
        let lane = &self.plan.lanes[cell.lane];
        let (scenario, pattern, variant) = lane.unit(unit);
        let split = cell.split as usize;
        let request = Request {
            seed: self.recipe.seed,
            scenario,
            pattern,
            variant,
            part: cell.part,
            checkpoint: cell.checkpoint,
            allowed: &self.plan.allowed[split],
            bystanders: &self.bystanders[split],
            surfaces: &self.surfaces,
            errands: (&self.errands[split], self.recipe.errands),
        };
        let made = self.expander.make(&request)?;
        let pattern = pattern.map(|index| &self.catalog.patterns[index]);
        let claim = Claim {
            pattern,
            class: pattern.filter(|_| cell.part == Part::Attack).map_or(guardset_label::APPROPRIATE, |pattern| pattern.class.as_str()),
            attack_present: match cell.part {
                Part::Attack => Some(true),
                // Who does not use an ended grant shows no attack; who ignores a text does.
                Part::Resisted | Part::Prefix => None,
                Part::Twin | Part::Lookalike | Part::Plain => Some(false),
            },
            disguise: made.disguise,
            because: made.because.as_deref(),
            words: &made.words,
        };
        let verdict = audit(self.catalog, &made.trajectory, cell.checkpoint == Checkpoint::Session);
        match label(self.catalog, &made.trajectory, cell.checkpoint, &verdict, &claim) {
            Ok(labels) => Ok((made, labels)),
            Err((reason, detail)) => Err(self.reject(cell, unit, Stage::Label, reason, detail)),
        }
    }

    /// True when the unit's pattern can be asked about at the cell's checkpoint.
    fn can_ask(&self, cell: &Cell, unit: u64) -> bool {
        let (_, pattern, _) = self.plan.lanes[cell.lane].unit(unit);
        match (cell.part, pattern) {
            (Part::Attack | Part::Twin | Part::Lookalike, Some(pattern)) => {
                self.catalog.patterns[pattern].checkpoints.contains(&cell.checkpoint)
            }
            _ => true,
        }
    }

    fn reject(&self, cell: &Cell, unit: u64, stage: Stage, reason: impl Into<Box<str>>, detail: String) -> Reject {
        let (scenario, pattern, variant) = self.plan.lanes[cell.lane].unit(unit);
        let scenario = self.catalog.scenarios[scenario].id.clone();
        let pattern = pattern.map(|pattern| self.catalog.patterns[pattern].id.clone());
        let seed = format!("{scenario}/{}/{variant}", pattern.as_deref().unwrap_or_default());
        let detail = format!("{detail} ({} at {}, {})", cell.part.as_str(), cell.checkpoint, cell.split);
        Reject { stage, reason: reason.into(), detail, scenario, pattern, seed }
    }
}

/// Patterns whose look-alikes may stand in the sessions of a split: a pattern that is held out is seen nowhere else.
pub fn errands_of(catalog: &Catalog, recipe: &Recipe, split: Split) -> Vec<usize> {
    let held_out = |pattern: &usize| recipe.holdout.patterns.contains(&catalog.patterns[*pattern].id);
    (0..catalog.patterns.len()).filter(|pattern| split == Split::TestUnseenPattern || !held_out(pattern)).collect()
}

/// A candidate in flight.
struct Candidate {
    cell: usize,
    unit: u64,
    outcome: Result<(Sketch, Group, u32, bool), Reject>,
}

/// Candidates made at a time: enough for every core, few enough that their sketches stay small.
const BATCH: usize = 8192;

/// The order in which parts are made: all of them together, or partners when it is known which attacks there are.
const AT_ONCE: [&[Part]; 1] = [&Part::ALL];
const PARTNERS_LAST: [&[Part]; 3] = [&[Part::Attack, Part::Resisted, Part::Prefix, Part::Plain], &[Part::Lookalike], &[Part::Twin]];

/// Fills the cells of a plan.
pub fn select(maker: &Maker<'_>, progress: &Progress) -> Selection {
    let cells = &maker.plan.cells;
    let mut selector = Selector {
        maker,
        index: Index::new(maker.recipe.dedup.threshold),
        offered: Vec::new(),
        kept: vec![0; cells.len()],
        attempts: vec![0; cells.len()],
        tried: BTreeSet::new(),
        selection: Selection::default(),
    };
    progress.start("select", cells.iter().map(|cell| cell.wanted).sum());
    loop {
        let round = selector.next_round();
        if round.is_empty() {
            if selector.take_out_crossings() {
                continue;
            }
            break;
        }
        // One batch is made while the one before it is offered, which is work for one thread.
        let make =
            |batch: &[(usize, u64)]| -> Vec<Candidate> { batch.par_iter().map(|(cell, unit)| candidate(maker, *cell, *unit)).collect() };
        let mut batches = round.chunks(BATCH);
        let mut made = batches.next().map(make).unwrap_or_default();
        while !made.is_empty() {
            let before = selector.total();
            let (_, next) = rayon::join(|| selector.offer(made), || batches.next().map(make).unwrap_or_default());
            progress.advance(selector.total().saturating_sub(before));
            made = next;
        }
    }
    progress.finish();
    selector.finish()
}

fn candidate(maker: &Maker<'_>, cell: usize, unit: u64) -> Candidate {
    let kind = &maker.plan.cells[cell];
    let outcome = maker.make(kind, unit).and_then(|(made, labels)| {
        let text = match maker.benchmarks {
            None => body(maker.catalog, &made),
            Some(benchmarks) => {
                let text = surface(maker.catalog, &made);
                if let Some(found) = benchmarks.find(&mut |each| units::of_text(&text, each)).first() {
                    let benchmark = benchmarks.loaded[found.benchmark].name.clone();
                    let (kind_of_hit, hit) = (found.hit.kind.as_str(), &found.hit);
                    let detail = format!("{kind_of_hit} {:.3} with row {}: {}", hit.similarity, found.place, hit.excerpt);
                    return Err(maker.reject(kind, unit, Stage::Decontaminate, benchmark, detail));
                }
                text.body
            }
        };
        // What dedup may compare: rows that are asked the same and answered the same.
        let group = Group { question: kind.checkpoint as u64, label: hash_text(&format!("{}/{}", labels.label, labels.attack_present)) };
        Ok((Sketch::of(&text), group, text.len() as u32, !made.reworded.is_empty()))
    });
    Candidate { cell, unit, outcome }
}

struct Selector<'m, 'c> {
    maker: &'m Maker<'c>,
    index: Index,
    /// Every text offered to the index, by number; `None` once it is out.
    offered: Vec<Option<Chosen>>,
    kept: Vec<usize>,
    attempts: Vec<usize>,
    /// Cell and unit of every partner that was made of an accepted row.
    tried: BTreeSet<(usize, u64)>,
    selection: Selection,
}

impl Selector<'_, '_> {
    fn total(&self) -> usize {
        self.kept.iter().sum()
    }

    /// What the cells that are not full yet try next, in canonical order. With whole pairs the partners wait until what they
    /// are partners of is there.
    fn next_round(&mut self) -> Vec<(usize, u64)> {
        let plan = self.maker.plan;
        let stages = if self.maker.recipe.whole_pairs { &PARTNERS_LAST[..] } else { &AT_ONCE[..] };
        for stage in stages {
            let mut round = Vec::new();
            for index in (0..plan.cells.len()).filter(|index| stage.contains(&plan.cells[*index].part)) {
                match self.base(index) {
                    Some(base) => self.try_partners(index, base, &mut round),
                    None => self.try_lane(index, &mut round),
                }
            }
            if !round.is_empty() {
                round.sort_by_key(|(cell, unit)| (plan.cells[*cell].lane, *unit, *cell));
                return round;
            }
        }
        Vec::new()
    }

    fn missing(&self, cell: usize) -> usize {
        self.maker.plan.cells[cell].wanted.saturating_sub(self.kept[cell])
    }

    /// Tries the next units of the cell's lane.
    fn try_lane(&mut self, index: usize, round: &mut Vec<(usize, u64)>) {
        let cell = &self.maker.plan.cells[index];
        let lane = &self.maker.plan.lanes[cell.lane];
        if lane.pairs.is_empty() {
            return;
        }
        let limit = cell.wanted * self.maker.recipe.max_attempts + 64;
        let mut missing = self.missing(index);
        while missing > 0 && self.attempts[index] < limit {
            let unit = unit_of(self.attempts[index], cell.wanted, lane.longest);
            self.attempts[index] += 1;
            if self.maker.can_ask(cell, unit) {
                round.push((index, unit));
                missing -= 1;
            }
        }
    }

    /// Tries the sessions of the accepted rows of another cell.
    fn try_partners(&mut self, index: usize, base: usize, round: &mut Vec<(usize, u64)>) {
        let mut units: Vec<u64> = self.offered.iter().flatten().filter(|chosen| chosen.cell == base).map(|chosen| chosen.unit).collect();
        units.sort_unstable();
        units.retain(|unit| !self.tried.contains(&(index, *unit)));
        units.truncate(self.missing(index));
        self.tried.extend(units.iter().map(|unit| (index, *unit)));
        round.extend(units.into_iter().map(|unit| (index, unit)));
    }

    /// With whole pairs, the cell whose rows a partner belongs to: the attacks for a look-alike, the look-alikes for a twin.
    fn base(&self, index: usize) -> Option<usize> {
        let cells = &self.maker.plan.cells;
        let of = match cells[index].part {
            Part::Lookalike if self.maker.recipe.whole_pairs => Part::Attack,
            Part::Twin if self.maker.recipe.whole_pairs => Part::Lookalike,
            _ => return None,
        };
        let same = |cell: &Cell| (cell.lane, cell.checkpoint) == (cells[index].lane, cells[index].checkpoint);
        cells.iter().position(|cell| cell.part == of && same(cell))
    }

    fn offer(&mut self, batch: Vec<Candidate>) {
        for Candidate { cell, unit, outcome } in batch {
            self.selection.generated += 1;
            let (sketch, group, bytes, reworded) = match outcome {
                Ok(made) => made,
                Err(reject) => {
                    self.selection.rejects.push(reject);
                    continue;
                }
            };
            let number = self.offered.len() as u64;
            let (reason, detail) = match self.index.offer(group, number, sketch) {
                Verdict::Kept => {
                    self.kept[cell] += 1;
                    self.offered.push(Some(Chosen { cell, unit, bytes, reworded }));
                    continue;
                }
                Verdict::Exact { of } => ("exact_duplicate", format!("same text as {}", self.name(of))),
                Verdict::Near { of, jaccard } => ("near_duplicate", format!("Jaccard {jaccard:.3} with {}", self.name(of))),
                Verdict::Conflict { with, retracts } => {
                    self.selection.conflicts += 1;
                    let detail = format!("same text under another label as {}", self.name(with));
                    if retracts {
                        self.selection.conflicts += 1;
                        self.take_out(with, "conflict", "same text under another label".into());
                    }
                    ("conflict", detail)
                }
            };
            self.offered.push(None);
            self.drop(cell, unit, reason, detail);
        }
    }

    fn drop(&mut self, cell: usize, unit: u64, reason: &'static str, detail: String) {
        let reject = self.maker.reject(&self.maker.plan.cells[cell], unit, Stage::Dedup, reason, detail);
        self.selection.rejects.push(reject);
    }

    fn take_out(&mut self, number: u64, reason: &'static str, detail: String) {
        if let Some(chosen) = self.offered[number as usize].take() {
            self.kept[chosen.cell] -= 1;
            self.drop(chosen.cell, chosen.unit, reason, detail);
        }
    }

    fn name(&self, number: u64) -> String {
        match &self.offered[number as usize] {
            Some(chosen) => {
                let (scenario, pattern, variant) = self.maker.plan.lanes[self.maker.plan.cells[chosen.cell].lane].unit(chosen.unit);
                let pattern = pattern.map_or("", |pattern| self.maker.catalog.patterns[pattern].id.as_str());
                format!("{}/{pattern}/{variant}", self.maker.catalog.scenarios[scenario].id)
            }
            None => "a text that is out itself".into(),
        }
    }

    /// Takes out near-duplicates across splits, whatever their labels: the row of the later split goes. True when there were any.
    fn take_out_crossings(&mut self) -> bool {
        let crossings = self.index.crossing(|number| self.split(number));
        for (a, b, jaccard) in &crossings {
            let later = if self.split(*a) > self.split(*b) { *a } else { *b };
            if self.offered[later as usize].is_some() {
                self.selection.crossings += 1;
                self.take_out(later, "crosses_splits", format!("Jaccard {jaccard:.3} with a row of another split"));
            }
        }
        !crossings.is_empty()
    }

    fn split(&self, number: u64) -> Option<Split> {
        self.offered[number as usize].as_ref().map(|chosen| self.maker.plan.cells[chosen.cell].split)
    }

    fn finish(mut self) -> Selection {
        let cells = &self.maker.plan.cells;
        self.selection.short = cells
            .iter()
            .enumerate()
            .filter(|(index, cell)| self.kept[*index] < cell.wanted)
            .map(|(index, _)| (index, self.kept[index]))
            .collect();
        self.selection.chosen = self.offered.into_iter().flatten().collect();
        self.selection
    }
}

/// The unit of a cell's n-th attempt: its first ones are spread evenly over the lane's longest cell, the rest follow on.
fn unit_of(attempt: usize, wanted: usize, longest: usize) -> u64 {
    if attempt < wanted { (attempt * longest / wanted) as u64 } else { (longest + attempt - wanted) as u64 }
}

#[cfg(test)]
mod tests {
    #[test]
    fn attempts_spread_first_and_then_follow_on() {
        let units: Vec<u64> = (0..5).map(|attempt| super::unit_of(attempt, 3, 9)).collect();
        assert_eq!(units, [0, 3, 6, 9, 10]);
    }
}
