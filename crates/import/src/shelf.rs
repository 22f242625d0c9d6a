//! Puts tools that came without a server on servers: those of one dialogue together, no name twice, none with more than people have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::knowledge::Knowledge;
use crate::words::{singular, slug, words};

/// Most tools of a server that is put together here.
const MOST: usize = 24;
/// Ends of the names of such servers.
const ENDS: [&str; 8] = ["hub", "desk", "kit", "service", "tools", "gateway", "connect", "center"];

/// Servers in the making.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// Tools of each.
    pub servers: Vec<Vec<Value>>,
    /// Servers that have a tool of this name.
    homes: BTreeMap<String, Vec<usize>>,
}

impl Shelf {
    /// Finds a server that has or can take all of these, or starts one. Tools of one dialogue have different names.
    pub(crate) fn place(&mut self, tools: &[Value]) -> usize {
        let related: BTreeSet<usize> = tools.iter().flat_map(|tool| self.homes.get(name(tool)).into_iter().flatten().copied()).collect();
        let last = self.servers.len().checked_sub(1);
        let room = |server: &usize| self.missing(*server, tools).is_some_and(|missing| self.servers[*server].len() + missing <= MOST);
        // The one that lacks least; where none is related, the one that is being filled.
        let near = related.iter().copied().filter(room).min_by_key(|server| self.missing(*server, tools));
        let server = near.or(last.filter(room)).unwrap_or_else(|| {
            self.servers.push(Vec::new());
            self.servers.len() - 1
        });
        for tool in tools {
            if !self.servers[server].iter().any(|known| name(known) == name(tool)) {
                self.servers[server].push(tool.clone());
                self.homes.entry(name(tool).to_owned()).or_default().push(server);
            }
        }
        server
    }

    /// How many of the tools a server lacks; `None` where it has another tool of the same name.
    fn missing(&self, server: usize, tools: &[Value]) -> Option<usize> {
        let mut missing = 0;
        for tool in tools {
            match self.servers[server].iter().find(|known| name(known) == name(tool)) {
                Some(known) if known == tool => {}
                Some(_) => return None,
                None => missing += 1,
            }
        }
        Some(missing)
    }
}

fn name(tool: &Value) -> &str {
    tool["name"].as_str().unwrap_or_default()
}

/// A name for a server by what most of its tools are about; none of `taken`.
pub(crate) fn server_name(knowledge: &Knowledge, tools: &[Value], taken: &mut BTreeSet<String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in tools.iter().flat_map(|tool| words(name(tool))) {
        if word.len() > 2 && !knowledge.is_verb(&word) && !word.chars().any(|c| c.is_ascii_digit()) {
            *counts.entry(singular(&word)).or_default() += 1;
        }
    }
    let about =
        counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map_or_else(|| "task".to_owned(), |(word, _)| slug(&word));
    let free =
        ENDS.iter().map(|end| format!("{about}-{end}")).chain((2..).map(|n| format!("{about}-{n}"))).find(|name| !taken.contains(name));
    let free = free.unwrap_or(about);
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tools_of_one_dialogue_stand_together_and_no_name_stands_twice() {
        let tool = |name: &str, about: &str| json!({"name": name, "description": about});
        let mut shelf = Shelf::default();
        let first = shelf.place(&[tool("a", "1"), tool("b", "1")]);
        assert_eq!(shelf.place(&[tool("b", "1"), tool("c", "1")]), first, "a tool that is there leads to its server");
        let other = shelf.place(&[tool("a", "2")]);
        assert_ne!(other, first, "another tool of the same name");
        assert_eq!(shelf.servers[first].len(), 3);
        for n in 0..100 {
            shelf.place(&[tool(&format!("t{n}"), "1")]);
        }
        assert!(shelf.servers.iter().all(|server| server.len() <= MOST));
        assert_eq!(shelf.servers.iter().map(Vec::len).sum::<usize>(), 104);
    }
}
