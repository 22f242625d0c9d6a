//! Turns Tera text into a [`Template`] with numbered slots: Tera runs once per text, never per sample.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use guardset_core::{Names, Slot, Template};
use tera::{Context, Tera};

use crate::values;

/// Its own filters and tests, set up once: there are thousands of texts.
static TERA: LazyLock<Tera> = LazyLock::new(Tera::default);

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
        if let Some((slot, forms)) = self.slot_without_form(source) {
            return Err(format!("`{slot}` has several forms and none is given; write one of {}", forms.join(", ")));
        }
        let rendered = if source.contains("{{") || source.contains("{%") {
            TERA.render_str(source, &self.context, false).map_err(|error| self.explain(source, &error.to_string()))?
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

    /// A slot of several forms that stands in a text by its bare name: Tera would print it as an object.
    fn slot_without_form<'s>(&self, source: &'s str) -> Option<(&'s str, Vec<&str>)> {
        expressions(source).find_map(|inside| {
            let forms: Vec<&str> =
                self.known.iter().map(String::as_str).filter(|name| name.split_once('.').is_some_and(|(slot, _)| slot == inside)).collect();
            (!forms.is_empty()).then_some((inside, forms))
        })
    }

    /// Tera's first words; where in the text it is and what else there is, is told in ours.
    fn explain(&self, source: &str, error: &str) -> String {
        let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
        let error = error.strip_prefix("error: ").unwrap_or(&error);
        let end = [" -->", ". Available"].iter().filter_map(|stop| error.find(stop)).min().unwrap_or(error.len());
        let unknown = expressions(source).find(|inside| !self.known.iter().any(|name| name == inside));
        let culprit = unknown.map_or_else(String::new, |inside| format!("`{inside}`: "));
        format!("{culprit}{}; known names are {}", &error[..end], self.known.join(", "))
    }
}

fn slot_number(marker: char) -> usize {
    Template::parse(&marker.to_string()).as_slot().unwrap_or_default()
}

fn filter_on_a_slot(source: &str) -> Option<&str> {
    expressions(source).find(|inside| inside.contains('|'))
}

/// What stands between double braces.
fn expressions(source: &str) -> impl Iterator<Item = &str> {
    source.split("{{").skip(1).filter_map(|rest| rest.find("}}").map(|end| rest[..end].trim()))
}
