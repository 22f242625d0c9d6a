use guardset_core::{Axis, Class, Message, Reasons, Role, Sample, Split, Taxonomy, ViewOptions, ViewRow, rng};
use rand::RngExt;
use serde::Serialize;
use tera::{Context, Tera, Value};

use crate::listing::Listing;
use crate::load::{Names, SAFE};
use crate::raw::{Categories, Classes, RawView, Spelling, Verdict};

/// Why a view has no row for a sample: the format has no name for its class.
pub const LEFT_OUT: &str = "class_not_in_format";

/// One guard format, ready to render.
#[derive(Debug)]
pub struct View {
    /// Name: stem of its file, folder of its shards.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// BLAKE3 of its file, in hex.
    pub digest: String,
    /// Whether its rows have a `body`.
    pub has_body: bool,
    pub(crate) verdict: Verdict,
    pub(crate) classes: Vec<Class>,
    pub(crate) categories: Categories,
    label: Spelling,
    tera: Tera,
    /// Questions by checkpoint.
    questions: Vec<Value>,
    /// Each class of the view at each place of a prompt, which gives it its code.
    entries: Vec<Vec<Value>>,
    /// Each class of the view apart from a prompt.
    apart: Vec<Value>,
    safe: Value,
    vectors: Names,
    effects: Names,
    choices: Value,
}

/// Names of the templates.
pub(crate) struct Templates;

impl Templates {
    pub const SYSTEM: &str = "system";
    pub const USER: &str = "user";
    pub const ANSWER: &str = "assistant";
    pub const REASONED: &str = "reasoned";
}

/// A class as templates see it.
#[derive(Serialize)]
struct Category<'a> {
    id: &'a str,
    title: &'a str,
    definition: &'a str,
    /// Empty where the view has no codes, and for a class that is not in the prompt.
    code: &'a str,
    /// What the format calls it; its title where the file says nothing.
    name: &'a str,
}

/// What templates see of an axis.
#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    name: &'a str,
}

/// The names that a format has for each axis, each once.
#[derive(Serialize)]
struct Choices<'a> {
    vectors: Vec<&'a str>,
    classes: Vec<&'a str>,
    effects: Vec<&'a str>,
}

impl View {
    pub(crate) fn new(name: &str, digest: String, raw: RawView, taxonomy: &Taxonomy, tera: Tera) -> Self {
        let mut classes: Vec<Class> = match raw.classes {
            Classes::All => taxonomy.classes.iter().filter(|class| class.id != SAFE).cloned().collect(),
            Classes::Mcip => taxonomy.classes.iter().filter(|class| class.choice.is_some()).cloned().collect(),
        };
        if raw.classes == Classes::Mcip {
            classes.sort_by(|a, b| a.choice.cmp(&b.choice));
        }
        let category = |class: &Class, code: &str| {
            let name = raw.names.classes.get(&class.id).unwrap_or(&class.title);
            Value::from_serializable(&Category { id: &class.id, title: &class.title, definition: &class.definition, code, name })
        };
        let code = |class: &Class, place: usize| match (&class.choice, raw.classes) {
            (Some(letter), Classes::Mcip) => letter.clone(),
            _ if raw.code.is_empty() => String::new(),
            _ => format!("{}{}", raw.code, place + 1),
        };
        let entries = classes.iter().map(|class| (0..classes.len()).map(|place| category(class, &code(class, place))).collect());
        let choices = Value::from_serializable(&Choices {
            vectors: distinct(taxonomy.vectors.iter().map(|Axis { id, .. }| id), &raw.names.vectors),
            classes: distinct(taxonomy.classes.iter().map(|class| &class.id), &raw.names.classes),
            effects: distinct(taxonomy.effects.iter().map(|Axis { id, .. }| id), &raw.names.effects),
        });
        let question = |checkpoint: &guardset_core::Checkpoint| {
            Value::normal_string(raw.questions.get(checkpoint.as_str()).map_or("", String::as_str))
        };
        Self {
            name: name.to_owned(),
            description: raw.description.trim().to_owned(),
            digest,
            has_body: raw.columns.body,
            entries: entries.collect(),
            apart: classes.iter().map(|class| category(class, "")).collect(),
            safe: taxonomy.class(SAFE).map_or_else(Value::none, |class| category(class, "")),
            questions: guardset_core::Checkpoint::ALL.iter().map(question).collect(),
            choices,
            verdict: raw.verdict,
            categories: raw.categories,
            label: raw.columns.label,
            classes,
            tera,
            vectors: raw.names.vectors,
            effects: raw.names.effects,
        }
    }

    /// Path of the file within the project.
    pub fn file(&self) -> String {
        format!("templates/views/{}.toml", self.name)
    }

    /// Renders a sample, or nothing where the format has no name for its class ([`LEFT_OUT`]). `id` is that of the row.
    ///
    /// # Errors
    /// What Tera says. A view that was loaded has rendered every kind of sample before.
    pub fn render<'a>(&'a self, sample: &'a Sample, id: &'a str, options: &ViewOptions) -> Result<Option<ViewRow<'a>>, String> {
        let labels = &sample.labels;
        let class = self.classes.iter().position(|class| class.id == labels.label);
        if class.is_none() && labels.label != SAFE {
            return Ok(None);
        }
        let random = &mut rng(0, &["view", &self.name, id]);
        let half = random.random::<bool>();
        let reasoned = self.tera.contains_template(Templates::REASONED)
            && match options.rationale {
                Reasons::With => true,
                Reasons::Without => false,
                Reasons::Both => half,
            };
        let listing = match self.categories {
            Categories::Free => Listing::draw(&self.classes, labels, sample.split == Split::Train, options, random),
            Categories::Fixed => Listing::whole(self.classes.len()),
            Categories::None => Listing::whole(0),
        };
        let is_unsafe = labels.is_unsafe && !listing.flipped;
        let said = if is_unsafe { class } else { self.classes.iter().position(|class| class.id == SAFE) };
        let context = self.context(sample, &listing, said, is_unsafe, reasoned);
        Ok(Some(ViewRow {
            id,
            pair_id: sample.pair_id.as_deref(),
            pair_role: sample.pair_role,
            split: sample.split,
            checkpoint: sample.checkpoint,
            class: &labels.label,
            label: self.spelled(said),
            is_unsafe,
            flipped: listing.flipped,
            categories: listing.classes.iter().map(|class| self.classes[*class].id.as_str()).collect(),
            body: self.has_body.then_some(&sample.text.body),
            messages: self.messages(&context, reasoned)?,
        }))
    }

    fn spelled(&self, class: Option<usize>) -> &str {
        let Some(class) = class.map(|class| &self.classes[class]) else { return SAFE };
        match self.label {
            Spelling::Id => &class.id,
            Spelling::Mcip => class.spellings.dataset.as_deref().unwrap_or(&class.id),
        }
    }

    /// What the templates see of a row.
    fn context(&self, sample: &Sample, listing: &Listing, said: Option<usize>, is_unsafe: bool, reasoned: bool) -> Context {
        let labels = &sample.labels;
        let entry = |(place, class): (usize, &usize)| self.entries[*class][place].clone();
        let listed = listing.classes.iter().enumerate();
        let label = match (said, listed.clone().find(|(_, class)| Some(**class) == said)) {
            (_, Some(found)) => entry(found),
            (Some(class), None) => self.apart[class].clone(),
            (None, None) => self.safe.clone(),
        };
        let violated: Vec<Value> = match is_unsafe {
            true => listed.clone().filter(|(_, class)| labels.labels.contains(&self.classes[**class].id)).map(entry).collect(),
            false => Vec::new(),
        };
        let rationale = match (&self.verdict.flipped, listing.flipped) {
            (Some(flipped), true) => flipped,
            _ => &labels.rationale,
        };
        let verdict = if is_unsafe { &self.verdict.r#unsafe } else { &self.verdict.safe };
        let controls: &[String] = if is_unsafe { &labels.controls } else { &[] };
        let steps: &[u32] = if is_unsafe { &labels.violating_steps } else { &[] };

        let mut context = Context::new();
        context.insert_value("body", Value::normal_string(&sample.text.body));
        context.insert_value("question", self.questions[sample.checkpoint as usize].clone());
        context.insert_value("categories", Value::from(listed.map(entry).collect::<Vec<_>>()));
        context.insert_value("choices", self.choices.clone());
        context.insert_value("label", label);
        context.insert_value("violated", Value::from(violated));
        context.insert_value("vector", named(&self.vectors, labels.vector.as_deref(), is_unsafe));
        context.insert_value("effect", named(&self.effects, labels.effect.as_deref(), is_unsafe));
        context.insert("checkpoint", sample.checkpoint.as_str());
        context.insert("reasoned", &reasoned);
        context.insert("unsafe", &is_unsafe);
        context.insert("verdict", verdict);
        context.insert("rationale", rationale);
        context.insert("controls", controls);
        context.insert("violating_steps", steps);
        context.insert("severity", if is_unsafe { labels.severity.as_str() } else { "none" });
        context
    }

    fn messages(&self, context: &Context, reasoned: bool) -> Result<Vec<Message>, String> {
        let answer = if reasoned { Templates::REASONED } else { Templates::ANSWER };
        let mut messages = Vec::with_capacity(3);
        for (role, template) in [(Role::System, Templates::SYSTEM), (Role::User, Templates::USER), (Role::Assistant, answer)] {
            if role != Role::System || self.tera.contains_template(template) {
                let content = self.tera.render(template, context).map_err(|error| format!("messages.{template}: {error}"))?;
                messages.push(Message { role, content });
            }
        }
        Ok(messages)
    }
}

fn named(names: &Names, id: Option<&str>, is_unsafe: bool) -> Value {
    let id = id.filter(|_| is_unsafe).unwrap_or("none");
    Value::from_serializable(&Named { id, name: names.get(id).map_or(id, String::as_str) })
}

fn distinct<'a>(ids: impl Iterator<Item = &'a String>, names: &'a Names) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for name in ids.filter_map(|id| names.get(id)) {
        if !distinct.contains(&name.as_str()) {
            distinct.push(name);
        }
    }
    distinct
}
