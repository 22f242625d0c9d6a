//! Loads `taxonomy.toml`, `seeds/` and `templates/` into a [`Catalog`], or tells every problem in them.

mod line;
mod patterns;
mod prompts;
mod scenarios;
mod schema;
mod servers;
mod shipped;
mod slots;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use guardset_core::{Catalog, Corpus, Domain, Pattern, Problems, Provenance, Scenario, Server, Taxonomy, Tool, Unconfirmed, inert};
use serde::de::DeserializeOwned;

pub(crate) use schema::mismatch;

/// Loads `taxonomy.toml`, `templates/` and the folders of seeds, all relative to `root`. `rules` are the class ids that the audit can
/// return; the taxonomy must have each.
///
/// # Errors
/// Every problem of every file: file, line where known, field, what is wrong and what would be right.
pub fn load(root: &Path, folders: &[String], rules: &[&str]) -> Result<Catalog, Problems> {
    let mut problems = Problems::default();
    let mut catalog = Catalog::default();
    let mut files = Files { root, digests: Vec::new() };

    if let Some(file) = files.read("taxonomy.toml", &mut problems) {
        catalog.taxonomy = shipped::taxonomy(&file, rules, &mut problems);
    }
    shipped::templates(&mut files, &mut catalog, &mut problems);
    seeds(&mut files, folders, &mut catalog, &mut problems);
    for class in files.folders("templates/attacks", &mut problems) {
        for (id, file) in files.toml_files(&format!("templates/attacks/{class}"), &mut problems) {
            catalog.patterns.extend(patterns::read(&file, &id, &class, &catalog.taxonomy, &mut problems));
        }
    }
    check_unique(&catalog, &mut problems);
    let names: BTreeSet<&str> = catalog.tools.iter().map(|tool| tool.name.as_str()).collect();
    catalog.homonyms = names.len() < catalog.tools.len();
    check_reserved(&catalog, &mut problems);
    if problems.is_empty() {
        crate::surface::prefill(&mut catalog);
        check_fits(&catalog, &mut problems);
        crate::trial::check(&catalog, &mut problems);
    }
    catalog.digests = files.digests;
    problems.or(catalog)
}

/// Loads `taxonomy.toml` alone, for what builds on it where the rest does not load.
///
/// # Errors
/// Every problem of the file.
pub fn load_taxonomy(root: &Path, rules: &[&str]) -> Result<Taxonomy, Problems> {
    let mut problems = Problems::default();
    let file = Files { root, digests: Vec::new() }.read("taxonomy.toml", &mut problems);
    let taxonomy = file.map(|file| shipped::taxonomy(&file, rules, &mut problems)).unwrap_or_default();
    problems.or(taxonomy)
}

fn seeds(files: &mut Files<'_>, folders: &[String], catalog: &mut Catalog, problems: &mut Problems) {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawDomain {
        title: String,
        /// For the benchmark alone, with all its servers and scenarios.
        #[serde(default)]
        reserved: bool,
    }
    for seeds in folders {
        for id in files.folders(seeds, problems) {
            if let Some(file) = files.read(&format!("{seeds}/{id}/domain.toml"), problems)
                && let Some(RawDomain { title, reserved }) = file.parse(problems)
            {
                if let Some(first) = catalog.domains.iter().find(|domain| domain.id == id) {
                    let message = format!("there is a domain `{id}` in {} as well; rename one of the folders", first.seeds);
                    problems.add(&file.path, None, "", message);
                }
                catalog.domains.push(Domain { id: id.clone(), seeds: seeds.clone(), title, corpus: Corpus::of(reserved) });
                let domain = catalog.domains.len() - 1;
                for (name, file) in files.toml_files(&format!("{seeds}/{id}/servers"), problems) {
                    servers::read(&file, &name, domain, catalog, problems);
                }
            }
        }
    }
    // Scenarios may call servers of any domain, so they come after all servers.
    for domain in 0..catalog.domains.len() {
        let folder = format!("{}/{}/scenarios", catalog.domains[domain].seeds, catalog.domains[domain].id);
        let index = scenarios::Index::new(catalog);
        for (id, file) in files.toml_files(&folder, problems) {
            let read = scenarios::read(&file, &id, domain, &index, catalog, problems);
            catalog.unconfirmed.extend(read.1);
            catalog.scenarios.extend(read.0);
        }
    }
}

/// `[provenance]` of a file: where it was imported from.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProvenance {
    source: String,
    date: Option<String>,
    license: Option<String>,
    digest: String,
}

impl From<RawProvenance> for Provenance {
    fn from(RawProvenance { source, date, license, digest }: RawProvenance) -> Self {
        Self { source, date, license, digest }
    }
}

/// What a file says was inferred: keys that it has, and only where it was imported.
fn unconfirmed(
    file: &File,
    place: &str,
    keys: Vec<String>,
    known: &[&str],
    imported: bool,
    problems: &mut Problems,
) -> Option<Unconfirmed> {
    for key in keys.iter().filter(|key| !known.contains(&key.as_str())) {
        file.wrong("inferred", format!("`{key}` is no key that can be inferred here; those are {}", known.join(", ")), problems);
    }
    if !imported && !keys.is_empty() {
        file.wrong("inferred", "only what has a [provenance] can be inferred; remove it", problems);
    }
    (!keys.is_empty()).then(|| Unconfirmed { file: file.path.clone(), place: place.to_owned(), keys })
}

fn check_unique(catalog: &Catalog, problems: &mut Problems) {
    let server_of = |tool: &Tool| server_file(catalog, &catalog.servers[tool.server]);
    let servers = catalog.servers.iter().map(|server| (server.name.as_str(), server_file(catalog, server), "server".to_owned()));
    // Servers of others are named as they are: two may well have a tool of one name.
    let written = catalog.tools.iter().filter(|tool| catalog.servers[tool.server].provenance.is_none());
    let tools = written.map(|tool| (tool.name.as_str(), server_of(tool), format!("tool {}, name", tool.name)));
    let scenarios =
        catalog.scenarios.iter().map(|scenario| (scenario.id.as_str(), scenario_file(catalog, scenario), "scenario".to_owned()));
    let patterns = catalog.patterns.iter().map(|pattern| (pattern.id.as_str(), pattern_file(pattern), "pattern".to_owned()));
    for named in [servers.collect::<Vec<_>>(), tools.collect(), scenarios.collect(), patterns.collect()] {
        let mut seen = BTreeMap::new();
        for (id, file, place) in named {
            match seen.get(id) {
                Some(first) => {
                    problems.add(&file, None, place, format!("`{id}` is taken by {first}; rename one, names are unique over all folders"))
                }
                None => drop(seen.insert(id, file)),
            }
        }
    }
    for server in catalog.servers.iter().filter(|server| server.provenance.is_some()) {
        let mut names = BTreeSet::new();
        for tool in catalog.tools[server.tools.clone()].iter().filter(|tool| !names.insert(&tool.name)) {
            let place = format!("tool {}, name", tool.name);
            problems.add(server_file(catalog, server), None, place, format!("`{}` is there twice on one server; rename one", tool.name));
        }
    }
    for tool in &catalog.tools {
        for missing in tool.prerequisites.iter().filter(|name| !catalog.tools.iter().any(|tool| tool.name == **name)) {
            let place = format!("tool {}, prerequisites", tool.name);
            problems.add(server_of(tool), None, place, format!("`{missing}` is no tool; name one of any server"));
        }
    }
}

/// What is reserved and what is not must not lead from one to the other.
fn check_reserved(catalog: &Catalog, problems: &mut Problems) {
    let corpus = |server: usize| catalog.domains[catalog.servers[server].domain].corpus;
    for scenario in &catalog.scenarios {
        for server in scenario.servers.iter().filter(|server| corpus(**server) != catalog.domains[scenario.domain].corpus) {
            let message = format!("`{}` is {}", catalog.servers[*server].name, on_other_side(corpus(*server)));
            problems.add(scenario_file(catalog, scenario), None, "servers", message);
        }
    }
    for tool in &catalog.tools {
        let other = |name: &&String| catalog.tools.iter().any(|other| other.name == **name && corpus(other.server) != corpus(tool.server));
        for name in tool.prerequisites.iter().filter(other) {
            let side = if corpus(tool.server) == Corpus::Training { Corpus::Benchmark } else { Corpus::Training };
            let place = format!("tool {}, prerequisites", tool.name);
            problems.add(server_file(catalog, &catalog.servers[tool.server]), None, place, format!("`{name}` is {}", on_other_side(side)));
        }
    }
}

fn on_other_side(corpus: Corpus) -> &'static str {
    match corpus {
        Corpus::Training => "not reserved and this file is; name one of a domain with `reserved = true`",
        Corpus::Benchmark => "reserved for the benchmark and this file is not; name one of a domain without `reserved = true`",
    }
}

/// A pattern needs a scenario of its own part of the files, and the other way round. A part that has none of the one or the
/// other yet makes no run, and nothing has to fit in it.
fn check_fits(catalog: &Catalog, problems: &mut Problems) {
    let corpus = |scenario: &Scenario| catalog.domains[scenario.domain].corpus;
    let fits = |pattern: &Pattern, scenario: &Scenario| {
        pattern.corpus == corpus(scenario) && !crate::fit::fits(catalog, pattern, scenario).is_empty()
    };
    let makes_runs = |of: Corpus| catalog.patterns.iter().any(|p| p.corpus == of) && catalog.scenarios.iter().any(|s| corpus(s) == of);
    // Imported seeds hold what there is: a pattern that finds nothing in them is left out of the run, and its class may come out short.
    let imported = catalog.scenarios.iter().any(|scenario| scenario.provenance.is_some());
    for pattern in catalog.patterns.iter().filter(|pattern| !imported && makes_runs(pattern.corpus)) {
        if !catalog.scenarios.iter().any(|scenario| fits(pattern, scenario)) {
            let message = "no scenario fits; ask for less, or add a scenario with such a call";
            problems.add(pattern_file(pattern), None, "fits", message);
        }
    }
    for scenario in catalog
        .scenarios
        .iter()
        .filter(|scenario| scenario.provenance.is_none() && makes_runs(corpus(scenario)) && scenario.calls().next().is_some())
    {
        if !catalog.patterns.iter().any(|pattern| fits(pattern, scenario)) {
            let message = "no pattern fits; give its calls effects, bound parameters or a role that a pattern can hook on";
            problems.add(scenario_file(catalog, scenario), None, "step", message);
        }
    }
    for class in catalog.taxonomy.classes.iter().filter(|class| class.id != "appropriate") {
        let patterns = catalog.patterns.iter().filter(|pattern| pattern.class == class.id && pattern.corpus == Corpus::Training).count();
        if patterns < FEWEST_PATTERNS {
            let message = format!("`{}` has {patterns} of at least {FEWEST_PATTERNS} patterns: one may be held out for a test", class.id);
            problems.add(format!("templates/attacks/{}", class.id), None, "", message);
        }
    }
}

/// Patterns that each class needs.
const FEWEST_PATTERNS: usize = 2;

/// Path of the file that a server was read from.
pub(crate) fn server_file(catalog: &Catalog, server: &Server) -> String {
    let Domain { seeds, id, .. } = &catalog.domains[server.domain];
    format!("{seeds}/{id}/servers/{}.toml", server.name)
}

/// Path of the file that a scenario was read from.
pub(crate) fn scenario_file(catalog: &Catalog, scenario: &Scenario) -> String {
    let Domain { seeds, id, .. } = &catalog.domains[scenario.domain];
    format!("{seeds}/{id}/scenarios/{}.toml", scenario.id)
}

fn pattern_file(pattern: &Pattern) -> String {
    format!("templates/attacks/{}/{}.toml", pattern.class, pattern.id)
}

/// A text file as the user knows it.
pub(crate) struct File {
    pub path: String,
    pub text: String,
}

impl File {
    fn parse<T: DeserializeOwned>(&self, problems: &mut Problems) -> Option<T> {
        match toml::from_str(&self.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let line = error.span().map(|span| self.line(span.start));
                problems.add(&self.path, line, "", error.message().replace('\n', " "));
                None
            }
        }
    }

    /// Notes a problem at the line of its place.
    fn wrong(&self, place: impl Into<String>, message: impl Into<String>, problems: &mut Problems) {
        let place = place.into();
        let line = line::offset(&self.text, &place).map(|offset| self.line(offset));
        problems.add(&self.path, line, place, message);
    }

    fn line(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|b| **b == b'\n').count() + 1
    }
}

/// Reads files below a root and keeps their digests.
pub(crate) struct Files<'a> {
    root: &'a Path,
    digests: Vec<(String, String)>,
}

impl Files<'_> {
    fn read(&mut self, path: &str, problems: &mut Problems) -> Option<File> {
        match fs::read_to_string(self.root.join(path)) {
            Ok(text) => {
                self.digests.push((path.to_owned(), blake3::hash(text.as_bytes()).to_hex().to_string()));
                // The taxonomy names its sources, which are real. Imported servers and dialogues may name real hosts, which are theirs.
                let wrong = if text.lines().any(|line| line == "[provenance]") { inert::secret } else { inert::wrong };
                for (number, line) in text.lines().enumerate().filter(|_| !path.ends_with("taxonomy.toml")) {
                    if let Some(message) = wrong(line) {
                        problems.add(path, Some(number + 1), "", message);
                    }
                }
                Some(File { path: path.to_owned(), text })
            }
            Err(error) => {
                problems.add(path, None, "", format!("cannot be read: {error}"));
                None
            }
        }
    }

    /// Names of the folders in a folder, sorted.
    fn folders(&self, path: &str, problems: &mut Problems) -> Vec<String> {
        self.entries(path, problems).into_iter().filter(|(_, is_folder)| *is_folder).map(|(name, _)| name).collect()
    }

    /// The TOML files in a folder, sorted, with their stems.
    fn toml_files(&mut self, path: &str, problems: &mut Problems) -> BTreeMap<String, File> {
        let names = self.entries(path, problems).into_iter().filter(|(_, is_folder)| !is_folder);
        let stems: Vec<String> = names.filter_map(|(name, _)| name.strip_suffix(".toml").map(str::to_owned)).collect();
        stems.into_iter().filter_map(|stem| self.read(&format!("{path}/{stem}.toml"), problems).map(|file| (stem, file))).collect()
    }

    fn entries(&self, path: &str, problems: &mut Problems) -> BTreeSet<(String, bool)> {
        match fs::read_dir(self.root.join(path)) {
            Ok(entries) => entries
                .filter_map(Result::ok)
                .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path().is_dir())))
                .filter(|(name, _)| !name.starts_with('.'))
                .collect(),
            Err(error) => {
                problems.add(path, None, "", format!("folder cannot be read: {error}"));
                BTreeSet::new()
            }
        }
    }
}
