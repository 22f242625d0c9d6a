/// Words, and what stands in for them. None changes what is asked, of whom or of what.
#[rustfmt::skip]
const WORDS: [(&str, &[&str]); 66] = [
    ("about", &["regarding", "concerning"]), ("also", &["in addition", "too"]),
    ("because", &["since", "given that"]), ("before", &["ahead of", "prior to"]),
    ("but", &["yet", "though"]), ("can", &["could", "may"]), ("can't", &["cannot"]), ("cannot", &["can't"]),
    ("check", &["verify", "take a look at"]), ("contains", &["holds", "has"]), ("could", &["can", "might"]),
    ("current", &["present"]), ("don't", &["do not"]), ("each", &["every", "every single"]), ("entire", &["whole"]),
    ("every", &["each"]), ("find", &["look up", "locate"]), ("first", &["to begin with", "at first"]),
    ("get", &["fetch", "obtain"]), ("gets", &["fetches", "obtains"]),
    ("give", &["hand", "pass"]), ("given", &["stated", "named"]), ("hello", &["hi", "good day"]), ("help", &["assist", "support"]),
    ("here's", &["here is"]), ("hi", &["hello", "good day"]), ("i'd", &["i would"]), ("i'll", &["i will"]), ("i'm", &["i am"]),
    ("i've", &["i have"]), ("if", &["in case", "provided that"]), ("information", &["details"]), ("it's", &["it is"]),
    ("just", &["simply", "merely"]), ("list", &["lay out", "enumerate"]), ("look", &["take a look"]),
    ("need", &["require", "have need of"]), ("needs", &["requires"]), ("new", &["fresh", "recent"]),
    ("now", &["at this point", "right away"]), ("only", &["just", "no more than"]), ("optional", &["not required"]),
    ("provide", &["supply", "offer"]), ("quick", &["short", "brief"]), ("quickly", &["in short order", "without delay"]),
    ("required", &["needed"]), ("returns", &["gives back", "hands back"]), ("return", &["give back", "hand back"]),
    ("should", &["ought to", "is meant to"]), ("show", &["display", "present"]), ("single", &["lone"]), ("so", &["thus", "hence"]),
    ("some", &["a few", "a number of"]), ("specified", &["given", "stated"]), ("start", &["begin"]), ("sure", &["certainly", "of course"]),
    ("thanks", &["thank you", "many thanks"]), ("that's", &["that is"]),
    ("then", &["after that", "next"]), ("use", &["make use of", "employ"]), ("want", &["would like", "wish"]),
    ("when", &["as soon as", "once"]), ("whether", &["if"]), ("with", &["along with", "together with"]),
    ("within", &["inside"]), ("you're", &["you are"]),
];

/// What a sentence may begin with that says nothing.
const OPENERS: [&str; 6] =
    ["As it happens, ", "To put it plainly: ", "In other words: ", "Put simply, ", "Here is the thing: ", "Basically, "];

/// Says the same in other words: crude, but with every marker, number and name as it was. Another seed picks other words.
pub fn reword(text: &str, seed: u64) -> String {
    let (body, please) = without_please(text);
    let mut reworded = String::with_capacity(2 * text.len());
    for (place, sentence) in body.split_inclusive(". ").enumerate() {
        let pick = seed.wrapping_add(place as u64) as usize;
        let (words, changed) = swap_words(sentence, pick);
        // A word here and there does not make a long sentence another one.
        if changed * 6 < sentence.len() && !sentence.trim_start().starts_with(['-', '#', '*', '|', '{', '<']) {
            reworded.push_str(OPENERS[pick % OPENERS.len()]);
        }
        reworded.push_str(&words);
    }
    match please {
        Please::No => reworded,
        Please::First => {
            let end = reworded.trim_end_matches(['.', '?', '!']).len();
            reworded.insert_str(end, ", please");
            reworded
        }
        Please::Last => format!("Please: {reworded}"),
    }
}

/// The markers of a text, in order: `[[3:vendor.name]]`.
pub(crate) fn markers(text: &str) -> Vec<&str> {
    pieces(text).into_iter().filter(|piece| piece.starts_with("[[")).collect()
}

enum Please {
    No,
    First,
    Last,
}

fn without_please(text: &str) -> (String, Please) {
    if let Some(rest) = text.strip_prefix("Please ").or_else(|| text.strip_prefix("please ")) {
        let mut chars = rest.chars();
        let first = chars.next().map(char::to_uppercase).into_iter().flatten();
        return (first.chain(chars).collect(), Please::First);
    }
    let bare = text.trim_end_matches(['.', '?', '!']);
    match bare.strip_suffix(", please").or_else(|| bare.strip_suffix(" please")) {
        Some(rest) => (format!("{rest}{}", &text[bare.len()..]), Please::Last),
        None => (text.to_owned(), Please::No),
    }
}

/// Text with words of the table swapped, and how many characters that touched.
fn swap_words(text: &str, pick: usize) -> (String, usize) {
    let (mut swapped, mut changed) = (String::with_capacity(text.len() + 16), 0);
    for piece in pieces(text) {
        if piece.starts_with("[[") {
            swapped.push_str(piece);
            continue;
        }
        for word in piece.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end_matches(|char: char| char.is_whitespace() || ",.;:?!".contains(char));
            match synonym(bare, pick) {
                Some(other) => {
                    changed += other.len().max(bare.len());
                    swapped.push_str(&other);
                    swapped.push_str(&word[bare.len()..]);
                }
                None => swapped.push_str(word),
            }
        }
    }
    (swapped, changed)
}

fn synonym(word: &str, pick: usize) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let (_, others) = WORDS.iter().find(|(entry, _)| *entry == lower)?;
    let other = others[pick % others.len()];
    let upper = word.starts_with(|char: char| char.is_ascii_uppercase()) || other.starts_with("i ");
    Some(if upper { other[..1].to_ascii_uppercase() + &other[1..] } else { other.to_owned() })
}

/// Markers, and what is between them.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find("[[") {
        let Some(length) = rest[start..].find("]]") else { break };
        let end = start + length + 2;
        pieces.extend([&rest[..start], &rest[start..end]]);
        rest = &rest[end..];
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_names_and_numbers_stay() {
        let text = "Please find [[0:vendor.name]] in `list_all` for [[1:amount]], if you can. It's due on 2024-05-01 [[0:vendor.name]]";
        let reworded = reword(text, 1);
        assert_ne!(reworded, text);
        assert_eq!(markers(&reworded), markers(text));
        assert!(reworded.contains("`list_all`") && reworded.contains("2024-05-01"), "{reworded}");
        assert_ne!(reworded, reword(text, 2));
        assert_eq!(reworded, reword(text, 1));
    }

    #[test]
    fn please_moves() {
        assert!(reword("Please list the files.", 0).ends_with(", please."));
        assert!(reword("List the files, please?", 0).starts_with("Please: "));
    }

    #[test]
    fn no_word_stands_in_for_itself() {
        assert!(WORDS.iter().all(|(word, others)| !others.is_empty() && !others.contains(word)));
    }
}
