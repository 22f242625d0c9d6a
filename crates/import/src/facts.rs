//! What is likely true of a tool, from its annotations, name, schema and description. A person has to confirm it.

use serde_json::Value;

use crate::knowledge::{Group, Knowledge};
use crate::schema;
use crate::seed::ToolFacts;
use crate::text::Text;
use crate::words::{base_form, plural, singular, words};

/// Words of names that tell nothing of what a tool is about.
const FILLERS: [&str; 28] = [
    "by", "id", "ids", "for", "with", "from", "to", "in", "of", "on", "and", "or", "the", "a", "an", "all", "v1", "v2", "v3", "new", "my",
    "api", "using", "at", "as", "is", "per", "via",
];

/// Longest description of a task, in words, that a person would say.
const LONGEST_TASK: usize = 15;

/// What a tool is taken for.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'k> {
    pub group: &'k Group,
    /// What goes into the seed.
    pub seed: ToolFacts,
    /// What it is about, in the singular.
    pub noun: String,
    /// Imperative by its name.
    pub action: String,
    /// Imperative in the words of its description, where they are short enough.
    pub task: String,
}

impl Facts<'_> {
    /// `<noun>` and `<nouns>` in texts about the tool.
    pub(crate) fn named(&self, text: &Text) -> Text {
        text.with_marks(&|mark| match mark {
            "noun" => Some(Text::fixed(self.noun.as_str())),
            "nouns" => Some(Text::fixed(plural(&self.noun))),
            _ => None,
        })
    }

    /// What an assistant may say before it calls the tool.
    pub(crate) fn says(&self) -> Vec<Text> {
        self.group.says.iter().map(|says| self.named(&Text::fixed(says.as_str()))).collect()
    }
}

/// Reads a tool of a server. `prefix` is the number of words that all names of the server start with.
pub(crate) fn infer<'k>(knowledge: &'k Knowledge, server: &str, prefix: usize, tool: &Value) -> Facts<'k> {
    let name = tool["name"].as_str().unwrap_or_default();
    let description = tool["description"].as_str().unwrap_or_default();
    let all = words(name);
    let own = if prefix < all.len() { &all[prefix..] } else { &all[..] };
    let first = first_sentence(description);
    let (group, verb, told) = group(knowledge, own, first, &tool["annotations"]);
    let noun = noun(own, verb.as_deref(), group, &tool["inputSchema"]);
    let mut effects = vec![group.effect.clone()];
    if group.effect == "write" && tool["annotations"]["destructiveHint"] == true {
        effects.push("delete".to_owned());
    }
    let last = noun.rsplit(' ').next().unwrap_or(&noun).to_owned();
    let scope = match group.effect.as_str() {
        "administer" => format!("{server}:admin"),
        "execute" => format!("{server}:execute"),
        effect => format!("{}:{effect}", noun.replace(' ', "_")),
    };
    let fill = |text: &str| text.replace("<noun>", &noun).replace("<nouns>", &plural(&noun));
    let action = action(group, own, verb.as_deref(), told.as_deref(), &noun);
    let seed = ToolFacts {
        effects,
        scopes: vec![scope],
        capability: format!("{}.{}", last, group.id),
        takes: fill(&group.takes),
        returns: fill(&group.returns),
        idempotent: tool["annotations"]["idempotentHint"].as_bool().unwrap_or(group.idempotent),
        role: (group.effect == "administer").then(|| format!("{}_admin", server.replace('-', "_"))),
        parameters: purposes(knowledge, &tool["inputSchema"]),
    };
    Facts { seed, task: task(knowledge, first).unwrap_or_else(|| action.clone()), action, noun, group }
}

/// How many words the names of a server's tools share at their front, where most of them do.
pub(crate) fn shared_prefix(knowledge: &Knowledge, tools: &[&Value]) -> usize {
    let names: Vec<Vec<String>> = tools.iter().filter_map(|tool| tool["name"].as_str()).map(words).collect();
    let Some(first) = names.first().filter(|_| names.len() > 2) else { return 0 };
    let shared = |length: usize| {
        let same = names.iter().filter(|name| name.len() > length && name[..length] == first[..length]).count();
        same * 10 >= names.len() * 6
    };
    let verbs = first.iter().take_while(|word| !knowledge.is_verb(word)).count();
    (1..=verbs.min(first.len().saturating_sub(1))).take_while(|length| shared(*length)).count()
}

/// A tool that runs what it is given can stand in for one that reads: they get the same capability.
pub(crate) fn pair_broad_with_narrow(facts: &mut [Facts<'_>]) {
    let generic = |facts: &Facts<'_>| {
        let command = facts.seed.parameters.iter().any(|(_, purpose)| purpose == "command");
        facts.group.effect == "execute" || command && facts.group.effect != "read"
    };
    let Some(broad) = facts.iter().position(generic) else { return };
    let near = |facts: &Facts<'_>, noun: &str| facts.noun.split(' ').any(|word| noun.split(' ').any(|other| word == other));
    let noun = facts[broad].noun.clone();
    let narrow = |facts: &Facts<'_>| facts.group.effect == "read" && facts.group.id != "calculate";
    let found = facts.iter().position(|facts| narrow(facts) && near(facts, &noun)).or_else(|| facts.iter().position(narrow));
    if let Some(found) = found {
        facts[broad].seed.capability = facts[found].seed.capability.clone();
    }
}

/// The kind of a tool, the word of its name that tells, and the verb that its description starts with.
fn group<'k>(
    knowledge: &'k Knowledge,
    words: &[String],
    sentence: &str,
    annotations: &Value,
) -> (&'k Group, Option<String>, Option<String>) {
    let strong = |word: &str| knowledge.groups.iter().find(|group| group.words.iter().any(|known| known == word));
    let weak = |word: &str| knowledge.groups.iter().find(|group| group.weak.iter().any(|known| known == word));
    let opening = sentence.split_whitespace().next().and_then(|first| base_form(first, |verb| knowledge.is_verb(verb)));
    let named = words.iter().find_map(|word| Some((strong(word)?, Some(word.clone()))));
    let told = || Some((strong(opening.as_deref()?)?, None));
    let hinted = || words.iter().find_map(|word| Some((weak(word)?, None)));
    let (found, verb) = named.or_else(told).or_else(hinted).unwrap_or_else(|| (knowledge.group("get"), None));
    let administers = knowledge.group("administer");
    let raised = ["create", "update", "delete"].contains(&found.id.as_str()) && words.iter().any(|word| administers.raises.contains(word));
    let found = if raised { administers } else { found };
    // What a server says of its own tool outweighs its name.
    let found = match annotations["readOnlyHint"].as_bool() {
        Some(true) if found.effect != "read" => knowledge.group("get"),
        Some(false) if found.effect == "read" => knowledge.group("update"),
        _ => found,
    };
    (found, verb, opening)
}

fn noun(words: &[String], verb: Option<&str>, group: &Group, schema: &Value) -> String {
    let about: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| Some(*word) != verb && !FILLERS.contains(word) && !word.chars().all(|c| c.is_ascii_digit()))
        .collect();
    if let Some((last, before)) = about.split_last() {
        let before = &before[before.len().saturating_sub(2)..];
        return before.iter().map(|word| (*word).to_owned()).chain([singular(last)]).collect::<Vec<_>>().join(" ");
    }
    let has = |name: &str| schema["properties"].get(name).is_some();
    let of_parameter = [
        ("url", "page"),
        ("files", "file"),
        ("path", "file"),
        ("query", "entry"),
        ("message", "message"),
        ("text", "text"),
        ("branch_name", "branch"),
        ("timezone", "time"),
        ("repo_path", "repository"),
    ];
    let found = of_parameter.iter().find(|(parameter, _)| has(parameter)).map(|(_, noun)| *noun);
    found.unwrap_or(if group.effect == "read" { "entry" } else { "item" }).to_owned()
}

fn action(group: &Group, words: &[String], verb: Option<&str>, told: Option<&str>, noun: &str) -> String {
    let rest: Vec<&str> = match verb.and_then(|verb| words.iter().position(|word| word == verb)) {
        Some(at) => words[at + 1..].iter().map(String::as_str).collect(),
        None => words.iter().map(String::as_str).collect(),
    };
    let rest: Vec<&str> =
        rest.into_iter().map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit())).filter(|word| !word.is_empty()).collect();
    let object = if rest.is_empty() { noun.to_owned() } else { rest.join(" ") };
    match verb.or(told) {
        Some(verb) if object == verb => format!("{verb} it"),
        Some(verb) => format!("{verb} the {object}"),
        None if group.effect == "read" => format!("{} the {object}", group.verb),
        // What the tool does to the thing is not known, so it is named as what it is.
        None => format!("use the {object} tool"),
    }
}

fn first_sentence(description: &str) -> &str {
    let line = description.trim().lines().next().unwrap_or_default();
    line.split(". ").next().unwrap_or(line).trim().trim_end_matches('.')
}

/// A description that starts with what to do, as somebody would say it.
fn task(knowledge: &Knowledge, sentence: &str) -> Option<String> {
    let count = sentence.split_whitespace().count();
    let plain = sentence.chars().all(|c| c.is_alphanumeric() || " ,'-/".contains(c));
    if !(3..=LONGEST_TASK).contains(&count) || !plain {
        return None;
    }
    let (first, rest) = sentence.split_once(' ')?;
    let verb = base_form(first, |verb| knowledge.is_verb(verb))?;
    Some(format!("{verb} {rest}"))
}

/// What parameters are for, of those that an adversary would care about.
fn purposes(knowledge: &Knowledge, schema: &Value) -> Vec<(String, String)> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .filter_map(|(name, property)| {
            let rule = schema::rule(knowledge, name, schema::kind(property)).filter(|rule| !rule.names.is_empty())?;
            Some((name.clone(), rule.purpose.clone()?))
        })
        .collect()
}
