//! Reads `seeds/<domain>/servers/*.toml`.

use guardset_core::{
    Catalog, INFERRED_OF_SERVER, INFERRED_OF_TOOL, Names, Problems, Release, Server, Setting, StepTemplate, Template, Tool, Wording,
};
use serde::Deserialize;
use serde_json::Value as Json;
use toml::{Spanned, Table, Value};

use super::text::Scope;
use super::{File, RawProvenance, slots, unconfirmed};
use crate::values;

const EFFECTS: [&str; 7] = ["read", "write", "delete", "send", "pay", "execute", "administer"];
pub(super) const PURPOSES: [&str; 11] =
    ["recipient", "path", "url", "account", "amount", "query", "command", "body", "record", "when", "scope"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawServer {
    title: String,
    version: String,
    publisher: String,
    package: String,
    instructions: Option<String>,
    protocol: String,
    setting: Vec<RawSetting>,
    next_release: RawRelease,
    provenance: Option<RawProvenance>,
    #[serde(default)]
    inferred: Vec<String>,
    tool: Vec<Spanned<RawTool>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSetting {
    name: String,
    approved: String,
    weaker: String,
    about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    version: String,
    reason: String,
    check: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTool {
    name: String,
    title: Option<String>,
    description: String,
    input_schema: String,
    output_schema: Option<String>,
    annotations: Option<Table>,
    effects: Vec<String>,
    scopes: Vec<String>,
    capability: String,
    takes: String,
    returns: String,
    idempotent: bool,
    role: Option<String>,
    #[serde(default)]
    prerequisites: Vec<String>,
    #[serde(default)]
    parameters: Table,
    #[serde(default)]
    inferred: Vec<String>,
    example: RawExample,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExample {
    #[serde(default)]
    slots: Table,
    #[serde(default)]
    arguments: Table,
    result: String,
}

/// Reads one server; `servers` and `tools` grow by what is usable.
pub(super) fn read(file: &File, name: &str, domain: usize, catalog: &mut Catalog, problems: &mut Problems) {
    let Some(raw) = file.parse::<RawServer>(problems) else { return };
    let imported = raw.provenance.is_some();
    catalog.unconfirmed.extend(unconfirmed(file, "", raw.inferred, &INFERRED_OF_SERVER, imported, problems));
    let Catalog { servers, tools, protocols, unconfirmed: open, .. } = catalog;
    let first = tools.len();
    if raw.setting.is_empty() {
        file.wrong("setting", "needs at least one [[setting]]", problems);
    }
    if raw.tool.is_empty() {
        file.wrong("tool", "needs at least one [[tool]]", problems);
    }
    let protocol = protocols.iter().position(|protocol| protocol.version == raw.protocol);
    if protocol.is_none() && !protocols.is_empty() {
        let known: Vec<&str> = protocols.iter().map(|protocol| protocol.version.as_str()).collect();
        file.wrong("protocol", format!("`{}` is not supported; give one of {}", raw.protocol, known.join(", ")), problems);
    }
    if !reserved_host(&raw.publisher) {
        let message = format!("`{}` is no reserved host name; end it in .example, .test or .invalid", raw.publisher);
        file.wrong("publisher", message, problems);
    }
    for spanned in raw.tool {
        let line = Some(file.line(spanned.span().start));
        let mut tool = spanned.into_inner();
        let place = format!("tool {}", tool.name);
        open.extend(unconfirmed(file, &place, std::mem::take(&mut tool.inferred), &INFERRED_OF_TOOL, imported, problems));
        read_tool(file, line, servers.len(), tool, tools, problems);
    }
    let RawRelease { version, reason, check } = raw.next_release;
    servers.push(Server {
        name: name.to_owned(),
        domain,
        title: raw.title,
        version: raw.version,
        publisher: raw.publisher,
        package: raw.package,
        instructions: raw.instructions.as_deref().map(Wording::plain),
        protocol: protocol.unwrap_or_default(),
        settings: raw
            .setting
            .into_iter()
            .map(|RawSetting { name, approved, weaker, about }| Setting { name, approved, weaker, about })
            .collect(),
        next_release: Release { version, reason, check },
        tools: first..tools.len(),
        provenance: raw.provenance.map(Into::into),
    });
}

fn read_tool(file: &File, line: Option<usize>, server: usize, raw: RawTool, tools: &mut Vec<Tool>, problems: &mut Problems) {
    let name = raw.name.clone();
    let mut wrong = |field: &str, message: String| problems.add(&file.path, line, format!("tool {name}, {field}"), message);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b)) {
        wrong("name", "must be 1 to 128 of A-Z a-z 0-9 _ . - (MCP specification)".into());
    }
    for effect in raw.effects.iter().filter(|effect| !EFFECTS.contains(&effect.as_str())) {
        wrong("effects", format!("`{effect}` is unknown; effects are {}", EFFECTS.join(", ")));
    }
    if raw.effects.is_empty() || raw.scopes.is_empty() {
        wrong("effects, scopes", "needs at least one effect and one scope".into());
    }
    let (input, schema) = match super::schema::input(&raw.input_schema) {
        Ok(checked) => checked,
        Err(message) => return wrong("input_schema", message),
    };
    let output = match raw.output_schema.as_deref().map(super::schema::output).transpose() {
        Ok(output) => output,
        Err(message) => return wrong("output_schema", message),
    };
    let annotations = raw.annotations.map(|table| super::schema::json(&Value::Table(table)));
    if let Some(annotations) = &annotations
        && let Err(message) = super::schema::annotations(annotations)
    {
        wrong("annotations", message);
    }
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let mut parameters = Vec::new();
    for (parameter, purpose) in &raw.parameters {
        let purpose = purpose.as_str().unwrap_or_default();
        if !properties.contains_key(parameter) {
            wrong("parameters", format!("`{parameter}` is no property of the input schema"));
        } else if !PURPOSES.contains(&purpose) {
            wrong("parameters", format!("`{purpose}` is no purpose; purposes are {}", PURPOSES.join(", ")));
        } else {
            parameters.push((parameter.clone(), purpose.to_owned()));
        }
    }
    let (own, bad) = slots::read(&raw.example.slots, false);
    for (slot, message) in bad {
        wrong("example.slots", format!("`{slot}` {message}"));
    }
    let scope = Scope::new(&own, &[]);
    let mut names = Names::default();
    let mut example = StepTemplate::default();
    match arguments(&raw.example.arguments, &schema, &scope, &own, &mut names) {
        Ok(arguments) => example.arguments = arguments,
        Err(message) => wrong("example.arguments", message),
    }
    match scope.compile(&raw.example.result, &mut names) {
        Ok(result) => example.results.push(result.into()),
        Err(message) => wrong("example.result", message),
    }
    let signature = super::schema::signature(&schema);
    tools.push(Tool {
        name: raw.name,
        server,
        title: raw.title,
        description: Wording::plain(&raw.description),
        property_slot: super::schema::property_slot(&input),
        input_schema: input,
        output_schema: output,
        annotations: annotations.map(|a| a.to_string()),
        definition: String::new(),
        signature,
        effects: raw.effects,
        scopes: raw.scopes,
        capability: raw.capability,
        takes: raw.takes,
        returns: raw.returns,
        idempotent: raw.idempotent,
        role: raw.role,
        parameters,
        prerequisites: raw.prerequisites,
        example,
        slots: own,
        names,
    });
}

/// Compiles a table of arguments to compact JSON with holes. A string that is nothing but one slot becomes a number
/// when the schema wants one, or when the slot is a number and the schema does not want a string.
pub(super) fn arguments(
    table: &Table,
    schema: &Json,
    scope: &Scope,
    own: &[guardset_core::Slot],
    names: &mut Names,
) -> Result<Vec<(String, Template)>, String> {
    table
        .iter()
        .map(|(parameter, value)| {
            let marked = argument(value, &schema["properties"][parameter], scope, own, names)
                .map_err(|message| format!("`{parameter}`: {message}"))?;
            Ok((parameter.clone(), Template::parse(&marked)))
        })
        .collect()
}

fn argument(value: &Value, schema: &Json, scope: &Scope, own: &[guardset_core::Slot], names: &mut Names) -> Result<String, String> {
    let wanted = schema["type"].as_str();
    Ok(match value {
        Value::String(text) => {
            let marked = scope.mark(text, names)?;
            let number = match Template::parse(&marked).as_slot() {
                Some(slot) => {
                    matches!(wanted, Some("number" | "integer" | "boolean")) || (wanted != Some("string") && is_number(&names.0[slot], own))
                }
                None => false,
            };
            if number { marked } else { Json::String(marked).to_string() }
        }
        Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| argument(item, &schema["items"], scope, own, names)).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(","))
        }
        Value::Table(table) => {
            let entries: Vec<String> = table
                .iter()
                .map(|(key, value)| {
                    Ok(format!("{}:{}", Json::String(key.clone()), argument(value, &schema["properties"][key], scope, own, names)?))
                })
                .collect::<Result<_, String>>()?;
            format!("{{{}}}", entries.join(","))
        }
        Value::Integer(n) => n.to_string(),
        Value::Float(n) => Json::from(*n).to_string(),
        Value::Boolean(b) => b.to_string(),
        Value::Datetime(day) => Json::String(day.to_string()).to_string(),
    })
}

fn is_number(name: &str, own: &[guardset_core::Slot]) -> bool {
    let (slot, form) = name.split_once('.').unwrap_or((name, ""));
    own.iter().any(|known| known.name == slot && values::is_number(&known.kind, form))
}

/// RFC 2606 and RFC 6761 names that can never be anybody's.
pub(super) fn reserved_host(host: &str) -> bool {
    [".example", ".test", ".invalid"].iter().any(|end| host.ends_with(end))
}
