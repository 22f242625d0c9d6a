//! What is done with each text: looked up, asked for, judged.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guardset_core::{Field, Prompts, Style, Template, rng};
use rand::RngExt;
use tokio::task::JoinSet;

use crate::{
    Ask, Cache, CacheError, Chat, Client, End, Ending, Failed, Job, Key, Masked, Materials, Outcome, Reason, Reply, Stop, Tally, Variant,
    judge, part,
};

/// Version of what a reply is kept under. A change here asks for everything again.
const FORM: &str = "guardset reword 1";

/// Requests that may be under way at the same time.
#[derive(Default)]
pub(crate) struct Pass {
    pub(crate) batches: Vec<Vec<usize>>,
    owner: Option<usize>,
}

impl Pass {
    /// Puts a text with the others of its owner, as long as there is room.
    pub(crate) fn add(&mut self, owner: usize, most: usize, text: usize) {
        match self.batches.last_mut().filter(|batch| self.owner == Some(owner) && batch.len() < most) {
            Some(batch) => batch.push(text),
            None => self.batches.push(vec![text]),
        }
        self.owner = Some(owner);
    }
}

/// A text that is being reworded.
struct Text {
    /// Position of its job.
    at: usize,
    field: Field,
    masked: Masked,
    styles: Vec<usize>,
}

/// What has been found out so far.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) outcomes: Vec<(usize, Outcome)>,
    models: Vec<Arc<str>>,
    pub(crate) stopped: Option<Stop>,
    pub(crate) failures: BTreeMap<String, u64>,
    pub(crate) tokens: [u64; 2],
}

/// Where texts are looked up, asked for and judged.
pub(crate) struct Desk {
    form: [String; 5],
    pub(crate) jobs: Vec<Job>,
    materials: Arc<Materials>,
    client: Option<Arc<Client>>,
    cache: Arc<Cache>,
    tally: Arc<Tally>,
    found: Mutex<Found>,
    /// The server has replied to something.
    replied: AtomicBool,
    /// Requests of one text that it declined before it did.
    declined: AtomicU64,
}

/// A text of a batch that still has no rewording for the variant at hand.
struct Open<'t> {
    text: &'t Text,
    style: usize,
    key: Key,
}

/// The answer to one text: a reply, and the text's position in its request.
type Answer = (Arc<Reply>, usize);

impl Desk {
    pub(crate) fn new(
        jobs: Vec<Job>,
        materials: Arc<Materials>,
        client: Option<Arc<Client>>,
        cache: Arc<Cache>,
        tally: Arc<Tally>,
    ) -> Self {
        let system = materials.prompts.system.marked();
        let sampling = serde_json::to_string(&materials.recipe.sampling).unwrap_or_default();
        Self {
            form: [FORM, &materials.recipe.model, &sampling, &system, &materials.prompts.request.marked()].map(str::to_owned),
            jobs,
            materials,
            client,
            cache,
            tally,
            found: Mutex::default(),
            replied: AtomicBool::new(false),
            declined: AtomicU64::new(0),
        }
    }

    /// Takes batches one after the other, as many side by side as may be in flight.
    pub(crate) async fn pass(self: Arc<Self>, batches: Vec<Vec<usize>>) -> Result<(), CacheError> {
        let workers = self.materials.recipe.pace.concurrency.min(batches.len());
        let (batches, next) = (Arc::new(batches), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            let (desk, batches, next) = (self.clone(), batches.clone(), next.clone());
            tasks.spawn(async move {
                while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcomes = desk.batch(batch).await?;
                    desk.found().outcomes.extend(outcomes);
                }
                Ok::<_, CacheError>(())
            });
        }
        while let Some(task) = tasks.join_next().await {
            // A task that panicked is a defect; it ends the run as one.
            task.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        }
        Ok(())
    }

    /// The name of a model, kept once.
    fn model(&self, name: &str) -> Arc<str> {
        let mut found = self.found();
        if !found.models.iter().any(|known| **known == *name) {
            found.models.push(name.into());
        }
        found.models.iter().find(|known| ***known == *name).cloned().unwrap_or_else(|| name.into())
    }

    pub(crate) fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All variants of the texts of one request, one after the other.
    async fn batch(&self, jobs: &[usize]) -> Result<Vec<(usize, Outcome)>, CacheError> {
        let texts: Vec<Text> = jobs.iter().filter_map(|at| self.text(*at)).collect();
        let mut done: Vec<Vec<Variant>> = vec![Vec::new(); texts.len()];
        for variant in 0..self.materials.recipe.variants {
            let fresh = |text: &Text| {
                let style = text.styles.get(variant).copied();
                style.map(|style| Variant { style, end: End::GivenUp, rejected: Vec::new(), model: "".into() })
            };
            let mut ends: Vec<Option<Variant>> = texts.iter().map(fresh).collect();
            let mut open: Vec<usize> = (0..texts.len()).filter(|at| ends[*at].is_some()).collect();
            for attempt in 0..self.materials.recipe.attempts {
                if open.is_empty() {
                    break;
                }
                let asked: Vec<Open<'_>> = open.iter().filter_map(|at| self.open(&texts[*at], variant, attempt)).collect();
                let answers = self.answers(&asked).await?;
                let mut still = Vec::new();
                for ((at, ask), answer) in open.iter().zip(&asked).zip(answers) {
                    let Some(end) = &mut ends[*at] else { continue };
                    let Some((reply, position)) = answer else {
                        end.end = End::Unanswered;
                        continue;
                    };
                    self.tally.judged.fetch_add(1, Ordering::Relaxed);
                    let earlier: Vec<Template> = done[*at].iter().filter_map(Variant::text).collect();
                    let said = said(&reply, position);
                    let judged = said.as_ref().map_err(|reason| *reason).and_then(|said| self.judge(ask, said, &earlier));
                    match judged {
                        Ok(text) => {
                            end.end = End::Reworded(text.marked().into());
                            end.model = self.model(&reply.model);
                        }
                        Err(reason) => {
                            let said = said.unwrap_or_else(|_| reply.text.clone());
                            end.rejected.push((reason, said.chars().take(SHOWN).collect()));
                            still.push(*at);
                        }
                    }
                }
                open = still;
            }
            self.tally.ended.fetch_add(ends.iter().flatten().count() as u64, Ordering::Relaxed);
            done.iter_mut().zip(ends).for_each(|(done, end)| done.extend(end));
        }
        Ok(texts.iter().zip(done).map(|(text, variants)| (text.at, Outcome::Asked(variants))).collect())
    }

    fn text(&self, at: usize) -> Option<Text> {
        let job = &self.jobs[at];
        let masked = job.mask(&self.materials).ok()?;
        let styles = styles(&self.materials, job.field, &masked.shown);
        Some(Text { at, field: job.field, masked, styles })
    }

    fn open<'t>(&self, text: &'t Text, variant: usize, attempt: usize) -> Option<Open<'t>> {
        let style = *text.styles.get(variant)?;
        let told = &self.materials.styles[style];
        let [form, model, sampling, system, request] = &self.form;
        let language = self.materials.guards.expected(told).name.as_str();
        let (variant, attempt) = (variant.to_string(), attempt.to_string());
        let key = Key::of(&[
            form,
            model,
            sampling,
            system,
            request,
            kind(text.field),
            &told.says,
            language,
            &text.masked.shown,
            &variant,
            &attempt,
        ]);
        Some(Open { text, style, key })
    }

    /// The answer to each text; `None` where nobody gave one.
    async fn answers(&self, asked: &[Open<'_>]) -> Result<Vec<Option<Answer>>, CacheError> {
        let mut answers: Vec<Option<Answer>> = Vec::with_capacity(asked.len());
        for ask in asked {
            answers.push(self.cache.get(&ask.key)?.map(|(reply, position)| (Arc::new(reply), position)));
        }
        let missing: Vec<usize> = (0..asked.len()).filter(|at| answers[*at].is_none()).collect();
        if let Some(client) = self.client.as_ref().filter(|_| !missing.is_empty()) {
            self.ask(client, asked, &missing, &mut answers).await?;
        }
        for (reply, position) in answers.iter().flatten() {
            if *position == 0 {
                let mut found = self.found();
                found.tokens[0] += reply.input_tokens;
                found.tokens[1] += reply.output_tokens;
            }
        }
        Ok(answers)
    }

    /// Asks for texts in one request. A server that declines it may take its halves.
    async fn ask(&self, client: &Client, asked: &[Open<'_>], missing: &[usize], answers: &mut [Option<Answer>]) -> Result<(), CacheError> {
        let mut parts = vec![missing];
        while let Some(part) = parts.pop() {
            match client.chat(&self.chat(asked, part)).await {
                Ok(Reply { ending: Ending::Declined(_), .. }) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
                Ok(Reply { ending: Ending::Declined(_), text, .. }) if !self.replied.load(Ordering::Relaxed) => {
                    // As long as it has taken none, the fault may be with all requests and not with this one.
                    if self.declined.fetch_add(1, Ordering::Relaxed) + 1 >= DECLINED {
                        client.stop(Stop::Declines { message: text });
                    }
                }
                Ok(reply) => {
                    self.replied.fetch_or(!matches!(reply.ending, Ending::Declined(_)), Ordering::Relaxed);
                    let keys = part.iter().map(|at| asked[*at].key).collect();
                    self.cache.put(keys, reply.clone()).await?;
                    let reply = Arc::new(reply);
                    part.iter().enumerate().for_each(|(position, at)| answers[*at] = Some((reply.clone(), position)));
                }
                Err(Failed::GaveUp { reason, .. }) => {
                    let mut found = self.found();
                    *found.failures.entry(reason.to_string()).or_default() += 1;
                }
                Err(Failed::Stopped(stop)) => {
                    self.found().stopped.get_or_insert(stop);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn chat(&self, asked: &[Open<'_>], part: &[usize]) -> Chat {
        let Materials { recipe, styles, prompts, guards, .. } = &*self.materials;
        let ids: Vec<String> = (1..=part.len()).map(|number| format!("t{number}")).collect();
        let texts = part.iter().zip(&ids).map(|(at, id)| {
            let ask = &asked[*at];
            let style = &styles[ask.style];
            serde_json::json!({
                "id": id,
                "kind": kind(ask.text.field),
                "style": style.says,
                "language": guards.expected(style).name,
                "text": ask.text.masked.shown,
            })
        });
        let texts = serde_json::Value::Array(texts.collect()).to_string();
        let mut user = String::with_capacity(texts.len() + 128);
        prompts.request.fill(&mut user, |slot, out| match Prompts::NAMES[slot] {
            "count" => out.push_str(&part.len().to_string()),
            _ => out.push_str(&texts),
        });
        let seed = part.first().map_or(0, |at| {
            u64::from(u32::from_le_bytes([asked[*at].key.0[0], asked[*at].key.0[1], asked[*at].key.0[2], asked[*at].key.0[3]]) >> 1)
        });
        Chat { system: prompts.system.marked(), user, ids, seed, max_tokens: recipe.sampling.max_tokens * part.len() as u32 }
    }

    fn judge(&self, asked: &Open<'_>, said: &str, earlier: &[Template]) -> Result<Template, Reason> {
        let Materials { recipe, styles, guards, .. } = &*self.materials;
        let ask = Ask {
            masked: &asked.text.masked,
            field: asked.text.field,
            language: guards.expected(&styles[asked.style]),
            accept: &recipe.accept,
            siblings: earlier,
        };
        let text = judge(&ask, guards, said)?;
        self.tally.usable.fetch_add(1, Ordering::Relaxed);
        Ok(text)
    }
}

/// Requests that a server may decline before it has replied to one.
const DECLINED: u64 = 8;

/// Characters of an unusable reply that are kept for a reader.
const SHOWN: usize = 400;

/// What a reply says about one text.
fn said(reply: &Reply, position: usize) -> Result<String, Reason> {
    match reply.ending {
        Ending::Whole => part(&reply.text, position),
        Ending::CutOff => Err(Reason::CutOff),
        Ending::Refused => Err(Reason::Refused),
        Ending::Declined(_) => Err(Reason::Declined),
    }
}

/// What a model is told that a text is.
fn kind(field: Field) -> &'static str {
    match field {
        Field::Request => "what a user writes to an assistant",
        Field::Assistant => "what an assistant writes to its user",
        Field::Description => "what a tool or server says about itself to programs that may use it",
        Field::Result => "text within what a tool returned",
        Field::Payload => "text that somebody put where an assistant reads it",
    }
}

/// The styles of a text's variants: drawn by weight among those of its field, none twice before each was there once.
fn styles(materials: &Materials, field: Field, shown: &str) -> Vec<usize> {
    let weight = |style: &Style| materials.recipe.styles.get(&style.id).copied().unwrap_or(0.0);
    let fitting = || materials.styles.iter().enumerate().filter(|(_, style)| style.fields.contains(&field) && weight(style) > 0.0);
    let all: Vec<(usize, f64)> = fitting().map(|(at, style)| (at, weight(style))).collect();
    let mut source = rng(0, &["style", field.as_str(), shown]);
    let mut left = all.clone();
    let mut drawn = Vec::new();
    while drawn.len() < materials.recipe.variants && !all.is_empty() {
        if left.is_empty() {
            left.clone_from(&all);
        }
        let mut point = source.random_range(0.0..left.iter().map(|(_, weight)| weight).sum::<f64>());
        let at = left.iter().position(|(_, weight)| {
            let here = point < *weight;
            point -= weight;
            here
        });
        drawn.push(left.remove(at.unwrap_or(left.len() - 1)).0);
    }
    drawn
}
