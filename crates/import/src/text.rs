//! Texts with slots, and how they are written into a seed file. What comes from others is a value in them: braces of theirs are
//! written so that the loader gives them back as they were.

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Stands as it is.
    Fixed(String),
    /// The name of a slot, with its form.
    Slot(String),
}

/// A text with slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Text(pub Vec<Piece>);

impl Text {
    /// A text without slots, whatever it holds.
    pub(crate) fn fixed(text: impl Into<String>) -> Self {
        Self(vec![Piece::Fixed(text.into())])
    }

    pub(crate) fn slot(name: impl Into<String>) -> Self {
        Self(vec![Piece::Slot(name.into())])
    }

    /// A text of our own files, in which `{{ name }}` is a slot. `rename` gives the slots their names here.
    pub(crate) fn of_template(source: &str, rename: &dyn Fn(&str) -> String) -> Self {
        let mut parts = source.split("{{");
        let mut pieces = vec![Piece::Fixed(parts.next().unwrap_or_default().to_owned())];
        for part in parts {
            match part.split_once("}}") {
                Some((name, rest)) => pieces.extend([Piece::Slot(rename(name.trim())), Piece::Fixed(rest.to_owned())]),
                None => pieces.push(Piece::Fixed(format!("{{{{{part}"))),
            }
        }
        Self(pieces).tidy()
    }

    /// With other names for its slots.
    pub(crate) fn with_slots(&self, rename: &dyn Fn(&str) -> String) -> Self {
        let piece = |piece: &Piece| match piece {
            Piece::Slot(name) => Piece::Slot(rename(name)),
            fixed => fixed.clone(),
        };
        Self(self.0.iter().map(piece).collect())
    }

    /// Puts texts in the place of `<name>` marks. An unknown mark stays.
    pub(crate) fn with_marks(&self, mark: &dyn Fn(&str) -> Option<Self>) -> Self {
        let mut out = Vec::new();
        for piece in &self.0 {
            let Piece::Fixed(mut rest) = piece.clone() else {
                out.push(piece.clone());
                continue;
            };
            while let Some(start) = rest.find('<') {
                let known = rest[start..].find('>').and_then(|end| Some((end, mark(&rest[start + 1..start + end])?)));
                match known {
                    Some((end, text)) => {
                        out.push(Piece::Fixed(rest[..start].to_owned()));
                        out.extend(text.0);
                        rest = rest[start + end + 1..].to_owned();
                    }
                    None => {
                        out.push(Piece::Fixed(rest[..=start].to_owned()));
                        rest = rest[start + 1..].to_owned();
                    }
                }
            }
            out.push(Piece::Fixed(rest));
        }
        Self(out).tidy()
    }

    /// Puts a slot in the place of every whole word `value`.
    pub(crate) fn with_value(&self, value: &str, slot: &str) -> Self {
        let mut out = Vec::new();
        for piece in &self.0 {
            let Piece::Fixed(text) = piece else {
                out.push(piece.clone());
                continue;
            };
            let mut done = 0;
            for start in whole_words(text, value) {
                out.extend([Piece::Fixed(text[done..start].to_owned()), Piece::Slot(slot.to_owned())]);
                done = start + value.len();
            }
            out.push(Piece::Fixed(text[done..].to_owned()));
        }
        Self(out).tidy()
    }

    /// Several in a row.
    pub(crate) fn join(texts: &[Self], between: &str) -> Self {
        let mut out = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                out.push(Piece::Fixed(between.to_owned()));
            }
            out.extend(text.0.iter().cloned());
        }
        Self(out).tidy()
    }

    /// Names of the slots, without forms.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Slot(name) => Some(name.split_once('.').map_or(name.as_str(), |(slot, _)| slot)),
            Piece::Fixed(_) => None,
        })
    }

    /// With a capital first letter, where it starts with one of ours.
    pub(crate) fn capital(mut self) -> Self {
        if let Some(Piece::Fixed(text)) = self.0.first_mut() {
            *text = crate::words::capital(text);
        }
        self
    }

    /// As the loader reads it: Tera, in which foreign braces are printed by an expression.
    pub(crate) fn source(&self) -> String {
        let mut out = String::new();
        for (at, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Slot(name) => out.push_str(&format!("{{{{ {name} }}}}")),
                Piece::Fixed(text) => {
                    let next_is_slot = matches!(self.0.get(at + 1), Some(Piece::Slot(_)));
                    let mut characters = text.chars().peekable();
                    while let Some(c) = characters.next() {
                        let opens = match characters.peek() {
                            Some(next) => "{%#".contains(*next),
                            None => next_is_slot,
                        };
                        if c == '{' && opens { out.push_str("{{ \"{\" }}") } else { out.push(c) }
                    }
                }
            }
        }
        out
    }

    /// With each slot's example in its place.
    pub(crate) fn example(&self, example: &dyn Fn(&str) -> String) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Fixed(text) => text.clone(),
                Piece::Slot(name) => example(name),
            })
            .collect()
    }

    /// As the inside of a JSON string.
    pub(crate) fn in_json(&self) -> Self {
        let escaped = |text: &str| {
            let quoted = serde_json::Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        Self(
            self.0
                .iter()
                .map(|piece| match piece {
                    Piece::Fixed(text) => Piece::Fixed(escaped(text)),
                    slot => slot.clone(),
                })
                .collect(),
        )
    }

    /// Without empty pieces, neighbours joined.
    fn tidy(self) -> Self {
        let mut out: Vec<Piece> = Vec::with_capacity(self.0.len());
        for piece in self.0 {
            match (out.last_mut(), piece) {
                (_, Piece::Fixed(text)) if text.is_empty() => {}
                (Some(Piece::Fixed(before)), Piece::Fixed(text)) => before.push_str(&text),
                (_, piece) => out.push(piece),
            }
        }
        Self(out)
    }
}

/// Where `value` stands in `text` and neither goes on before nor after.
pub(crate) fn whole_words(text: &str, value: &str) -> Vec<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    // `5` is no word of `1.5` and of `5%` it is.
    let number = value.chars().all(|c| c.is_ascii_digit());
    let joined = |before: Option<char>, next: Option<char>| {
        before.is_some_and(|c| is_word(c) || number && matches!(c, '.' | ',' | '-' | '/' | ':')) || next.is_some_and(is_word)
    };
    let mut found: Vec<usize> = Vec::new();
    for (start, _) in text.match_indices(value) {
        let (before, after) = (text[..start].chars().next_back(), &text[start + value.len()..]);
        let mut rest = after.chars();
        let next = rest.next();
        let fraction = number && matches!(next, Some('.' | ',' | '-' | '/' | ':')) && rest.next().is_some_and(|c| c.is_ascii_digit());
        if !joined(before, next) && !fraction && found.last().is_none_or(|last| last + value.len() <= start) {
            found.push(start);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_braces_are_printed_and_slots_stay() {
        let text =
            Text(vec![Piece::Fixed("a {{ 7*7 }} {% for %} {# c #} {".into()), Piece::Slot("n.iso".into()), Piece::Fixed("}".into())]);
        assert_eq!(text.source(), "a {{ \"{\" }}{ 7*7 }} {{ \"{\" }}% for %} {{ \"{\" }}# c #} {{ \"{\" }}{{ n.iso }}}");
    }

    #[test]
    fn a_value_is_replaced_where_it_is_a_whole_word() {
        let text = Text::fixed("5 of 15 rooms for 5, not 1.5 or 5.2; 5.").with_value("5", "n");
        assert_eq!(text.source(), "{{ n }} of 15 rooms for {{ n }}, not 1.5 or 5.2; {{ n }}.");
    }

    #[test]
    fn marks_are_filled_and_unknown_ones_stay() {
        let mark = |name: &str| (name == "task").then(|| Text::fixed("list <all>"));
        assert_eq!(Text::fixed("Please <task>, <b> < 3").with_marks(&mark).source(), "Please list <all>, <b> < 3");
    }

    #[test]
    fn json_escapes_what_is_fixed_alone() {
        let text = Text(vec![Piece::Fixed("say \"hi\"\n".into()), Piece::Slot("a".into())]);
        assert_eq!(text.in_json().source(), "say \\\"hi\\\"\\n{{ a }}");
    }
}
