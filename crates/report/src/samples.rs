//! A few hundred rows to read: every class at every checkpoint of every split as far as that goes, and every pair whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use guardset_emit::{read_rows, read_rows_at};
use serde_json::{Map, Value, json};

use crate::error::ReportError;

/// Longest text that is shown in full, in characters.
const LONGEST: usize = 20_000;

/// What the page shows of a row, in this order.
const SHOWN: [&str; 44] = [
    "id",
    "pair_id",
    "pair_role",
    "family",
    "split",
    "checkpoint",
    "label",
    "labels",
    "unsafe",
    "attack_present",
    "attack_followed",
    "vector",
    "effect",
    "disguise",
    "goal",
    "severity",
    "phase",
    "source",
    "scope",
    "threat_type",
    "maestro",
    "controls",
    "catalogue_ids",
    "violating_steps",
    "evidence",
    "rationale",
    "domain",
    "scenario",
    "pattern",
    "servers",
    "surface",
    "voice",
    "agent",
    "language",
    "protocol_version",
    "seed",
    "paraphrase_model",
    "reworded",
    "content_hash",
    "tools",
    "session",
    "steps",
    "flows",
    "body",
];

/// Rows that belong together: one that stands alone, or those of a pair.
pub(crate) type Group = Vec<Value>;

/// About `wanted` rows, in groups; the first groups alone are a fair sample, too.
///
/// Which rows is decided by their ids, and those are hashes: the draw is a random one, yet the same every time, whatever
/// the shards are. With a row of a pair come all others of it at the same checkpoint, and for each role that is not there
/// (attack, twin, look-alike) the one at the first checkpoint that has it.
pub(crate) fn pick(shards: &[PathBuf], wanted: usize) -> Result<Vec<Group>, ReportError> {
    let survey = Survey::of(shards, wanted)?;
    let chosen = survey.choose(wanted);
    read(shards, &survey, &chosen)
}

/// A stratum: class, split, checkpoint, and whether the row stands alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Cell {
    label: String,
    split: String,
    checkpoint: String,
    alone: bool,
}

/// Rows of a pair: by role (attack, twin, look-alike, other) and number of the checkpoint how many. Small, as there are many.
type Roles = [[u8; CHECKPOINTS]; 4];

/// Checkpoints that are told apart.
const CHECKPOINTS: usize = 4;

/// What can be drawn.
#[derive(Default)]
struct Survey {
    /// The first few rows of each cell by id, with their pair.
    cells: BTreeMap<Cell, BTreeSet<(String, Option<String>)>>,
    pairs: HashMap<String, Roles>,
    checkpoints: Checkpoints,
}

/// Names of checkpoints by number. In a run that has more than there are, the last ones share a number.
#[derive(Default)]
struct Checkpoints(Vec<String>);

impl Checkpoints {
    fn number(&mut self, name: &str) -> usize {
        if self.0.len() < CHECKPOINTS && !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
        self.known(name)
    }

    fn known(&self, name: &str) -> usize {
        self.0.iter().position(|known| known == name).unwrap_or(CHECKPOINTS - 1)
    }
}

fn role(name: Option<&str>) -> usize {
    match name {
        Some("attack") => 0,
        Some("twin") => 1,
        Some("lookalike") => 2,
        _ => 3,
    }
}

impl Survey {
    fn of(shards: &[PathBuf], wanted: usize) -> Result<Self, ReportError> {
        // Enough for a run of few cells, small enough for one of many.
        let most = 8 + wanted / 8;
        let mut survey = Self::default();
        for path in shards {
            for row in read_rows(path, &["id", "label", "split", "checkpoint", "pair_id", "pair_role"])? {
                let mut row = row?;
                let mut word = |column: &str| match row.get_mut(column).map(Value::take) {
                    Some(Value::String(text)) => Some(text),
                    _ => None,
                };
                let (pair, role_name, checkpoint) = (word("pair_id"), word("pair_role"), word("checkpoint").unwrap_or_default());
                survey.add(pair.as_deref(), role_name.as_deref(), &checkpoint);
                let (label, split) = (word("label").unwrap_or_default(), word("split").unwrap_or_default());
                let cell = Cell { label, split, checkpoint, alone: pair.is_none() };
                let id = word("id").unwrap_or_default();
                let first = survey.cells.entry(cell).or_default();
                if first.len() < most || first.last().is_some_and(|(last, _)| id < *last) {
                    first.insert((id, pair));
                    if first.len() > most {
                        first.pop_last();
                    }
                }
            }
        }
        Ok(survey)
    }

    fn add(&mut self, pair: Option<&str>, role_name: Option<&str>, checkpoint: &str) {
        let number = self.checkpoints.number(checkpoint);
        if let Some(pair) = pair {
            if !self.pairs.contains_key(pair) {
                self.pairs.insert(pair.to_owned(), Roles::default());
            }
            if let Some(roles) = self.pairs.get_mut(pair) {
                let rows = &mut roles[role(role_name)][number];
                *rows = rows.saturating_add(1);
            }
        }
    }

    /// What is drawn, in the order of the draw: the class with the fewest draws is next, and within it the cell that has
    /// fewest and whose split and checkpoint have fewest. Pairs that have all roles come before others of their cell.
    fn choose(&self, wanted: usize) -> Vec<Chosen> {
        let mut left: BTreeMap<&Cell, Vec<&(String, Option<String>)>> = BTreeMap::new();
        for (cell, rows) in &self.cells {
            let mut rows: Vec<_> = rows.iter().collect();
            // Taken from the end.
            rows.sort_by_key(|(id, pair)| std::cmp::Reverse((!self.is_whole(pair.as_deref()), id)));
            left.insert(cell, rows);
        }
        let mut drawn: HashMap<(&str, &str), usize> = HashMap::new();
        let mut draws: HashMap<&Cell, usize> = HashMap::new();
        let (mut chosen, mut seen, mut rows) = (Vec::<Chosen>::new(), BTreeSet::new(), 0);
        while rows < wanted {
            let times = |axis, value: &str| drawn.get(&(axis, value)).copied().unwrap_or_default();
            let next = left.keys().copied().min_by_key(|cell| {
                let class = times(if cell.alone { "alone" } else { "label" }, &cell.label);
                let spread = times("split", &cell.split) + times("checkpoint", &cell.checkpoint);
                (class, draws.get(cell).copied().unwrap_or_default(), spread, *cell)
            });
            let Some(cell) = next else { break };
            let Some((id, pair)) = left.get_mut(cell).and_then(Vec::pop) else {
                left.remove(cell);
                continue;
            };
            if !seen.insert(pair.as_ref().unwrap_or(id)) {
                continue;
            }
            *draws.entry(cell).or_default() += 1;
            for (axis, value) in
                [(if cell.alone { "alone" } else { "label" }, &cell.label), ("split", &cell.split), ("checkpoint", &cell.checkpoint)]
            {
                *drawn.entry((axis, value)).or_default() += 1;
            }
            let one = match pair {
                Some(pair) => Chosen::Pair { pair: pair.clone(), at: Some(self.at(pair, self.checkpoints.known(&cell.checkpoint))) },
                None => Chosen::Row { id: id.clone() },
            };
            rows += self.rows(&one);
            chosen.push(one);
        }
        // A small run is shown in full: pairs at their other checkpoints, too.
        for one in &mut chosen {
            if rows >= wanted {
                break;
            }
            rows -= self.rows(one);
            if let Chosen::Pair { at, .. } = one {
                *at = None;
            }
            rows += self.rows(one);
        }
        chosen
    }

    fn is_whole(&self, pair: Option<&str>) -> bool {
        pair.and_then(|pair| self.pairs.get(pair)).is_some_and(|roles| roles[..3].iter().all(|rows| rows.iter().any(|rows| *rows > 0)))
    }

    /// At which checkpoint each role of a pair is shown.
    fn at(&self, pair: &str, checkpoint: usize) -> [Option<usize>; 4] {
        let roles = self.pairs.get(pair).copied().unwrap_or_default();
        roles.map(|rows| if rows[checkpoint] > 0 { Some(checkpoint) } else { rows.iter().position(|rows| *rows > 0) })
    }

    fn rows(&self, chosen: &Chosen) -> usize {
        let Chosen::Pair { pair, at } = chosen else { return 1 };
        let Some(roles) = self.pairs.get(pair) else { return 0 };
        let Some(at) = at else { return roles.iter().flatten().copied().map(usize::from).sum() };
        roles.iter().zip(at).filter_map(|(rows, at)| Some(usize::from(rows[(*at)?]))).sum()
    }
}

/// Of each role the checkpoint at which it is shown; nothing where all rows of a pair are.
type Places = Option<[Option<usize>; 4]>;

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Chosen {
    /// Of a pair, each role at its checkpoint; without them all rows.
    Pair { pair: String, at: Places },
    /// A row that stands alone.
    Row { id: String },
}

/// First where the rows are, then what they say.
fn read(shards: &[PathBuf], survey: &Survey, chosen: &[Chosen]) -> Result<Vec<Group>, ReportError> {
    let mut pairs: HashMap<&str, (usize, Places)> = HashMap::new();
    let mut alone: HashMap<&str, usize> = HashMap::new();
    for (group, chosen) in chosen.iter().enumerate() {
        match chosen {
            Chosen::Pair { pair, at } => drop(pairs.insert(pair, (group, *at))),
            Chosen::Row { id } => drop(alone.insert(id, group)),
        }
    }
    let mut groups: Vec<Group> = vec![Vec::new(); chosen.len()];
    for path in shards {
        let mut found = Vec::new();
        for (position, row) in read_rows(path, &["id", "pair_id", "pair_role", "checkpoint"])?.enumerate() {
            let row = row?;
            let word = |column: &str| row[column].as_str();
            let group = match word("pair_id") {
                Some(pair) => pairs.get(pair).and_then(|(group, at)| {
                    let checkpoint = survey.checkpoints.known(word("checkpoint").unwrap_or_default());
                    at.is_none_or(|at| at[role(word("pair_role"))] == Some(checkpoint)).then_some(*group)
                }),
                None => word("id").and_then(|id| alone.get(id)).copied(),
            };
            found.extend(group.map(|group| (position, group)));
        }
        let positions: Vec<usize> = found.iter().map(|(position, _)| *position).collect();
        if positions.is_empty() {
            continue;
        }
        for (row, (_, group)) in read_rows_at(path, &positions)?.into_iter().zip(found) {
            groups[group].push(shown(row));
        }
    }
    for group in &mut groups {
        let word = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
        group.sort_by_key(|row| (role(row["pair_role"].as_str()), word(row, "checkpoint"), word(row, "id")));
    }
    Ok(groups)
}

/// A row as the page shows it.
fn shown(mut row: Map<String, Value>) -> Value {
    let mut out = Map::new();
    let mut is_cut = false;
    for column in SHOWN {
        let mut value = row.get_mut(column).map_or(Value::Null, Value::take);
        is_cut |= cut(&mut value);
        out.insert(column.to_owned(), value);
    }
    if is_cut {
        out.insert("cut".to_owned(), json!(true));
    }
    Value::Object(out)
}

/// Cuts what is too long to be read, and tells whether there was any.
fn cut(value: &mut Value) -> bool {
    match value {
        Value::String(text) => match shortened(text) {
            Some(short) => {
                *text = short;
                true
            }
            None => false,
        },
        Value::Array(items) => items.iter_mut().fold(false, |is_cut, item| cut(item) | is_cut),
        Value::Object(fields) => {
            let mut is_cut = fields.values_mut().fold(false, |is_cut, field| cut(field) | is_cut);
            if fields.keys().any(|key| shortened(key).is_some()) {
                *fields = std::mem::take(fields).into_iter().map(|(key, field)| (shortened(&key).unwrap_or(key), field)).collect();
                is_cut = true;
            }
            is_cut
        }
        _ => false,
    }
}

fn shortened(text: &str) -> Option<String> {
    if text.len() <= LONGEST {
        return None;
    }
    let (end, _) = text.char_indices().nth(LONGEST)?;
    Some(format!("{}… [{} more characters left out of this report]", &text[..end], text[end..].chars().count()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        let mut value = json!({"a": ["é".repeat(LONGEST + 7), "short"], "b": 1});
        assert!(cut(&mut value));
        let text = value["a"][0].as_str().unwrap();
        assert!(text.ends_with("é… [7 more characters left out of this report]"), "{}", &text[text.len() - 60..]);
        assert_eq!(value["a"][1], "short");
        assert!(!cut(&mut json!({"a": "é".repeat(LONGEST)})));
    }

    #[test]
    fn a_long_key_is_cut_too() {
        let mut value = json!({});
        value["k".repeat(LONGEST + 1)] = json!(2);
        assert!(cut(&mut value));
        let key = value.as_object().unwrap().keys().next().unwrap();
        assert!(key.ends_with("… [1 more characters left out of this report]"));
    }

    /// Id, label, checkpoint, pair and role.
    type Told<'a> = (&'a str, &'a str, &'a str, Option<(&'a str, &'a str)>);

    fn survey(rows: &[Told<'_>]) -> Survey {
        let mut survey = Survey::default();
        for (id, label, checkpoint, pair) in rows {
            let cell = Cell { label: (*label).into(), split: "train".into(), checkpoint: (*checkpoint).into(), alone: pair.is_none() };
            survey.cells.entry(cell).or_default().insert(((*id).to_owned(), pair.map(|(pair, _)| pair.to_owned())));
            survey.add(pair.map(|(pair, _)| pair), pair.map(|(_, role)| role), checkpoint);
        }
        survey
    }

    fn names(chosen: &[Chosen]) -> Vec<&str> {
        chosen
            .iter()
            .map(|chosen| match chosen {
                Chosen::Pair { pair, .. } => pair.as_str(),
                Chosen::Row { id } => id.as_str(),
            })
            .collect()
    }

    #[test]
    fn classes_are_drawn_in_turn() {
        let survey = survey(&[
            ("1", "a", "session", Some(("p1", "attack"))),
            ("2", "a", "session", Some(("p2", "attack"))),
            ("3", "a", "tool_call", Some(("p3", "attack"))),
            ("4", "b", "session", Some(("p4", "attack"))),
            ("5", "appropriate", "session", None),
        ]);
        // Every class once, then the checkpoint of `a` that has not been drawn.
        let four = survey.choose(4);
        let mut first = names(&four[..3]);
        first.sort_unstable();
        assert_eq!(first, ["5", "p1", "p4"]);
        assert_eq!(names(&four[3..]), ["p3"]);
        assert_eq!(survey.choose(100).len(), 5, "nothing is drawn twice");
    }

    #[test]
    fn partners_come_from_the_same_checkpoint_or_else_from_another() {
        let survey = survey(&[
            ("1", "a", "session", Some(("p", "attack"))),
            ("2", "a", "tool_call", Some(("p", "attack"))),
            ("3", "appropriate", "session", Some(("p", "twin"))),
            ("4", "appropriate", "tool_call", Some(("p", "lookalike"))),
            ("5", "appropriate", "session", Some(("p", "lookalike"))),
        ]);
        let [session, call] = ["session", "tool_call"].map(|name| survey.checkpoints.known(name));
        assert_eq!(survey.at("p", session), [Some(session), Some(session), Some(session), None]);
        assert_eq!(survey.at("p", call), [Some(call), Some(session), Some(call), None]);
        assert_eq!(survey.rows(&Chosen::Pair { pair: "p".into(), at: Some(survey.at("p", call)) }), 3);
        assert!(survey.is_whole(Some("p")) && !survey.is_whole(None));
    }
}
