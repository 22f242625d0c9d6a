use serde_json::{Map, Value, json};

/// The keywords of JSON Schema that say a type written in words: `str`, `List[int]`, `Union[int, str]`, `int | None`.
///
/// Names are those of Python, Java, JavaScript and of the data sets, in any case. A name that says nothing in JSON Schema
/// (`any`, `date`) gives no keyword, so everything is of that type. `optional` is whether the words say so.
pub(super) struct Typed {
    pub keywords: Map<String, Value>,
    pub optional: bool,
}

/// Reads such words. Nesting beyond 16 says nothing.
pub(super) fn typed(words: &str) -> Typed {
    let parts = split(words, ',');
    let (first, rest) = parts.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    let mut optional = rest.iter().any(|word| word.trim_start().to_ascii_lowercase().starts_with("optional"));
    // "optional, str" is written too.
    let named = if first.eq_ignore_ascii_case("optional") { rest.first().copied().unwrap_or_default() } else { first };
    optional |= first.eq_ignore_ascii_case("optional") || named.to_ascii_lowercase().starts_with("optional[");
    Typed { keywords: keywords(named, 0), optional }
}

fn keywords(words: &str, depth: usize) -> Map<String, Value> {
    const DEPTH: usize = 16;
    let words = words.trim();
    let alternatives = split(words, '|');
    if depth > DEPTH {
        return Map::new();
    }
    if alternatives.len() > 1 {
        return any_of(&alternatives, depth);
    }
    match words.split_once('[').and_then(|(name, inner)| Some((name.trim(), inner.strip_suffix(']')?))) {
        Some((name, inner)) => generic(name.rsplit('.').next().unwrap_or(name), inner, depth),
        None => simple(words),
    }
}

fn generic(name: &str, inner: &str, depth: usize) -> Map<String, Value> {
    let inside = split(inner, ',');
    match name.to_ascii_lowercase().as_str() {
        "optional" => keywords(inner, depth + 1),
        "union" => any_of(&inside, depth),
        "literal" => literal(inner),
        "" | "tuple" => {
            let first = keywords(inside.first().copied().unwrap_or_default(), depth + 1);
            let alike = inside.iter().all(|other| *other == "..." || keywords(other, depth + 1) == first);
            array(if alike { first } else { Map::new() })
        }
        "dict" | "mapping" | "map" | "hashmap" => {
            let values = inside.get(1).map(|values| keywords(values, depth + 1)).unwrap_or_default();
            let mut object = simple("dict");
            if !values.is_empty() {
                object.insert("additionalProperties".into(), Value::Object(values));
            }
            object
        }
        name if simple(name).get("type") == Some(&json!("array")) => array(keywords(inner, depth + 1)),
        name => simple(name),
    }
}

fn literal(inner: &str) -> Map<String, Value> {
    match super::python::literal_prefix(&format!("[{inner}]")) {
        Ok((values @ Value::Array(_), _)) if values != json!([]) => Map::from_iter([("enum".into(), values)]),
        _ => Map::new(),
    }
}

fn array(items: Map<String, Value>) -> Map<String, Value> {
    let mut array = simple("list");
    if !items.is_empty() {
        array.insert("items".into(), Value::Object(items));
    }
    array
}

/// Any of several types. That of `None` is left out: it says that the value may be missing.
fn any_of(words: &[&str], depth: usize) -> Map<String, Value> {
    let mut found: Vec<Map<String, Value>> = Vec::new();
    for word in words.iter().filter(|word| !matches!(word.trim(), "None" | "null" | "NoneType")) {
        let keywords = keywords(word, depth + 1);
        if keywords.is_empty() {
            return keywords; // One of them says nothing, so all of them together say nothing.
        }
        if !found.contains(&keywords) {
            found.push(keywords);
        }
    }
    let types: Vec<&Value> = found.iter().filter(|keywords| keywords.len() == 1).filter_map(|keywords| keywords.get("type")).collect();
    match found.len() {
        0 | 1 => found.pop().unwrap_or_default(),
        all if types.len() == all => Map::from_iter([("type".into(), json!(types))]),
        _ => Map::from_iter([("anyOf".into(), json!(found))]),
    }
}

fn simple(name: &str) -> Map<String, Value> {
    simple_type(name).map(|name| Map::from_iter([("type".into(), json!(name))])).unwrap_or_default()
}

/// The type of JSON Schema that a name means, if there is one.
pub(super) fn simple_type(name: &str) -> Option<&'static str> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "char" | "character" => "string",
        "integer" | "int" | "long" | "short" | "byte" | "bigint" | "biginteger" | "int32" | "int64" => "integer",
        "number" | "float" | "double" | "decimal" | "numeric" | "float32" | "float64" => "number",
        "boolean" | "bool" => "boolean",
        "array" | "list" | "tuple" | "set" | "frozenset" | "sequence" | "iterable" | "arraylist" | "collection" => "array",
        "object" | "dict" | "dictionary" | "map" | "hashmap" | "mapping" | "struct" | "json" => "object",
        "null" | "none" | "nonetype" => "null",
        _ => return None,
    })
}

/// Splits at the sign, but not inside brackets or quotes.
fn split(text: &str, sign: char) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            _ if quote.is_some() => quote = quote.filter(|open| *open != c),
            '\'' | '"' => quote = Some(c),
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            _ if c == sign && depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}
