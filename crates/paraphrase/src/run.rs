use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guardset_core::{Field, Names, Paraphrase, Prompts, Style, Template};

use crate::desk::{Desk, Pass};
use crate::{Cache, CacheError, Client, Guards, Key, Masked, Reason, Skipped, Stop, Terms, mask};

/// A text to reword.
#[derive(Debug, Clone)]
pub struct Job {
    /// Texts of one owner may go out in one request.
    pub owner: usize,
    /// What it is.
    pub field: Field,
    /// The text.
    pub text: Arc<Template>,
    /// Names of its slots.
    pub names: Arc<Names>,
}

/// Everything that is the same for all texts.
#[derive(Debug)]
pub struct Materials {
    /// The recipe's section.
    pub recipe: Paraphrase,
    /// Styles, by the catalog's index.
    pub styles: Vec<Style>,
    /// What the model is told.
    pub prompts: Prompts,
    /// What must not change.
    pub guards: Guards,
    /// Names that are never reworded.
    pub terms: Terms,
}

/// What became of a text.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// There was nothing to reword.
    Skipped(Skipped),
    /// One outcome for each variant.
    Asked(Vec<Variant>),
}

/// What became of one variant of a text.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its style.
    pub style: usize,
    /// How it ended.
    pub end: End,
    /// Why replies could not be used, in the order of the attempts, and what they said.
    pub rejected: Vec<(Reason, String)>,
    /// Model that the server named with the reply that is used.
    pub model: Arc<str>,
}

impl Variant {
    /// The rewording, if there is one.
    pub fn text(&self) -> Option<Template> {
        match &self.end {
            End::Reworded(text) => Some(Template::parse(text)),
            End::GivenUp | End::Unanswered => None,
        }
    }
}

/// How a variant ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// With a rewording: the text with markers for slots, of which [`Template::parse`] makes a template.
    Reworded(Box<str>),
    /// No attempt gave a usable one.
    GivenUp,
    /// Nobody answered.
    Unanswered,
}

/// Counters that a display may look at while a run goes on.
#[derive(Debug, Default)]
pub struct Tally {
    /// Variants in all.
    pub wanted: AtomicU64,
    /// Variants that have ended.
    pub ended: AtomicU64,
    /// Replies judged.
    pub judged: AtomicU64,
    /// Of those, usable.
    pub usable: AtomicU64,
}

/// What a run came to.
#[derive(Debug)]
pub struct Reworded {
    /// One outcome for each job, in their order.
    pub outcomes: Vec<Outcome>,
    /// Why asking ended before all was asked.
    pub stopped: Option<Stop>,
    /// Why requests failed that were not repeated any more, and how many.
    pub failures: BTreeMap<String, u64>,
    /// Tokens of the replies looked at: sent, received.
    pub tokens: [u64; 2],
}

/// What asking for the rest would take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Estimate {
    /// Variants without an answer.
    pub texts: u64,
    /// Requests, if every first answer can be used.
    pub requests: u64,
    /// Tokens sent, at four characters a token.
    pub input_tokens: u64,
    /// Tokens received, the same way.
    pub output_tokens: u64,
}

/// Has the jobs reworded: from the cache what it has, from `client` (if there is one) the rest.
///
/// The outcome depends on the replies alone, not on when they came: texts of one owner are taken together, and for each text the
/// variants and attempts one after the other.
///
/// # Errors
/// When the cache cannot be read or written. What a server does wrong is in the outcome.
pub async fn reword(
    jobs: Vec<Job>,
    materials: Arc<Materials>,
    client: Option<Arc<Client>>,
    cache: Arc<Cache>,
    tally: Arc<Tally>,
) -> Result<Reworded, CacheError> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; jobs.len()];
    let mut passes: Vec<Pass> = Vec::new();
    let mut seen: HashMap<Key, usize> = HashMap::new();
    let mut wanted = 0;
    for (at, job) in jobs.iter().enumerate() {
        let masked = match job.mask(&materials) {
            Ok(masked) => masked,
            Err(skipped) => {
                outcomes[at] = Some(Outcome::Skipped(skipped));
                continue;
            }
        };
        wanted += materials.recipe.variants as u64;
        // What a model sees twice is asked for once: the second time the reply is in the cache. Side by side, which of two replies is
        // kept would be a matter of chance.
        let times = seen.entry(Key::of(&[job.field.as_str(), &masked.shown])).or_default();
        if passes.len() == *times {
            passes.push(Pass::default());
        }
        passes[*times].add(job.owner, materials.recipe.texts_per_request, at);
        *times += 1;
    }
    drop(seen);
    // At once, so that a display has a total to begin with.
    tally.wanted.fetch_add(wanted, Ordering::Relaxed);
    let desk = Arc::new(Desk::new(jobs, materials, client, cache, tally));
    desk.found().outcomes.reserve_exact(desk.jobs.len());
    for pass in passes {
        desk.clone().pass(pass.batches).await?;
    }
    let found = std::mem::take(&mut *desk.found());
    for (at, outcome) in found.outcomes {
        outcomes[at] = Some(outcome);
    }
    let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Skipped(Skipped::NotWanted))).collect();
    Ok(Reworded { outcomes, stopped: found.stopped, failures: found.failures, tokens: found.tokens })
}

impl Job {
    /// The text as a model sees it, or why none does.
    ///
    /// # Errors
    /// What keeps it from being reworded.
    pub fn mask(&self, materials: &Materials) -> Result<Masked, Skipped> {
        if materials.recipe.shares.of(self.field) == 0.0 {
            return Err(Skipped::NotWanted);
        }
        mask(&self.text, &self.names, self.field, &materials.terms)
    }
}

impl Reworded {
    /// What asking for what has no answer would take.
    pub fn estimate(&self, jobs: &[Job], materials: &Materials) -> Estimate {
        let mut all = Estimate::default();
        // By owner, as they would go out, one request per variant.
        let mut open: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (job, outcome) in jobs.iter().zip(&self.outcomes) {
            let (Outcome::Asked(variants), Ok(masked)) = (outcome, job.mask(materials)) else { continue };
            for (number, _) in variants.iter().enumerate().filter(|(_, variant)| variant.end == End::Unanswered) {
                open.entry((job.owner, number)).or_default().push(masked.shown.chars().count());
            }
        }
        let prompt = materials.prompts.system.marked().chars().count() + materials.prompts.request.marked().chars().count();
        for texts in open.values() {
            let requests = texts.len().div_ceil(materials.recipe.texts_per_request);
            let characters: usize = texts.iter().sum();
            all.texts += texts.len() as u64;
            all.requests += requests as u64;
            all.input_tokens += ((requests * prompt + characters + texts.len() * FRAME) / 4) as u64;
            all.output_tokens += ((characters + texts.len() * 12) / 4) as u64;
        }
        all
    }
}

/// Characters around a text in a request: id, kind, style, language.
const FRAME: usize = 240;
