//! What a set for evaluation says of itself: how its rows are spread, how whole its pairs are, what guessing comes to.

use std::collections::BTreeMap;

use guardset_core::Taxonomy;
use serde::{Deserialize, Serialize};

/// Counts of an evaluation set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Rows by checkpoint and class.
    pub cells: BTreeMap<String, BTreeMap<String, u64>>,
    /// How many attacks stand with their partners.
    pub pairs: Pairs,
}

/// Attacks and the partners that stand beside them, at the same checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    /// Rows in which the attack is followed.
    pub attacks: u64,
    /// Those with their look-alike.
    pub with_lookalike: u64,
    /// Those with their twin.
    pub with_twin: u64,
    /// Those with both.
    pub whole: u64,
}

/// How well guessing does on some rows; a guard that is not better has learned nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Baseline {
    pub task: &'static str,
    pub guess: String,
    /// Share of right answers, 0 to 1.
    pub accuracy: f64,
    /// Mean F1 of the classes that occur; a class that is never answered counts as 0.
    pub macro_f1: f64,
}

const APPROPRIATE: &str = "appropriate";

impl Evaluation {
    /// What guessing comes to on the rows of a checkpoint, or on all: safe or unsafe, the eleven classes of MCIP's prompt,
    /// all classes. Guesses by prior are given as expected.
    pub(crate) fn baselines(&self, checkpoint: Option<&str>, taxonomy: &Taxonomy) -> Vec<Baseline> {
        let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, counts) in self.cells.iter().filter(|(at, _)| checkpoint.is_none_or(|checkpoint| checkpoint == *at)) {
            for (class, count) in counts {
                *classes.entry(class).or_default() += count;
            }
        }
        let safe = classes.get(APPROPRIATE).copied().unwrap_or(0);
        let binary = BTreeMap::from([("safe", safe), ("unsafe", classes.values().sum::<u64>() - safe)]);
        let lettered = |class: &str| taxonomy.class(class).is_some_and(|class| class.choice.is_some());
        let eleven = classes.iter().filter(|(class, _)| lettered(class)).map(|(class, count)| (*class, *count)).collect();
        let mut baselines = Vec::new();
        for (task, counts) in [("safe or unsafe", &binary), ("11 classes", &eleven), ("all classes", &classes)] {
            let answers = match task {
                "safe or unsafe" => vec!["unsafe", "safe"],
                _ => counts.iter().max_by_key(|(_, count)| **count).map(|(class, _)| *class).into_iter().collect(),
            };
            baselines.extend(answers.into_iter().map(|answer| always(task, answer, counts)));
            baselines.push(by_prior(task, counts));
        }
        baselines
    }
}

fn shares<'a>(counts: &BTreeMap<&'a str, u64>) -> BTreeMap<&'a str, f64> {
    let total = counts.values().sum::<u64>().max(1) as f64;
    counts.iter().filter(|(_, count)| **count > 0).map(|(class, count)| (*class, *count as f64 / total)).collect()
}

/// One answer to everything.
fn always(task: &'static str, answer: &str, counts: &BTreeMap<&str, u64>) -> Baseline {
    let shares = shares(counts);
    let right = shares.get(answer).copied().unwrap_or(0.0);
    // All of the class is found, at a precision of its share.
    let f1 = 2.0 * right / (1.0 + right);
    Baseline { task, guess: format!("always `{answer}`"), accuracy: right, macro_f1: f1 / shares.len().max(1) as f64 }
}

/// Each answer as often as its class occurs: precision and recall of a class are then its share.
fn by_prior(task: &'static str, counts: &BTreeMap<&str, u64>) -> Baseline {
    let shares = shares(counts);
    let accuracy = shares.values().map(|share| share * share).sum();
    let macro_f1 = shares.values().sum::<f64>() / shares.len().max(1) as f64;
    Baseline { task, guess: "random by prior".into(), accuracy, macro_f1 }
}

#[cfg(test)]
mod tests {
    use guardset_core::{Class, Spellings};

    use super::*;

    fn class(id: &str, choice: Option<&str>) -> Class {
        let text = String::new;
        Class {
            id: id.into(),
            title: text(),
            phase: text(),
            source: text(),
            scope: text(),
            element: None,
            threat_type: text(),
            maestro: Vec::new(),
            severity: text(),
            definition: text(),
            spellings: Spellings::default(),
            choice: choice.map(str::to_owned),
            catalogue_ids: Vec::new(),
        }
    }

    /// Guesses, counted answer by answer, come to what the formulas say.
    #[test]
    fn baselines_are_what_counting_gives() {
        let taxonomy = Taxonomy {
            classes: vec![class(APPROPRIATE, Some("A")), class("replay_injection", Some("B")), class("installer_spoofing", None)],
            ..Taxonomy::default()
        };
        let cells = [(APPROPRIATE, 6), ("replay_injection", 3), ("installer_spoofing", 1)];
        let cells = BTreeMap::from([("session".to_owned(), cells.map(|(class, count)| (class.to_owned(), count)).into())]);
        let evaluation = Evaluation { cells, ..Evaluation::default() };
        let baselines = evaluation.baselines(None, &taxonomy);
        let of = |task: &str, guess: &str| {
            let found = baselines.iter().find(|baseline| baseline.task == task && baseline.guess == guess);
            let found = found.unwrap_or_else(|| panic!("{task}, {guess}: {baselines:?}"));
            (found.accuracy, found.macro_f1)
        };
        let close = |(a, f): (f64, f64), (b, g): (f64, f64)| assert!((a - b).abs() < 1e-9 && (f - g).abs() < 1e-9, "{a} {f}, not {b} {g}");
        // Ten rows, four of them unsafe: precision 0.4, recall 1, and nothing of the safe ones.
        close(of("safe or unsafe", "always `unsafe`"), (0.4, (2.0 * 0.4 / 1.4) / 2.0));
        close(of("safe or unsafe", "always `safe`"), (0.6, (2.0 * 0.6 / 1.6) / 2.0));
        close(of("safe or unsafe", "random by prior"), (0.36 + 0.16, 0.5));
        // Nine rows have a letter, in two classes.
        let share = 6.0 / 9.0;
        close(of("11 classes", "always `appropriate`"), (share, (2.0 * share / (1.0 + share)) / 2.0));
        close(of("all classes", "random by prior"), (0.36 + 0.09 + 0.01, 1.0 / 3.0));
        assert_eq!(evaluation.baselines(Some("tool_call"), &taxonomy).iter().map(|b| b.accuracy).fold(0.0, f64::max), 0.0);
    }
}
