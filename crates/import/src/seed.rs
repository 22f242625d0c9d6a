//! Seed files: servers and scenarios as `docs/seeds.md` describes them, as text that people can read and correct.

use guardset_core::{INFERRED_OF_SERVER, INFERRED_OF_TOOL, Provenance};
use serde_json::Value;
use toml::Table;

use crate::shape::Shape;
use crate::text::Text;

/// An MCP server.
#[derive(Debug)]
pub(crate) struct SeedServer {
    pub name: String,
    pub title: String,
    pub version: String,
    pub publisher: String,
    pub package: String,
    pub instructions: Option<String>,
    pub protocol: String,
    /// Name, approved, weaker, about.
    pub settings: Vec<[String; 4]>,
    /// Version, reason, check.
    pub next_release: [String; 3],
    pub provenance: Provenance,
    pub tools: Vec<SeedTool>,
}

#[derive(Debug)]
pub(crate) struct SeedTool {
    /// As the server sent it.
    pub definition: Value,
    pub facts: ToolFacts,
    /// Slots, arguments and result of its example.
    pub slots: Table,
    pub arguments: Vec<(String, Shape)>,
    pub result: Text,
}

/// What is taken to be true of a tool: the keys that a person has to confirm.
#[derive(Debug, Clone)]
pub(crate) struct ToolFacts {
    pub effects: Vec<String>,
    pub scopes: Vec<String>,
    pub capability: String,
    pub takes: String,
    pub returns: String,
    pub idempotent: bool,
    pub role: Option<String>,
    /// Parameter and purpose.
    pub parameters: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct SeedScenario {
    pub id: String,
    pub title: String,
    pub servers: Vec<String>,
    pub role: String,
    pub grants: Vec<String>,
    pub policies: Vec<Text>,
    pub requests: Vec<Text>,
    pub replies: Vec<Text>,
    pub slots: Table,
    pub steps: Vec<SeedStep>,
    pub provenance: Provenance,
    /// What was made up here rather than found.
    pub inferred: Vec<&'static str>,
}

#[derive(Debug)]
pub(crate) enum SeedStep {
    Call(SeedCall),
    Assistant(Vec<Text>),
    User(Vec<Text>),
}

#[derive(Debug)]
pub(crate) struct SeedCall {
    /// `server.tool`.
    pub call: String,
    pub says: Vec<Text>,
    pub arguments: Vec<(String, Shape)>,
    pub results: Vec<Text>,
    /// Steps that must come first by policy, counted from 1.
    pub after: Vec<usize>,
    pub once: bool,
    pub error: bool,
}

impl SeedServer {
    /// The text of its file.
    pub(crate) fn file(&self) -> String {
        let mut out = Lines::default();
        out.pair("title", &quoted(&self.title));
        out.pair("version", &quoted(&self.version));
        out.pair("publisher", &quoted(&self.publisher));
        out.pair("package", &quoted(&self.package));
        if let Some(instructions) = &self.instructions {
            out.pair("instructions", &quoted(instructions));
        }
        out.pair("protocol", &quoted(&self.protocol));
        out.pair("inferred", &list(&INFERRED_OF_SERVER));
        out.provenance(&self.provenance);
        for [name, approved, weaker, about] in &self.settings {
            out.table("[[setting]]");
            for (key, value) in [("name", name), ("approved", approved), ("weaker", weaker), ("about", about)] {
                out.pair(key, &quoted(value));
            }
        }
        out.table("[next_release]");
        for (key, value) in ["version", "reason", "check"].iter().zip(&self.next_release) {
            out.pair(key, &quoted(value));
        }
        for tool in &self.tools {
            tool.write(&mut out);
        }
        out.0
    }
}

impl SeedTool {
    fn write(&self, out: &mut Lines) {
        let Self { definition, facts, .. } = self;
        out.table("[[tool]]");
        out.pair("name", &quoted(definition["name"].as_str().unwrap_or_default()));
        if let Some(title) = definition["title"].as_str() {
            out.pair("title", &quoted(title));
        }
        out.pair("description", &quoted(definition["description"].as_str().unwrap_or_default()));
        out.pair("input_schema", &json(&definition["inputSchema"]));
        if definition["outputSchema"].is_object() {
            out.pair("output_schema", &json(&definition["outputSchema"]));
        }
        if let Some(annotations) = annotations(&definition["annotations"]) {
            out.pair("annotations", &toml::Value::Table(annotations).to_string());
        }
        out.pair("inferred", &list(&INFERRED_OF_TOOL));
        out.pair("effects", &list(&facts.effects));
        out.pair("scopes", &list(&facts.scopes));
        for (key, value) in [("capability", &facts.capability), ("takes", &facts.takes), ("returns", &facts.returns)] {
            out.pair(key, &quoted(value));
        }
        out.pair("idempotent", if facts.idempotent { "true" } else { "false" });
        if let Some(role) = &facts.role {
            out.pair("role", &quoted(role));
        }
        if !facts.parameters.is_empty() {
            let parameters = facts.parameters.iter().map(|(name, purpose)| (name.clone(), purpose.as_str().into()));
            out.pair("parameters", &toml::Value::Table(parameters.collect()).to_string());
        }
        out.table("[tool.example]");
        out.pair("slots", &toml::Value::Table(self.slots.clone()).to_string());
        out.pair("arguments", &arguments(&self.arguments));
        out.pair("result", &quoted(&self.result.source()));
    }
}

impl SeedScenario {
    /// The text of its file.
    pub(crate) fn file(&self) -> String {
        let mut out = Lines::default();
        out.pair("title", &quoted(&self.title));
        out.pair("servers", &list(&self.servers));
        out.pair("role", &quoted(&self.role));
        out.pair("grants", &list(&self.grants));
        out.pair("subject", &quoted("{{ org.name }}"));
        if !self.policies.is_empty() {
            out.texts("policies", &self.policies);
        }
        out.pair("inferred", &list(&self.inferred));
        out.0.push('\n');
        out.texts("requests", &self.requests);
        out.0.push('\n');
        out.texts("replies", &self.replies);
        out.provenance(&self.provenance);
        if !self.slots.is_empty() {
            out.table("[slots]");
            for (name, kind) in &self.slots {
                out.pair(name, &kind.to_string());
            }
        }
        for step in &self.steps {
            out.table("[[step]]");
            match step {
                SeedStep::Assistant(texts) => out.texts("assistant", texts),
                SeedStep::User(texts) => out.texts("user", texts),
                SeedStep::Call(call) => call.write(&mut out),
            }
        }
        out.0
    }
}

impl SeedCall {
    fn write(&self, out: &mut Lines) {
        out.pair("call", &quoted(&self.call));
        if !self.says.is_empty() {
            out.texts("says", &self.says);
        }
        out.pair("arguments", &arguments(&self.arguments));
        out.texts("results", &self.results);
        if !self.after.is_empty() {
            let after: Vec<String> = self.after.iter().map(ToString::to_string).collect();
            out.pair("after", &format!("[{}]", after.join(", ")));
        }
        for (key, set) in [("once", self.once), ("error", self.error)] {
            if set {
                out.pair(key, "true");
            }
        }
    }
}

/// A file in the making.
#[derive(Default)]
pub(crate) struct Lines(pub String);

impl Lines {
    pub(crate) fn pair(&mut self, key: &str, value: &str) {
        let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let key = if bare { key.to_owned() } else { quoted(key) };
        self.0.push_str(&format!("{key} = {value}\n"));
    }

    fn texts(&mut self, key: &str, texts: &[Text]) {
        self.0.push_str(&format!("{key} = [\n"));
        for text in texts {
            self.0.push_str(&format!("  {},\n", quoted(&text.source())));
        }
        self.0.push_str("]\n");
    }

    fn table(&mut self, head: &str) {
        self.0.push_str(&format!("\n{head}\n"));
    }

    pub(crate) fn provenance(&mut self, provenance: &Provenance) {
        self.table("[provenance]");
        self.pair("source", &quoted(&provenance.source));
        for (key, value) in [("date", &provenance.date), ("license", &provenance.license)] {
            if let Some(value) = value {
                self.pair(key, &quoted(value));
            }
        }
        self.pair("digest", &quoted(&provenance.digest));
    }
}

/// A TOML string. One of several lines, or with quotes in it, stays readable where TOML's literal form can hold it.
pub(crate) fn quoted(text: &str) -> String {
    let plain = !text.contains("'''") && !text.ends_with('\'') && !text.starts_with('\n');
    let plain = plain && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if plain && text.contains(['"', '\\', '\n']) {
        return format!("'''{text}'''");
    }
    // Control characters and whatever else TOML wants escaped.
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn json(value: &Value) -> String {
    quoted(&value.to_string())
}

fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

fn arguments(arguments: &[(String, Shape)]) -> String {
    let table: Table = arguments.iter().filter_map(|(name, shape)| Some((name.clone(), shape.toml()?))).collect();
    toml::Value::Table(table).to_string()
}

/// The annotations that MCP has; what a server adds of its own stands in the listing beside.
fn annotations(annotations: &Value) -> Option<Table> {
    let known = |key: &str, value: &Value| match key {
        "title" => value.is_string(),
        "readOnlyHint" | "destructiveHint" | "idempotentHint" | "openWorldHint" => value.is_boolean(),
        _ => false,
    };
    let annotations = annotations.as_object()?.iter().filter(|(key, value)| known(key, value));
    let table: Table = annotations.filter_map(|(key, value)| Some((key.clone(), Shape::Fixed(value.clone()).toml()?))).collect();
    (!table.is_empty()).then_some(table)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_quoted_text_reads_back_as_it_was() {
        for text in ["plain", "two\nlines", "\nleading", "it's", "ends in '", "'''", "\"\\", "\u{1b}[31m", "\r\n", "a\u{7f}b", ""] {
            let read: toml::Table = toml::from_str(&format!("a = {}", quoted(text))).expect("is TOML");
            assert_eq!(read["a"].as_str(), Some(text), "{text:?}");
        }
    }
}
