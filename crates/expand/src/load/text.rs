//! Turns Tera text into a [`Template`] with numbered slots: Tera runs once per text, never per sample.

use std::collections::BTreeMap;

use guardset_core::{Names, Slot, Template};
use tera::{Context, Tera};

use crate::values;

/// The names that the texts of one owner may use.
pub(crate) struct Scope {
    context: Context,
    /// Every name that may be used; its position is the marker in the context.
    known: Vec<String>,
}

impl Scope {
    /// The builtin slots, `slots`, and `extra` names (`target.tool`) that are supplied when a sample is made.
    pub(crate) fn new(slots: &[Slot], extra: &[&str]) -> Self {
        let mut scope = Self { context: Context::new(), known: Vec::new() };
        for slot in values::builtin_slots().iter().chain(slots) {
            let forms = values::forms(&slot.kind);
            if forms.is_empty() {
                let marker = scope.marker(slot.name.clone());
                scope.context.insert(slot.name.clone(), &marker);
            } else {
                let markers: BTreeMap<&str, String> =
                    forms.iter().map(|form| (*form, scope.marker(format!("{}.{form}", slot.name)))).collect();
                scope.context.insert(slot.name.clone(), &markers);
            }
        }
        scope.supply(extra);
        scope
    }

    /// Only names that are supplied when a sample is made.
    pub(crate) fn supplied(extra: &[&str]) -> Self {
        let mut scope = Self { context: Context::new(), known: Vec::new() };
        scope.supply(extra);
        scope
    }

    fn supply(&mut self, extra: &[&str]) {
        let mut groups: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
        for name in extra {
            let marker = self.marker((*name).to_owned());
            match name.split_once('.') {
                Some((group, form)) => drop(groups.entry(group).or_default().insert(form, marker)),
                None => self.context.insert((*name).to_owned(), &marker),
            }
        }
        for (group, forms) in groups {
            self.context.insert(group.to_owned(), &forms);
        }
    }

    fn marker(&mut self, name: String) -> String {
        self.known.push(name);
        Template::marker(self.known.len() - 1).to_string()
    }

    /// Renders a text to one with markers, numbered by `names`. The error says what is wrong in one line.
    pub(crate) fn mark(&self, source: &str, names: &mut Names) -> Result<String, String> {
        if source.chars().any(Template::is_marker) {
            return Err("holds a character of the private-use plane 15, which marks slots; remove it".into());
        }
        if let Some(filter) = filter_on_a_slot(source) {
            return Err(format!("`{filter}` filters a slot, which is filled later; use one of the slot's forms instead"));
        }
        let rendered = if source.contains("{{") || source.contains("{%") {
            Tera::one_off(source, &self.context, false).map_err(|error| self.explain(&error.to_string()))?
        } else {
            source.to_owned()
        };
        Ok(rendered
            .chars()
            .map(|c| match Template::is_marker(c) {
                true => Template::marker(names.number(&self.known[slot_number(c)])),
                false => c,
            })
            .collect())
    }

    /// A text as a template.
    pub(crate) fn compile(&self, source: &str, names: &mut Names) -> Result<Template, String> {
        self.mark(source, names).map(|marked| Template::parse(&marked))
    }

    fn explain(&self, error: &str) -> String {
        let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{error}; known names are {}", self.known.join(", "))
    }
}

fn slot_number(marker: char) -> usize {
    Template::parse(&marker.to_string()).as_slot().unwrap_or_default()
}

fn filter_on_a_slot(source: &str) -> Option<&str> {
    source.split("{{").skip(1).find_map(|rest| {
        let inside = &rest[..rest.find("}}")?];
        inside.contains('|').then(|| inside.trim())
    })
}
