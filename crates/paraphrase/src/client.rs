use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use guardset_core::Paraphrase;
use reqwest::{Method, Request};
use tokio::sync::{Notify, watch};

use crate::address::{address, is_loopback, shown};
use crate::budget::{Answer, Budget, Spent, Tokens};
use crate::connections::connections;
use crate::fault::Fault;
use crate::gate::{Gate, Slot};
use crate::post::{Post, Trouble};
use crate::window::Window;
use crate::wire::{Wire, input_estimate};
use crate::{Chat, Ending, Failed, Reply, Secret, Sign, Stop};

/// Asks the model of a recipe, as fast as the server likes and no further than the recipe's limits.
///
/// To be shared: all methods take `&self`, and any number of [`chat`](Self::chat)s may wait at once.
pub struct Client {
    post: Post,
    gate: Gate,
    budget: Mutex<Budget>,
    /// Told whenever something in flight has come back.
    settled: Notify,
    window: Mutex<Window>,
    stopped: watch::Sender<Option<Stop>>,
    chats: AtomicU64,
    tries: u32,
    backoff: Duration,
}

/// Why a recipe makes no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody is to be asked.
    #[error("`provider` is \"replay\", which asks nobody: what is not in the cache stays as it is")]
    Replay,
    /// Not an address.
    #[error("`base_url` of [paraphrase] is no address that can be asked: {why}")]
    Url {
        /// What is wrong with it.
        why: String,
    },
    /// An address with a key in it, where logs and errors would show it.
    #[error("`base_url` of [paraphrase] holds a user name or password; put the key into the variable that `key_variable` names")]
    Credentials,
    /// Not a key.
    #[error("the key holds characters that no header can; see the variable that `key_variable` of [paraphrase] names")]
    Key,
    /// The file of the authority cannot be read.
    #[error("cannot read `ca_file` {path}")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of the authority holds nothing to trust.
    #[error("`ca_file` {path} holds no certificate in PEM that can be used")]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// No connection can be made at all.
    #[error("cannot prepare connections: {why}")]
    Connections {
        /// Why.
        why: String,
    },
}

/// Wait before the second try, at most; each further try doubles it up to the longest.
const BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Redirections that are followed for one request.
const HOPS: u32 = 3;

impl Client {
    /// Makes a client for a recipe. It sends nothing yet.
    ///
    /// # Errors
    ///
    /// Where the recipe names nobody to ask, or something in it or in the key cannot be used.
    pub fn new(recipe: &Paraphrase, secret: Option<Secret>) -> Result<Self, ClientError> {
        let wire = Wire::new(recipe).ok_or(ClientError::Replay)?;
        let url = address(&recipe.base_url, wire.path())?;
        if secret.is_some() && url.scheme() == "http" && !is_loopback(&url) {
            tracing::warn!("the key goes to {} in the clear; use https where the network is not your own", shown(&url));
        }
        let http = connections(recipe, &url)?;
        let mut template = Request::new(Method::POST, url);
        *template.headers_mut() = wire.headers(secret.as_ref()).map_err(|_| ClientError::Key)?;
        Ok(Self {
            post: Post::new(http, wire, secret, template, recipe),
            gate: Gate::new(recipe.pace.concurrency),
            budget: Mutex::new(Budget::new(&recipe.limits, &recipe.price)),
            settled: Notify::new(),
            window: Mutex::new(Window::new(&recipe.limits)),
            stopped: watch::Sender::new(None),
            chats: AtomicU64::new(0),
            tries: recipe.pace.tries.max(1),
            backoff: BACKOFF,
        })
    }

    /// Waits this long before a second try, at most, in the place of half a second. For tests.
    #[doc(hidden)]
    pub fn with_backoff(self, backoff: Duration) -> Self {
        Self { backoff, ..self }
    }

    /// Sends one chat, again where that may help, and brings back the reply.
    ///
    /// # Errors
    ///
    /// Where every try failed, or where asking has ended.
    pub async fn chat(&self, chat: &Chat) -> Result<Reply, Failed> {
        let slot = self.enter(false).await?;
        // In a box, which only those in flight need: of the many that wait, each is no larger than its place in the queue.
        Box::pin(self.attempt(slot, chat)).await
    }

    /// Ends asking: what is in flight may finish, nothing more is sent. The first reason given stays.
    pub fn stop(&self, stop: Stop) {
        self.end(stop);
    }

    /// Why asking has ended, if it has.
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped.borrow().clone()
    }

    /// What has been used so far.
    pub fn spent(&self) -> Spent {
        lock(&self.budget).spent()
    }

    async fn attempt(&self, mut slot: Slot<'_>, chat: &Chat) -> Result<Reply, Failed> {
        let number = self.chats.fetch_add(1, Ordering::Relaxed);
        let estimate = Tokens { input: input_estimate(chat), output: chat.max_tokens.into() };
        let mut request = self.post.request(chat);
        let (mut tries, mut hops) = (0, 0);
        loop {
            let reservation = self.reserve(estimate).await?;
            let sent = Instant::now();
            let fault = match self.post.send(&request, chat).await {
                Ok(reply) => {
                    reservation.settle(&reply);
                    // A request that is turned down at the door says nothing of how busy it is behind it.
                    let sign = if matches!(reply.ending, Ending::Declined(_)) { Sign::Silent } else { Sign::Fine };
                    slot.leave(sign, sent);
                    lock(&self.window).good();
                    return Ok(reply);
                }
                Err(Trouble::End(stop)) => return Err(self.end(stop).into()),
                Err(Trouble::Moved(url)) if hops < HOPS => {
                    *request.url_mut() = url;
                    hops += 1;
                    continue;
                }
                Err(Trouble::Moved(url)) => return Err(self.end(self.post.astray(&url)).into()),
                Err(Trouble::Again(fault)) => fault,
            };
            drop(reservation);
            tries += 1;
            self.take_in(&fault, number, slot, sent)?;
            let wait = backoff(self.backoff, tries);
            self.pause(&fault, wait);
            if tries == self.tries {
                return Err(Failed::GaveUp { reason: fault.kind.name(), detail: fault.detail });
            }
            tracing::debug!(reason = fault.kind.name(), detail = fault.detail, tries, ?wait, "sending again");
            self.sleep(wait).await?;
            slot = self.enter(true).await?;
        }
    }

    /// Gives the slot back and counts the fault; too many of them end it all.
    fn take_in(&self, fault: &Fault, number: u64, slot: Slot<'_>, sent: Instant) -> Result<(), Stop> {
        slot.leave(if fault.kind.congested() { Sign::Congested } else { Sign::Silent }, sent);
        let over = fault.kind.counts().then(|| lock(&self.window).bad(number, &fault.detail)).flatten();
        over.map_or(Ok(()), |stop| Err(self.end(stop)))
    }

    /// Has everybody wait as long as the server says. Where it does not say, and is choked by one request at a time, that is as
    /// long as this request waits: else others would go on asking in its place.
    fn pause(&self, fault: &Fault, wait: Duration) {
        let choked = fault.kind.congested() && self.gate.is_narrowest();
        if let Some(pause) = fault.after.or(choked.then_some(wait)) {
            self.gate.pause(Instant::now() + pause);
        }
    }

    async fn enter(&self, again: bool) -> Result<Slot<'_>, Stop> {
        let Some(slot) = self.gate.enter(again).await else { return Err(self.end(Stop::Interrupted)) };
        while let Some(left) = self.gate.paused().and_then(|until| until.checked_duration_since(Instant::now())) {
            if left.is_zero() {
                break;
            }
            Box::pin(self.sleep(left)).await?;
        }
        Ok(slot)
    }

    /// Sleeps, unless asking ends meanwhile.
    async fn sleep(&self, time: Duration) -> Result<(), Stop> {
        let mut stopped = self.stopped.subscribe();
        match tokio::time::timeout(time, stopped.wait_for(Option::is_some)).await {
            Ok(Ok(stop)) => Err(stop.clone().unwrap_or(Stop::Interrupted)),
            // The sender is in `self` and cannot have gone.
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }

    /// Sets aside what a request may use, and waits for what is in flight where that decides whether it may.
    async fn reserve(&self, estimate: Tokens) -> Result<Reservation<'_>, Stop> {
        loop {
            let settled = self.settled.notified();
            if let Some(stop) = self.stopped() {
                return Err(stop);
            }
            let answer = lock(&self.budget).ask(estimate);
            match answer {
                Answer::Go => return Ok(Reservation { client: self, estimate, used: None }),
                Answer::Wait => settled.await,
                Answer::Over(stop) => return Err(self.end(stop)),
            }
        }
    }

    /// Ends asking and returns why, which is the first reason that there was.
    fn end(&self, stop: Stop) -> Stop {
        let mut first = stop.clone();
        self.stopped.send_if_modified(|stopped| match stopped {
            Some(earlier) => {
                first = earlier.clone();
                false
            }
            None => {
                *stopped = Some(stop);
                true
            }
        });
        self.gate.close();
        self.settled.notify_waiters();
        first
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (url, model) = (shown(self.post.template.url()), self.post.wire.model());
        formatter.debug_struct("Client").field("url", &url).field("model", &model).finish_non_exhaustive()
    }
}

/// What a request in flight may use. Dropped, nothing was.
struct Reservation<'client> {
    client: &'client Client,
    estimate: Tokens,
    used: Option<Tokens>,
}

impl Reservation<'_> {
    fn settle(mut self, reply: &Reply) {
        self.used = Some(Tokens { input: reply.input_tokens, output: reply.output_tokens });
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        lock(&self.client.budget).settle(self.estimate, self.used);
        self.client.settled.notify_waiters();
    }
}

/// A wait of any length up to the ceiling, so that what failed together does not come again together. Only the clock sees it:
/// no reply depends on it, and so it need not be repeatable.
fn backoff(base: Duration, tries: u32) -> Duration {
    let ceiling = base.saturating_mul(1 << (tries - 1).min(16)).min(LONGEST_BACKOFF);
    ceiling.mul_f64(RandomState::new().hash_one(tries) as f64 / u64::MAX as f64)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
