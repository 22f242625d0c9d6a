use std::collections::BTreeMap;
use std::path::PathBuf;

use guardset_core::Problems;
use serde_json::Value;

use super::variables::Variables;
use crate::client::Source;
use crate::escape::{escape, excerpt};
use crate::secret::Secret;

/// One server of a configuration.
pub(super) struct Entry<'a> {
    pub(super) file: &'a str,
    pub(super) place: &'a str,
    pub(super) fields: &'a Value,
    pub(super) variable: &'a dyn Fn(&str) -> Option<String>,
    pub(super) problems: &'a mut Problems,
}

impl Entry<'_> {
    /// Whether the file says to leave it out, in either of the two ways that there are.
    pub(super) fn disabled(&self) -> bool {
        self.fields["disabled"] == true || self.fields["enabled"] == false
    }

    /// Where it is found; `None` where something is wrong, which is noted then.
    pub(super) fn source(&mut self) -> Option<Source> {
        if !self.fields.is_object() {
            self.wrong("", "must be an object");
            return None;
        }
        let before = self.problems.0.len();
        // Some keep program, arguments and environment in `command`, the program as `path`.
        let nested = self.fields["command"].is_object().then(|| self.fields["command"].clone());
        let fields = nested.as_ref().unwrap_or(self.fields);
        let command = fields.get(if nested.is_some() { "path" } else { "command" });
        let url = ["url", "serverUrl", "httpUrl"].into_iter().find_map(|key| Some((key, fields.get(key)?)));
        let http = self.transport()?;
        let source = match (command, url) {
            (Some(command), None) if http != Some(true) => self.command(command, fields),
            (None, Some((key, url))) if http != Some(false) => self.url(key, url, fields),
            (Some(_), Some(_)) => {
                self.wrong("", "has both command and url, must have one of them");
                return None;
            }
            _ => {
                let needed = ["command", "command or url", "url"][http.map_or(1, |http| if http { 2 } else { 0 })];
                self.wrong("", &format!("has no {needed}"));
                return None;
            }
        };
        (self.problems.0.len() == before).then_some(source)
    }

    /// Whether it is spoken to over HTTP, where it says so; `None` where it says something that we do not know.
    fn transport(&mut self) -> Option<Option<bool>> {
        let Some((key, kind)) = ["type", "transport"].into_iter().find_map(|key| Some((key, self.fields.get(key)?))) else {
            return Some(None);
        };
        match kind.as_str().unwrap_or_default() {
            "stdio" => Some(Some(false)),
            "http" | "streamable-http" | "streamable_http" | "streamableHttp" => Some(Some(true)),
            "sse" => {
                self.wrong(key, "is sse, a transport that the specification took out in 2025 and that is not supported; use http");
                None
            }
            _ => {
                let shown = excerpt(&kind.to_string(), 60);
                self.wrong(key, &format!("is {shown}, must be stdio, http or streamable-http"));
                None
            }
        }
    }

    fn command(&mut self, given: &Value, fields: &Value) -> Source {
        let mut hidden = Vec::new();
        let program = self.text("command", given, &mut hidden);
        if given == "" {
            self.wrong("command", "is empty, must name a program");
        }
        let arguments = match fields.get("args") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(place, item)| self.text(&format!("args[{place}]"), item, &mut hidden)).collect()
            }
            Some(_) => {
                self.wrong("args", "must be a list of strings");
                Vec::new()
            }
        };
        let folder =
            fields.get("cwd").filter(|folder| !folder.is_null()).map(|folder| PathBuf::from(self.text("cwd", folder, &mut hidden)));
        Source::Command { program, arguments, environment: self.secrets("env", fields), folder, hidden }
    }

    fn url(&mut self, key: &str, url: &Value, fields: &Value) -> Source {
        let mut hidden = Vec::new();
        let url = self.text(key, url, &mut hidden);
        if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
            self.wrong(key, "must begin with http:// or https://");
        }
        Source::Url { url, headers: self.secrets("headers", fields), hidden }
    }

    /// Names and values of an environment or of headers.
    fn secrets(&mut self, key: &str, fields: &Value) -> BTreeMap<String, Secret> {
        match fields.get(key) {
            None | Some(Value::Null) => BTreeMap::new(),
            Some(Value::Object(values)) => {
                let read = |(name, value): (&String, &Value)| {
                    let place = format!("{key}.{}", escape(name));
                    if name.is_empty() || name.contains(['=', '\0']) {
                        self.wrong(&place, "has a name that no variable or header can have");
                    }
                    // A number or a truth value means its text.
                    let value = if value.is_number() || value.is_boolean() { Value::from(value.to_string()) } else { value.clone() };
                    (name.clone(), Secret::new(self.text(&place, &value, &mut Vec::new())))
                };
                values.iter().map(read).collect()
            }
            Some(_) => {
                self.wrong(key, "must be an object of strings");
                BTreeMap::new()
            }
        }
    }

    /// A string with its variables filled; `hidden` gets their values.
    fn text(&mut self, field: &str, value: &Value, hidden: &mut Vec<Secret>) -> String {
        let Some(text) = value.as_str() else {
            self.wrong(field, "must be a string");
            return String::new();
        };
        let mut variables = Variables { get: self.variable, used: Vec::new(), wrong: Vec::new() };
        let filled = variables.fill(text);
        let Variables { used, wrong, .. } = variables;
        hidden.extend(used);
        wrong.iter().for_each(|wrong| self.wrong(field, &escape(wrong)));
        if filled.contains('\0') {
            self.wrong(field, "holds a zero character, which no program can be given");
        }
        filled
    }

    fn wrong(&mut self, field: &str, message: &str) {
        let place = if field.is_empty() { self.place.to_owned() } else { format!("{}, {field}", self.place) };
        self.problems.add(self.file, None, place, message);
    }
}
