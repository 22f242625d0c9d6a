//! Words of identifiers.

/// The words of an identifier in lower case: `getPullRequest`, `get_pull_request` and `get-pull-request` are the same three.
pub(crate) fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, c) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1);
        let starts = c.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase())
                || before.is_some_and(char::is_uppercase) && after.is_some_and(|after| after.is_lowercase()));
        if (!c.is_alphanumeric() || starts) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The singular of an English noun, as far as endings tell.
pub(crate) fn singular(word: &str) -> String {
    let keeps = ["ss", "us", "is", "news", "series", "species"].iter().any(|end| word.ends_with(end));
    if word.len() < 4 || keeps {
        word.to_owned()
    } else if let Some(stem) = word.strip_suffix("ies") {
        format!("{stem}y")
    } else if ["sses", "xes", "ches", "shes"].iter().any(|end| word.ends_with(end)) {
        word[..word.len() - 2].to_owned()
    } else {
        word.strip_suffix('s').unwrap_or(word).to_owned()
    }
}

/// The plural of an English noun.
pub(crate) fn plural(word: &str) -> String {
    let one = singular(word);
    if one != word {
        return word.to_owned();
    }
    let vowel = |c: char| "aeiou".contains(c);
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(vowel) => format!("{stem}ies"),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| one.ends_with(end)) => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// The base form of a verb that may stand in the third person, if `known` has it: `lists` and `list` are `list`.
pub(crate) fn base_form(verb: &str, known: impl Fn(&str) -> bool) -> Option<String> {
    let verb = verb.to_lowercase();
    let stems =
        [verb.clone(), verb.strip_suffix("es").unwrap_or_default().to_owned(), verb.strip_suffix('s').unwrap_or_default().to_owned()];
    // `searches` has two endings that could go; the shorter cut is tried last.
    stems.into_iter().find(|stem| known(stem))
}

/// Letters, digits and single dashes: a name for files and servers.
pub(crate) fn slug(text: &str) -> String {
    let joined = words(text).join("-");
    let ascii: String = joined.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(48).collect();
    let ascii = ascii.trim_matches('-').to_owned();
    if ascii.is_empty() { "unnamed".to_owned() } else { ascii }
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_spelling() {
        for name in ["get_pull_request", "getPullRequest", "get-pull-request", "Get Pull.Request", "GETPullRequest"] {
            assert_eq!(words(name), ["get", "pull", "request"], "{name}");
        }
        assert_eq!(words("getHTTPStatus2"), ["get", "http", "status2"]);
    }

    #[test]
    fn endings_come_and_go() {
        for (one, many) in [("issue", "issues"), ("repository", "repositories"), ("branch", "branches"), ("day", "days"), ("box", "boxes")]
        {
            assert_eq!(singular(many), one);
            assert_eq!(plural(one), many);
            assert_eq!(plural(many), many);
        }
        assert_eq!(singular("status"), "status");
        assert_eq!(base_form("Searches", |v| v == "search").as_deref(), Some("search"));
        assert_eq!(base_form("creates", |v| v == "create").as_deref(), Some("create"));
        assert_eq!(base_form("walks", |v| v == "list"), None);
    }

    #[test]
    fn a_slug_is_never_empty_and_never_a_path() {
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("\u{202e}--"), "unnamed");
    }
}
