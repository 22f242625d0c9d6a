//! A whole run, cache and judge included: 100,000 texts that are all different, one in a request, 256 requests in flight at 20 ms each.
//!
//! ```text
//! cargo bench -p guardset-paraphrase --bench run [-- TEXTS [IN_FLIGHT [LATENCY_MS]]]
//! ```
//!
//! The server is a process of its own on the same machine: the rate is that of both, the memory that of the client.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use guardset_core::{Field, Languages, Names, Pace, Paraphrase, Prompts, Style, Template};
use guardset_paraphrase::{Cache, Client, End, Guards, Job, Materials, Outcome, Tally, Terms, reword};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Cargo adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (count, in_flight) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(256));
    let latency = Duration::from_millis(numbers.next().unwrap_or(20));
    // A server in a process of its own, so that memory is that of the client alone.
    let mut server = Command::new(env!("CARGO"))
        .args(["run", "--release", "--quiet", "--package", "guardset-scripted", "--example", "scripted"])
        .args(["--", "--latency-ms", &latency.as_millis().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut url).expect("its address");
    let recipe = Paraphrase {
        base_url: url.trim().to_owned(),
        model: "scripted-1".into(),
        texts_per_request: 1,
        variants: 1,
        attempts: 1,
        styles: [("plain".to_owned(), 1.0)].into(),
        pace: Pace { concurrency: in_flight as usize, ..Pace::default() },
        ..Paraphrase::default()
    };
    let client = Arc::new(Client::new(&recipe, None).expect("a recipe that can be asked"));
    let names = Arc::new(Names(vec!["vendor.name".into(), "due.iso".into()]));
    let job = |number: u64| Job { owner: number as usize, field: Field::Request, text: Arc::new(text(number)), names: names.clone() };
    let jobs: Vec<Job> = (0..count).map(job).collect();
    let materials = Arc::new(materials(recipe));
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Arc::new(Cache::open(&folder.path().join("replies.redb")).expect("a cache"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let before = peak();
    let start = Instant::now();
    let done = runtime.block_on(reword(jobs, materials, Some(client.clone()), cache, Arc::new(Tally::default()))).expect("a cache");
    let seconds = start.elapsed().as_secs_f64();
    let good =
        done.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Asked(variants) if matches!(variants[0].end, End::Reworded(_))));
    let (rate, most) = (count as f64 / seconds, in_flight as f64 / latency.as_secs_f64());
    println!("{count} texts, {} reworded, {} requests, {seconds:.2} s", good.count(), client.spent().requests);
    server.kill().and_then(|()| server.wait()).expect("a server to end");
    println!("{rate:.0} a second, {:.1} % of {most:.0}", 100.0 * rate / most);
    println!("peak memory {} MiB, {} MiB with the texts alone", peak() >> 10, before >> 10);
}

/// About 120 characters and two slots, with words of its own.
fn text(number: u64) -> Template {
    let word = |seed: u64| -> String {
        let mut state = (number * 31 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..7)
            .map(|_| {
                state = state.rotate_left(13).wrapping_mul(0xff51_afd7_ed55_8ccd);
                char::from(b'a' + (state >> 33) as u8 % 26)
            })
            .collect()
    };
    let [vendor, due] = [0, 1].map(Template::marker);
    let (one, two, three) = (word(1), word(2), word(3));
    Template::parse(&format!(
        "could you take a look at the {one} letter from {vendor} about the {two} and answer it in the {three} form by {due} please"
    ))
}

fn materials(recipe: Paraphrase) -> Materials {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/prompts");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).expect("a file of the repository");
    let languages: Languages = toml::from_str(&read("languages.toml")).expect("languages");
    Materials {
        recipe,
        styles: vec![Style { id: "plain".into(), fields: vec![Field::Request], language: None, says: "Plain.".into() }],
        prompts: Prompts { system: Template::literal(&read("system.tera")), request: Template::parse(&Template::marker(1).to_string()) },
        guards: Guards::new(&languages),
        terms: Terms::new([]),
    }
}

/// Most memory that this process has had, in KiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
