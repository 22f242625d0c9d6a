use serde_json::{Map, Value};

use super::python::{Flaw, Reader};

/// A call as it is written in Python: `name(1, key="value")`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WrittenCall {
    pub name: String,
    pub positional: Vec<Value>,
    pub named: Map<String, Value>,
}

/// Reads a call, or several in brackets: `f(x=1)`, `[f(x=1), g()]`. Nothing may follow.
///
/// `known` are names of tools as they are spelled, which may have spaces and brackets in them.
pub(super) fn read(text: &str, known: &[String]) -> Result<Vec<WrittenCall>, Flaw> {
    let mut reader = Reader { text, at: 0 };
    let mut calls = Vec::new();
    if reader.eat("[") {
        while !reader.eat("]") {
            calls.push(call(&mut reader, known)?);
            if !reader.eat(",") && !reader.rest().starts_with(']') {
                return reader.flaw("a comma or the end of the list of calls");
            }
        }
    } else {
        calls.push(call(&mut reader, known)?);
    }
    reader.skip_spaces();
    if reader.rest().is_empty() { Ok(calls) } else { reader.flaw("the end of the text") }
}

fn call(reader: &mut Reader<'_>, known: &[String]) -> Result<WrittenCall, Flaw> {
    let mut call = WrittenCall { name: name(reader, known)?, positional: Vec::new(), named: Map::new() };
    reader.eat("(");
    while !reader.eat(")") {
        match key(reader) {
            Some(key) => drop(call.named.insert(key, reader.value(0)?)),
            None => call.positional.push(reader.value(0)?),
        }
        if !reader.eat(",") && !reader.rest().starts_with(')') {
            return reader.flaw("a comma or the end of the arguments");
        }
    }
    Ok(call)
}

fn name(reader: &mut Reader<'_>, known: &[String]) -> Result<String, Flaw> {
    reader.skip_spaces();
    let rest = reader.rest();
    let called = |name: &&String| rest.strip_prefix(name.as_str()).is_some_and(|behind| behind.trim_start().starts_with('('));
    let end = match known.iter().filter(called).max_by_key(|name| name.len()) {
        Some(name) => name.len(),
        None => rest.find('(').unwrap_or(0),
    };
    let name = rest[..end].trim();
    if name.is_empty() || (!known.iter().any(|known| known == name) && name.contains(['[', ']', '{', '}', ')', '"', '\'', '=', ',', '\n']))
    {
        return reader.flaw("the name of a function and its arguments in brackets");
    }
    reader.at += end;
    Ok(name.to_owned())
}

/// The name in front of `=`, which it passes. Data sets have names there that are none in Python, such as `max-price`.
fn key(reader: &mut Reader<'_>) -> Option<String> {
    reader.skip_spaces();
    let rest = reader.rest();
    let end = rest.find(['=', ',', '(', ')', '[', ']', '{', '}', '"', '\'', '\n'])?;
    let key = rest[..end].trim();
    if key.is_empty() || !rest[end..].starts_with('=') {
        return None;
    }
    reader.at += end + 1;
    Some(key.to_owned())
}
