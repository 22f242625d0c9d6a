//! What `templates/import/` says: what words in names tell of a tool, what stands in arguments and results, how people ask.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use guardset_core::Problems;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Spanned, Table};

/// Everything of `templates/import/`.
#[derive(Debug)]
pub struct Knowledge {
    pub(crate) groups: Vec<Group>,
    pub(crate) arguments: Vec<ArgumentRule>,
    pub(crate) wording: Wording,
    pub(crate) servers: Servers,
    /// Versions of the protocol that seeds may name, in their order.
    pub(crate) protocols: Vec<String>,
}

/// A kind of tool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    #[serde(skip)]
    pub id: String,
    /// Words in a name that make a tool one of these.
    pub words: Vec<String>,
    /// The same where no tool word stands beside them.
    pub weak: Vec<String>,
    /// Words that make a tool that creates, updates or deletes one of these.
    #[serde(default)]
    pub raises: Vec<String>,
    pub effect: String,
    pub idempotent: bool,
    pub verb: String,
    pub takes: String,
    pub returns: String,
    pub says: Vec<String>,
    pub replies: Vec<String>,
    pub results: Vec<String>,
    pub slots: Table,
}

/// What stands in an argument.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArgumentRule {
    /// Names of parameters in words joined by `_`; none for any.
    #[serde(default)]
    pub names: Vec<String>,
    /// JSON types; a string where none is named.
    #[serde(default)]
    pub types: Vec<String>,
    pub purpose: Option<String>,
    pub slots: Table,
    pub value: String,
    pub says: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wording {
    pub request: Vec<Asking>,
    pub chain: Vec<Asking>,
    pub bare_chain: Vec<Asking>,
    pub slots: Table,
    pub policies: Policies,
    pub replies: Replies,
    pub errors: Errors,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asking {
    /// For whoever edits the file.
    #[expect(dead_code, reason = "names the entry for people")]
    voice: String,
    pub with: Vec<String>,
    #[serde(default)]
    pub without: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policies {
    pub order: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replies {
    pub none: Vec<String>,
    pub after_steps: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Errors {
    pub texts: Vec<String>,
    pub says: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Servers {
    pub setting: Vec<SettingRule>,
    pub release: Vec<ReleaseRule>,
    pub roles: Roles,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingRule {
    pub effects: Vec<String>,
    pub name: String,
    pub approved: String,
    pub weaker: String,
    pub about: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseRule {
    pub reason: String,
    pub check: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roles {
    pub names: Vec<String>,
}

impl Knowledge {
    /// Reads `templates/import/` and the versions of `templates/protocols.toml` below `root`.
    ///
    /// # Errors
    /// Every file that cannot be read or is not as it should be, with its line.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        #[derive(Deserialize)]
        struct Arguments {
            argument: Vec<Spanned<ArgumentRule>>,
        }
        #[derive(Deserialize)]
        struct Protocols {
            protocol: Vec<Version>,
        }
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        let mut problems = Problems::default();
        let mut groups = Vec::new();
        for id in stems(root, "templates/import/groups", &mut problems) {
            if let Some((_, group)) = read::<Group>(root, &format!("templates/import/groups/{id}.toml"), &mut problems) {
                groups.push(Group { id, ..group });
            }
        }
        let file = "templates/import/arguments.toml";
        let arguments = read::<Arguments>(root, file, &mut problems)
            .map(|(text, raw)| raw.argument.into_iter().map(|rule| checked(file, &text, rule, &mut problems)).collect::<Vec<_>>());
        let wording = read::<Wording>(root, "templates/import/wording.toml", &mut problems);
        let servers = read::<Servers>(root, "templates/import/servers.toml", &mut problems);
        let protocols = read::<Protocols>(root, "templates/protocols.toml", &mut problems);
        if let Some(arguments) = &arguments {
            for kind in ["string", "integer", "number"] {
                if !arguments.iter().any(|rule| rule.names.is_empty() && rule.types.iter().any(|t| t == kind)) {
                    problems.add(file, None, "argument", format!("no rule without `names` has the type `{kind}`; add one at the end"));
                }
            }
        }
        for wanted in ["list", "search", "get", "read", "create", "update", "administer"] {
            if !groups.iter().any(|group| group.id == wanted) {
                problems.add("templates/import/groups", None, "", format!("`{wanted}.toml` is missing; inference falls back on it"));
            }
        }
        match (arguments, wording, servers, protocols) {
            (Some(arguments), Some((_, wording)), Some((_, servers)), Some((_, protocols))) => {
                let protocols = protocols.protocol.into_iter().map(|protocol| protocol.version).collect();
                problems.or(Self { groups, arguments, wording, servers, protocols })
            }
            _ => Err(problems),
        }
    }

    /// The kind of tool that has this id.
    pub(crate) fn group(&self, id: &str) -> &Group {
        // Loading made sure that those which are asked for by name exist.
        self.groups.iter().find(|group| group.id == id).unwrap_or(&self.groups[0])
    }

    /// True for a word that tells what a tool does.
    pub(crate) fn is_verb(&self, word: &str) -> bool {
        self.groups.iter().any(|group| group.words.iter().any(|known| known == word))
    }
}

fn checked(file: &str, text: &str, rule: Spanned<ArgumentRule>, problems: &mut Problems) -> ArgumentRule {
    let line = text[..rule.span().start.min(text.len())].matches('\n').count() + 1;
    let mut rule = rule.into_inner();
    if rule.types.is_empty() {
        rule.types = vec!["string".to_owned()];
    }
    let declared: BTreeMap<&str, ()> = rule.slots.keys().map(|name| (name.as_str(), ())).collect();
    let value = crate::text::Text::of_template(&rule.value, &str::to_owned);
    for slot in value.slots().filter(|slot| !declared.contains_key(slot)) {
        problems.add(file, Some(line), "value", format!("`{slot}` is no slot of this rule; declare it under `slots`"));
    }
    if rule.says.is_empty() || rule.says.iter().any(|says| !says.contains("<v>")) {
        problems.add(file, Some(line), "says", "every wording must have `<v>`, the value, in it");
    }
    rule
}

fn read<T: DeserializeOwned>(root: &Path, path: &str, problems: &mut Problems) -> Option<(String, T)> {
    let text = match fs::read_to_string(root.join(path)) {
        Ok(text) => text,
        Err(error) => {
            problems.add(path, None, "", format!("cannot be read: {error}"));
            return None;
        }
    };
    match toml::from_str(&text) {
        Ok(value) => Some((text, value)),
        Err(error) => {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            problems.add(path, line, "", error.message().replace('\n', " "));
            None
        }
    }
}

fn stems(root: &Path, folder: &str, problems: &mut Problems) -> Vec<String> {
    match fs::read_dir(root.join(folder)) {
        Ok(entries) => {
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let mut stems: Vec<String> = names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
            stems.sort();
            stems
        }
        Err(error) => {
            problems.add(folder, None, "", format!("folder cannot be read: {error}"));
            Vec::new()
        }
    }
}
