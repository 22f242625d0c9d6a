use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use guardset_core::{Checkpoint, Problems, Taxonomy};
use tera::Tera;
use toml::Spanned;

use crate::check;
use crate::raw::{Categories, Classes, RawMessages, RawView, Spelling};
use crate::view::{Templates, View};

/// Folder of the view files.
const FOLDER: &str = "templates/views";

/// Every view there is.
#[derive(Debug, Default)]
pub struct Views(Vec<View>);

/// Reads every file in `templates/views` below `root`.
///
/// # Errors
/// Every problem of every file: file, line where known, field, what is wrong and what would be right.
pub fn load(root: &Path, taxonomy: &Taxonomy) -> Result<Views, Problems> {
    let mut problems = Problems::default();
    let mut views = Vec::new();
    for name in names(root, &mut problems) {
        let file = format!("{FOLDER}/{name}.toml");
        match fs::read_to_string(root.join(&file)) {
            Ok(text) => views.extend(read(&file, &name, &text, taxonomy, &mut problems)),
            Err(error) => problems.add(file, None, "", format!("cannot be read: {error}")),
        }
    }
    problems.or(Views(views))
}

impl Views {
    /// The views of these names, in their order.
    ///
    /// # Errors
    /// Every name that is none, as a problem of `file`, the recipe.
    pub fn select(&self, file: &str, names: &[String]) -> Result<Vec<&View>, Problems> {
        let mut problems = Problems::default();
        let mut chosen = Vec::with_capacity(names.len());
        for name in names {
            match self.0.iter().find(|view| view.name == *name) {
                Some(view) => chosen.push(view),
                None => {
                    let known: Vec<&str> = self.0.iter().map(|view| view.name.as_str()).collect();
                    problems.add(file, None, "views.names", format!("`{name}` is no view; known are {}", known.join(", ")));
                }
            }
        }
        problems.or(chosen)
    }

    /// All of them, by name.
    pub fn all(&self) -> &[View] {
        &self.0
    }
}

/// Stems of the view files, sorted. They become names of folders and configurations.
fn names(root: &Path, problems: &mut Problems) -> Vec<String> {
    let entries = match fs::read_dir(root.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) => {
            problems.add(FOLDER, None, "", format!("folder cannot be read: {error}"));
            return Vec::new();
        }
    };
    let files = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = files.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
    names.retain(|name| {
        let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !fits && !name.starts_with('.') {
            let message = "the name of a view is a folder of the data set; use lower-case letters, digits and `-`";
            problems.add(format!("{FOLDER}/{name}.toml"), None, "", message);
        } else if name == "canonical" {
            problems.add(
                format!("{FOLDER}/{name}.toml"),
                None,
                "",
                "`canonical` is the folder of the rows themselves; choose another name",
            );
        }
        fits && name != "canonical"
    });
    names.sort();
    names
}

fn read(file: &str, name: &str, text: &str, taxonomy: &Taxonomy, problems: &mut Problems) -> Option<View> {
    let raw: RawView = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let line = error.span().map(|span| line(text, span.start));
            problems.add(file, line, "", error.message().replace('\n', " "));
            return None;
        }
    };
    let before = problems.0.len();
    let mut wrong = |place: &str, message: String| problems.add(file, None, place, message);
    if raw.description.trim().is_empty() {
        wrong("description", "is empty; say in a sentence what the view is for".into());
    }
    check_keys("questions", raw.questions.keys(), Checkpoint::ALL.iter().map(|c| c.as_str()), &mut wrong);
    let known = |axis: &[guardset_core::Axis]| axis.iter().map(|value| value.id.clone()).collect::<Vec<_>>();
    let classes: Vec<String> = taxonomy.classes.iter().filter(|class| class.id != SAFE).map(|class| class.id.clone()).collect();
    for (place, names, known) in [
        ("names.vectors", &raw.names.vectors, known(&taxonomy.vectors)),
        ("names.classes", &raw.names.classes, classes),
        ("names.effects", &raw.names.effects, known(&taxonomy.effects)),
    ] {
        if !names.is_empty() {
            check_keys(place, names.keys(), known.iter().map(String::as_str), &mut wrong);
        }
    }
    if raw.verdict.safe == raw.verdict.r#unsafe {
        wrong("verdict", "`safe` and `unsafe` are the same; a verdict must tell them apart".into());
    }
    if raw.categories == Categories::Free && raw.verdict.flipped.is_none() {
        wrong("verdict.flipped", "is missing; `categories` are free, so a row can be flipped and needs a reason for it".into());
    }
    if raw.classes == Classes::Mcip && raw.categories == Categories::Free {
        wrong("categories", "MCIP's letters are fixed; write `categories = \"fixed\"`".into());
    }
    if raw.columns.label == Spelling::Mcip && raw.classes != Classes::Mcip {
        wrong("columns.label", "MCIP spells its own classes alone; write `classes = \"mcip\"`".into());
    }
    let tera = compile(file, text, &raw.messages, problems);
    let view = View::new(name, blake3::hash(text.as_bytes()).to_hex().to_string(), raw, taxonomy, tera?);
    if problems.0.len() == before {
        check::check(file, &view, taxonomy, problems);
    }
    Some(view)
}

/// Id of the class of safe rows.
pub(crate) const SAFE: &str = "appropriate";

fn check_keys<'a>(
    place: &str,
    keys: impl Iterator<Item = &'a String> + Clone,
    known: impl Iterator<Item = &'a str> + Clone,
    wrong: &mut impl FnMut(&str, String),
) {
    let list = || known.clone().collect::<Vec<_>>().join(", ");
    for unknown in keys.clone().filter(|key| !known.clone().any(|known| known == *key)) {
        wrong(place, format!("`{unknown}` is unknown; known are {}", list()));
    }
    for missing in known.clone().filter(|known| !keys.clone().any(|key| key == known)) {
        wrong(place, format!("`{missing}` is missing; the table needs {}", list()));
    }
}

/// Parses the templates, once. Each that does not parse is told at its line.
fn compile(file: &str, text: &str, messages: &RawMessages, problems: &mut Problems) -> Option<Tera> {
    let mut tera = Tera::new();
    // Prompts are text: nothing in them is escaped.
    tera.autoescape_on(Vec::<&'static str>::new());
    tera.register_filter("json", |value: tera::Value, _: tera::Kwargs, _: &tera::State<'_>| {
        serde_json::to_string(&value).map_err(tera::Error::message)
    });
    let mut fine = true;
    for (name, source) in templates(messages) {
        let trimmed = source.get_ref().trim_matches('\n');
        if let Err(error) = tera.add_raw_template(name, trimmed) {
            problems.add(file, Some(line(text, source.span().start)), format!("messages.{name}"), check::first_words(&error.to_string()));
            fine = false;
        }
    }
    fine.then_some(tera)
}

/// The templates that a file has, by name.
fn templates(messages: &RawMessages) -> impl Iterator<Item = (&'static str, &Spanned<String>)> {
    let RawMessages { system, user, assistant, reasoned } = messages;
    let all = [(Templates::SYSTEM, system.as_ref()), (Templates::USER, Some(user)), (Templates::ANSWER, Some(assistant))];
    let all = all.into_iter().chain([(Templates::REASONED, reasoned.as_ref())]);
    all.filter_map(|(name, source)| source.map(|source| (name, source)))
}

fn line(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// Names of an axis by id, as the file gives them.
pub(crate) type Names = BTreeMap<String, String>;
