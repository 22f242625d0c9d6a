use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::depth::depth;
use crate::escape::{escape, excerpt};
use crate::listing::Unlisted;

/// Longest name of a tool (MCP specification 2025-11-25, Tool Names).
const LONGEST: usize = 128;

/// Takes the entries of a list that are sound, in their order, and says of the others why they are refused.
pub(crate) struct Sieve<'a> {
    /// `tool`, `prompt`, `resource` or `resource template`.
    pub(crate) kind: &'static str,
    pub(crate) depth: usize,
    pub(crate) refused: &'a mut Vec<Unlisted>,
}

/// The little that names an entry, whatever else is wrong with it.
#[derive(Deserialize)]
struct Called {
    name: Option<String>,
}

impl Sieve<'_> {
    pub(crate) fn take(&mut self, entries: &[Box<RawValue>]) -> Vec<Value> {
        let mut names = HashSet::new();
        let mut taken = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            match self.check(entry.get(), &mut names) {
                Ok(value) => taken.push(value),
                Err(reason) => self.refuse(place, entry.get(), reason),
            }
        }
        taken
    }

    fn check(&self, text: &str, names: &mut HashSet<String>) -> Result<Value, String> {
        let found = depth(text);
        if found > self.depth {
            return Err(format!("its definition is nested {found} deep, the limit is {}", self.depth));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is invalid JSON: {error}"))?;
        if !value.is_object() {
            return Err("it is no JSON object".to_owned());
        }
        if self.kind == "tool" {
            let name = value["name"].as_str().ok_or("it has no name that is a string")?;
            check_name(name)?;
            check_schemas(&value)?;
            if !names.insert(name.to_owned()) {
                return Err("its name was listed before, the first is kept".to_owned());
            }
        }
        Ok(value)
    }

    fn refuse(&mut self, place: usize, text: &str, reason: String) {
        let name = serde_json::from_str(text).ok().and_then(|Called { name }| name);
        let name = name.map_or(format!("number {}", place + 1), |name| excerpt(&name, LONGEST));
        let tool = if self.kind == "tool" { name } else { format!("{} {name}", self.kind) };
        self.refused.push(Unlisted { tool, reason });
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if !(1..=LONGEST).contains(&length) {
        return Err(format!("its name has {length} characters, must be 1 to {LONGEST}"));
    }
    if name.contains(['/', '\\']) || name.chars().all(|c| c == '.') {
        return Err("its name holds parts of a path".to_owned());
    }
    match name.chars().find(|c| !c.is_ascii_alphanumeric() && !"_.-".contains(*c)) {
        Some(c) => Err(format!("its name holds \"{}\"; only A-Z, a-z, 0-9, _, . and - are allowed", escape(&c.to_string()))),
        None => Ok(()),
    }
}

fn check_schemas(tool: &Value) -> Result<(), String> {
    let input = tool.get("inputSchema").ok_or("it has no inputSchema")?;
    let output = tool.get("outputSchema").filter(|schema| !schema.is_null());
    for (field, schema) in std::iter::once(("inputSchema", input)).chain(output.map(|schema| ("outputSchema", schema))) {
        if !schema.is_object() {
            return Err(format!("its {field} is no JSON object"));
        }
        if let Some(other) = schema.get("type").filter(|kind| *kind != "object") {
            return Err(format!("its {field} has the type {}, must be \"object\"", excerpt(&other.to_string(), 60)));
        }
        if let Some(reference) = outside(schema) {
            return Err(format!("its {field} refers to \"{}\", outside of the definition; that is never fetched", excerpt(reference, 120)));
        }
    }
    Ok(())
}

/// The first reference of a schema that leads out of it. References are not followed, so that none can lead in a circle;
/// the depth of what is looked through was checked before.
fn outside(schema: &Value) -> Option<&str> {
    match schema {
        Value::Array(items) => items.iter().find_map(outside),
        Value::Object(fields) => fields.iter().find_map(|(key, value)| match value {
            Value::String(target) if matches!(key.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef") && !target.starts_with('#') => {
                Some(target.as_str())
            }
            value => outside(value),
        }),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sift(tools: &[Value]) -> (Vec<Value>, Vec<Unlisted>) {
        let raw: Vec<_> = tools.iter().map(|tool| RawValue::from_string(tool.to_string()).unwrap()).collect();
        let mut refused = Vec::new();
        let taken = Sieve { kind: "tool", depth: 20, refused: &mut refused }.take(&raw);
        (taken, refused)
    }

    #[test]
    fn each_bad_tool_is_refused_for_its_reason_and_the_others_stay() {
        let schema = json!({"type": "object"});
        let cases = [
            (json!({"name": "a/b", "inputSchema": schema}), "parts of a path"),
            (json!({"name": "..", "inputSchema": schema}), "parts of a path"),
            (json!({"name": "a\u{1b}[2J", "inputSchema": schema}), "\\u{1b}"),
            (json!({"name": "naïve", "inputSchema": schema}), "\"ï\""),
            (json!({"name": "", "inputSchema": schema}), "0 characters"),
            (json!({"name": "x".repeat(129), "inputSchema": schema}), "129 characters"),
            (json!({"name": 7, "inputSchema": schema}), "no name"),
            (json!({"name": "bare"}), "no inputSchema"),
            (json!({"name": "list", "inputSchema": []}), "no JSON object"),
            (json!({"name": "text", "inputSchema": {"type": "string"}}), "must be \"object\""),
            (json!({"name": "out", "inputSchema": {"items": [{"$ref": "http://127.0.0.1/x.json"}]}}), "never fetched"),
            (json!({"name": "out", "inputSchema": schema, "outputSchema": {"$ref": "file:///etc/x"}}), "outputSchema refers"),
            (json!({"name": "good", "inputSchema": schema, "again": true}), "listed before"),
            (json!("good"), "no JSON object"),
        ];
        let good = [json!({"name": "good", "inputSchema": schema}), json!({"name": "last_one-2.0", "inputSchema": {}})];
        let mut all = vec![good[0].clone()];
        all.extend(cases.iter().map(|(tool, _)| tool.clone()));
        all.push(good[1].clone());
        let (taken, refused) = sift(&all);
        assert_eq!(taken, good);
        assert_eq!(refused.len(), cases.len());
        for (refused, (tool, reason)) in refused.iter().zip(&cases) {
            assert!(refused.reason.contains(reason), "{tool}: {refused:?}");
            assert_eq!(refused.tool, escape(&refused.tool));
        }
    }

    #[test]
    fn a_schema_may_refer_to_itself() {
        let tree =
            json!({"name": "tree", "inputSchema": {"type": "object", "properties": {"child": {"$ref": "#"}, "$ref": {"type": "string"}}}});
        assert_eq!(sift(std::slice::from_ref(&tree)), (vec![tree], vec![]));
    }
}
