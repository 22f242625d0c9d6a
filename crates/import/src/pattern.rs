//! Regular expressions of schemas as patterns of the slot kind `id`: `#` digit, `@` capital, `%` small letter, `^` hex digit.

/// Longest pattern that is made of one expression.
const LONGEST: usize = 40;

/// A pattern all of whose values match the expression, for the plain part of the language: literals, classes, `\d`, `\w`,
/// groups and repeats. `None` for anything else.
pub(crate) fn id_pattern(expression: &str) -> Option<String> {
    let inner = expression.strip_prefix('^').unwrap_or(expression);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let characters: Vec<char> = inner.chars().collect();
    let mut reader = Reader { characters: &characters, at: 0, depth: 0 };
    let pattern = reader.alternatives()?;
    (reader.at == characters.len() && !pattern.is_empty() && pattern.chars().count() <= LONGEST).then_some(pattern)
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += 1;
        next
    }

    /// The first of several alternatives; the others are read over.
    fn alternatives(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > 8 {
            return None;
        }
        let first = self.sequence()?;
        while self.peek() == Some('|') {
            self.at += 1;
            self.sequence()?;
        }
        self.depth -= 1;
        Some(first)
    }

    fn sequence(&mut self) -> Option<String> {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            self.at += 1;
            let atom = match c {
                '(' => {
                    if self.characters[self.at..].starts_with(&['?', ':']) {
                        self.at += 2;
                    }
                    let inner = self.alternatives()?;
                    (self.next()? == ')').then_some(inner)?
                }
                '[' => self.class()?,
                '\\' => escaped(self.next()?)?,
                '.' => "%".to_owned(),
                '^' | '$' | '*' | '+' | '?' | '{' | '}' => return None,
                literal => plain(literal)?,
            };
            let times = self.times()?;
            if atom.len() * times > LONGEST {
                return None;
            }
            out.push_str(&atom.repeat(times));
        }
        Some(out)
    }

    /// How often the atom before is to stand: enough to look like something where any number will do.
    fn times(&mut self) -> Option<usize> {
        let times = match self.peek() {
            Some('*' | '+') => 5,
            Some('?') => 0,
            Some('{') => {
                let end = self.characters[self.at..].iter().position(|c| *c == '}')? + self.at;
                let inside: String = self.characters[self.at + 1..end].iter().collect();
                self.at = end;
                let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
                let least: usize = least.trim().parse().unwrap_or(0);
                let most = most.trim().parse().unwrap_or(least.max(6));
                least.max(6.min(most))
            }
            _ => return Some(1),
        };
        self.at += 1;
        // Lazy or possessive makes no difference to a whole match.
        if matches!(self.peek(), Some('?' | '+')) {
            self.at += 1;
        }
        Some(times)
    }

    fn class(&mut self) -> Option<String> {
        if self.peek() == Some('^') {
            return None;
        }
        let mut members = Vec::new();
        loop {
            match self.next()? {
                ']' if !members.is_empty() => break,
                '\\' => members.push((self.next()?, true)),
                c => members.push((c, false)),
            }
        }
        let has = |from: char, to: char| members.windows(3).any(|three| three[0].0 == from && three[1] == ('-', false) && three[2].0 == to);
        let escaped = |c: char| members.contains(&(c, true));
        let word = escaped('w');
        Some(match () {
            () if has('a', 'z') || word => "%".to_owned(),
            () if has('A', 'Z') => "@".to_owned(),
            () if (has('a', 'f') || has('A', 'F')) && has('0', '9') => {
                if has('a', 'f') {
                    "^".to_owned()
                } else {
                    "#".to_owned()
                }
            }
            () if has('0', '9') || escaped('d') => "#".to_owned(),
            () => plain(members[0].0)?,
        })
    }
}

fn escaped(c: char) -> Option<String> {
    match c {
        'd' => Some("#".to_owned()),
        'w' => Some("%".to_owned()),
        's' => Some(" ".to_owned()),
        c if c.is_ascii_punctuation() => plain(c),
        _ => None,
    }
}

/// A character that stands for itself in an `id` pattern and inside JSON text.
fn plain(c: char) -> Option<String> {
    (!matches!(c, '#' | '@' | '%' | '^' | '"' | '\\') && !c.is_control()).then(|| c.to_string())
}

#[cfg(test)]
mod tests {
    use super::id_pattern;

    #[test]
    fn plain_expressions_become_patterns() {
        for (expression, pattern) in [
            (r"^[A-Z]{2}-\d{4}$", "@@-####"),
            (r"^\d{4}-\d{2}-\d{2}$", "####-##-##"),
            (r"[a-z0-9_-]+", "%%%%%"),
            (r"^(PROJ|TEAM)-[0-9]+$", "PROJ-#####"),
            (r"^[0-9a-f]{8}$", "^^^^^^^^"),
            (r"^v?\d+\.\d+$", "#####.#####"),
        ] {
            assert_eq!(id_pattern(expression).as_deref(), Some(pattern), "{expression}");
        }
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        for expression in ["^(?=x)y$", "[^a-z]", "a{9999}", "(a", "a)", "^", "[", "#", &"(".repeat(99)] {
            assert_eq!(id_pattern(expression), None, "{expression}");
        }
    }
}
