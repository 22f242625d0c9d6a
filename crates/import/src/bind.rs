//! Finds what a dialogue's calls take from its words: those become slots, which is what the user bound and what samples differ in.

use std::collections::BTreeSet;

use serde_json::Value;
use toml::Table;

use crate::called::Called;
use crate::dialogue::Turn;
use crate::fill::Filler;
use crate::pool::Pool;
use crate::shape::Shape;
use crate::slot::{choice, id, is_slot_value, slot_name};
use crate::text::{Text, whole_words};

/// Values that became slots, the longest first: text, whether it is a number, slot.
pub(crate) struct Bound(Vec<(String, bool, String)>);

impl Bound {
    /// A text with slots for the values in it.
    pub(crate) fn text(&self, text: &str) -> Text {
        self.0.iter().fold(Text::fixed(text), |text, (value, _, slot)| text.with_value(value, slot))
    }

    /// A value with slots in it.
    pub(crate) fn shape(&self, value: &Value) -> Shape {
        let slot = |text: &str, number: bool| {
            self.0.iter().find(|(known, is_number, _)| known == text && *is_number == number).map(|(.., slot)| slot.clone())
        };
        match value {
            Value::String(text) => slot(text, false).map_or_else(|| Shape::Fixed(value.clone()), |slot| Shape::Text(Text::slot(slot))),
            Value::Number(_) => slot(&number_text(value), true).map_or_else(|| Shape::Fixed(value.clone()), Shape::Number),
            Value::Array(items) => Shape::List(items.iter().map(|item| self.shape(item)).collect()),
            Value::Object(members) => Shape::Object(members.iter().map(|(name, member)| (name.clone(), self.shape(member))).collect()),
            other => Shape::Fixed(other.clone()),
        }
    }
}

/// A number as people write it.
fn number_text(value: &Value) -> String {
    match value.as_f64() {
        Some(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{}", n as i64),
        _ => value.to_string(),
    }
}

/// Finds what the user, or a result, said before a call repeats it.
pub(crate) fn bind(filler: &mut Filler<'_>, pool: &Pool, turns: &[Turn], calls: &[Called]) -> Bound {
    let mut bound: Vec<(String, bool, String)> = Vec::new();
    for call in calls {
        let earlier = &turns[..call.turn];
        let said = |value: &str| earlier.iter().any(|turn| matches!(turn, Turn::User(text) if !whole_words(text, value).is_empty()));
        let returned = |value: &str| {
            earlier.iter().any(|turn| matches!(turn, Turn::Call { result: Some(text), .. } if !whole_words(text, value).is_empty()))
        };
        let mut leaves = Vec::new();
        for (name, value) in &call.arguments {
            collect(name, value, &mut leaves);
        }
        for (name, value) in leaves {
            let (text, number) = match value {
                Value::String(text) => (text.clone(), false),
                _ => (number_text(value), true),
            };
            let usable =
                text.chars().count() > usize::from(!number) && is_slot_value(&text) && !bound.iter().any(|(known, ..)| *known == text);
            let by_user = usable && said(&text);
            if !(by_user || usable && returned(&text)) {
                continue;
            }
            let kind = if number { of_number(value) } else { Some(of_text(call, calls, pool, &name, &text, by_user)) };
            if let Some(kind) = kind.filter(|kind| fits_everywhere(calls, &text, number, kind)) {
                let slot = filler.declare(&slot_name(&name, ""), kind);
                bound.push((text, number, slot));
            }
        }
    }
    bound.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(&b.0)));
    let mut bound = Bound(bound);
    // A value that stands only inside a longer one is not shown by itself, and one may be said only after a first call used it.
    while let Some(hidden) = hidden(turns, calls, &bound) {
        bound.0.retain(|(.., slot)| *slot != hidden);
        filler.slots.remove(&hidden);
    }
    bound
}

/// A slot that a call uses and nothing before it shows.
fn hidden(turns: &[Turn], calls: &[Called], bound: &Bound) -> Option<String> {
    calls.iter().find_map(|call| {
        let shown: BTreeSet<String> = turns[..call.turn]
            .iter()
            .filter_map(|turn| match turn {
                Turn::User(text) | Turn::Call { result: Some(text), .. } => Some(bound.text(text)),
                _ => None,
            })
            .flat_map(|text| text.slots().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let used: Vec<String> = call
            .arguments
            .values()
            .flat_map(|value| bound.shape(value).slots().into_iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        used.into_iter().find(|slot| !shown.contains(slot))
    })
}

fn collect<'v>(name: &str, value: &'v Value, out: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::String(_) | Value::Number(_) => out.push((name.to_owned(), value)),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, out)),
        Value::Object(members) => members.iter().for_each(|(name, member)| collect(name, member, out)),
        _ => {}
    }
}

/// A range about a number; years stay near.
fn of_number(value: &Value) -> Option<toml::Value> {
    let n = value.as_f64()?;
    let mut table = Table::new();
    if n.fract() == 0.0 {
        let whole = n as i64;
        if !(2..1_000_000_000_000).contains(&whole) {
            return None;
        }
        let (min, max) = if (1900..2100).contains(&whole) {
            (whole - 6, whole + 2)
        } else {
            ((whole - whole / 3).max(2), whole + whole.div_euclid(2).max(1))
        };
        table.insert("kind".into(), "int".into());
        table.insert("min".into(), min.into());
        table.insert("max".into(), max.into());
    } else {
        let places = value.to_string().split_once('.').map_or(1, |(_, places)| places.len());
        if !(0.01..1e9).contains(&n) || places > 6 || value.to_string().contains('e') {
            return None;
        }
        table.insert("kind".into(), "decimal".into());
        table.insert("min".into(), (n * 0.75).into());
        table.insert("max".into(), (n * 1.3).into());
        table.insert("places".into(), toml::Value::Integer(places as i64));
    }
    Some(toml::Value::Table(table))
}

/// What may stand in the place of a text: the members of an enum, an identifier of the same form, or what others gave.
fn of_text(call: &Called, calls: &[Called], pool: &Pool, name: &str, text: &str, by_user: bool) -> toml::Value {
    if !by_user && text.len() >= 4 && text.chars().any(|c| c.is_ascii_digit()) && !text.contains(' ') {
        return id(&pattern_of(text));
    }
    let fits = |other: &&str| fits_in(calls, text, other) && call.arguments.values().all(|value| value != *other);
    let mut offered = vec![text];
    offered.extend(pool.like(name, text).into_iter().filter(fits));
    choice(&offered)
}

/// An `id` pattern whose values look like the text.
fn pattern_of(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_digit() => '#',
            c if c.is_ascii_uppercase() => '@',
            c if c.is_ascii_lowercase() => '%',
            // These are signs of the pattern itself.
            '#' | '@' | '%' | '^' => '-',
            c => c,
        })
        .collect()
}

/// True when every call that has the value would take another in its place.
fn fits_in(calls: &[Called], value: &str, other: &str) -> bool {
    calls.iter().all(|call| call.accepts(&|leaf| if leaf == value { Value::from(other) } else { leaf.clone() }))
}

/// True when both ends of a number's range fit, and for a text its first choice does.
fn fits_everywhere(calls: &[Called], value: &str, number: bool, kind: &toml::Value) -> bool {
    if !number {
        return true;
    }
    ["min", "max"].iter().all(|end| {
        let end = match &kind[*end] {
            toml::Value::Integer(n) => Value::from(*n),
            other => Value::from(other.as_float().unwrap_or_default()),
        };
        calls
            .iter()
            .all(|call| call.accepts(&|leaf| if leaf.is_number() && number_text(leaf) == value { end.clone() } else { leaf.clone() }))
    })
}
