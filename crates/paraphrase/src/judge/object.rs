use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::Reason;

/// The texts of a reply, in the order of `ids`: it must be one JSON object with these members, each once, all strings.
/// Nothing may stand around it but blanks and one pair of ```` ``` ```` fences.
///
/// # Errors
/// When the reply is anything else.
pub fn parts(reply: &str, ids: &[String]) -> Result<Vec<String>, Reason> {
    let mut members = members(reply)?;
    if members.iter().any(|(id, _)| !ids.contains(id)) {
        return Err(Reason::ExtraMember);
    }
    ids.iter()
        .map(|id| {
            let at = members.iter().position(|(member, _)| member == id).ok_or(Reason::MissingText)?;
            Ok(members.swap_remove(at).1)
        })
        .collect()
}

/// The text at a position of a reply whose members are `t1`, `t2` and so on. How many there are is for the reply to say;
/// none may be left out among them.
///
/// # Errors
/// When the reply is no such object, or has no text at the position.
pub fn part(reply: &str, position: usize) -> Result<String, Reason> {
    let mut members = members(reply)?;
    let number = |id: &str| (1..=members.len()).find(|number| id.strip_prefix('t') == Some(number.to_string().as_str()));
    if members.iter().any(|(id, _)| number(id).is_none()) {
        return Err(Reason::ExtraMember);
    }
    let wanted = format!("t{}", position + 1);
    let at = members.iter().position(|(id, _)| *id == wanted).ok_or(Reason::MissingText)?;
    Ok(members.swap_remove(at).1)
}

fn members(reply: &str) -> Result<Vec<(String, String)>, Reason> {
    let object: Members = serde_json::from_str(unfenced(reply)).map_err(|_| Reason::NotJson)?;
    let mut members: Vec<(String, String)> = Vec::with_capacity(object.0.len());
    for (id, value) in object.0 {
        if members.iter().any(|(other, _)| *other == id) {
            return Err(Reason::DoubledMember);
        }
        match value {
            serde_json::Value::String(text) => members.push((id, text)),
            _ => return Err(Reason::NotText),
        }
    }
    Ok(members)
}

fn unfenced(reply: &str) -> &str {
    let reply = reply.trim();
    let inner = reply.strip_prefix("```json").or_else(|| reply.strip_prefix("```"));
    inner.and_then(|inner| inner.strip_suffix("```")).map_or(reply, str::trim)
}

/// The members of an object as they come; a map would hide one that is there twice.
struct Members(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}
