//! Decides which sessions become rows: makes candidates, audits them, drops duplicates, fills the cells.
//!
//! Only text and label of a candidate are made here, and only its sketch is kept. The rows themselves are made again
//! when they are written, which costs less than holding them and lets a run of any size be decided before the first byte.

use std::collections::BTreeSet;
use std::path::Path;

use guardset_core::{Catalog, Checkpoint, Labels, Recipe, Reject, Split, Stage, hash_text};
use guardset_dedup::{Group, Index, Sketch, Spill, Verdict};
use guardset_emit::{Counts, RejectWriter};
use guardset_expand::{Expander, Made, Part, Request, body, surface};
use guardset_label::{Claim, audit, label};
use rayon::prelude::*;

use crate::benchmarks::Benchmarks;
use crate::failure::Failure;
use crate::partition::{Parts, Share};
use crate::plan::{Cell, Plan};
use crate::progress::Progress;
use crate::signatures::SignatureWriter;
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
    /// What fell out, by stage and reason; each by itself went to `rejects.parquet`.
    pub fallen: Counts,
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

    /// The attempts to fill a cell that its units can be asked about, from one on: number and unit.
    fn attempts(&self, index: usize, from: usize) -> impl Iterator<Item = (usize, u64)> {
        let cell = &self.plan.cells[index];
        let lane = &self.plan.lanes[cell.lane];
        let end = if lane.pairs.is_empty() { 0 } else { self.limit(index) };
        let attempts = (from..end).map(|attempt| (attempt, unit_of(attempt, cell.wanted, lane.longest)));
        attempts.filter(|(_, unit)| self.can_ask(cell, *unit))
    }

    /// Attempts after which a cell is short.
    fn limit(&self, index: usize) -> usize {
        self.plan.cells[index].wanted * self.recipe.max_attempts + 64
    }

    /// With whole pairs, the cell whose rows a partner belongs to: the attacks for a look-alike, the look-alikes for a twin.
    fn base(&self, index: usize) -> Option<usize> {
        let cells = &self.plan.cells;
        let of = match cells[index].part {
            Part::Lookalike if self.recipe.whole_pairs => Part::Attack,
            Part::Twin if self.recipe.whole_pairs => Part::Lookalike,
            _ => return None,
        };
        let same = |cell: &Cell| (cell.lane, cell.checkpoint) == (cells[index].lane, cells[index].checkpoint);
        cells.iter().position(|cell| cell.part == of && same(cell))
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

/// What selection asks of a candidate that was made.
pub struct Text {
    /// What tells its text from others.
    pub sketch: Sketch,
    /// What it may be compared with: rows that are asked the same and answered the same.
    pub group: Group,
    /// Bytes of its text.
    pub bytes: u32,
    /// A model reworded some of what the guard sees.
    pub reworded: bool,
}

/// What became of a candidate before it was offered.
pub type Outcome = Result<Text, Reject>;

/// Which candidates a selection looks at, and where it has them from.
pub enum Source<'p> {
    /// All of them, made here.
    All,
    /// Those of one part, made here and put down.
    Share(Share, &'p mut SignatureWriter),
    /// All of them, from the parts; what no part has is made here.
    Parts(&'p Parts),
}

/// A candidate in flight.
struct Candidate {
    cell: usize,
    unit: u64,
    outcome: Outcome,
}

/// Candidates made at a time: enough for every core, few enough that their sketches (4 KB each) stay small.
const BATCH: usize = 4096;

/// The order in which parts are made: all of them together, or partners when it is known which attacks there are.
const AT_ONCE: [&[Part]; 1] = [&Part::ALL];
const PARTNERS_LAST: [&[Part]; 3] = [&[Part::Attack, Part::Resisted, Part::Prefix, Part::Plain], &[Part::Lookalike], &[Part::Twin]];

/// Name of the file of what fell out.
pub const REJECTS: &str = "rejects.parquet";

/// Fills the cells of a plan. What falls out goes to `rejects.parquet` in `folder`, and what the search for near-duplicates cannot
/// hold in memory into a nameless file there.
///
/// # Errors
/// If either cannot be made, written or read.
pub fn select(maker: &Maker<'_>, folder: &Path, source: Source<'_>, progress: &Progress) -> Result<Selection, Failure> {
    let cells = &maker.plan.cells;
    let dedup = &maker.recipe.dedup;
    let mut selector = Selector {
        maker,
        index: Index::with_memory(dedup.threshold, usize::try_from(dedup.memory.0).unwrap_or(usize::MAX), folder),
        offered: Vec::new(),
        targets: targets(maker, &source),
        source,
        kept: vec![0; cells.len()],
        attempts: vec![0; cells.len()],
        tried: BTreeSet::new(),
        rejects: RejectWriter::create(&folder.join(REJECTS))?,
        selection: Selection::default(),
    };
    progress.start("select", selector.targets.iter().sum());
    loop {
        let round = selector.next_round();
        if round.is_empty() {
            if selector.take_out_crossings()? {
                continue;
            }
            break;
        }
        selector.offer_round(&round, progress)?;
    }
    progress.finish();
    selector.finish()
}

/// Rows to accept for each cell: all that it wants, or as many of those as a part has sessions for.
fn targets(maker: &Maker<'_>, source: &Source<'_>) -> Vec<usize> {
    let cells = &maker.plan.cells;
    let Source::Share(share, _) = source else { return cells.iter().map(|cell| cell.wanted).collect() };
    let target = |index: usize| match maker.base(index) {
        Some(_) => cells[index].wanted.div_ceil(share.of as usize),
        None => maker.attempts(index, 0).take(cells[index].wanted).filter(|(_, unit)| share.has(cells[index].lane, *unit)).count(),
    };
    (0..cells.len()).map(target).collect()
}

/// What becomes of a candidate, from a part or else by making it.
fn candidate(maker: &Maker<'_>, parts: Option<&Parts>, cell: usize, unit: u64) -> Result<Candidate, Failure> {
    let question = maker.plan.cells[cell].checkpoint as u64;
    let known = parts.map_or(Ok(None), |parts| parts.outcome(cell, unit, question))?;
    Ok(Candidate { cell, unit, outcome: known.unwrap_or_else(|| outcome(maker, cell, unit)) })
}

fn outcome(maker: &Maker<'_>, cell: usize, unit: u64) -> Outcome {
    let kind = &maker.plan.cells[cell];
    let (made, labels) = maker.make(kind, unit)?;
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
    let group = Group { question: kind.checkpoint as u64, label: hash_text(&format!("{}/{}", labels.label, labels.attack_present)) };
    Ok(Text { sketch: Sketch::of(&text), group, bytes: text.len() as u32, reworded: !made.reworded.is_empty() })
}

struct Selector<'m, 'c, 'p> {
    maker: &'m Maker<'c>,
    index: Index<Spill>,
    /// Every text offered to the index, by number; `None` once it is out.
    offered: Vec<Option<Chosen>>,
    source: Source<'p>,
    /// Rows to accept for each cell.
    targets: Vec<usize>,
    kept: Vec<usize>,
    attempts: Vec<usize>,
    /// Cell and unit of every partner that was made of an accepted row.
    tried: BTreeSet<(usize, u64)>,
    rejects: RejectWriter,
    selection: Selection,
}

impl Selector<'_, '_, '_> {
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
                match self.maker.base(index) {
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
        self.targets[cell].saturating_sub(self.kept[cell])
    }

    /// Tries the next units of the cell's lane.
    fn try_lane(&mut self, index: usize, round: &mut Vec<(usize, u64)>) {
        let maker = self.maker;
        let (lane, missing) = (maker.plan.cells[index].lane, self.missing(index));
        let mut found = 0;
        for (attempt, unit) in maker.attempts(index, self.attempts[index]) {
            if found == missing {
                return;
            }
            self.attempts[index] = attempt + 1;
            if !matches!(&self.source, Source::Share(share, _) if !share.has(lane, unit)) {
                round.push((index, unit));
                found += 1;
            }
        }
        // What is left of them cannot be asked.
        self.attempts[index] = maker.limit(index);
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

    /// Makes the candidates of a round, each batch while the one before it is offered.
    fn offer_round(&mut self, round: &[(usize, u64)], progress: &Progress) -> Result<(), Failure> {
        let maker = self.maker;
        let parts = if let Source::Parts(parts) = self.source { Some(parts) } else { None };
        let make = |batch: &[(usize, u64)]| batch.par_iter().map(|(cell, unit)| candidate(maker, parts, *cell, *unit)).collect();
        let mut made: Vec<Candidate> = Vec::new();
        for batch in round.chunks(BATCH).chain([&[][..]]) {
            let before = self.total();
            let (next, offered): (Result<_, Failure>, _) = rayon::join(|| make(batch), || self.offer(made));
            offered?;
            progress.advance(self.total().saturating_sub(before));
            made = next?;
        }
        Ok(())
    }

    fn offer(&mut self, batch: Vec<Candidate>) -> Result<(), Failure> {
        for Candidate { cell, unit, outcome } in batch {
            self.selection.generated += 1;
            if let Source::Share(_, signatures) = &mut self.source {
                signatures.push(cell, unit, &outcome)?;
            }
            let Text { sketch, group, bytes, reworded } = match outcome {
                Ok(text) => text,
                Err(reject) => {
                    self.reject(reject)?;
                    continue;
                }
            };
            let number = self.offered.len() as u64;
            let (reason, detail) = match self.index.offer(group, number, sketch)? {
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
                        self.take_out(with, "conflict", "same text under another label".into())?;
                    }
                    ("conflict", detail)
                }
            };
            self.offered.push(None);
            self.drop(cell, unit, reason, detail)?;
        }
        Ok(())
    }

    fn drop(&mut self, cell: usize, unit: u64, reason: &'static str, detail: String) -> Result<(), Failure> {
        self.reject(self.maker.reject(&self.maker.plan.cells[cell], unit, Stage::Dedup, reason, detail))
    }

    fn reject(&mut self, reject: Reject) -> Result<(), Failure> {
        self.selection.fallen.reject(&reject);
        Ok(self.rejects.push(reject)?)
    }

    fn take_out(&mut self, number: u64, reason: &'static str, detail: String) -> Result<(), Failure> {
        let Some(chosen) = self.offered[number as usize].take() else { return Ok(()) };
        self.kept[chosen.cell] -= 1;
        self.drop(chosen.cell, chosen.unit, reason, detail)
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
    fn take_out_crossings(&mut self) -> Result<bool, Failure> {
        let crossings = self.index.crossing(|number| self.split(number))?;
        for (a, b, jaccard) in &crossings {
            let later = if self.split(*a) > self.split(*b) { *a } else { *b };
            if self.offered[later as usize].is_some() {
                self.selection.crossings += 1;
                self.take_out(later, "crosses_splits", format!("Jaccard {jaccard:.3} with a row of another split"))?;
            }
        }
        Ok(!crossings.is_empty())
    }

    fn split(&self, number: u64) -> Option<Split> {
        self.offered[number as usize].as_ref().map(|chosen| self.maker.plan.cells[chosen.cell].split)
    }

    fn finish(mut self) -> Result<Selection, Failure> {
        self.rejects.finish()?;
        let cells = &self.maker.plan.cells;
        self.selection.short = cells
            .iter()
            .enumerate()
            .filter(|(index, cell)| self.kept[*index] < cell.wanted)
            .map(|(index, _)| (index, self.kept[index]))
            .collect();
        self.selection.chosen = self.offered.into_iter().flatten().collect();
        Ok(self.selection)
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
