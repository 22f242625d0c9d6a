//! Reads the taxonomy and the small template files: surfaces, voices, events, rationales, word banks.

use std::collections::BTreeMap;

use fake::locales::{DE_DE, Data, EN, FR_FR, IT_IT, NL_NL, PT_BR, TR_TR};
use guardset_core::{
    Agent, Axis, Banks, Catalog, Catalogue, Class, Control, Event, Frame, Handout, Line, MATERIALS, Names, Problems, Protocol, Surface,
    Taxonomy, Template, Voice,
};
use serde::Deserialize;

use super::text::Scope;
use super::{File, Files};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTaxonomy {
    version: String,
    class: Vec<Class>,
    vector: Vec<Axis>,
    effect: Vec<Axis>,
    disguise: Vec<Axis>,
    control: Vec<Control>,
    catalogue: Vec<Catalogue>,
    groups: BTreeMap<String, String>,
}

/// Reads `taxonomy.toml` and holds it against itself and against the audit's rules.
pub(super) fn taxonomy(file: &File, rules: &[&str], problems: &mut Problems) -> Taxonomy {
    let Some(raw) = file.parse::<RawTaxonomy>(problems) else { return Taxonomy::default() };
    let mut wrong = |place: String, message: String| file.wrong(place, message, problems);
    let RawTaxonomy { version, class, vector, effect, disguise, control, catalogue, groups } = raw;
    for rule in rules.iter().filter(|rule| !class.iter().any(|class| class.id == **rule)) {
        wrong("class".into(), format!("`{rule}` is missing; the audit has a rule for it"));
    }
    for class in &class {
        for id in &class.catalogue_ids {
            let entry = id.split_once(':').and_then(|(name, id)| catalogue.iter().find(|c| c.id == name)?.entries.get(id));
            if entry.is_none() {
                wrong(format!("class {}, catalogue_ids", class.id), format!("`{id}` is in no [[catalogue]]; write catalogue:id"));
            }
        }
    }
    for control in &control {
        for group in &control.groups {
            if !groups.contains_key(group.split('-').next().unwrap_or_default()) {
                wrong(format!("control {}, groups", control.id), format!("`{group}` is in no line of [groups]"));
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    let axes = vector.iter().chain(&effect).map(|axis| ("vector or effect", &axis.id));
    for (place, id) in class.iter().map(|c| ("class", &c.id)).chain(control.iter().map(|c| ("control", &c.id))).chain(axes) {
        if !seen.insert((place, id)) {
            wrong(place.into(), format!("`{id}` is there twice"));
        }
    }
    Taxonomy {
        version,
        classes: class,
        vectors: vector,
        effects: effect,
        disguises: disguise,
        controls: control,
        catalogues: catalogue,
        groups,
    }
}

/// Reads `templates/` except the attacks.
pub(super) fn templates(files: &mut Files<'_>, catalog: &mut Catalog, problems: &mut Problems) {
    for (id, file) in files.toml_files("templates/surfaces", problems) {
        let keys: Vec<(&str, &[&str])> = Line::KEYS.iter().map(|(_, key, names)| (*key, *names)).collect();
        let lines = keyed(&file, &keys, problems);
        catalog.surfaces.push(Surface { id, lines, tools: Vec::new() });
    }
    if let Some(file) = files.read("templates/events.toml", problems) {
        catalog.events = keyed(&file, &Event::KEYS, problems);
    }
    if let Some(file) = files.read("templates/voices.toml", problems) {
        catalog.voices = voices(&file, problems);
    }
    if let Some(file) = files.read("templates/agents.toml", problems) {
        catalog.agents = agents(&file, problems);
    }
    if let Some(file) = files.read("templates/materials.toml", problems) {
        catalog.handouts = handouts(&file, problems);
    }
    if let Some(file) = files.read("templates/frames.toml", problems) {
        (catalog.frames, catalog.frame_lines) = frames(&file, problems);
    }
    if let Some(file) = files.read("templates/answers.toml", problems) {
        catalog.declines = answers(&file, problems);
    }
    if let Some(file) = files.read("templates/protocols.toml", problems) {
        catalog.protocols = protocols(&file, problems);
    }
    if let Some(file) = files.read("templates/rationales.toml", problems) {
        rationales(&file, catalog, problems);
    }
    super::prompts::read(files, catalog, problems);
    if let Some(file) = files.read("templates/banks.toml", problems) {
        catalog.banks = banks(&file, problems);
    }
}

/// A file with exactly these keys, each a template that uses no other than its own names. Slots get the position in that list.
fn keyed(file: &File, keys: &[(&str, &[&str])], problems: &mut Problems) -> Vec<Template> {
    let raw: BTreeMap<String, String> = file.parse(problems).unwrap_or_default();
    for unknown in raw.keys().filter(|key| !keys.iter().any(|(known, _)| known == key)) {
        file.wrong(unknown, "is no key of this file; remove it", problems);
    }
    keys.iter()
        .map(|(key, allowed)| {
            let Some(source) = raw.get(*key) else {
                problems.add(&file.path, None, *key, "is missing");
                return Template::default();
            };
            let mut names = Names(allowed.iter().map(|name| (*name).to_owned()).collect());
            Scope::supplied(allowed).compile(source, &mut names).unwrap_or_else(|message| {
                file.wrong(*key, message, problems);
                Template::default()
            })
        })
        .collect()
}

fn voices(file: &File, problems: &mut Problems) -> Vec<Voice> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        voice: Vec<RawVoice>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawVoice {
        id: String,
        openers: Vec<String>,
        closers: Vec<String>,
        #[serde(default)]
        lower_case: bool,
        #[serde(default)]
        typos: u32,
        #[serde(default)]
        no_full_stop: bool,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Vec::new() };
    let mut voices: Vec<Voice> = raw
        .voice
        .into_iter()
        .map(|RawVoice { id, openers, closers, lower_case, typos, no_full_stop }| Voice {
            id,
            openers,
            closers,
            lower_case,
            typos,
            no_full_stop,
        })
        .collect();
    for voice in voices.iter().filter(|voice| voice.openers.is_empty() || voice.closers.is_empty()) {
        file.wrong(format!("voice {}", voice.id), "needs at least one opener and one closer; they may be empty texts", problems);
    }
    voices.sort_by(|a, b| a.id.cmp(&b.id));
    voices
}

fn agents(file: &File, problems: &mut Problems) -> Vec<Agent> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        agent: Vec<RawAgent>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawAgent {
        id: String,
        share: u32,
        thoughts: Vec<String>,
        answers: Vec<String>,
        #[serde(default)]
        parallel: bool,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Vec::new() };
    let mut agents = Vec::new();
    for RawAgent { id, share, thoughts, answers, parallel } in raw.agent {
        let thoughts = supplied(file, &format!("agent {id}, thoughts"), &thoughts, &Agent::THOUGHT, problems);
        let answers = supplied(file, &format!("agent {id}, answers"), &answers, &Agent::ANSWER, problems);
        let stands_alone = |form: &Template| form.slots().all(|slot| !Agent::ANSWER[slot].starts_with("last."));
        if !answers.iter().any(stands_alone) {
            file.wrong(format!("agent {id}, answers"), "needs a form that quotes no result, for sessions without one", problems);
        }
        agents.push(Agent { id, share, thoughts, answers, parallel });
    }
    if agents.iter().map(|agent| agent.share).sum::<u32>() == 0 {
        file.wrong("agent", "at least one agent needs a share above 0", problems);
    }
    agents.sort_by(|a, b| a.id.cmp(&b.id));
    agents
}

fn handouts(file: &File, problems: &mut Problems) -> Vec<Handout> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        #[serde(default)]
        material: Vec<RawHandout>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawHandout {
        material: String,
        name: String,
        text: String,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Vec::new() };
    let mut handouts = Vec::new();
    for (number, RawHandout { material, name, text }) in raw.material.into_iter().enumerate() {
        let place = format!("material {}", number + 1);
        if !MATERIALS.iter().any(|(kind, _)| *kind == material) {
            let known = MATERIALS.map(|(kind, _)| kind).join(", ");
            file.wrong(place.as_str(), format!("`{material}` is unknown; known are {known}"), problems);
        }
        if let [name, text] = &supplied(file, &place, &[name, text], &Frame::NAMES[..7], problems)[..] {
            handouts.push(Handout { material, name: name.clone(), text: text.clone() });
        }
    }
    handouts
}

fn frames(file: &File, problems: &mut Problems) -> (Vec<Frame>, Vec<Template>) {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        #[serde(default)]
        frame: Vec<RawFrame>,
        #[serde(default)]
        line: Vec<RawLine>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawFrame {
        before: String,
        after: String,
        #[serde(default)]
        count: (usize, usize),
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawLine {
        text: String,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Default::default() };
    let mut frames = Vec::new();
    for (number, RawFrame { before, after, count }) in raw.frame.into_iter().enumerate() {
        let place = format!("frame {}", number + 1);
        let asks = before.contains("{{ lines }}") || after.contains("{{ lines }}");
        if asks != (count.1 > 0) || count.0 > count.1 || asks && raw.line.is_empty() {
            let message = "a frame with `lines` needs a `count` of fewest and most, and lines to draw; one without needs neither";
            file.wrong(place.as_str(), message, problems);
        }
        if let [before, after] = &supplied(file, &place, &[before, after], &Frame::NAMES, problems)[..] {
            frames.push(Frame { before: before.clone(), after: after.clone(), count });
        }
    }
    let lines: Vec<String> = raw.line.into_iter().map(|line| line.text).collect();
    (frames, supplied(file, "line", &lines, &Frame::NAMES[..7], problems))
}

fn answers(file: &File, problems: &mut Problems) -> Vec<Template> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        declines: Vec<String>,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Vec::new() };
    if raw.declines.is_empty() {
        file.wrong("declines", "needs at least one wording", problems);
    }
    supplied(file, "declines", &raw.declines, &[], problems)
}

fn protocols(file: &File, problems: &mut Problems) -> Vec<Protocol> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        protocol: Vec<RawProtocol>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawProtocol {
        version: String,
        session: String,
        listing: String,
        call: String,
        result: String,
        tool: Vec<String>,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Vec::new() };
    let mut protocols = Vec::new();
    for RawProtocol { version, session, listing, call, result, tool } in raw.protocol {
        let place = format!("protocol {version}, tool");
        if tool.is_empty() {
            file.wrong(place.clone(), "needs at least one entry; it may be an empty text", problems);
        }
        let tool = supplied(file, &place, &tool, &Protocol::TOOL, problems);
        protocols.push(Protocol { version, session, listing, call, result, tool });
    }
    protocols.sort_by(|a, b| a.version.cmp(&b.version));
    protocols
}

/// Texts that use no other than the given names, by position in that list.
fn supplied(file: &File, place: &str, sources: &[String], allowed: &[&str], problems: &mut Problems) -> Vec<Template> {
    let scope = Scope::supplied(allowed);
    let mut names = Names(allowed.iter().map(|name| (*name).to_owned()).collect());
    let compiled = sources.iter().map(|source| scope.compile(source, &mut names));
    compiled.filter_map(|text| text.map_err(|message| file.wrong(place, message, problems)).ok()).collect()
}

/// Names that a rationale may use.
pub(crate) const RATIONALE_NAMES: [&str; 13] =
    ["user", "tool", "server", "intended", "parameter", "expected", "actual", "surface", "source", "scope", "role", "value", "approved"];
/// Rationales of rows that are safe: nothing there, attack not followed, attack not acted on yet.
const BENIGN_KEYS: [&str; 4] = ["clean_session", "clean_call", "clean_listing", "clean_result"];

fn rationales(file: &File, catalog: &mut Catalog, problems: &mut Problems) {
    let raw: BTreeMap<String, Vec<String>> = file.parse(problems).unwrap_or_default();
    let deviations = catalog.taxonomy.classes.iter().map(|class| class.id.as_str()).filter(|id| *id != "appropriate");
    let asked = deviations.clone().map(|id| format!("{id}.asked"));
    let wanted: Vec<String> = deviations
        .map(str::to_owned)
        .chain(asked)
        .chain(BENIGN_KEYS.map(str::to_owned))
        .chain(["resisted".into(), "pending".into()])
        .collect();
    for key in wanted.iter().filter(|key| raw.get(*key).is_none_or(Vec::is_empty)) {
        problems.add(&file.path, None, key, "needs at least one wording");
    }
    for key in raw.keys().filter(|key| !wanted.contains(key)) {
        file.wrong(key, "is neither a class, a class with `.asked`, nor a benign situation", problems);
    }
    let scope = Scope::supplied(&RATIONALE_NAMES);
    let mut names = Names(RATIONALE_NAMES.map(str::to_owned).to_vec());
    for (key, sources) in raw {
        let texts = sources
            .iter()
            .filter_map(|source| scope.compile(source, &mut names).map_err(|message| file.wrong(&key, message, problems)).ok());
        let texts = texts.collect();
        catalog.rationales.insert(key, texts);
    }
    catalog.rationale_names = names;
}

fn banks(file: &File, problems: &mut Problems) -> Banks {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        company_heads: Vec<String>,
        company_tails: Vec<String>,
        streets: Vec<String>,
        cities: Vec<(String, String)>,
        sink_heads: Vec<String>,
        sink_tails: Vec<String>,
        sink_mailboxes: Vec<String>,
        models: Vec<String>,
    }
    let Some(raw) = file.parse::<Raw>(problems) else { return Banks::default() };
    let sizes = [
        raw.company_heads.len(),
        raw.company_tails.len(),
        raw.streets.len(),
        raw.cities.len(),
        raw.sink_heads.len(),
        raw.sink_tails.len(),
        raw.sink_mailboxes.len(),
        raw.models.len(),
    ];
    if sizes.contains(&0) {
        problems.add(&file.path, None, "", "every list needs at least one entry");
    }
    Banks {
        names: vec![
            locale(EN::NAME_FIRST_NAME, DE_DE::NAME_LAST_NAME),
            locale(DE_DE::NAME_FIRST_NAME, DE_DE::NAME_LAST_NAME),
            locale(FR_FR::NAME_FIRST_NAME, FR_FR::NAME_LAST_NAME),
            locale(IT_IT::NAME_FIRST_NAME, IT_IT::NAME_LAST_NAME),
            locale(NL_NL::NAME_FIRST_NAME, NL_NL::NAME_LAST_NAME),
            locale(PT_BR::NAME_FIRST_NAME, PT_BR::NAME_LAST_NAME),
            locale(TR_TR::NAME_FIRST_NAME, TR_TR::NAME_LAST_NAME),
        ],
        company_heads: raw.company_heads,
        company_tails: raw.company_tails,
        streets: raw.streets,
        cities: raw.cities,
        sink_heads: raw.sink_heads,
        sink_tails: raw.sink_tails,
        sink_mailboxes: raw.sink_mailboxes,
        models: raw.models,
    }
}

fn locale(firsts: &[&str], lasts: &[&str]) -> [Vec<(String, String)>; 2] {
    let both = |names: &[&str]| {
        let address =
            |name: &str| deunicode::deunicode(name).chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        names.iter().filter(|name| is_name(name)).map(|name| ((*name).to_owned(), address(name))).collect()
    };
    [both(firsts), both(lasts)]
}

/// Letters, hyphens and apostrophes; the lists hold a few slips such as two capitals at the front.
fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    let front = (letters.next(), letters.next());
    let slip = matches!(front, (Some(first), Some(second)) if first.is_uppercase() && second.is_uppercase());
    !slip && name.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
}
