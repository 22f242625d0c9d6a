//! Has the prose of a catalog reworded before sessions are made from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use guardset_core::{Catalog, Field, Provider, Recipe, Rewording};
use guardset_emit::{Input, Paraphrased, Rewordings};
use guardset_expand::{Prose, Texts, prose, reword};
use guardset_paraphrase as model;
use guardset_paraphrase::{Cache, Client, End, Guards, Job, Materials, Outcome, Reworded, Secret, Stop, Tally, Terms};
use serde_json::json;

use crate::args::Args;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::say::say;

/// What rewording came to.
pub struct Done {
    /// For manifest and card. The rows are counted later.
    pub summary: Paraphrased,
    /// Every text that was asked about, with what became of it: lines of JSON.
    pub lines: String,
    /// Rewordings in use.
    pub used: u64,
}

/// Rewords the catalog. `None` after a dry run.
///
/// # Errors
/// When the model cannot be reached or asked, or when the user stopped the run. What was paid for is in the cache.
pub fn run(args: &Args, catalog: &mut Catalog, recipe: &Recipe, dry: bool) -> Result<Option<Done>, Failure> {
    let section = &recipe.paraphrase;
    let texts = prose(catalog);
    let materials = Arc::new(Materials {
        recipe: section.clone(),
        styles: catalog.styles.clone(),
        prompts: catalog.prompts.clone(),
        guards: Guards::new(&catalog.languages),
        terms: terms(catalog),
    });
    let cache = Arc::new(Cache::open(&crate::cache::path(args, recipe))?);
    let client = match section.provider {
        Provider::Replay => None,
        _ if dry => None,
        Provider::Openai | Provider::Anthropic => Some(Arc::new(client(args, recipe)?)),
    };
    let job = |text: &Prose| {
        let names = texts.owners[text.owner].names.clone();
        Job { owner: text.owner, field: text.field, text: text.text.clone(), names }
    };
    let jobs: Vec<Job> = texts.texts.iter().map(job).collect();
    let reworded = ask(jobs.clone(), &materials, client.clone(), cache)?;
    if dry {
        told(&reworded.estimate(&jobs, &materials), recipe);
        return Ok(None);
    }
    if let Some(client) = &client {
        spent(&client.spent());
    }
    if let Some(stop) = &reworded.stopped {
        if !is_limit(stop) {
            return Err(match stop {
                Stop::Interrupted => Failure::Other(anyhow::anyhow!("stopped; every reply is kept, the same command goes on from here")),
                other => Failure::input(other.to_string()),
            });
        }
        tracing::warn!("{stop}; going on with the rewordings that are there");
    }
    for (reason, count) in &reworded.failures {
        tracing::warn!("{count} requests failed for good: {reason}");
    }
    Ok(Some(apply(catalog, recipe, &materials, &texts, &jobs, &reworded)))
}

/// Names that no rewording may touch. Those of parameters are not among them: `to` and `text` are words as well, and one that is
/// no word is seen to be an identifier.
fn terms(catalog: &Catalog) -> Terms {
    let (tools, servers) = (catalog.tools.iter().map(|tool| &tool.name), catalog.servers.iter().map(|server| &server.name));
    Terms::new(tools.chain(servers).map(String::as_str))
}

fn client(args: &Args, recipe: &Recipe) -> Result<Client, Failure> {
    let mut section = recipe.paraphrase.clone();
    let key = Secret::from_env(&section.key_variable);
    if key.is_some() {
        // A core file would hold the key. Where the system does not let us say so, nothing is lost.
        let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    }
    if !section.ca_file.is_empty() {
        section.ca_file = args.root.join(&section.ca_file).display().to_string();
    }
    Client::new(&section, key).map_err(|error| Failure::input(error.to_string()))
}

/// True for a limit of the recipe: what there is by then is used. Anything else ends the run.
fn is_limit(stop: &Stop) -> bool {
    matches!(stop, Stop::Requests { .. } | Stop::Tokens { .. } | Stop::Money { .. })
}

fn ask(jobs: Vec<Job>, materials: &Arc<Materials>, client: Option<Arc<Client>>, cache: Arc<Cache>) -> Result<Reworded, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("worker threads could not be started")?;
    let tally = Arc::new(Tally::default());
    let over = AtomicBool::new(false);
    let reworded = std::thread::scope(|scope| {
        scope.spawn(|| watch(&tally, client.as_deref(), &over, materials));
        let _over = Over(&over);
        runtime.block_on(async {
            if let Some(client) = client.clone() {
                tokio::spawn(async move {
                    if tokio::signal::ctrl_c().await.is_ok() {
                        tracing::info!("stopping: waiting for the replies that are on their way; press again to leave at once");
                        client.stop(Stop::Interrupted);
                    }
                    if tokio::signal::ctrl_c().await.is_ok() {
                        std::process::exit(130);
                    }
                });
            }
            model::reword(jobs, materials.clone(), client.clone(), cache, tally.clone()).await
        })
    });
    Ok(reworded?)
}

/// Ends the watch, also where a defect ends what it watches.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Tells how far rewording is: rate, share of usable replies, cost, time left.
fn watch(tally: &Tally, client: Option<&Client>, over: &AtomicBool, materials: &Materials) {
    let progress = Progress::default();
    let mut started = false;
    loop {
        let last = over.load(Ordering::Relaxed);
        if last && !started {
            return;
        }
        let wanted = tally.wanted.load(Ordering::Relaxed) as usize;
        if wanted > 0 && !started {
            progress.start_with("reword", "rewordings", wanted);
            started = true;
        }
        let (judged, usable) = (tally.judged.load(Ordering::Relaxed), tally.usable.load(Ordering::Relaxed));
        let mut more = format!("{:.0} % usable", 100.0 * usable as f64 / judged.max(1) as f64);
        if let Some(spent) = client.map(Client::spent) {
            let tokens = spent.input_tokens + spent.output_tokens;
            more += &format!(", {} requests, {tokens} tokens", spent.requests);
            if materials.recipe.price.input + materials.recipe.price.output > 0.0 {
                more += &format!(", cost {:.4}", spent.money);
            }
        }
        progress.at(tally.ended.load(Ordering::Relaxed) as usize, &more);
        if last {
            return progress.finish();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn spent(spent: &model::Spent) {
    say!("{} requests sent, {} tokens in, {} tokens out, cost {:.4}", spent.requests, spent.input_tokens, spent.output_tokens, spent.money);
}

fn told(estimate: &model::Estimate, recipe: &Recipe) {
    let price = &recipe.paraphrase.price;
    let money = (estimate.input_tokens as f64 * price.input + estimate.output_tokens as f64 * price.output) / 1e6;
    say!("dry run: nothing was sent");
    say!("  {:>12} rewordings are not in the cache", estimate.texts);
    say!("  {:>12} requests, if every first answer can be used", estimate.requests);
    say!("  {:>12} tokens sent, about (four characters a token)", estimate.input_tokens);
    say!("  {:>12} tokens received, about", estimate.output_tokens);
    match price.input + price.output > 0.0 {
        true => say!("  {money:>12.4} money, at {} and {} a million tokens", price.input, price.output),
        false => say!("  {:>12} money: [paraphrase.price] is not set", "?"),
    }
    let attempts = recipe.paraphrase.attempts;
    say!("Every reply that cannot be used is asked for again, up to {attempts} times in all.");
}

/// Puts the usable rewordings into the catalog and counts what became of each text.
fn apply(catalog: &mut Catalog, recipe: &Recipe, materials: &Materials, texts: &Texts, jobs: &[Job], reworded: &Reworded) -> Done {
    let section = &recipe.paraphrase;
    let usable = |outcome: &Outcome| -> Vec<Rewording> {
        let Outcome::Asked(variants) = outcome else { return Vec::new() };
        let texts = variants.iter().enumerate().filter_map(|(number, variant)| {
            let text = variant.text()?;
            Some(Rewording { variant: number as u32, style: variant.style, text })
        });
        texts.collect()
    };
    let shares = Field::ALL.map(|field| section.shares.of(field));
    let used = reword(catalog, texts, reworded.outcomes.iter().map(usable).collect(), section.variants as u32, shares);

    let mut fields: BTreeMap<String, BTreeMap<String, Rewordings>> = BTreeMap::new();
    let mut styles: BTreeMap<String, u64> = BTreeMap::new();
    let mut served_by: BTreeMap<String, u64> = BTreeMap::new();
    let mut lines = String::new();
    for (((text, job), outcome), used) in texts.texts.iter().zip(jobs).zip(&reworded.outcomes).zip(&used) {
        let kind = fields.entry(text.field.to_string()).or_default().entry(text.side.as_str().to_owned()).or_default();
        kind.texts += 1;
        let variants = match outcome {
            Outcome::Skipped(reason) => {
                *kind.skipped.entry(reason.as_str().to_owned()).or_default() += 1;
                continue;
            }
            Outcome::Asked(variants) => variants,
        };
        let shown = job.mask(materials).map(|masked| masked.shown).unwrap_or_default();
        let owner = &texts.owners[text.owner];
        for (number, variant) in variants.iter().enumerate() {
            kind.wanted += 1;
            for (reason, _) in &variant.rejected {
                *kind.rejected.entry(reason.as_str().to_owned()).or_default() += 1;
            }
            let style = &catalog.styles[variant.style].id;
            let in_use = used.contains(&(number as u32));
            let end = match &variant.end {
                End::Reworded(_) if in_use => {
                    kind.used += 1;
                    *styles.entry(format!("{}/{style}", text.field)).or_default() += 1;
                    *served_by.entry(variant.model.to_string()).or_default() += 1;
                    "used"
                }
                End::Reworded(_) => {
                    kind.evened_out += 1;
                    "evened_out"
                }
                End::GivenUp => {
                    kind.given_up += 1;
                    "given_up"
                }
                End::Unanswered => {
                    kind.unanswered += 1;
                    "unanswered"
                }
            };
            let line = json!({
                "owner": owner.id,
                "field": text.field,
                "side": text.side.as_str(),
                "style": style,
                "variant": number,
                "end": end,
                "rejected": variant.rejected.iter().map(|(reason, said)| json!([reason.as_str(), said])).collect::<Vec<_>>(),
                "shown": shown,
                "text": readable(variant.text().as_ref(), owner),
                "model": &*variant.model,
            });
            lines += &line.to_string();
            lines.push('\n');
        }
    }
    for kind in fields.values_mut().flat_map(BTreeMap::values_mut) {
        let usable = kind.used + kind.evened_out;
        let judged = usable + kind.rejected.values().sum::<u64>();
        kind.keep_rate = if judged == 0 { 0.0 } else { usable as f64 / judged as f64 };
    }
    let prompts = catalog.digests.iter().filter(|(path, _)| path.starts_with("templates/prompts/"));
    let used = styles.values().sum();
    let summary = Paraphrased {
        model: section.model.clone(),
        served_by,
        sampling: serde_json::to_value(&section.sampling).unwrap_or_default(),
        prompts: prompts.map(|(path, blake3)| Input { path: path.clone(), blake3: blake3.clone() }).collect(),
        digest: blake3::hash(lines.as_bytes()).to_hex()[..32].to_owned(),
        fields,
        styles,
        tokens: reworded.tokens,
        rows: 0,
    };
    said(&summary);
    Done { summary, lines, used }
}

/// A rewording with its slots as they stand in seeds: `{{ vendor.name }}`.
fn readable(text: Option<&guardset_core::Template>, owner: &guardset_expand::Owner) -> Option<String> {
    text.map(|text| {
        let mut out = String::new();
        text.fill(&mut out, |slot, out| {
            let name = owner.names.0.get(slot).map_or("?", String::as_str);
            out.push_str(&format!("{{{{ {name} }}}}"));
        });
        out
    })
}

fn said(summary: &Paraphrased) {
    let table = &summary.fields;
    let all = || table.values().flat_map(BTreeMap::values);
    let (wanted, used): (u64, u64) = (all().map(|kind| kind.wanted).sum(), all().map(|kind| kind.used).sum());
    say!("{used} of {wanted} rewordings in use");
    for (field, sides) in table {
        for (side, kind) in sides {
            let left = kind.given_up + kind.unanswered;
            say!(
                "  {field:>11} {side:<6} {:>6} wanted, {:>6} used, {:>5} evened out, {:>5} by hand, {:>5.1} % of the replies kept",
                kind.wanted,
                kind.used,
                kind.evened_out,
                left,
                100.0 * kind.keep_rate
            );
        }
    }
    let mut rejected: BTreeMap<&str, u64> = BTreeMap::new();
    all().flat_map(|kind| &kind.rejected).for_each(|(reason, count)| *rejected.entry(reason).or_default() += count);
    for (reason, count) in rejected {
        say!("  {count:>7} replies rejected: {reason}");
    }
}
