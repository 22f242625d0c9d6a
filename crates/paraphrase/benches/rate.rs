//! How close the client comes to what the server allows: 256 requests in flight at 20 ms each, with 100,000 chats waiting.
//!
//! ```text
//! cargo bench -p guardset-paraphrase --bench rate [-- CHATS [IN_FLIGHT [LATENCY_MS]]]
//! ```
//!
//! Server and client share the machine, so that the rate is a lower bound of what the client alone can do.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use guardset_core::{Pace, Paraphrase};
use guardset_paraphrase::{Chat, Client};
use guardset_scripted::{Act, Completion, Request, Server};
use tokio::task::JoinSet;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (chats, in_flight) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(256));
    let latency = Duration::from_millis(numbers.next().unwrap_or(20));
    let server = Server::start(script(latency));
    let recipe = Paraphrase {
        base_url: server.url(),
        model: "scripted-1".into(),
        pace: Pace { concurrency: in_flight as usize, ..Pace::default() },
        ..Paraphrase::default()
    };
    let client = Arc::new(Client::new(&recipe, None).expect("a recipe that can be asked"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let before = peak();
    let start = Instant::now();
    let good = runtime.block_on(all(&client, chats));
    let seconds = start.elapsed().as_secs_f64();
    let (rate, most) = (chats as f64 / seconds, in_flight as f64 / latency.as_secs_f64());
    println!("{chats} chats, {good} with a reply, {} requests, {seconds:.2} s", server.seen());
    println!("{rate:.0} a second, {:.1} % of {most:.0}", 100.0 * rate / most);
    println!("peak memory {} MiB, {} MiB before the chats", peak() >> 10, before >> 10);
}

/// 0.6 KB for a reply.
fn script(latency: Duration) -> impl Fn(&Request) -> Act + Send + Sync {
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(7);
    let (completion, response) = (Completion::new(&text), OnceLock::new());
    move |request| Act::ExactDelay(latency, Box::new(response.get_or_init(|| completion.response(request)).clone().into()))
}

async fn all(client: &Arc<Client>, chats: u64) -> u64 {
    let mut tasks = JoinSet::new();
    for seed in 0..chats {
        let client = client.clone();
        tasks.spawn(async move { client.chat(&chat(seed)).await.is_ok() });
    }
    let mut good = 0;
    while let Some(reply) = tasks.join_next().await {
        good += u64::from(matches!(reply, Ok(true)));
    }
    good
}

/// 1.5 KB for a request.
fn chat(seed: u64) -> Chat {
    let user = format!("{seed} {}", "Reword what follows and keep every marker as it is. ".repeat(16));
    let system = "You reword texts and answer in JSON. ".repeat(18);
    Chat { system, user, ids: vec!["0".into()], seed, max_tokens: 400 }
}

/// Most memory that this process has had, in KiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
