//! Turns a recipe into cells: how many rows of which kind, and which sessions may fill them.

use guardset_core::{Catalog, Checkpoint, Recipe, Split, hash_text};
use guardset_expand::{Expander, Part};

/// Rows of one kind.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Part of the data set.
    pub split: Split,
    /// Class of the lane: that of the attack, also for its benign partners.
    pub class: usize,
    /// What the session is to its pattern.
    pub part: Part,
    /// Where the guard is asked.
    pub checkpoint: Checkpoint,
    /// Rows to accept.
    pub wanted: usize,
    /// Lane that its sessions come from.
    pub lane: usize,
}

/// Index of a scenario and of a pattern; no pattern for sessions that stand alone.
type Entry = (usize, Option<usize>);

/// An entry of a lane.
#[derive(Debug)]
pub struct Pair {
    scenario: usize,
    pattern: Option<usize>,
    /// How often it stood in the round before.
    turn: u64,
    /// How often it stands in the whole round.
    turns: u64,
}

/// The sessions of one split and class, in an order that visits every pair of scenario and pattern before any twice.
#[derive(Debug)]
pub struct Lane {
    /// One round through the pairs.
    pub pairs: Vec<Pair>,
    /// The most rows that one of its cells wants: cells with fewer spread theirs evenly over the same sessions, so that
    /// attack, twin and look-alike of one session stand together.
    pub longest: usize,
}

impl Lane {
    fn new(pairs: Vec<Entry>, longest: usize) -> Self {
        let mut times = std::collections::BTreeMap::new();
        let mut pairs: Vec<Pair> = pairs
            .into_iter()
            .map(|(scenario, pattern)| {
                let turn = times.entry((scenario, pattern)).or_insert(0);
                *turn += 1;
                Pair { scenario, pattern, turn: *turn - 1, turns: 0 }
            })
            .collect();
        for pair in &mut pairs {
            pair.turns = times[&(pair.scenario, pair.pattern)];
        }
        Self { pairs, longest }
    }

    /// The session of a unit: scenario, pattern, variant. No two units share one.
    pub fn unit(&self, unit: u64) -> (usize, Option<usize>, u64) {
        let length = self.pairs.len() as u64;
        let pair = &self.pairs[(unit % length) as usize];
        (pair.scenario, pair.pattern, unit / length * pair.turns + pair.turn)
    }
}

/// What to make, and from what.
#[derive(Debug, Default)]
pub struct Plan {
    /// Rows by kind, in canonical order.
    pub cells: Vec<Cell>,
    /// Where their sessions come from.
    pub lanes: Vec<Lane>,
    /// Servers that may be connected, by split.
    pub allowed: Vec<Vec<bool>>,
    /// Split of each scenario.
    pub splits: Vec<Split>,
}

impl Plan {
    /// Lays out a run.
    pub fn new(catalog: &Catalog, recipe: &Recipe, expander: &Expander<'_>) -> Self {
        let splits = assign_splits(catalog, recipe, expander);
        let allowed: Vec<Vec<bool>> = Split::ALL.iter().map(|split| allowed_servers(catalog, recipe, *split)).collect();
        let mut plan = Self { cells: Vec::new(), lanes: Vec::new(), allowed, splits };
        let benign = (recipe.total as f64 * recipe.benign_share).round() as usize;
        let weights = Split::ALL.map(|split| recipe.splits.of(split));
        let attacks_of = apportion(recipe.total - benign, &weights);
        let benign_of = apportion(benign, &weights);
        for (index, split) in Split::ALL.into_iter().enumerate() {
            if attacks_of[index] + benign_of[index] > 0 {
                plan.split(catalog, recipe, expander, split, attacks_of[index], benign_of[index]);
            }
        }
        plan
    }

    fn split(&mut self, catalog: &Catalog, recipe: &Recipe, expander: &Expander<'_>, split: Split, attacks: usize, benign: usize) {
        let classes = &catalog.taxonomy.classes;
        let weight = |class: usize| match classes[class].id.as_str() {
            guardset_label::APPROPRIATE => 0.0,
            id => recipe.class_weights.get(id).copied().unwrap_or(1.0),
        };
        let class_weights: Vec<f64> = (0..classes.len()).map(weight).collect();
        let per_class = apportion(attacks, &class_weights);
        let shares = &recipe.benign;
        let [twins, lookalikes, resisted, prefixes, plain] =
            apportion(benign, &[shares.twin, shares.lookalike, shares.resisted, shares.prefix, shares.plain])[..]
        else {
            return;
        };
        let by_class = |total: usize| apportion(total, &class_weights);
        let benign_parts = [
            (Part::Twin, by_class(twins)),
            (Part::Lookalike, by_class(lookalikes)),
            (Part::Resisted, by_class(resisted)),
            (Part::Prefix, by_class(prefixes)),
        ];
        let lanes: Vec<(usize, Vec<Entry>, Vec<f64>)> = (0..classes.len())
            .filter(|class| class_weights[*class] > 0.0)
            .map(|class| {
                let pairs = self.pairs(catalog, recipe, expander, split, class);
                let can = |checkpoint: &Checkpoint| {
                    pairs.iter().any(|(_, pattern)| pattern.is_some_and(|p| catalog.patterns[p].checkpoints.contains(checkpoint)))
                };
                let asked = Checkpoint::ALL.iter().map(|c| if can(c) { recipe.checkpoints.of(*c) } else { 0.0 }).collect();
                (class, pairs, asked)
            })
            .collect();
        let paired = paired_shares(
            &lanes.iter().map(|(class, _, asked)| (per_class[*class], asked.as_slice())).collect::<Vec<_>>(),
            benign,
            resisted,
            prefixes,
            plain,
        );
        for (class, pairs, asked) in lanes {
            let lane = self.lanes.len();
            let first = self.cells.len();
            self.add(split, class, Part::Attack, lane, per_class[class], &asked);
            let goes_on = pairs.iter().any(|(_, pattern)| pattern.is_some_and(|p| !catalog.patterns[p].stops));
            let balanced: Vec<f64> = asked.iter().zip(paired).map(|(asked, share)| asked * share).collect();
            for (part, totals) in &benign_parts {
                let asked: &[f64] = match part {
                    Part::Resisted if goes_on => &RESISTED_AT,
                    Part::Resisted => &[0.0, 0.0, 0.0, 1.0],
                    Part::Prefix => &[0.0, 1.0, 0.0, 0.0],
                    _ if balanced.iter().sum::<f64>() > 0.0 => &balanced,
                    _ => &asked,
                };
                self.add(split, class, *part, lane, totals[class], asked);
            }
            self.close(first, pairs);
        }
        let mut alone: Vec<Entry> =
            (0..catalog.scenarios.len()).filter(|scenario| self.splits[*scenario] == split).map(|scenario| (scenario, None)).collect();
        alone.sort_by_key(|(scenario, _)| hash_text(&catalog.scenarios[*scenario].id));
        let lane = self.lanes.len();
        let first = self.cells.len();
        let appropriate = classes.iter().position(|class| class.id == guardset_label::APPROPRIATE).unwrap_or_default();
        let asked = Checkpoint::ALL.map(|checkpoint| recipe.checkpoints.of(checkpoint));
        self.add(split, appropriate, Part::Plain, lane, plain, &asked);
        self.close(first, alone);
    }

    fn add(&mut self, split: Split, class: usize, part: Part, lane: usize, total: usize, asked: &[f64]) {
        // A split without any fitting pattern still has its cell, so that the shortfall shows.
        let counts = if asked.iter().sum::<f64>() > 0.0 { apportion(total, asked) } else { vec![0, 0, 0, total] };
        for (checkpoint, wanted) in Checkpoint::ALL.into_iter().zip(counts).filter(|(_, wanted)| *wanted > 0) {
            self.cells.push(Cell { split, class, part, checkpoint, wanted, lane });
        }
    }

    fn close(&mut self, first: usize, pairs: Vec<Entry>) {
        let longest = self.cells[first..].iter().map(|cell| cell.wanted).max().unwrap_or_default();
        self.lanes.push(Lane::new(pairs, longest));
    }

    /// Pairs of a split and class, mixed by a stable hash so that neither scenarios nor patterns come in runs.
    fn pairs(&self, catalog: &Catalog, recipe: &Recipe, expander: &Expander<'_>, split: Split, class: usize) -> Vec<Entry> {
        let id = &catalog.taxonomy.classes[class].id;
        let allowed = &self.allowed[split as usize];
        let held_out = |pattern: usize| recipe.holdout.patterns.contains(&catalog.patterns[pattern].id);
        let patterns = (0..catalog.patterns.len())
            .filter(|pattern| catalog.patterns[*pattern].class == *id && held_out(*pattern) == (split == Split::TestUnseenPattern));
        let mut pairs: Vec<Entry> = patterns
            .flat_map(|pattern| (0..catalog.scenarios.len()).map(move |scenario| (scenario, Some(pattern))))
            .filter(|(scenario, pattern)| {
                self.splits[*scenario] == split && pattern.is_some_and(|p| expander.is_fit(p, *scenario, allowed))
            })
            .collect();
        // Patterns alternate: the n-th scenario of every pattern stands before the n+1-th of any.
        let rank = |pair: &Entry| {
            let pattern = pair.1.map_or("", |p| catalog.patterns[p].id.as_str());
            hash_text(&format!("{}/{pattern}", catalog.scenarios[pair.0].id))
        };
        pairs.sort_by_cached_key(rank);
        let mut seen = std::collections::BTreeMap::new();
        let mut placed: Vec<(usize, u64, (usize, Option<usize>))> = pairs
            .into_iter()
            .map(|pair| {
                let turn = seen.entry(pair.1).and_modify(|turn| *turn += 1).or_insert(0usize);
                (*turn, rank(&pair), pair)
            })
            .collect();
        placed.sort_unstable();
        // A pattern with few scenarios comes round as often as one with many.
        let turns: Vec<Vec<Entry>> = seen
            .keys()
            .map(|pattern| placed.iter().filter(|(_, _, pair)| pair.1 == *pattern).map(|(_, _, pair)| *pair).collect())
            .collect();
        interleave(turns)
    }
}

/// Where an assistant that resists is asked about, in the order of the checkpoints: most of all when all is over, and at the call that
/// it goes on to make. Without the latter an objection before a pending call would tell that the call is wrong.
const RESISTED_AT: [f64; 4] = [0.0, 0.3, 0.0, 0.7];

/// How much of the twins and look-alikes each checkpoint gets, relative to the attacks there: so much that benign rows
/// have the same share at every checkpoint, although resisted sessions and prefixes do not exist at each.
fn paired_shares(attacks: &[(usize, &[f64])], benign: usize, resisted: usize, prefixes: usize, plain: usize) -> [f64; 4] {
    let mut at = [0.0; 4];
    for (total, asked) in attacks {
        let sum: f64 = asked.iter().sum();
        for (count, share) in at.iter_mut().zip(*asked) {
            *count += if sum > 0.0 { *total as f64 * share / sum } else { 0.0 };
        }
    }
    let all: f64 = at.iter().sum();
    let alone: [f64; 4] =
        std::array::from_fn(|index| resisted as f64 * RESISTED_AT[index] + if index == 1 { prefixes as f64 } else { 0.0 });
    std::array::from_fn(|index| {
        if at[index] == 0.0 {
            return 0.0;
        }
        let wanted = (benign - plain.min(benign)) as f64 * at[index] / all;
        ((wanted - alone[index]) / at[index]).max(0.02)
    })
}

/// Takes one of each list in turn until the longest is through; the shorter ones start again.
fn interleave<T: Copy>(lists: Vec<Vec<T>>) -> Vec<T> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
    (0..longest).flat_map(|turn| lists.iter().map(move |list| list[turn % list.len()]).collect::<Vec<_>>()).collect()
}

/// Splits go by family, which is the scenario: everything made from one stays together.
///
/// Held-out domains and servers come first. The others are dealt out kind by kind, so that each split gets its share of
/// those that a rare class fits. Independent of the run seed.
fn assign_splits(catalog: &Catalog, recipe: &Recipe, expander: &Expander<'_>) -> Vec<Split> {
    let everything = vec![true; catalog.servers.len()];
    let fits = |class: &str, scenario: usize| {
        (0..catalog.patterns.len())
            .any(|pattern| catalog.patterns[pattern].class == class && expander.is_fit(pattern, scenario, &everything))
    };
    let mut classes: Vec<(usize, &str)> = catalog
        .taxonomy
        .classes
        .iter()
        .map(|class| ((0..catalog.scenarios.len()).filter(|scenario| fits(&class.id, *scenario)).count(), class.id.as_str()))
        .collect();
    classes.sort_unstable();
    // The kind of a scenario is the rarest class that fits it.
    let kind = |scenario: usize| classes.iter().position(|(_, class)| fits(class, scenario));
    let mut splits: Vec<Option<Split>> = (0..catalog.scenarios.len()).map(|scenario| held_out(catalog, recipe, scenario)).collect();
    let mut rest: Vec<(Option<usize>, u64, usize)> = (0..splits.len())
        .filter(|scenario| splits[*scenario].is_none())
        .map(|scenario| (kind(scenario), hash_text(&format!("split/{}", catalog.scenarios[scenario].id)), scenario))
        .collect();
    rest.sort();
    let candidates = [Split::Train, Split::Validation, Split::Test, Split::TestUnseenPattern];
    let weights = candidates.map(|split| recipe.splits.of(split));
    let mut dealt = [0usize; 4];
    for (turn, (_, _, scenario)) in rest.iter().enumerate() {
        // Who is furthest behind its share is next.
        let total: f64 = weights.iter().sum();
        let behind = |index: usize| (turn + 1) as f64 * weights[index] / total - dealt[index] as f64;
        let next = (0..4)
            .filter(|index| weights[*index] > 0.0)
            .max_by(|a, b| behind(*a).total_cmp(&behind(*b)).then(b.cmp(a)))
            .unwrap_or_default();
        dealt[next] += 1;
        splits[*scenario] = Some(candidates[next]);
    }
    splits.into_iter().map(|split| split.unwrap_or(Split::Train)).collect()
}

/// The unseen split that a scenario belongs to because of the servers that it calls.
fn held_out(catalog: &Catalog, recipe: &Recipe, scenario: usize) -> Option<Split> {
    let scenario = &catalog.scenarios[scenario];
    let domain = |domain: usize| recipe.holdout.domains.contains(&catalog.domains[domain].id);
    let mut used = scenario.servers.iter().map(|server| &catalog.servers[*server]);
    if domain(scenario.domain) || used.clone().any(|server| domain(server.domain)) {
        Some(Split::TestUnseenDomain)
    } else if used.any(|server| recipe.holdout.servers.contains(&server.name)) {
        Some(Split::TestUnseenServer)
    } else {
        None
    }
}

fn allowed_servers(catalog: &Catalog, recipe: &Recipe, split: Split) -> Vec<bool> {
    let servers = catalog.servers.iter().map(|server| {
        let unseen_domain = recipe.holdout.domains.contains(&catalog.domains[server.domain].id);
        let unseen_server = recipe.holdout.servers.contains(&server.name);
        match split {
            Split::TestUnseenDomain => unseen_domain,
            Split::TestUnseenServer => !unseen_domain,
            Split::Train | Split::Validation | Split::Test | Split::TestUnseenPattern => !unseen_domain && !unseen_server,
        }
    });
    servers.collect()
}

/// Whole numbers in proportion to weights that add up to `total` exactly (largest remainders, ties to the first).
pub fn apportion(total: usize, weights: &[f64]) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| total as f64 * weight / sum).collect();
    let mut counts: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).filter(|index| weights[*index] > 0.0).collect();
    order.sort_by(|a, b| (exact[*b].fract()).total_cmp(&exact[*a].fract()).then(a.cmp(b)));
    let missing = total - counts.iter().sum::<usize>();
    for index in order.iter().cycle().take(missing) {
        counts[*index] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apportion_adds_up_and_keeps_zeroes() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(7, &[0.0, 2.0, 5.0]), [0, 2, 5]);
        assert_eq!(apportion(5, &[0.0, 0.0]), [0, 0]);
        assert_eq!(apportion(0, &[1.0]), [0]);
        for total in 0..200 {
            assert_eq!(apportion(total, &[0.7, 0.07, 0.09, 0.07, 0.04, 0.03]).iter().sum::<usize>(), total);
        }
    }

    #[test]
    fn units_of_a_lane_are_all_different() {
        let lane = Lane::new(interleave(vec![vec![(0, Some(1)), (1, Some(1)), (2, Some(1))], vec![(0, Some(2))]]), 9);
        let units: std::collections::BTreeSet<_> = (0..60).map(|unit| lane.unit(unit)).collect();
        assert_eq!(units.len(), 60);
    }

    #[test]
    fn interleave_gives_every_list_the_same_number_of_turns() {
        assert_eq!(interleave(vec![vec![1, 2, 3], vec![9]]), [1, 9, 2, 9, 3, 9]);
        assert!(interleave::<u8>(Vec::new()).is_empty());
    }
}
