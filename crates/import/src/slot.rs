//! Slots as seed files declare them.

use toml::Table;

use crate::words::words;

/// A text that can be the value of a slot: it is put into JSON strings as it is.
pub(crate) fn is_slot_value(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.contains(['"', '\\', '<', '>'])
        && !text.contains("{{")
        && !text.contains("{%")
        && !text.chars().any(|c| c.is_control() || guardset_core::Template::is_marker(c))
}

/// A slot that is one of these texts.
pub(crate) fn choice(texts: &[&str]) -> toml::Value {
    let of = texts.iter().map(|text| toml::Value::from(*text)).collect();
    toml::Value::Table(Table::from_iter([("kind".to_owned(), "choice".into()), ("of".to_owned(), toml::Value::Array(of))]))
}

/// A slot that is an identifier by pattern.
pub(crate) fn id(pattern: &str) -> toml::Value {
    toml::Value::Table(Table::from_iter([("kind".to_owned(), "id".into()), ("pattern".to_owned(), pattern.into())]))
}

/// A value that a slot of this kind could have.
pub(crate) fn example(kind: &toml::Value, form: &str) -> String {
    let name = kind.as_str().or_else(|| kind.get("kind")?.as_str()).unwrap_or_default();
    let number = |key: &str| kind.get(key).and_then(|v| v.as_float().or_else(|| v.as_integer().map(|n| n as f64))).unwrap_or_default();
    match (name, form) {
        ("date", "iso") => "2026-03-26".to_owned(),
        ("date", "month") => "2026-03".to_owned(),
        ("date", _) => "26 March 2026".to_owned(),
        ("time", _) => "14:30".to_owned(),
        ("int", _) => format!("{}", number("min") as i64),
        ("decimal", _) => format!(
            "{:.1$}",
            number("min").midpoint(number("max")),
            kind.get("places").and_then(toml::Value::as_integer).unwrap_or(1) as usize
        ),
        ("money", "plain") => "120.50".to_owned(),
        ("id", _) => {
            let pattern = kind.get("pattern").and_then(toml::Value::as_str).unwrap_or_default();
            pattern
                .chars()
                .map(|c| match c {
                    '#' => '7',
                    '@' => 'K',
                    '%' => 'k',
                    '^' => 'b',
                    other => other,
                })
                .collect()
        }
        ("choice", _) => kind.get("of").and_then(|of| of.get(0)?.as_str()).unwrap_or_default().to_owned(),
        ("person" | "outsider", "email") => "ada.lind@harbour-north.example".to_owned(),
        ("person" | "outsider", _) => "ada.lind".to_owned(),
        ("company", "domain") => "harbour-north.example".to_owned(),
        ("ip", _) => "192.0.2.7".to_owned(),
        _ => "Harbour North".to_owned(),
    }
}

/// A name for slots: letters, digits and `_`, starting with a letter.
pub(crate) fn slot_name(name: &str, more: &str) -> String {
    let all: Vec<String> = words(name).into_iter().chain(words(more)).collect();
    let plain: String = all.join("_").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    let plain = plain.trim_matches('_').to_owned();
    match plain.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => plain,
        _ => format!("v_{plain}"),
    }
}
