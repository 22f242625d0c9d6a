//! Which wordings a session is written in: those of the seeds, or what a model made of them.

use guardset_core::{Catalog, Field, Template, Wording, rng};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// The language of the seeds.
const OWN: &str = "en";

/// A rewording that was drawn: field and style. `None` for what was written by hand.
pub(crate) type Reworded = Option<(Field, usize)>;

/// Draws wordings for one session, from a random source of its own: a run without rewordings is the same with and without it, and
/// an attack and its partners draw the same for what they share.
#[derive(Clone)]
pub(crate) struct Diction<'c> {
    catalog: &'c Catalog,
    /// `None` where nothing is reworded.
    source: Option<ChaCha8Rng>,
    /// Language of the session, once the user has spoken.
    language: Option<&'c str>,
}

impl<'c> Diction<'c> {
    pub(crate) fn new(catalog: &'c Catalog, seed: u64, words: &[&str; 3]) -> Self {
        let some = catalog.reworded.iter().any(|share| *share > 0.0);
        Self { catalog, source: some.then(|| rng(seed, &[words[0], words[1], words[2], "diction"])), language: None }
    }

    /// The text to use of a wording. One of the rewordings asked for is drawn; where that one was not usable, or is in another
    /// language than the session, the text written by hand stands.
    pub(crate) fn choose<'w>(&mut self, field: Field, wording: &'w Wording) -> (&'w Template, Reworded) {
        let drawn = self.draw(field, wording);
        let spoken = field == Field::Request && self.language.is_none();
        match drawn.and_then(|variant| wording.rewording(variant)) {
            Some(rewording) => {
                if spoken {
                    self.language = Some(self.language_of(rewording.style));
                }
                (&rewording.text, Some((field, rewording.style)))
            }
            None => {
                if spoken {
                    self.language = Some(OWN);
                }
                (&wording.text, None)
            }
        }
    }

    fn draw(&mut self, field: Field, wording: &Wording) -> Option<u32> {
        let source = self.source.as_mut().filter(|_| wording.asked > 0)?;
        let uses = source.random_bool(self.catalog.reworded[field as usize]);
        let variant = source.random_range(0..wording.asked);
        // Who is spoken to in a language answers in it, where there is an answer in it.
        if matches!(field, Field::Request | Field::Assistant)
            && let Some(language) = self.language
        {
            let same = |rewording: &&guardset_core::Rewording| self.language_of(rewording.style) == language;
            if language != OWN {
                return wording.rewordings.iter().find(same).map(|rewording| rewording.variant);
            }
            return wording.rewording(variant).filter(same).filter(|_| uses).map(|_| variant);
        }
        uses.then_some(variant)
    }

    fn language_of(&self, style: usize) -> &'c str {
        self.catalog.styles[style].language.as_deref().unwrap_or(OWN)
    }

    /// The language of the session, ISO 639-1.
    pub(crate) fn language(&self) -> &'c str {
        self.language.unwrap_or(OWN)
    }

    /// True where voices, which know the language of the seeds alone, have nothing to add.
    pub(crate) fn is_foreign(&self) -> bool {
        self.language() != OWN
    }
}
