use std::collections::{HashMap, HashSet};

use guardset_core::{Language, Meaning};

use crate::mask::STAND_IN;

/// Most words that `..` in a phrase stands for.
const GAP: usize = 12;

/// The phrases of a language by their first word.
#[derive(Debug)]
pub(super) struct Lexicon {
    phrases: Vec<Phrase>,
    exact: HashMap<String, Vec<usize>>,
    stems: HashMap<String, Vec<usize>>,
    longest_stem: usize,
    joins: HashSet<String>,
}

#[derive(Debug)]
struct Phrase {
    /// Position in the list of meanings; none for words that mean nothing here.
    meaning: Option<usize>,
    words: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Exact(String),
    Stem(String),
    Gap,
}

/// A meaning at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Position in the list of meanings.
    pub(super) meaning: usize,
    /// Number of the word.
    pub(super) at: usize,
    /// Number of the clause.
    pub(super) clause: usize,
    /// Number of the sentence.
    pub(super) sentence: usize,
}

/// The meanings found in a text, in order.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
}

/// A word, and the clause and sentence that it is in.
struct Word {
    text: String,
    clause: usize,
    sentence: usize,
}

impl Lexicon {
    pub(super) fn new(language: &Language, meanings: &[Meaning]) -> Self {
        let mut lexicon = Self {
            phrases: Vec::new(),
            exact: HashMap::new(),
            stems: HashMap::new(),
            longest_stem: 0,
            joins: language.joins.iter().cloned().collect(),
        };
        for (class, phrases) in &language.classes {
            let meaning = meanings.iter().position(|meaning| meaning.id == *class);
            for phrase in phrases {
                let words: Vec<Part> = phrase.split([' ', '-']).map(Part::new).collect();
                let number = lexicon.phrases.len();
                match words.first() {
                    Some(Part::Exact(word)) => lexicon.exact.entry(word.clone()).or_default().push(number),
                    Some(Part::Stem(stem)) => {
                        lexicon.longest_stem = lexicon.longest_stem.max(stem.len());
                        lexicon.stems.entry(stem.clone()).or_default().push(number);
                    }
                    Some(Part::Gap) | None => continue,
                }
                lexicon.phrases.push(Phrase { meaning, words });
            }
        }
        lexicon
    }

    /// Looks for all phrases. Of those that begin at a word the longest count; the words that they use are used up.
    pub(super) fn find(&self, free: &str) -> Found {
        let words = self.words(free);
        let mut used = vec![false; words.len()];
        let mut found = Found::default();
        let mut candidates: Vec<(usize, Vec<usize>)> = Vec::new();
        for at in 0..words.len() {
            if used[at] {
                continue;
            }
            candidates.clear();
            for number in forms(&words[at].text).flat_map(|word| self.starting(word)) {
                let mut places = Vec::new();
                if matches(&self.phrases[*number].words, &words, at, &mut places) {
                    candidates.push((*number, places));
                }
            }
            let weight = |(number, places): &(usize, Vec<usize>)| (places.len(), self.phrases[*number].letters());
            let longest = candidates.iter().map(weight).max();
            let mut here = Vec::new();
            for (number, places) in candidates.iter().filter(|candidate| Some(weight(candidate)) == longest) {
                places.iter().for_each(|place| used[*place] = true);
                here.extend(self.phrases[*number].meaning);
            }
            here.sort_unstable();
            here.dedup();
            found.hits.extend(here.into_iter().map(|meaning| Hit { meaning, at, clause: words[at].clause, sentence: words[at].sentence }));
        }
        found
    }

    /// The phrases whose first word this can be.
    fn starting<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a usize> {
        let ends = (1..=word.len().min(self.longest_stem)).filter(|end| word.is_char_boundary(*end));
        self.exact.get(word).into_iter().chain(ends.filter_map(|end| self.stems.get(&word[..end]))).flatten()
    }

    fn words(&self, free: &str) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::with_capacity(free.len() / 5);
        let (mut clause, mut sentence) = (0, 0);
        let mut rest = free;
        while let Some(c) = rest.chars().next() {
            let len = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’'))).unwrap_or(rest.len());
            if len == 0 {
                if c == STAND_IN {
                    words.push(Word { text: c.into(), clause, sentence });
                } else if matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\n' | '(' | ')' | '—' | '–' | '…' | '>' | '|' | '+' | '&')
                {
                    clause += 1;
                    sentence += usize::from(matches!(c, '.' | ';' | '!' | '?' | '\n'));
                }
                rest = &rest[c.len_utf8()..];
                continue;
            }
            let text = rest[..len].to_lowercase().replace('’', "'");
            let text = text.trim_matches('\'');
            if self.joins.contains(text) {
                clause += 1;
            }
            if !text.is_empty() {
                words.push(Word { text: text.to_owned(), clause, sentence });
            }
            rest = &rest[len..];
        }
        words
    }
}

impl Phrase {
    fn letters(&self) -> usize {
        self.words.iter().map(|part| if let Part::Exact(word) | Part::Stem(word) = part { word.len() } else { 0 }).sum()
    }
}

impl Part {
    fn new(word: &str) -> Self {
        match word.strip_suffix('*') {
            Some(stem) => Self::Stem(stem.to_lowercase()),
            None if word == ".." => Self::Gap,
            None => Self::Exact(word.to_lowercase()),
        }
    }

    fn fits(&self, word: &str) -> bool {
        forms(word).any(|word| match self {
            Self::Exact(exact) => word == exact,
            Self::Stem(stem) => word.starts_with(stem.as_str()),
            Self::Gap => false,
        })
    }
}

/// A word, and what is left of it without a French article or pronoun that lost its vowel: `l'annulation`.
fn forms(word: &str) -> impl Iterator<Item = &str> {
    let rest = word.split_once('\'').filter(|(start, rest)| (start.len() == 1 || *start == "qu") && rest.len() > 2);
    [word].into_iter().chain(rest.map(|(_, rest)| rest))
}

/// Whether a phrase begins at a word; `places` are those of its words.
fn matches(parts: &[Part], words: &[Word], at: usize, places: &mut Vec<usize>) -> bool {
    match parts {
        [] => true,
        [Part::Gap, rest @ ..] => {
            let clause = at.checked_sub(1).and_then(|before| words.get(before)).map_or(0, |word| word.clause);
            let known = places.len();
            (at..words.len().min(at + GAP + 1)).take_while(|next| words[*next].clause == clause).any(|next| {
                places.truncate(known);
                matches(rest, words, next, places)
            })
        }
        [part, rest @ ..] => {
            if !words.get(at).is_some_and(|word| part.fits(&word.text)) {
                return false;
            }
            places.push(at);
            matches(rest, words, at + 1, places)
        }
    }
}
