use std::collections::HashSet;

use guardset_core::{Language, Languages, Meaning, Style};
use whatlang::{Detector, Lang};

use super::Reason;
use super::tongue::Lexicon;
use crate::mask::{STAND_IN, words};

/// Languages that a model may slip into, beside those of the file.
const OTHERS: [Lang; 14] = [
    Lang::Eng,
    Lang::Deu,
    Lang::Spa,
    Lang::Fra,
    Lang::Ita,
    Lang::Por,
    Lang::Nld,
    Lang::Pol,
    Lang::Swe,
    Lang::Dan,
    Lang::Ron,
    Lang::Tur,
    Lang::Rus,
    Lang::Cmn,
];
/// Letters from which on the detector of languages is asked.
const RELIABLE: usize = 40;

/// What every reply is held against: languages and meanings. Built once.
#[derive(Debug)]
pub struct Guards {
    tongues: Vec<Tongue>,
    meanings: Vec<Meaning>,
    detector: Detector,
}

/// A language, ready to be looked for.
#[derive(Debug)]
pub struct Tongue {
    /// ISO 639-1.
    pub id: String,
    /// Its name, as a model is told.
    pub name: String,
    capitals: bool,
    common: HashSet<String>,
    refusals: Vec<String>,
    preambles: Vec<String>,
    lexicon: Lexicon,
    code: Option<Lang>,
}

impl Guards {
    /// Prepares the languages of `templates/prompts/languages.toml`; the first is that of the seeds.
    pub fn new(languages: &Languages) -> Self {
        Self {
            tongues: languages.languages.iter().map(|language| Tongue::new(language, &languages.meanings)).collect(),
            meanings: languages.meanings.clone(),
            detector: Detector::with_allowlist(OTHERS.to_vec()),
        }
    }

    /// The language with this id.
    pub fn tongue(&self, id: &str) -> Option<&Tongue> {
        self.tongues.iter().find(|tongue| tongue.id == id)
    }

    /// The language that a reply in this style has to be in.
    pub fn expected(&self, style: &Style) -> &Tongue {
        style.language.as_deref().and_then(|id| self.tongue(id)).unwrap_or_else(|| self.seeds())
    }

    /// The language of the seeds.
    ///
    /// # Panics
    /// If the file has no language, which the loader does not let through.
    pub fn seeds(&self) -> &Tongue {
        self.tongues.first().expect("at least one language")
    }

    /// Ids of the meanings found in a text, in order, for whoever wants to know why a reply was refused.
    pub fn said<'g>(&'g self, tongue: &Tongue, text: &str) -> Vec<&'g str> {
        tongue.find(text).hits.iter().map(|hit| self.meanings[hit.meaning].id.as_str()).collect()
    }

    pub(super) fn meanings(&self) -> &[Meaning] {
        &self.meanings
    }

    /// Refuses what begins like an excuse or an announcement, unless the original begins so.
    pub(super) fn announces(&self, reply: &str, original: &str, expected: &Tongue) -> Result<(), Reason> {
        let (reply, original) = (opening(reply), opening(original));
        let begins = |phrase: &String| reply.starts_with(phrase.as_str()) && !original.starts_with(phrase.as_str());
        for tongue in [expected].into_iter().chain(&self.tongues) {
            if tongue.refusals.iter().any(begins) {
                return Err(Reason::Refusal);
            }
            if tongue.preambles.iter().any(begins) {
                return Err(Reason::Preamble);
            }
        }
        Ok(())
    }

    /// Refuses what is not in the language asked for, as a whole or in one of its sentences.
    pub(super) fn language(&self, free: &str, original: &str, expected: &Tongue) -> Result<(), Reason> {
        let text = free.replace(STAND_IN, " ");
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        // The detector is slow, and a text with its share of common words needs none.
        let rare = || expected.commons(&text) * 5 < words(&text).count();
        let foreign = || {
            let found = self.detector.detect(&text);
            found.is_some_and(|found| found.is_reliable() && expected.code.is_some_and(|code| code != found.lang()))
        };
        let doubtful = self.strays(&text, expected, original) || letters >= RELIABLE && rare() && foreign();
        if doubtful { Err(Reason::WrongLanguage) } else { Ok(()) }
    }

    /// True when a sentence, or the whole, has common words of another language and none of the expected one.
    fn strays(&self, text: &str, expected: &Tongue, original: &str) -> bool {
        let parts = text.split(['.', '!', '?', '\n', ';', ':', '(', ')']).chain([text]);
        parts.into_iter().any(|part| {
            let own = expected.commons(part);
            let known = |tongue: &Tongue| expected.id == self.seeds().id && tongue.commons(original) > 0;
            self.tongues.iter().filter(|tongue| tongue.id != expected.id && !known(tongue)).any(|tongue| {
                let theirs = tongue.commons(part);
                theirs >= 2 && theirs > 2 * own
            })
        })
    }
}

impl Tongue {
    fn new(language: &Language, meanings: &[Meaning]) -> Self {
        let lower = |list: &[String]| list.iter().map(|phrase| opening(phrase)).collect();
        Self {
            id: language.id.clone(),
            name: language.name.clone(),
            capitals: language.capitals,
            common: language.common.iter().cloned().collect(),
            refusals: lower(&language.refusals),
            preambles: lower(&language.preambles),
            lexicon: Lexicon::new(language, meanings),
            code: match language.id.as_str() {
                "en" => Some(Lang::Eng),
                "de" => Some(Lang::Deu),
                "es" => Some(Lang::Spa),
                "fr" => Some(Lang::Fra),
                "it" => Some(Lang::Ita),
                "pt" => Some(Lang::Por),
                "nl" => Some(Lang::Nld),
                _ => None,
            },
        }
    }

    /// True where every noun has a capital.
    pub(super) fn capitals(&self) -> bool {
        self.capitals
    }

    /// The meanings found in a free text.
    pub(super) fn find(&self, free: &str) -> super::tongue::Found {
        self.lexicon.find(free)
    }

    fn commons(&self, text: &str) -> usize {
        words(text).filter(|word| self.common.contains(word.to_lowercase().as_str())).count()
    }
}

/// The start of a text in lower case, without quotation marks, and with straight apostrophes.
fn opening(text: &str) -> String {
    let start = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    start.chars().take(120).flat_map(char::to_lowercase).map(|c| if c == '’' { '\'' } else { c }).collect()
}
