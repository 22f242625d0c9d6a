//! Makes values that fit a schema: plausible by name, format, description; valid by enum, limits and pattern.

use std::collections::BTreeMap;

use guardset_core::rng;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use toml::Table;

use crate::knowledge::{ArgumentRule, Knowledge};
use crate::pattern::id_pattern;
use crate::schema;
use crate::shape::Shape;
use crate::slot::{choice, example, id, is_slot_value, slot_name};
use crate::text::Text;
use crate::words::{singular, words};

/// Deepest nesting of a value that is made.
const DEEPEST: usize = 6;
/// Optional parameters that are given beside the required ones, at most.
const OPTIONAL: usize = 2;
/// Values of an enum from which one is drawn, at most.
const MOST_CHOICES: usize = 24;

/// A value that a request has to name: what the label of a sample may rest on.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub label: String,
    pub value: Text,
    /// How a person says it.
    pub says: Text,
}

/// Fills schemas. The same parameter gets the same value throughout one scenario.
pub(crate) struct Filler<'k> {
    knowledge: &'k Knowledge,
    pub rng: ChaCha8Rng,
    /// Slots by name, as a seed file declares them.
    pub slots: Table,
    known: BTreeMap<(String, String), Shape>,
    pub told: Vec<Told>,
    /// True while what is made is to be told.
    telling: bool,
}

impl<'k> Filler<'k> {
    /// `words` name what is filled; the same words, the same values.
    pub(crate) fn new(knowledge: &'k Knowledge, words: &[&str]) -> Self {
        Self { knowledge, rng: rng(0, words), slots: Table::new(), known: BTreeMap::new(), told: Vec::new(), telling: true }
    }

    /// Arguments for a call: all that are required and some that are not.
    pub(crate) fn arguments(&mut self, schema: &Value, optional: bool) -> Option<Vec<(String, Shape)>> {
        match self.object(schema, schema, if optional { OPTIONAL } else { 0 }, 0)? {
            Shape::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A structured result. Members that have the name of an argument repeat it.
    pub(crate) fn result(&mut self, schema: &Value) -> Option<Shape> {
        self.telling = false;
        let made = self.object(schema, schema, 12, 0);
        self.telling = true;
        made
    }

    /// Undoes a try: slots and what would have been told of it go.
    pub(crate) fn forget(&mut self, slots: Table, told: usize) {
        self.known.retain(|_, shape| shape.slots().iter().all(|slot| slots.contains_key(*slot)));
        self.slots = slots;
        self.told.truncate(told);
    }

    /// Takes over slots of a file of ours under names of this scenario, and gives the new name of each.
    pub(crate) fn adopt(&mut self, prefix: &str, slots: &Table, used: &dyn Fn(&str) -> bool) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (name, kind) in slots.iter().filter(|(name, _)| used(name)) {
            names.insert(name.clone(), self.declare(&slot_name(prefix, name), kind.clone()));
        }
        names
    }

    /// Declares a slot, under another name where this one is taken by another kind.
    pub(crate) fn declare(&mut self, name: &str, kind: toml::Value) -> String {
        let mut free = if ["user", "org", "today", ""].contains(&name) { format!("{name}_value") } else { name.to_owned() };
        let stem = free.clone();
        let mut number = 2;
        while self.slots.get(&free).is_some() {
            free = format!("{stem}{number}");
            number += 1;
        }
        self.slots.insert(free.clone(), kind);
        free
    }

    fn object(&mut self, root: &Value, schema: &Value, optional: usize, depth: usize) -> Option<Shape> {
        let empty = serde_json::Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&empty);
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let is_required = |name: &str| required.contains(&name);
        let mut left: Vec<&String> = properties
            .iter()
            .filter(|(name, property)| {
                let property = schema::resolved(root, property);
                !is_required(name) && property.get("default").is_none() && schema::kind(property) != "boolean"
            })
            .map(|(name, _)| name)
            .collect();
        // Nothing is required: a call or an object without anything says little.
        let wanted = if required.is_empty() { optional.max(usize::from(depth > 0)) } else { optional };
        let mut chosen: Vec<&String> = Vec::new();
        for _ in 0..wanted.min(left.len()) {
            let at = self.rng.random_range(0..left.len());
            chosen.push(left.swap_remove(at));
        }
        let mut members = Vec::new();
        for (name, property) in properties {
            if !is_required(name) && !chosen.contains(&name) {
                continue;
            }
            match self.value(root, property, name, depth + 1) {
                Some(shape) => members.push((name.clone(), shape)),
                None if is_required(name) => return None,
                None => {}
            }
        }
        // A required member without a schema may be anything.
        for name in required.iter().filter(|name| !properties.contains_key(**name)) {
            members.push(((*name).to_owned(), self.value(root, &Value::Object(serde_json::Map::new()), name, depth + 1)?));
        }
        Some(Shape::Object(members))
    }

    fn value(&mut self, root: &Value, schema: &Value, name: &str, depth: usize) -> Option<Shape> {
        if depth > DEEPEST {
            return None;
        }
        let schema = schema::resolved(root, schema);
        let kind = schema::kind(schema).to_owned();
        let key = (name.to_owned(), constraints(&kind, schema));
        if let Some(shape) = self.known.get(&key).filter(|shape| !shape.slots().is_empty()) {
            return Some(shape.clone());
        }
        let shape = match kind.as_str() {
            _ if schema.get("const").is_some() => Shape::Fixed(schema["const"].clone()),
            // Some write the members' enum on the list itself.
            _ if schema["enum"].is_array() && kind != "array" => self.choice(schema, name)?,
            "string" => self.text(schema, name)?,
            "integer" | "number" => self.number(schema, name, &kind)?,
            // A result that says it failed would be an error instead.
            "boolean" => Shape::Fixed(Value::Bool(!self.telling || self.rng.random_bool(0.5))),
            "array" => {
                let count = schema["minItems"].as_u64().unwrap_or(1).clamp(1, 4) as usize;
                let count = if self.telling { count } else { count.max(2) };
                let anything = Value::Object(serde_json::Map::new());
                let items = schema["items"].as_object().map_or(&anything, |_| &schema["items"]);
                let one = join_words(name);
                let mut made = Vec::with_capacity(count);
                for at in 0..count {
                    // No two items of a list are the same: further ones share no value with anything.
                    let known = if at == 0 { None } else { Some(std::mem::take(&mut self.known)) };
                    let name = if at == 0 { one.clone() } else { format!("{one}_{}", at + 1) };
                    made.push(self.value(root, items, &name, depth + 1)?);
                    if let Some(known) = known {
                        self.known = known;
                    }
                }
                Shape::List(made)
            }
            "object" => self.object(root, schema, 1, depth)?,
            _ => return None,
        };
        self.known.insert(key, shape.clone());
        Some(shape)
    }

    fn choice(&mut self, schema: &Value, name: &str) -> Option<Shape> {
        let values = schema["enum"].as_array()?;
        let texts: Vec<&str> = values.iter().filter_map(Value::as_str).filter(|text| is_slot_value(text)).take(MOST_CHOICES).collect();
        if texts.len() < 2 || texts.len() < values.len().min(MOST_CHOICES) {
            return values.first().map(|first| Shape::Fixed(first.clone()));
        }
        let slot = self.declare(&slot_name(name, ""), choice(&texts));
        self.tell(name, Text::slot(slot.as_str()), &["<label> <v>".to_owned()]);
        Some(Shape::Text(Text::slot(slot)))
    }

    fn text(&mut self, schema: &Value, name: &str) -> Option<Shape> {
        if let Some(expression) = schema["pattern"].as_str() {
            let pattern = id_pattern(expression)?;
            let slot = self.declare(&slot_name(name, ""), id(&pattern));
            self.tell(name, Text::slot(slot.as_str()), &["<label> <v>".to_owned()]);
            return Some(Shape::Text(Text::slot(slot)));
        }
        let named = schema::rule(self.knowledge, name, "string")?;
        // What the schema asks for in words comes before a rule that knows no name.
        let rule = match schema::stand_in(schema) {
            Some(other) if named.names.is_empty() || schema["format"].is_string() => schema::rule(self.knowledge, other, "string")?,
            _ => named,
        };
        let text = self.by_rule(rule, name);
        let length = text.example(&|slot| self.example(slot)).chars().count() as u64;
        let (least, most) = (schema["minLength"].as_u64().unwrap_or(0), schema["maxLength"].as_u64().unwrap_or(u64::MAX));
        // Values differ in length from draw to draw; only what is far inside its limits is kept.
        if length < least.saturating_mul(2).min(least + 8) || length.saturating_mul(2) > most {
            let letters = "%".repeat(least.max(6).min(most).min(64) as usize);
            let slot = self.declare(&slot_name(name, ""), id(&letters));
            self.tell(name, Text::slot(slot.as_str()), &["<label> <v>".to_owned()]);
            return (least <= 64 && most > 0).then(|| Shape::Text(Text::slot(slot)));
        }
        self.tell(name, text.clone(), &rule.says);
        Some(Shape::Text(text))
    }

    fn by_rule(&mut self, rule: &ArgumentRule, name: &str) -> Text {
        let names = self.adopt(&slot_name(name, ""), &rule.slots, &|_| true);
        Text::of_template(&rule.value, &|slot| renamed(&names, slot))
    }

    fn number(&mut self, schema: &Value, name: &str, kind: &str) -> Option<Shape> {
        let rule = schema::rule(self.knowledge, name, kind)?;
        let limit =
            |key: &str, exclusive: &str, step: f64| schema[key].as_f64().or_else(|| schema[exclusive].as_f64().map(|limit| limit + step));
        let step = if kind == "integer" { 1.0 } else { 0.1 };
        let (least, most) = (limit("minimum", "exclusiveMinimum", step), limit("maximum", "exclusiveMaximum", -step));
        if let Some(step) = schema["multipleOf"].as_f64() {
            let start = (least.unwrap_or(step) / step).ceil().max(1.0) * step;
            return Some(Shape::Fixed(if start.fract() == 0.0 { Value::from(start as i64) } else { Value::from(start) }));
        }
        let slot = rule.slots.values().next()?.as_table()?;
        let range = |key: &str| slot.get(key).and_then(|v| v.as_float().or_else(|| v.as_integer().map(|n| n as f64)));
        let (mut from, mut to) = (range("min")?, range("max")?);
        if least.is_some_and(|least| least > to) || most.is_some_and(|most| most < from) {
            let width = to - from;
            from = least.unwrap_or_else(|| most.unwrap_or(0.0) - width);
            to = most.unwrap_or(from + width);
        }
        (from, to) = (from.max(least.unwrap_or(from)), to.min(most.unwrap_or(to)));
        if from > to || from.abs() > 1e15 || to.abs() > 1e15 {
            return None;
        }
        let whole = slot.get("kind").and_then(toml::Value::as_str) == Some("int") && from.ceil() <= to.floor();
        let mut made = Table::new();
        if whole || kind == "integer" {
            made.insert("kind".into(), "int".into());
            made.insert("min".into(), toml::Value::Integer(from.ceil() as i64));
            made.insert("max".into(), toml::Value::Integer(to.floor() as i64));
            if from.ceil() > to.floor() {
                return None;
            }
        } else {
            made.insert("kind".into(), "decimal".into());
            made.insert("min".into(), from.into());
            made.insert("max".into(), to.into());
            // A rounded draw must not leave a narrow range.
            made.insert("places".into(), toml::Value::Integer(if to - from < 2.0 { 3 } else { 1 }));
        }
        let slot = self.declare(&slot_name(name, ""), toml::Value::Table(made));
        self.tell(name, Text::slot(slot.as_str()), &rule.says);
        Some(Shape::Number(slot))
    }

    fn tell(&mut self, name: &str, value: Text, says: &[String]) {
        if !self.telling {
            return;
        }
        let label = words(name).join(" ");
        let says = says.choose(&mut self.rng).map_or("<label> <v>", String::as_str);
        let mark = |mark: &str| match mark {
            "v" => Some(value.clone()),
            "label" => Some(Text::fixed(label.as_str())),
            _ => None,
        };
        let says = Text::fixed(says).with_marks(&mark);
        self.told.push(Told { label, value, says });
    }

    /// A value that the slot could have, to try a schema with.
    pub(crate) fn example(&self, name: &str) -> String {
        let (slot, form) = name.split_once('.').unwrap_or((name, ""));
        self.slots.get(slot).map_or_else(String::new, |kind| example(kind, form))
    }
}

/// What a value has to keep to: two parameters of one name share a value where this is the same.
fn constraints(kind: &str, schema: &Value) -> String {
    let keys = ["enum", "const", "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    let more = ["minLength", "maxLength", "items", "properties", "required", "minItems", "maxItems"];
    let kept = keys.iter().chain(&more).filter_map(|key| Some(format!(" {key}={}", schema.get(*key)?)));
    std::iter::once(kind.to_owned()).chain(kept).collect()
}

/// The name that a slot of ours has in a scenario, with its form.
pub(crate) fn renamed(names: &BTreeMap<String, String>, slot: &str) -> String {
    let (stem, form) = slot.split_once('.').map_or((slot, None), |(stem, form)| (stem, Some(form)));
    let stem = names.get(stem).map_or(stem, String::as_str);
    form.map_or_else(|| stem.to_owned(), |form| format!("{stem}.{form}"))
}

fn join_words(name: &str) -> String {
    let mut all = words(name);
    if let Some(last) = all.last_mut() {
        *last = singular(last);
    }
    all.join("_")
}
