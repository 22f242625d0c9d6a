use std::future::poll_fn;
use std::sync::{Arc, Once};
use std::task::Poll;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::error::{Fault, ImportError};
use super::limits::Limits;
use super::list::{error, list};
use super::source::Named;
use crate::listing::Listing;

/// Lists several servers at a time. `each` is told of every one as it is done, with its place among `servers`; one that
/// fails stops no other. On SIGINT, SIGTERM or SIGHUP all that is still running is ended, and what is not done is told
/// as interrupted: the caller should end the program then. A signal that comes later ends the program at once, with
/// status 130: whoever once listened for signals cannot give them back.
pub fn list_all(servers: &[Named], limits: &Limits, each: &mut dyn FnMut(usize, Result<Listing, ImportError>)) {
    let runtime = match Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            let fault = Fault::Start("the runtime".to_owned(), why.to_string());
            servers.iter().enumerate().for_each(|(place, server)| each(place, Err(error(server, &fault, ""))));
            return;
        }
    };
    runtime.block_on(all(servers, limits, each));
    exit_on_signals();
}

/// Ends the program on the next signal.
fn exit_on_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::thread::spawn(|| {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async { any(&mut signals()).await });
            std::process::exit(130);
        });
    });
}

async fn all(servers: &[Named], limits: &Limits, each: &mut dyn FnMut(usize, Result<Listing, ImportError>)) {
    // Listened for before anything is started, so that nothing can be left over.
    let mut signals = signals();
    let permits = Arc::new(Semaphore::new(limits.servers.max(1)));
    let mut tasks = JoinSet::new();
    let mut open = vec![true; servers.len()];
    for (place, server) in servers.iter().cloned().enumerate() {
        let (permits, limits) = (Arc::clone(&permits), limits.clone());
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            (place, list(&server, &limits).await)
        });
    }
    loop {
        let done = tokio::select! {
            done = tasks.join_next() => done,
            () = any(&mut signals) => None,
        };
        match done {
            Some(Ok((place, listed))) => {
                open[place] = false;
                each(place, listed);
            }
            // A task that panicked is told below.
            Some(Err(_)) => {}
            None => break,
        }
    }
    // With a task goes its process group.
    tasks.shutdown().await;
    for (place, server) in servers.iter().enumerate().filter(|(place, _)| open[*place]) {
        each(place, Err(error(server, &Fault::Interrupted, "")));
    }
}

fn signals() -> Vec<Signal> {
    [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].into_iter().filter_map(|kind| signal(kind).ok()).collect()
}

/// Waits for the first of some signals, for ever if there are none.
async fn any(signals: &mut [Signal]) {
    poll_fn(|context| if signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}
