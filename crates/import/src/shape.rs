//! A JSON value with slots in it.

use serde_json::{Map, Number, Value};

use crate::text::{Piece, Text};

/// A JSON value with slots in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A string.
    Text(Text),
    /// A slot that is a number.
    Number(String),
    /// A value as it is; never a string that has a slot.
    Fixed(Value),
    List(Vec<Shape>),
    Object(Vec<(String, Shape)>),
}

impl Shape {
    /// Every slot in it, without forms.
    pub(crate) fn slots(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => text.slots().collect(),
            Self::Number(slot) => vec![slot.as_str()],
            Self::Fixed(_) => Vec::new(),
            Self::List(items) => items.iter().flat_map(Self::slots).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, member)| member.slots()).collect(),
        }
    }

    /// As compact JSON with slots.
    pub(crate) fn json(&self) -> Text {
        let mut pieces = Vec::new();
        self.write(&mut pieces);
        Text::join(&[Text(pieces)], "")
    }

    fn write(&self, out: &mut Vec<Piece>) {
        let fixed = |text: String| Piece::Fixed(text);
        match self {
            Self::Text(text) => {
                out.push(fixed("\"".into()));
                out.extend(text.in_json().0);
                out.push(fixed("\"".into()));
            }
            Self::Number(slot) => out.push(Piece::Slot(slot.clone())),
            Self::Fixed(value) => out.push(fixed(value.to_string())),
            Self::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    out.push(fixed(if at == 0 { "[".into() } else { ",".into() }));
                    item.write(out);
                }
                out.push(fixed(if items.is_empty() { "[]".into() } else { "]".into() }));
            }
            Self::Object(members) => {
                for (at, (name, member)) in members.iter().enumerate() {
                    out.push(fixed(format!("{}{}:", if at == 0 { "{" } else { "," }, Value::from(name.as_str()))));
                    member.write(out);
                }
                out.push(fixed(if members.is_empty() { "{}".into() } else { "}".into() }));
            }
        }
    }

    /// With an example in the place of each slot.
    pub(crate) fn example(&self, example: &dyn Fn(&str) -> String) -> Value {
        match self {
            Self::Text(text) => Value::from(text.example(example)),
            Self::Number(slot) => serde_json::from_str::<Number>(&example(slot)).map_or(Value::Null, Value::Number),
            Self::Fixed(value) => value.clone(),
            Self::List(items) => items.iter().map(|item| item.example(example)).collect(),
            Self::Object(members) => {
                Value::Object(members.iter().map(|(name, member)| (name.clone(), member.example(example))).collect::<Map<_, _>>())
            }
        }
    }

    /// As a TOML value. TOML has no null: such members go, which a schema that allows null for them seldom minds.
    pub(crate) fn toml(&self) -> Option<toml::Value> {
        Some(match self {
            Self::Text(text) => toml::Value::String(text.source()),
            Self::Number(slot) => toml::Value::String(format!("{{{{ {slot} }}}}")),
            Self::Fixed(value) => fixed(value)?,
            Self::List(items) => toml::Value::Array(items.iter().filter_map(Self::toml).collect()),
            Self::Object(members) => {
                toml::Value::Table(members.iter().filter_map(|(name, member)| Some((name.clone(), member.toml()?))).collect())
            }
        })
    }
}

fn fixed(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => toml::Value::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => toml::Value::Integer(whole),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(Text::fixed(text.as_str()).source()),
        Value::Array(items) => toml::Value::Array(items.iter().filter_map(fixed).collect()),
        Value::Object(members) => {
            toml::Value::Table(members.iter().filter_map(|(name, member)| Some((name.clone(), fixed(member)?))).collect())
        }
    })
}
