use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

/// Where texts stand in a record: a field, and the name under which a string stands below it.
///
/// In `{"tool": {"description": "...", "schema": {"path": {"description": "..."}}}}` both strings are in the column
/// `tool.description`; strings straight in a field, or in arrays in it, are in the column of the field's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    field: String,
    key: Option<String>,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}.{key}", self.field),
            None => f.write_str(&self.field),
        }
    }
}

/// The columns that texts are taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// Named by the user: `field` stands for all strings below, `field.key` for those under that name.
    Named(Vec<String>),
    /// Those that look like text.
    Guessed(BTreeSet<Column>),
}

/// Words from which on, in the median, a column looks like text. Ids, labels, categories and roles have fewer.
const WORDS: usize = 5;

impl Columns {
    /// Those that were named.
    pub fn named(names: &[String]) -> Self {
        Self::Named(names.to_vec())
    }

    /// The columns whose strings have five words or more in the median, as far as these records tell.
    pub fn guess<'v>(records: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut lengths: BTreeMap<Column, Vec<usize>> = BTreeMap::new();
        for record in records {
            for_each_string(record, &mut |field, key, text| {
                let words = text.split_whitespace().take(100).count();
                if words > 0 {
                    lengths.entry(column(field, key)).or_default().push(words);
                }
            });
        }
        let is_text = |lengths: &mut Vec<usize>| {
            let middle = lengths.len() / 2;
            *lengths.select_nth_unstable(middle).1 >= WORDS
        };
        Self::Guessed(lengths.into_iter().filter_map(|(column, mut lengths)| is_text(&mut lengths).then_some(column)).collect())
    }

    /// Every string column of a record, for those who have to name one.
    pub fn of(record: &Value) -> BTreeSet<Column> {
        let mut columns = BTreeSet::new();
        for_each_string(record, &mut |field, key, _| {
            columns.insert(column(field, key));
        });
        columns
    }

    /// Hands out the texts of a record, each with the position in [`names`](Self::names) of the column it stands in.
    pub fn for_each_text(&self, record: &Value, each: &mut dyn FnMut(usize, &str)) {
        for_each_string(record, &mut |field, key, text| {
            if let Some(position) = self.position(field, key) {
                each(position, text);
            }
        });
    }

    fn position(&self, field: &str, key: Option<&str>) -> Option<usize> {
        match self {
            Self::Named(names) => names.iter().position(|name| {
                let below = name.strip_prefix(field).and_then(|rest| rest.strip_prefix('.'));
                name == field || below.is_some() && below == key
            }),
            Self::Guessed(columns) => columns.iter().position(|column| column.field == field && column.key.as_deref() == key),
        }
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Named(names) => names.clone(),
            Self::Guessed(columns) => columns.iter().map(Column::to_string).collect(),
        }
    }
}

fn column(field: &str, key: Option<&str>) -> Column {
    Column { field: field.to_owned(), key: key.map(str::to_owned) }
}

type EachString<'a> = &'a mut dyn FnMut(&str, Option<&str>, &str);

fn for_each_string(record: &Value, each: EachString<'_>) {
    let Value::Object(fields) = record else { return };
    for (field, value) in fields {
        strings_below(field, None, value, each);
    }
}

/// The strings of a value. Text that is itself an object or array of JSON, as tables and Parquet have it, is looked into.
fn strings_below(field: &str, key: Option<&str>, value: &Value, each: EachString<'_>) {
    match value {
        Value::String(text) => match nested(text) {
            Some(inner) => strings_below(field, key, &inner, each),
            None => each(field, key, text),
        },
        Value::Array(elements) => elements.iter().for_each(|element| strings_below(field, key, element, each)),
        Value::Object(members) => members.iter().for_each(|(key, value)| strings_below(field, Some(key), value, each)),
        _ => {}
    }
}

fn nested(text: &str) -> Option<Value> {
    let text = text.trim();
    let is_closed = text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']');
    if is_closed { serde_json::from_str(text).ok() } else { None }
}
