//! Client configurations: the files in which desktop clients and editors name MCP servers.

mod fields;
mod variables;

use std::path::Path;

use guardset_core::Problems;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::client::Named;
use crate::escape::escape;
use crate::jsonc;
use fields::Entry;

/// The servers of a client configuration.
#[derive(Debug, Default, PartialEq)]
pub struct Config {
    /// Those that may be asked, in the order of the file.
    pub servers: Vec<Named>,
    /// How many were left out because the file says that they are disabled.
    pub disabled: usize,
}

/// Where clients keep their servers, as paths of keys. The last is that of settings of an editor.
const PLACES: [&[&str]; 4] = [&["mcpServers"], &["servers"], &["context_servers"], &["mcp", "servers"]];

impl Config {
    /// Reads a file, with the environment of this program for `${VAR}`.
    ///
    /// # Errors
    /// Every problem of the file, each with the server and the field.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text, &|name| std::env::var(name).ok()),
            Err(error) => {
                let mut problems = Problems::default();
                problems.add(file, None, "", format!("cannot be read: {error}"));
                Err(problems)
            }
        }
    }

    /// Reads the text of a file that is called `file` in problems; `variable` gives values of the environment.
    ///
    /// # Errors
    /// Every problem of the text, each with the server and the field.
    pub fn parse(file: &str, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let root = match serde_json::from_str::<Tree>(&jsonc::plain(text.trim_start_matches('\u{feff}'))) {
            Ok(root) => root,
            Err(error) => {
                problems.add(file, Some(error.line()), "", format!("is not valid JSON: {error}"));
                return Err(problems);
            }
        };
        let mut config = Self::default();
        let found: Vec<_> = PLACES.iter().filter_map(|path| root.at(path)).collect();
        if found.is_empty() {
            problems.add(file, None, "", "has no servers; they stand under mcpServers, servers, context_servers or mcp.servers");
        }
        for servers in found {
            config.take(servers, file, variable, &mut problems);
        }
        problems.or(config)
    }

    fn take(&mut self, servers: &Tree, file: &str, variable: &dyn Fn(&str) -> Option<String>, problems: &mut Problems) {
        let Tree::Object(servers) = servers else {
            return problems.add(file, None, "servers", "must be an object with a key per server");
        };
        for (name, server) in servers {
            let place = format!("server {}", escape(name));
            if self.servers.iter().any(|known| known.name == *name) {
                problems.add(file, None, &place, "is there twice, must be named once");
                continue;
            }
            let before = problems.0.len();
            let mut entry = Entry { file, place: &place, fields: &server.value(), variable, problems };
            if entry.disabled() {
                self.disabled += 1;
                continue;
            }
            let source = entry.source();
            match source {
                Some(source) => self.servers.push(Named { name: name.clone(), source }),
                None => debug_assert!(problems.0.len() > before, "what is not taken has a reason"),
            }
        }
    }
}

/// JSON whose objects keep keys that are there twice.
enum Tree {
    Object(Vec<(String, Tree)>),
    Other(Value),
}

impl Tree {
    fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, key| match tree {
            Self::Object(fields) => fields.iter().find_map(|(name, value)| (name == key).then_some(value)),
            Self::Other(_) => None,
        })
    }

    /// The plain value; of a field that is there twice the last.
    fn value(&self) -> Value {
        match self {
            Self::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value.value())).collect(),
            Self::Other(value) => value.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Branch)
    }
}

/// Makes a [`Tree`]: objects are kept pair by pair, everything else is what serde_json makes of it.
struct Branch;

impl<'de> Visitor<'de> for Branch {
    type Value = Tree;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Tree::Object(fields))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(Tree::value(&item));
        }
        Ok(Tree::Other(Value::Array(items)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Other(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Other(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other(Value::Null))
    }
}
