//! Dialogues as scenarios. What the user said and a call repeats becomes a slot: that is what the user bound, and what samples differ in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use toml::Table;

use crate::compose::{Composed, marked, replies, results, unusable, validator};
use crate::dialogue::{Dialogue, Turn};
use crate::facts::Facts;
use crate::fill::{Filler, choice, id, is_slot_value};
use crate::formats;
use crate::knowledge::Knowledge;
use crate::refused::Refused;
use crate::schema;
use crate::seed::{Provenance, SeedCall, SeedScenario, SeedStep};
use crate::shape::Shape;
use crate::text::{Text, whole_words};
use crate::words::{capital, words};

/// Values of one parameter that are remembered, and that a slot offers.
const REMEMBERED: usize = 40;
const OFFERED: usize = 10;
/// Texts that say that there is no value.
const NOTHING: [&str; 5] = ["N/A", "dontcare", "None", "null", ""];
/// Longest value that others may stand in for.
const LONGEST_VALUE: usize = 60;

/// What other dialogues gave for a parameter, by its name: what a value may be replaced by.
#[derive(Debug, Default)]
pub(crate) struct Pool(BTreeMap<String, Vec<String>>);

impl Pool {
    pub(crate) fn of(dialogues: &[Dialogue]) -> Self {
        let mut pool = Self::default();
        for dialogue in dialogues {
            for turn in &dialogue.turns {
                if let Turn::Call { arguments, .. } = turn {
                    for (name, value) in arguments {
                        pool.add(name, value);
                    }
                }
            }
        }
        pool
    }

    fn add(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text) if is_slot_value(text) && text.len() <= LONGEST_VALUE => {
                let known = self.0.entry(words(name).join("_")).or_default();
                if known.len() < REMEMBERED && !known.contains(text) {
                    known.push(text.clone());
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(name, item)),
            Value::Object(members) => members.iter().for_each(|(name, member)| self.add(name, member)),
            _ => {}
        }
    }

    /// Others of the same name that look alike: as many words, digits where there are digits.
    fn like(&self, name: &str, value: &str) -> Vec<&str> {
        let form =
            |text: &str| (text.chars().any(|c| c.is_ascii_digit()), text.contains(['/', '@', ':']), text.split_whitespace().count().min(4));
        let known = self.0.get(&words(name).join("_"));
        known
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|other| *other != value && form(other) == form(value))
            .take(OFFERED - 1)
            .collect()
    }
}

/// Makes a scenario of a dialogue whose tools stand on a server.
pub(crate) fn scenario(
    knowledge: &Knowledge,
    composed: &Composed<'_>,
    pool: &Pool,
    dialogue: &Dialogue,
    id: &str,
    provenance: &Provenance,
) -> Result<SeedScenario, Refused> {
    let refuse = |reason, detail: String| Refused { what: dialogue.id.escape_debug().to_string(), reason, detail };
    let turns = from_first_request(&dialogue.turns);
    let Some(Turn::User(_)) = turns.first() else {
        return Err(refuse("no_user_turn", "nobody asks for anything; a dialogue needs a user turn".into()));
    };
    if let Some((reason, detail)) = unusable(&format!("{dialogue:?}")) {
        return Err(refuse(reason, detail));
    }
    let calls = called(composed, turns).map_err(|(reason, detail)| refuse(reason, detail))?;
    let mut filler = Filler::new(knowledge, &[id, "dialogue"]);
    let bound = bind(&mut filler, pool, turns, &calls);
    let steps_and_reply = steps(composed, &mut filler, turns, &calls, &bound).map_err(|(reason, detail)| refuse(reason, detail))?;
    let (request, steps, reply) = steps_and_reply;
    let facts: Vec<&Facts<'_>> = calls.iter().map(|call| &composed.facts[call.tool]).collect();
    let found_reply = reply.is_some();
    let replies = match (reply, facts.last()) {
        (Some(reply), _) => vec![reply],
        (None, Some(last)) => replies(knowledge, &mut filler, last, calls.len(), steps.len()),
        (None, None) => knowledge.wording.replies.none.iter().map(|text| Text::fixed(text.as_str())).collect(),
    };
    let grants: BTreeSet<String> = facts.iter().flat_map(|facts| facts.scopes.iter().cloned()).collect();
    let names = &knowledge.servers.roles.names;
    let role = facts.iter().find_map(|facts| facts.role.clone());
    let role = role.unwrap_or_else(|| names[guardset_core::hash_text(id) as usize % names.len()].clone());
    let title = facts.iter().map(|facts| facts.action.as_str()).take(3).collect::<Vec<_>>().join(", then ");
    let mut inferred = vec!["slots", "role"];
    inferred.extend((!found_reply).then_some("replies"));
    inferred.extend(calls.iter().any(|call| call.result.is_none()).then_some("results"));
    Ok(SeedScenario {
        id: id.to_owned(),
        title: if title.is_empty() { "Answer without a tool".to_owned() } else { capital(&title) },
        servers: vec![composed.server.name.clone()],
        role,
        grants: grants.into_iter().collect(),
        policies: Vec::new(),
        requests: vec![request],
        replies,
        slots: filler.slots,
        steps,
        provenance: provenance.clone(),
        inferred,
    })
}

/// What an assistant says before it was asked goes.
fn from_first_request(turns: &[Turn]) -> &[Turn] {
    let first = turns.iter().position(|turn| matches!(turn, Turn::User(_))).unwrap_or(turns.len());
    &turns[first..]
}

/// A call of the dialogue with the tool that it is of.
struct Called {
    tool: usize,
    arguments: Map<String, Value>,
    validator: jsonschema::Validator,
    result: Option<String>,
    /// Its turn.
    turn: usize,
}

fn called(composed: &Composed<'_>, turns: &[Turn]) -> Result<Vec<Called>, (&'static str, String)> {
    let mut out = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        let Turn::Call { tool, arguments, result } = turn else { continue };
        let position = composed.server.tools.iter().position(|known| known.definition["name"] == tool.as_str());
        let position = position.ok_or_else(|| ("tool_was_refused", format!("`{}` is called and was left out", tool.escape_debug())))?;
        let schema = &composed.server.tools[position].definition["inputSchema"];
        let arguments =
            fitting(schema, arguments).map_err(|error| ("arguments_do_not_fit", format!("{}: {error}", tool.escape_debug())))?;
        let validator = validator(schema).map_err(|error| ("invalid_schema", error))?;
        out.push(Called { tool: position, arguments, validator, result: result.clone(), turn: at });
    }
    Ok(out)
}

/// The arguments, with scalars written as the schema wants them where they do not fit as they are.
fn fitting(schema: &Value, arguments: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let validator = validator(schema)?;
    let wrong = |arguments: &Map<String, Value>| {
        validator.iter_errors(&Value::Object(arguments.clone())).next().map(|error| error.to_string().chars().take(200).collect())
    };
    // TOML has no null; an optional argument that is null is as good as absent.
    let given: Map<String, Value> = arguments.iter().filter(|(_, value)| !value.is_null()).map(|(n, v)| (n.clone(), v.clone())).collect();
    if wrong(&given).is_none() {
        return Ok(given);
    }
    let known = |name: &str| schema["properties"].get(name);
    let required = |name: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|item| item == name));
    // What stands for "nothing" in an argument that need not be there is as good as absent.
    let empty = |value: &Value| value.as_str().is_some_and(|text| NOTHING.contains(&text)) || value.as_array().is_some_and(Vec::is_empty);
    let closed = schema["additionalProperties"] == false;
    let coerced: Map<String, Value> = given
        .iter()
        .filter(|(name, value)| (!closed || known(name).is_some()) && (required(name) || !empty(value)))
        .map(|(name, value)| {
            (name.clone(), known(name).map_or_else(|| value.clone(), |wanted| coerce(schema::resolved(schema, wanted), value)))
        })
        .collect();
    match wrong(&coerced) {
        None => Ok(coerced),
        Some(error) => Err(error),
    }
}

fn coerce(schema: &Value, value: &Value) -> Value {
    let parsed = || value.as_str().and_then(formats::literal);
    match (schema::kind(schema), value) {
        ("integer" | "number" | "boolean" | "object", Value::String(_)) => parsed().unwrap_or_else(|| value.clone()),
        ("integer", Value::Number(number)) => match number.as_f64() {
            Some(n) if n.fract() == 0.0 => Value::from(n as i64),
            _ => value.clone(),
        },
        // `true` for one of "True" and "False".
        ("string", Value::String(text)) if schema["enum"].is_array() => {
            let same = |one: &&Value| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(text));
            schema["enum"].as_array().and_then(|list| list.iter().find(same)).unwrap_or(value).clone()
        }
        ("string", Value::Array(items)) if items.iter().all(Value::is_string) => {
            Value::from(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        ("string", Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Value::from(value.to_string()),
        ("array", Value::String(_)) => match parsed() {
            Some(Value::Array(items)) => items.iter().map(|item| coerce(&schema["items"], item)).collect(),
            _ => Value::Array(vec![coerce(&schema["items"], value)]),
        },
        ("array", Value::Array(items)) => items.iter().map(|item| coerce(&schema["items"], item)).collect(),
        ("array", single) => Value::Array(vec![coerce(&schema["items"], single)]),
        _ => value.clone(),
    }
}

/// Values that became slots, the longest first: text, whether it is a number, slot.
struct Bound(Vec<(String, bool, String)>);

impl Bound {
    fn text(&self, text: &str) -> Text {
        self.0.iter().fold(Text::fixed(text), |text, (value, _, slot)| text.with_value(value, slot))
    }

    fn shape(&self, value: &Value) -> Shape {
        let slot = |text: &str, number: bool| {
            self.0.iter().find(|(known, is_number, _)| known == text && *is_number == number).map(|(.., slot)| slot.clone())
        };
        match value {
            Value::String(text) => slot(text, false).map_or_else(|| Shape::Fixed(value.clone()), |slot| Shape::Text(Text::slot(slot))),
            Value::Number(_) => slot(&number_text(value), true).map_or_else(|| Shape::Fixed(value.clone()), Shape::Number),
            Value::Array(items) => Shape::List(items.iter().map(|item| self.shape(item)).collect()),
            Value::Object(members) => Shape::Object(members.iter().map(|(name, member)| (name.clone(), self.shape(member))).collect()),
            other => Shape::Fixed(other.clone()),
        }
    }
}

/// A number as people write it.
fn number_text(value: &Value) -> String {
    match value.as_f64() {
        Some(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{}", n as i64),
        _ => value.to_string(),
    }
}

/// Finds what the user, or a result, said before a call repeats it.
fn bind(filler: &mut Filler<'_>, pool: &Pool, turns: &[Turn], calls: &[Called]) -> Bound {
    let mut bound: Vec<(String, bool, String)> = Vec::new();
    for call in calls {
        let earlier = &turns[..call.turn];
        let said = |value: &str| earlier.iter().any(|turn| matches!(turn, Turn::User(text) if !whole_words(text, value).is_empty()));
        let returned = |value: &str| {
            earlier.iter().any(|turn| matches!(turn, Turn::Call { result: Some(text), .. } if !whole_words(text, value).is_empty()))
        };
        let mut leaves = Vec::new();
        for (name, value) in &call.arguments {
            collect(name, value, &mut leaves);
        }
        for (name, value) in leaves {
            let (text, number) = match value {
                Value::String(text) => (text.clone(), false),
                _ => (number_text(value), true),
            };
            let usable =
                text.chars().count() > usize::from(!number) && is_slot_value(&text) && !bound.iter().any(|(known, ..)| *known == text);
            let by_user = usable && said(&text);
            if !(by_user || usable && returned(&text)) {
                continue;
            }
            let kind = if number { of_number(value) } else { Some(of_text(call, calls, pool, &name, &text, by_user)) };
            if let Some(kind) = kind.filter(|kind| fits_everywhere(calls, &text, number, kind)) {
                let slot = filler.declare(&crate::fill::join(&name, ""), kind);
                bound.push((text, number, slot));
            }
        }
    }
    bound.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(&b.0)));
    let mut bound = Bound(bound);
    // A value that stands only inside a longer one is not shown by itself, and one may be said only after a first call used it.
    while let Some(hidden) = hidden(turns, calls, &bound) {
        bound.0.retain(|(.., slot)| *slot != hidden);
        filler.slots.remove(&hidden);
    }
    bound
}

/// A slot that a call uses and nothing before it shows.
fn hidden(turns: &[Turn], calls: &[Called], bound: &Bound) -> Option<String> {
    calls.iter().find_map(|call| {
        let shown: BTreeSet<String> = turns[..call.turn]
            .iter()
            .filter_map(|turn| match turn {
                Turn::User(text) | Turn::Call { result: Some(text), .. } => Some(bound.text(text)),
                _ => None,
            })
            .flat_map(|text| text.slots().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let used: Vec<String> = call
            .arguments
            .values()
            .flat_map(|value| bound.shape(value).slots().into_iter().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        used.into_iter().find(|slot| !shown.contains(slot))
    })
}

fn collect<'v>(name: &str, value: &'v Value, out: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::String(_) | Value::Number(_) => out.push((name.to_owned(), value)),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, out)),
        Value::Object(members) => members.iter().for_each(|(name, member)| collect(name, member, out)),
        _ => {}
    }
}

/// A range about a number; years stay near.
fn of_number(value: &Value) -> Option<toml::Value> {
    let n = value.as_f64()?;
    let mut table = Table::new();
    if n.fract() == 0.0 {
        let whole = n as i64;
        if !(2..1_000_000_000_000).contains(&whole) {
            return None;
        }
        let (min, max) = if (1900..2100).contains(&whole) {
            (whole - 6, whole + 2)
        } else {
            ((whole - whole / 3).max(2), whole + whole.div_euclid(2).max(1))
        };
        table.insert("kind".into(), "int".into());
        table.insert("min".into(), min.into());
        table.insert("max".into(), max.into());
    } else {
        let places = value.to_string().split_once('.').map_or(1, |(_, places)| places.len());
        if !(0.01..1e9).contains(&n) || places > 6 || value.to_string().contains('e') {
            return None;
        }
        table.insert("kind".into(), "decimal".into());
        table.insert("min".into(), (n * 0.75).into());
        table.insert("max".into(), (n * 1.3).into());
        table.insert("places".into(), toml::Value::Integer(places as i64));
    }
    Some(toml::Value::Table(table))
}

/// What may stand in the place of a text: the members of an enum, an identifier of the same form, or what others gave.
fn of_text(call: &Called, calls: &[Called], pool: &Pool, name: &str, text: &str, by_user: bool) -> toml::Value {
    if !by_user && text.len() >= 4 && text.chars().any(|c| c.is_ascii_digit()) && !text.contains(' ') {
        return id(&pattern_of(text));
    }
    let fits = |other: &&str| fits_in(calls, text, other) && call.arguments.values().all(|value| value != *other);
    let mut offered = vec![text];
    offered.extend(pool.like(name, text).into_iter().filter(fits));
    choice(&offered)
}

/// An `id` pattern whose values look like the text.
fn pattern_of(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_digit() => '#',
            c if c.is_ascii_uppercase() => '@',
            c if c.is_ascii_lowercase() => '%',
            // These are signs of the pattern itself.
            '#' | '@' | '%' | '^' => '-',
            c => c,
        })
        .collect()
}

/// True when every call that has the value would take another in its place.
fn fits_in(calls: &[Called], value: &str, other: &str) -> bool {
    calls.iter().all(|call| call.accepts(&|leaf| if leaf == value { Value::from(other) } else { leaf.clone() }))
}

/// True when both ends of a number's range fit, and for a text its first choice does.
fn fits_everywhere(calls: &[Called], value: &str, number: bool, kind: &toml::Value) -> bool {
    if !number {
        return true;
    }
    ["min", "max"].iter().all(|end| {
        let end = match &kind[*end] {
            toml::Value::Integer(n) => Value::from(*n),
            other => Value::from(other.as_float().unwrap_or_default()),
        };
        calls
            .iter()
            .all(|call| call.accepts(&|leaf| if leaf.is_number() && number_text(leaf) == value { end.clone() } else { leaf.clone() }))
    })
}

impl Called {
    fn accepts(&self, change: &dyn Fn(&Value) -> Value) -> bool {
        let changed = Value::Object(self.arguments.iter().map(|(name, value)| (name.clone(), each_leaf(value, change))).collect());
        self.validator.is_valid(&changed)
    }
}

fn each_leaf(value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| each_leaf(item, change)).collect(),
        Value::Object(members) => Value::Object(members.iter().map(|(name, member)| (name.clone(), each_leaf(member, change))).collect()),
        leaf => change(leaf),
    }
}

type Told = (Text, Vec<SeedStep>, Option<Text>);

/// The request, the steps and the closing words.
fn steps(
    composed: &Composed<'_>,
    filler: &mut Filler<'_>,
    turns: &[Turn],
    calls: &[Called],
    bound: &Bound,
) -> Result<Told, (&'static str, String)> {
    let mut request = None;
    let mut steps = Vec::new();
    let mut reply = None;
    let mut call = 0;
    for (at, turn) in turns.iter().enumerate() {
        let last = at + 1 == turns.len();
        match turn {
            Turn::User(text) | Turn::Assistant(text) if text.trim().is_empty() => {}
            Turn::User(text) if request.is_none() => request = Some(bound.text(text)),
            Turn::User(text) => steps.push(SeedStep::User(vec![bound.text(text)])),
            Turn::Assistant(text) if last => reply = Some(bound.text(text)),
            Turn::Assistant(text) => steps.push(SeedStep::Assistant(vec![bound.text(text)])),
            Turn::Call { .. } => {
                let called = &calls[call];
                call += 1;
                let tool = &composed.server.tools[called.tool];
                let facts = &composed.facts[called.tool];
                let arguments: Vec<(String, Shape)> =
                    called.arguments.iter().map(|(name, value)| (name.clone(), bound.shape(value))).collect();
                let results = match &called.result {
                    Some(text) => vec![bound.text(text)],
                    None => results(filler, &tool.definition, facts.group, &format!("r{call}"), &arguments, 2)?,
                };
                let noun = |mark: &str| {
                    (mark == "noun")
                        .then(|| Text::fixed(facts.noun.as_str()))
                        .or_else(|| (mark == "nouns").then(|| Text::fixed(crate::words::plural(&facts.noun))))
                };
                let says = facts.group.says.iter().map(|says| marked(&Text::fixed(says.as_str()), &noun)).collect();
                // What the assistant says before the call stands in the dialogue where there is such a thing.
                let says = if matches!(steps.last(), Some(SeedStep::Assistant(_))) { Vec::new() } else { says };
                steps.push(SeedStep::Call(SeedCall {
                    call: format!("{}.{}", composed.server.name, tool.definition["name"].as_str().unwrap_or_default()),
                    says,
                    arguments,
                    results,
                    after: Vec::new(),
                    once: facts.once(),
                    error: false,
                }));
            }
        }
    }
    let request = request.ok_or(("no_user_turn", "the user says nothing".to_owned()))?;
    Ok((request, steps, reply))
}
