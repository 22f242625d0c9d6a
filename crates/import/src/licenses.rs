use std::str::FromStr;

/// Nesting of brackets beyond which a licence is no expression.
const DEPTH: usize = 16;

/// Which licences are let in. The default lets everything in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licenses {
    /// As they were given; `None` lets everything in.
    listed: Option<Vec<String>>,
    /// Whether what tells no licence is let in.
    unlicensed: bool,
}

/// Why a licence is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LicenseRefusal {
    /// It is not among those listed.
    #[error("license: is {license:?}; listed are {listed}")]
    NotListed {
        /// The licence, as it was told.
        license: String,
        /// What is listed, with commas.
        listed: String,
    },
    /// None is told.
    #[error("license: is missing; one is needed where licences are listed")]
    Missing,
}

impl LicenseRefusal {
    /// The code under which it is counted.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotListed { .. } => "license_not_listed",
            Self::Missing => "license_missing",
        }
    }
}

impl Licenses {
    /// Lets in the licences listed and, if `unlicensed`, what tells none.
    pub fn new(listed: impl IntoIterator<Item = impl Into<String>>, unlicensed: bool) -> Self {
        let listed = listed.into_iter().map(Into::into).filter(|license: &String| !license.trim().is_empty());
        Self { listed: Some(listed.collect()), unlicensed }
    }

    /// Whether a licence is let in.
    ///
    /// SPDX identifiers are compared without regard to case, and in common spellings (`apache license 2.0`). Of `A OR B` and
    /// `A / B` one must be listed, of `A AND B` both. Brackets around such an expression group it; behind a name they hold a
    /// note. Whatever else it says is compared as it is.
    ///
    /// # Errors
    ///
    /// Says why not.
    pub fn admits(&self, license: Option<&str>) -> Result<(), LicenseRefusal> {
        let Some(listed) = &self.listed else { return Ok(()) };
        let Some(license) = license.map(str::trim).filter(|license| !license.is_empty()) else {
            return if self.unlicensed { Ok(()) } else { Err(LicenseRefusal::Missing) };
        };
        let is_listed = |name: &str| listed.iter().any(|one| plain(one) == plain(name));
        if is_listed(license) || holds(license, &is_listed) {
            return Ok(());
        }
        Err(LicenseRefusal::NotListed { license: license.to_owned(), listed: listed.join(", ") })
    }
}

impl FromStr for Licenses {
    type Err = std::convert::Infallible;

    /// Licences with commas between them; what tells none is not let in.
    fn from_str(listed: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(listed.split(','), false))
    }
}

/// A spelling to compare: lower case, one hyphen between words, without words that name no licence.
fn plain(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | ',')).filter(|word| !word.is_empty());
    let words = words.filter(|word| !matches!(*word, "the" | "license" | "licence" | "version" | "v" | "spdx:"));
    let words: Vec<&str> =
        words.map(|word| word.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(word)).collect();
    match words.join("-").as_str() {
        "apache2" | "apache2.0" | "apache-2" => "apache-2.0".to_owned(),
        "3-clause-bsd" | "bsd3" | "bsd-3" | "new-bsd" => "bsd-3-clause".to_owned(),
        "2-clause-bsd" | "bsd2" | "bsd-2" | "simplified-bsd" => "bsd-2-clause".to_owned(),
        "expat" => "mit".to_owned(),
        "cc0" | "cc0-1" => "cc0-1.0".to_owned(),
        joined => joined.replace("creative-commons-attribution", "cc-by"),
    }
}

/// Whether an expression holds, told which names do. What is no expression does not.
fn holds(expression: &str, is_listed: &dyn Fn(&str) -> bool) -> bool {
    let tokens = tokens(expression);
    let mut reader = Expression { tokens: &tokens, at: 0, is_listed };
    reader.any(0).is_some_and(|holds| holds && reader.at == tokens.len())
}

fn tokens(expression: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for word in expression.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')', '/']) {
            tokens.extend([&rest[..at], &rest[at..=at]].into_iter().filter(|token| !token.is_empty()));
            rest = &rest[at + 1..];
        }
        tokens.extend((!rest.is_empty()).then_some(rest));
    }
    tokens
}

struct Expression<'a> {
    tokens: &'a [&'a str],
    at: usize,
    is_listed: &'a dyn Fn(&str) -> bool,
}

impl Expression<'_> {
    fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| words.iter().any(|word| token.eq_ignore_ascii_case(word)));
        self.at += usize::from(found);
        found
    }

    /// Names or groups with `OR` or a stroke between them; `AND` binds more tightly, as in SPDX.
    fn any(&mut self, depth: usize) -> Option<bool> {
        let mut holds = self.all(depth)?;
        while self.eat(&["or", "/"]) {
            holds |= self.all(depth)?;
        }
        Some(holds)
    }

    fn all(&mut self, depth: usize) -> Option<bool> {
        let mut holds = self.one(depth)?;
        while self.eat(&["and"]) {
            holds &= self.one(depth)?;
        }
        Some(holds)
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        if self.eat(&["("]) {
            let holds = if depth < DEPTH { self.any(depth + 1)? } else { return None };
            return self.eat(&[")"]).then_some(holds);
        }
        let start = self.at;
        let ends = |token: &&str| ["(", ")", "/"].contains(token) || ["or", "and"].iter().any(|word| token.eq_ignore_ascii_case(word));
        while self.tokens.get(self.at).is_some_and(|token| !ends(token)) {
            self.at += 1;
        }
        let name = self.tokens[start..self.at].join(" ");
        self.note()?;
        (!name.is_empty()).then(|| (self.is_listed)(&name))
    }

    /// Passes brackets with whatever is in them.
    fn note(&mut self) -> Option<()> {
        while self.eat(&["("]) {
            let mut open = 1;
            while open > 0 {
                match *self.tokens.get(self.at)? {
                    "(" => open += 1,
                    ")" => open -= 1,
                    _ => {}
                }
                self.at += 1;
            }
        }
        Some(())
    }
}
