//! Reads `templates/prompts`: what a model is told that rewords, in which styles, and what must not change in each language.

use guardset_core::{Catalog, Field, Language, Languages, Names, Problems, Prompts, Style, Template};
use serde::Deserialize;

use super::text::Scope;
use super::{File, Files};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStyles {
    style: Vec<Style>,
}

pub(super) fn read(files: &mut Files<'_>, catalog: &mut Catalog, problems: &mut Problems) {
    if let Some(file) = files.read("templates/prompts/languages.toml", problems) {
        catalog.languages = languages(&file, problems);
    }
    if let Some(file) = files.read("templates/prompts/styles.toml", problems) {
        catalog.styles = styles(&file, &catalog.languages.languages, problems);
    }
    let mut prompt = |path: &str, names: &[&str]| -> Template {
        let Some(file) = files.read(path, problems) else { return Template::default() };
        let mut known = Names(names.iter().map(|name| (*name).to_owned()).collect());
        Scope::supplied(names).compile(file.text.trim_end(), &mut known).unwrap_or_else(|message| {
            problems.add(path, None, "", message);
            Template::default()
        })
    };
    let system = prompt("templates/prompts/system.tera", &[]);
    let request = prompt("templates/prompts/request.tera", &Prompts::NAMES);
    if request != Template::default() && request.slots().filter(|slot| Prompts::NAMES[*slot] == "texts").count() != 1 {
        problems.add("templates/prompts/request.tera", None, "", "must hold {{ texts }} exactly once, where the texts stand");
    }
    catalog.prompts = Prompts { system, request };
}

fn languages(file: &File, problems: &mut Problems) -> Languages {
    let Some(languages) = file.parse::<Languages>(problems) else { return Languages::default() };
    if languages.languages.is_empty() {
        file.wrong("language", "needs at least the language of the seeds", problems);
    }
    let known: Vec<&str> = languages.meanings.iter().map(|meaning| meaning.id.as_str()).collect();
    for language in &languages.languages {
        let place = format!("language {}", language.id);
        for unknown in language.classes.keys().filter(|class| !known.contains(&class.as_str())) {
            file.wrong(&place, format!("`{unknown}` is no [[class]]; known are {}", known.join(", ")), problems);
        }
        for missing in known.iter().filter(|class| !language.classes.contains_key(**class)) {
            file.wrong(&place, format!("has no words for class `{missing}`; a meaning that is not looked for could be lost"), problems);
        }
    }
    languages
}

fn styles(file: &File, languages: &[Language], problems: &mut Problems) -> Vec<Style> {
    let Some(RawStyles { style: styles }) = file.parse::<RawStyles>(problems) else { return Vec::new() };
    for (position, style) in styles.iter().enumerate() {
        let place = format!("style {}", style.id);
        if styles[..position].iter().any(|other| other.id == style.id) {
            file.wrong(&place, "is there twice; ids are unique", problems);
        }
        if style.fields.is_empty() || style.says.trim().is_empty() {
            file.wrong(&place, "needs at least one field and a `says`", problems);
        }
        let Some(language) = &style.language else { continue };
        if !languages.iter().any(|known| known.id == *language) {
            let known: Vec<&str> = languages.iter().map(|known| known.id.as_str()).collect();
            file.wrong(&place, format!("`{language}` is not in languages.toml; known are {}", known.join(", ")), problems);
        }
        // Who writes in a language of their own are people and those who answer them.
        if style.fields.iter().any(|field| !matches!(field, Field::Request | Field::Assistant)) {
            file.wrong(&place, "a style with a language is for `request` and `assistant` alone", problems);
        }
    }
    styles
}
