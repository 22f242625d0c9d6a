use serde_json::{Map, Value, json};

use super::calls::WrittenCall;
use super::fields::{field, kind, shown, string, unpacked, value_prefix};
use super::refusal::{Reason, Refusal};
use super::schema;

/// The tools on offer in a dialogue, in MCP form.
#[derive(Debug, Default)]
pub(super) struct Offer {
    pub tools: Vec<Value>,
    /// Their names as the record spells them.
    pub spelled: Vec<String>,
}

impl Offer {
    /// Reads definitions; the same one twice is one.
    pub fn read(definitions: &[Value], field: &str) -> Result<Self, Refusal> {
        let mut offer = Self::default();
        for (at, definition) in definitions.iter().enumerate() {
            offer.add(definition, &format!("{field}[{at}]"))?;
        }
        if offer.tools.is_empty() {
            return Err(Refusal::new(Reason::NoTools, field, "offers no tool", "one definition or more is needed"));
        }
        Ok(offer)
    }

    /// Reads one definition.
    pub fn one(definition: &Value, field: &str) -> Result<Self, Refusal> {
        let mut offer = Self::default();
        offer.add(definition, field)?;
        Ok(offer)
    }

    /// Reads the definitions in the first of these fields that there is: a list, one definition, or a string of JSON with either.
    pub fn of_field(record: &Value, keys: &[&str]) -> Result<Self, Refusal> {
        let found = keys.iter().find_map(|key| Some((*key, field(record, key)?)));
        let needs = "a list of definitions is needed";
        let missing = || Refusal::new(Reason::NoTools, keys.join(" or "), "is missing", needs);
        let (key, value) = found.ok_or_else(missing)?;
        match unpacked(value).as_deref() {
            Some(Value::Array(definitions)) => Self::read(definitions, key),
            Some(object @ Value::Object(_)) => Self::one(object, key),
            Some(Value::Null) => Err(missing()),
            Some(other) => Err(Refusal::new(Reason::BadField, key, format!("is {}", kind(other)), needs)),
            None if value.as_str().is_some_and(|text| text.trim().is_empty()) => Err(missing()),
            None => Err(Refusal::new(Reason::BadJsonTools, key, "is a string that is no JSON", needs)),
        }
    }

    fn add(&mut self, definition: &Value, field: &str) -> Result<(), Refusal> {
        let (tool, spelled) = tool(definition, field)?;
        let name = string(&tool, "name").unwrap_or_default();
        match self.tools.iter().find(|known| string(known, "name") == Some(name)) {
            Some(known) if *known == tool => {}
            Some(_) => {
                let wrong = format!("defines {} once more, and differently", shown(name));
                return Err(Refusal::new(Reason::DuplicateTool, field, wrong, "names of tools are unique, written with A-Z a-z 0-9 _ . -"));
            }
            None => self.tools.push(tool),
        }
        if !self.spelled.contains(&spelled) {
            self.spelled.push(spelled);
        }
        Ok(())
    }

    /// The tool that goes by that name, however it is spelled.
    pub fn tool(&self, spelled: &str) -> Option<&Value> {
        let name = conformant(spelled);
        self.tools.iter().find(|tool| string(tool, "name") == Some(&name))
    }

    /// The arguments of a written call. Those without a name are named in the order of the tool's properties.
    pub fn bind(&self, call: WrittenCall, field: &str) -> Result<Map<String, Value>, Refusal> {
        let properties = self.tool(&call.name).and_then(|tool| tool["inputSchema"]["properties"].as_object());
        let mut names = properties.into_iter().flat_map(Map::keys);
        let mut arguments = Map::new();
        for value in call.positional {
            let Some(name) = names.next() else {
                let wrong = format!("calls {} with more arguments than it has parameters", shown(&call.name));
                return Err(Refusal::new(Reason::BadCall, field, wrong, "arguments are written as name=value"));
            };
            arguments.insert(name.clone(), value);
        }
        arguments.extend(call.named);
        Ok(arguments)
    }
}

/// One definition in MCP form, and its name as it is spelled: a function of the OpenAI API with or without its wrapper,
/// an MCP tool, each of them also as a string of JSON.
fn tool(definition: &Value, at: &str) -> Result<(Value, String), Refusal> {
    let bad = |wrong: &str| Refusal::new(Reason::BadTool, at, format!("is {wrong}"), "a definition is an object with a name");
    let unpacked = unpacked(definition).ok_or_else(|| bad("a string that is no JSON"))?;
    let function = unpacked.get("function").filter(|inner| inner.is_object()).unwrap_or(&unpacked);
    let keys = function.as_object().ok_or_else(|| bad(kind(function)))?;
    let spelled = string(function, "name").map(str::trim).filter(|name| !name.is_empty());
    let spelled = spelled.ok_or_else(|| Refusal::new(Reason::NoName, at, "has no name", "a definition needs a string as name"))?;

    let key = ["inputSchema", "input_schema", "parameters", "arguments"].into_iter().find(|key| field(function, key).is_some());
    let parameters = key.and_then(|key| function.get(key));
    let schema = schema::of_parameters(parameters, &format!("{at}.{}", key.unwrap_or("parameters")))?;
    let mut tool = Map::from_iter([("name".to_owned(), json!(conformant(spelled)))]);
    if let Some(description) = string(function, "description") {
        tool.insert("description".to_owned(), json!(description));
    }
    tool.insert("inputSchema".to_owned(), schema);
    let is_mcp = key == Some("inputSchema");
    let further = keys.iter().filter(|(key, value)| !value.is_null() && !tool.contains_key(*key) && (is_mcp || is_key_of_mcp(key)));
    let further: Vec<_> = further.filter(|(key, _)| *key != "description").map(|(key, value)| (key.clone(), value.clone())).collect();
    tool.extend(further);
    Ok((Value::Object(tool), spelled.to_owned()))
}

/// What a tool of MCP has beside name, description and inputSchema (specification of 2025-11-25, Tool).
fn is_key_of_mcp(key: &str) -> bool {
    matches!(key, "title" | "outputSchema" | "annotations" | "icons" | "execution" | "_meta")
}

/// The name as MCP has it (specification of 2025-11-25, Tool Names): 1 to 128 of `A-Za-z0-9_.-`. Other characters become `_`.
pub(super) fn conformant(name: &str) -> String {
    const CHARS: usize = 128;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.trim().chars().take(CHARS).map(|c| if fits(c) { c } else { '_' }).collect()
}

/// The definitions that stand in a text: objects one after the other, or lists of them.
pub(super) fn definitions_in(text: &str, field: &str) -> Result<Vec<Value>, Refusal> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(['[', '{']).map(|start| at + start) {
        at = start + 1;
        // Prose has brackets too; what opens a definition is followed by another one or by a key.
        let opens = text[at..].trim_start().starts_with(['{', '"', '\'']);
        if !opens {
            continue;
        }
        let Some((value, length)) = value_prefix(&text[start..]) else {
            let wrong = format!("has definitions that are no JSON at {}", shown(&text[start..]));
            return Err(Refusal::new(Reason::BadJsonTools, field, wrong, "functions are written as JSON objects or as a list of them"));
        };
        at = start + length;
        match value {
            Value::Array(all) => found.extend(all.into_iter().filter(Value::is_object)),
            value if value.is_object() => found.push(value),
            _ => {}
        }
    }
    Ok(found)
}
