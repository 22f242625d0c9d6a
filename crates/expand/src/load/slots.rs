//! Reads `[slots]` tables.

use guardset_core::{Slot, SlotKind};
use toml::{Table, Value};

/// The slots of a table, in alphabetical order, or what is wrong with each bad one: name, message.
pub(crate) fn read(table: &Table, with_sinks: bool) -> (Vec<Slot>, Vec<(String, String)>) {
    let (mut slots, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in table {
        if ["user", "org", "today"].contains(&name.as_str()) {
            wrong.push((name.clone(), "is always there and cannot be declared; choose another name".into()));
            continue;
        }
        match kind(value, with_sinks) {
            Ok(kind) => slots.push(Slot { name: name.clone(), kind }),
            Err(message) => wrong.push((name.clone(), message)),
        }
    }
    (slots, wrong)
}

fn kind(value: &Value, with_sinks: bool) -> Result<SlotKind, String> {
    let empty = Table::new();
    let (kind, options) = match value {
        Value::String(kind) => (kind.as_str(), &empty),
        Value::Table(table) => (table.get("kind").and_then(Value::as_str).ok_or("needs a `kind`")?, table),
        _ => return Err("must be the name of a kind or a table with a `kind`".into()),
    };
    let allowed: &[&str] = match kind {
        "date" => &["from", "to"],
        "int" | "money" => &["min", "max"],
        "decimal" => &["min", "max", "places"],
        "time" => &["later"],
        "id" => &["pattern"],
        "choice" => &["of"],
        _ => &[],
    };
    if let Some(unknown) = options.keys().find(|key| *key != "kind" && !allowed.contains(&key.as_str())) {
        return Err(format!("kind `{kind}` has no option `{unknown}`; it has: {}", allowed.join(", ")));
    }
    let int = |key: &str, default: Option<i64>| match options.get(key) {
        Some(value) => value.as_integer().ok_or(format!("`{key}` must be a whole number")),
        None => default.ok_or(format!("kind `{kind}` needs `{key}`")),
    };
    let flag = |key: &str| match options.get(key) {
        Some(value) => value.as_bool().ok_or(format!("`{key}` must be true or false")),
        None => Ok(false),
    };
    let float = |key: &str| match options.get(key) {
        Some(Value::Integer(n)) => Ok(*n as f64),
        Some(Value::Float(n)) if n.is_finite() => Ok(*n),
        _ => Err(format!("kind `{kind}` needs a number `{key}`")),
    };
    let ordered = |min: f64, max: f64| if min <= max { Ok(()) } else { Err(format!("the range from {min} to {max} is empty")) };
    Ok(match kind {
        "person" => SlotKind::Person,
        "outsider" => SlotKind::Outsider,
        "company" => SlotKind::Company,
        "city" => SlotKind::City,
        "street" => SlotKind::Street,
        "time" => SlotKind::Time { later: flag("later")? },
        "ip" => SlotKind::Ip,
        "sink" if with_sinks => SlotKind::Sink,
        "date" => {
            let (from, to) = (int("from", Some(-30))?, int("to", Some(30))?);
            ordered(from as f64, to as f64)?;
            SlotKind::Date { from, to }
        }
        "int" => {
            let (min, max) = (int("min", None)?, int("max", None)?);
            ordered(min as f64, max as f64)?;
            SlotKind::Int { min, max }
        }
        "money" => {
            let (min, max) = (float("min")? as i64, float("max")? as i64);
            ordered(min as f64, max as f64)?;
            SlotKind::Money { min, max }
        }
        "decimal" => {
            let (min, max) = (float("min")?, float("max")?);
            ordered(min, max)?;
            SlotKind::Decimal { min, max, places: usize::try_from(int("places", Some(2))?).map_err(|_| "`places` must not be negative")? }
        }
        "id" => SlotKind::Id(text(options.get("pattern").ok_or("kind `id` needs a `pattern`")?)?),
        "choice" => choice(options.get("of").and_then(Value::as_array).ok_or("kind `choice` needs a list `of`")?)?,
        other => {
            return Err(format!(
                "`{other}` is no kind of slot; kinds are person, outsider, company, city, street, date, time, int, decimal, money, id, ip, choice"
            ));
        }
    })
}

fn choice(of: &[Value]) -> Result<SlotKind, String> {
    match of.first() {
        None => Err("`of` is empty".into()),
        Some(Value::Table(first)) => {
            let keys: Vec<String> = first.keys().cloned().collect();
            let rows = of.iter().map(|row| {
                let row = row.as_table().filter(|row| row.keys().eq(first.keys()));
                row.ok_or(format!("every entry of `of` must have the keys {}", keys.join(", ")))?.values().map(text).collect()
            });
            Ok(SlotKind::Rows(keys.clone(), rows.collect::<Result<_, String>>()?))
        }
        Some(_) => Ok(SlotKind::Choice(of.iter().map(text).collect::<Result<_, _>>()?)),
    }
}

/// Slot values go into JSON strings as they are, so nothing in them may need escaping.
fn text(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Integer(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::Boolean(b) => b.to_string(),
        other => return Err(format!("`{other}` is no text")),
    };
    match text.chars().find(|c| *c == '"' || *c == '\\' || c.is_control() || guardset_core::Template::is_marker(*c)) {
        Some(bad) => Err(format!("`{text}` holds {bad:?}, which cannot stand inside JSON text; use another character")),
        None if text.contains("{{") || text.contains("{%") => Err(format!("`{text}` holds template syntax; a slot value is plain text")),
        None => Ok(text),
    }
}
