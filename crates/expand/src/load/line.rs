//! Finds the line of what a problem's place names.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Byte offset of what a place such as `payload 2, text` or `behaviour.refuses, wording 1` names, as near as the text has it.
pub(super) fn offset(text: &str, place: &str) -> Option<usize> {
    let root = DeTable::parse(text).ok()?;
    let mut table = Some(root.get_ref());
    let mut list: Option<&[Spanned<DeValue<'_>>]> = None;
    let mut found = None;
    // A whole name may hold a dot, as the keys of rationales do.
    let whole = table.filter(|table| table.keys().any(|key| key.get_ref() == place));
    let words: Vec<&str> =
        if whole.is_some() { vec![place] } else { place.split([' ', ',', '.']).filter(|word| !word.is_empty()).collect() };
    for word in words {
        let next = match (table, list) {
            (Some(table), _) => table.iter().find(|(key, _)| key.get_ref() == word).map(|(key, value)| (key.span().start, value)),
            (_, Some(items)) => item(items, word).map(|value| (value.span().start, value)),
            _ => None,
        };
        // A word that leads nowhere ("wording") is passed over.
        let Some((at, value)) = next else { continue };
        found = Some(at);
        table = value.get_ref().as_table();
        list = value.get_ref().as_array().map(|items| &**items);
    }
    found
}

/// An item by number, counted from 1, or by its name.
fn item<'a, 'i>(items: &'a [Spanned<DeValue<'i>>], word: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    let named = |value: &DeValue<'_>| {
        let table = value.as_table();
        ["id", "name"].iter().any(|key| table.and_then(|table| table.get(*key)).and_then(|name| name.get_ref().as_str()) == Some(word))
    };
    match word.parse::<usize>() {
        Ok(number) => items.get(number.checked_sub(1)?),
        Err(_) => items.iter().find(|item| named(item.get_ref())),
    }
}
