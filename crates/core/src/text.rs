use std::ops::Range;

/// The slot names that the templates of one owner (a scenario, a pattern, a surface) use, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Names {
    /// The number of a name, e.g. `vendor.email`; added if it is new.
    pub fn number(&mut self, name: &str) -> usize {
        self.position(name).unwrap_or_else(|| {
            self.0.push(name.to_owned());
            self.0.len() - 1
        })
    }

    /// The number of a name, if it is in use.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| known == name)
    }
}

/// A text with numbered holes: parsed once, filled for each sample.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    literal: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Range<usize>),
    Slot(usize),
}

/// A slot's number is written into a text as one character of the private-use plane 15. Seeds and templates
/// may not contain such characters, so a marker cannot be mistaken for text.
const MARKER_BASE: u32 = 0xF_0000;
const MARKER_LAST: u32 = 0xF_FFFD;

impl Template {
    /// The character that stands for slot `number` in a text given to [`Template::parse`].
    ///
    /// # Panics
    /// If `number` is above 65,533, which no hand-written template reaches.
    pub fn marker(number: usize) -> char {
        u32::try_from(number).ok().and_then(|n| char::from_u32(MARKER_BASE + n)).expect("fewer than 65,534 slots")
    }

    /// True for a character that [`Template::marker`] can return.
    pub fn is_marker(c: char) -> bool {
        (MARKER_BASE..=MARKER_LAST).contains(&u32::from(c))
    }

    /// A text without slots, whatever characters it holds.
    pub fn literal(text: &str) -> Self {
        Self { literal: text.to_owned(), parts: if text.is_empty() { Vec::new() } else { vec![Part::Literal(0..text.len())] } }
    }

    /// Splits a text with markers into literals and slots.
    pub fn parse(text: &str) -> Self {
        let mut template = Self::default();
        let mut start = 0;
        for c in text.chars() {
            if Self::is_marker(c) {
                template.close_literal(start);
                template.parts.push(Part::Slot((u32::from(c) - MARKER_BASE) as usize));
                start = template.literal.len();
            } else {
                template.literal.push(c);
            }
        }
        template.close_literal(start);
        // There are tens of thousands of them.
        template.literal.shrink_to_fit();
        template.parts.shrink_to_fit();
        template
    }

    fn close_literal(&mut self, start: usize) {
        if self.literal.len() > start {
            self.parts.push(Part::Literal(start..self.literal.len()));
        }
    }

    /// The whole text when no slot is in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(_)] => Some(&self.literal),
            _ => None,
        }
    }

    /// The slot when the text is nothing but that slot.
    pub fn as_slot(&self) -> Option<usize> {
        match self.parts.as_slice() {
            [Part::Slot(number)] => Some(*number),
            _ => None,
        }
    }

    /// True when the first thing in the text is a slot.
    pub fn starts_with_slot(&self) -> bool {
        matches!(self.parts.first(), Some(Part::Slot(_)))
    }

    /// The numbers of the slots, in order of appearance, repeats included.
    pub fn slots(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().filter_map(|part| match part {
            Part::Slot(number) => Some(*number),
            Part::Literal(_) => None,
        })
    }

    /// The text with a marker in each hole: what [`Template::parse`] makes the same template of.
    pub fn marked(&self) -> String {
        let mut out = String::with_capacity(self.literal.len() + 4 * self.parts.len());
        self.fill(&mut out, |number, out| out.push(Self::marker(number)));
        out
    }

    /// Writes the text, asking `slot` to write each hole.
    pub fn fill(&self, out: &mut String, mut slot: impl FnMut(usize, &mut String)) {
        for part in &self.parts {
            match part {
                Part::Literal(range) => out.push_str(&self.literal[range.clone()]),
                Part::Slot(number) => slot(*number, out),
            }
        }
    }

    /// Writes the text with the values of the slots, by number.
    pub fn fill_from(&self, out: &mut String, values: &[String]) {
        self.fill(out, |number, out| out.push_str(&values[number]));
    }

    /// The text with the values of the slots, by number.
    pub fn filled(&self, values: &[String]) -> String {
        let mut out = String::with_capacity(self.literal.len() + 16 * self.parts.len());
        self.fill_from(&mut out, values);
        out
    }

    /// Visits the text piece by piece: literals through `literal`, slots through `slot`.
    pub fn pieces<'a>(&'a self, mut literal: impl FnMut(&'a str), mut slot: impl FnMut(usize)) {
        for part in &self.parts {
            match part {
                Part::Literal(range) => literal(&self.literal[range.clone()]),
                Part::Slot(number) => slot(*number),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_what_it_parsed() {
        let text = format!("pay {} to {}", Template::marker(1), Template::marker(0));
        let template = Template::parse(&text);
        assert_eq!(template.filled(&["Mara".into(), "12.50".into()]), "pay 12.50 to Mara");
        assert_eq!(template.slots().collect::<Vec<_>>(), [1, 0]);
        assert_eq!(template.marked(), text);
        assert_eq!(template.as_literal(), None);
    }

    #[test]
    fn knows_pure_literals_and_pure_slots() {
        assert_eq!(Template::parse("plain").as_literal(), Some("plain"));
        assert_eq!(Template::parse("").as_literal(), Some(""));
        assert_eq!(Template::parse(&Template::marker(3).to_string()).as_slot(), Some(3));
        assert_eq!(Template::parse(&format!("x{}", Template::marker(3))).as_slot(), None);
    }
}
