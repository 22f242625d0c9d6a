//! Rewording, from the command line to the rows, against a server that answers by script.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use guardset_scripted::{Act, Broken, Mode, Request, Response, Server, answer, reword, say, texts};
use serde_json::Value;

use crate::support::{Outcome, Recipe, assert_same, files, generate, guardset, outcome, rows};

/// A key as no server ever gave one out.
const KEY: &str = "sk-fake-4f1d0c2b9a8e7766554433221100ffee";

/// A folder with a recipe, a cache and room for runs.
struct Desk {
    folder: tempfile::TempDir,
    recipe: Recipe,
}

impl Desk {
    /// Requests and payloads alone, once each: enough to see, and soon done.
    fn new(more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = format!("{:?}", folder.path().join("replies.redb"));
        let own = [
            ("paraphrase.cache", cache.as_str()),
            ("paraphrase.model", "\"scripted\""),
            ("paraphrase.variants", "1"),
            ("paraphrase.attempts", "2"),
            ("paraphrase.shares.assistant", "0.0"),
            ("paraphrase.shares.description", "0.0"),
            ("paraphrase.shares.result", "0.0"),
            ("paraphrase.pace.concurrency", "8"),
            ("paraphrase.key_variable", "\"GUARDSET_TEST_KEY\""),
        ];
        Self { recipe: Recipe::with(&[&own, more].concat()), folder }
    }

    fn run(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("replies.redb")
    }

    /// `guardset generate --paraphrase` of 400 rows.
    fn command(&self, name: &str, more: &[&str]) -> Command {
        let mut command = generate(&self.run(name), 400, &["--paraphrase", "--recipe", self.recipe.path().to_str().unwrap()]);
        command.args(more).env_remove("GUARDSET_TEST_KEY");
        command
    }

    fn generate(&self, name: &str, server: &Server) -> Outcome {
        outcome(self.command(name, &["--base-url", &server.url()]))
    }

    fn replayed(&self, name: &str) -> Outcome {
        outcome(self.command(name, &["--provider", "replay"]))
    }

    /// Replies in the cache.
    fn stored(&self) -> u64 {
        let lines = self.run("export.jsonl");
        let mut command = guardset(&["cache", "export", lines.to_str().unwrap(), "--file"]);
        command.arg(self.cache());
        outcome(command).done();
        fs::read_to_string(lines).unwrap().lines().count() as u64
    }
}

fn rewording(request: &Request) -> Act {
    Mode::Reword.act(request)
}

fn manifest(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap()
}

/// What became of each text.
fn lines(run: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run.join("paraphrases.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Counts of the manifest over all fields and sides.
fn total(run: &Path, count: &str) -> u64 {
    let manifest = manifest(run);
    let fields = manifest["paraphrase"]["fields"].as_object().unwrap();
    fields.values().flat_map(|sides| sides.as_object().unwrap().values()).map(|kind| kind[count].as_u64().unwrap()).sum()
}

#[test]
fn a_reworded_run_is_made_again_from_its_cache_without_a_request() {
    let (desk, server) = (Desk::new(&[]), Server::start(rewording));
    desk.generate("live", &server).done();
    let (used, wanted, asked) = (total(&desk.run("live"), "used"), total(&desk.run("live"), "wanted"), server.seen());
    assert!(used * 2 > wanted && wanted > 3_000 && asked > 300, "{used} of {wanted} rewordings after {asked} requests");

    let reworded = rows(&desk.run("live"), &["body", "paraphrase_model", "reworded", "label"]);
    let (with, without): (Vec<_>, Vec<_>) = reworded.iter().partition(|row| row["paraphrase_model"] == "scripted");
    assert!(with.len() * 2 > without.len() && !without.is_empty(), "{} rows reworded, {} not", with.len(), without.len());
    assert_eq!(manifest(&desk.run("live"))["paraphrase"]["rows"], with.len());
    assert!(with.iter().all(|row| !row["reworded"].as_array().unwrap().is_empty()));
    assert!(without.iter().all(|row| row["paraphrase_model"].is_null() && row["reworded"] == Value::Array(vec![])));

    desk.generate("again", &server).done();
    desk.replayed("replayed").done();
    assert_eq!(server.seen(), asked, "what is in the cache was asked for again");
    assert_same(&desk.run("live"), &desk.run("again"));
    assert_same(&desk.run("live"), &desk.run("replayed"));
}

#[test]
fn what_is_asked_for_again_is_only_what_is_new() {
    let (desk, server) = (Desk::new(&[]), Server::start(rewording));
    desk.generate("one", &server).done();
    let (asked, wanted) = (server.seen(), total(&desk.run("one"), "wanted"));
    // Another share asks for nothing, another variant for that variant alone, another model for everything.
    let more = |changes: &[(&str, &str)], name: &str| {
        let cache = format!("{:?}", desk.cache());
        let other = Desk::new(&[&[("paraphrase.cache", cache.as_str())], changes].concat());
        let before = server.seen();
        other.generate(name, &server).done();
        (server.seen() - before, total(&other.run(name), "wanted"))
    };
    assert_eq!(more(&[("paraphrase.shares.payload", "0.9")], "share"), (0, wanted));
    let (requests, both) = more(&[("paraphrase.variants", "2")], "variants");
    assert_eq!(both, 2 * wanted);
    assert!(requests > 0 && requests < asked * 3 / 2, "{requests} requests for a second variant, {asked} for the first");
    let (requests, _) = more(&[("paraphrase.model", "\"other\"")], "model");
    assert!(requests * 5 > asked * 4, "another model is asked for everything: {requests} requests, {asked} before");
}

/// A paraphraser that tries to break labels: nothing of what it broke may be in use.
#[test]
fn whoever_breaks_texts_gets_nothing_in() {
    let mut told = BTreeMap::new();
    for (name, broken) in Broken::ALL {
        let (desk, server) = (Desk::new(&[("paraphrase.attempts", "1")]), Server::start(move |request| Mode::Break(broken).act(request)));
        desk.generate("run", &server).done();
        let used: Vec<Value> = lines(&desk.run("run")).into_iter().filter(|line| line["end"] == "used").collect();
        for line in &used {
            let (shown, text) = (line["shown"].as_str().unwrap(), line["text"].as_str().unwrap());
            let markers = shown.matches("[[").count();
            // A text without two markers has none to drop, double or swap; it came back reworded and whole.
            let harmless = match broken {
                Broken::DropMarker | Broken::DoubleMarker => markers == 0,
                Broken::SwapMarkers => markers < 2,
                // The number of a marker decides, so its name may come back in any language: the value is the original's.
                Broken::TranslateIdentifier => slots(text).iter().all(|slot| slot.is_ascii()),
                _ => false,
            };
            assert!(harmless, "{name}: {shown}\n  {text}");
        }
        told.insert(name, (used.len(), total(&desk.run("run"), "given_up")));
    }
    println!("{told:#?}");
    assert!(told.values().all(|(_, given_up)| *given_up > 300), "each breaks something: {told:?}");
}

fn slots(text: &str) -> BTreeSet<&str> {
    text.split("{{ ").skip(1).filter_map(|rest| rest.split_once(" }}").map(|(name, _)| name)).collect()
}

/// Attacks and look-alikes come back unequally often; in use they are equally often all the same.
#[test]
fn a_model_that_refuses_attacks_does_not_make_style_tell_the_label() {
    let attacks: BTreeSet<String> = {
        let (desk, server) = (Desk::new(&[]), Server::start(rewording));
        desk.generate("run", &server).done();
        let lines = lines(&desk.run("run"));
        let attack = |line: &&Value| line["field"] == "payload" && line["side"] == "attack";
        lines.iter().filter(attack).map(|line| line["shown"].as_str().unwrap().to_owned()).collect()
    };
    let script = move |request: &Request| {
        let seed = request.json()["seed"].as_u64().unwrap();
        let refuse = |(id, text): (String, String)| {
            let said = if attacks.contains(&text) && text.len() % 3 > 0 {
                "I'm sorry, but I can't help with that.".into()
            } else {
                reword(&text, seed)
            };
            (id, said)
        };
        say(request, &answer(texts(request).into_iter().map(refuse).collect())).into()
    };
    let (desk, server) = (Desk::new(&[]), Server::start(script));
    desk.generate("run", &server).done();
    let payload = &manifest(&desk.run("run"))["paraphrase"]["fields"]["payload"];
    let share = |side: &str| payload[side]["used"].as_f64().unwrap() / payload[side]["texts"].as_f64().unwrap();
    assert!(payload["benign"]["evened_out"].as_u64().unwrap() > 50, "{payload:#}");
    assert!((share("attack") - share("benign")).abs() < 0.06, "{} of the attacks, {} of the look-alikes", share("attack"), share("benign"));
}

#[test]
fn killed_at_any_moment_it_goes_on_without_paying_twice() {
    let slowly = |request: &Request| rewording(request).after(Duration::from_millis(4));
    let (whole, desk) = (Desk::new(&[]), Desk::new(&[]));
    let (undisturbed, server) = (Server::start(slowly), Server::start(slowly));
    whole.generate("run", &undisturbed).done();
    let (mut stored, mut seen) = (0, 0);
    let mut killed = 0;
    for round in 0..20u64 {
        let mut child = desk.command("run", &["--base-url", &server.url()]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Moments all over the run, in no order.
        let moment = server.seen() + (round * 7_919) % 61;
        while server.seen() < moment && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(300));
        }
        child.kill().unwrap();
        killed += u64::from(child.wait().unwrap().code().is_none());
        if !desk.cache().exists() {
            continue;
        }
        let (now_stored, now_seen) = (desk.stored(), server.seen());
        assert!(now_stored >= stored, "{stored} replies were stored before round {round}, {now_stored} after");
        // What was asked and is not stored was under way: no more than may be in flight.
        assert!(now_seen - seen <= now_stored - stored + 8, "round {round}: {} asked, {} stored", now_seen - seen, now_stored - stored);
        (stored, seen) = (now_stored, now_seen);
    }
    assert!(killed >= 15 && stored > 0, "{killed} runs were killed, {stored} replies stored");
    desk.generate("run", &server).done();
    assert_eq!(server.seen() - seen, desk.stored() - stored, "a reply that was stored was asked for again");
    assert_eq!(desk.stored(), whole.stored());
    assert_same(&whole.run("run"), &desk.run("run"));
}

#[test]
fn interrupted_it_keeps_what_is_on_its_way() {
    let (desk, server) = (Desk::new(&[]), Server::start(|request| rewording(request).after(Duration::from_millis(20))));
    let child = desk.command("run", &["--base-url", &server.url()]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.seen() < 20 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the same command goes on from here"), "{said}");
    assert_eq!(desk.stored(), server.seen(), "a reply that was on its way is lost");
    assert!(!desk.run("run").exists(), "nothing is made of a part without being asked to");
}

#[test]
fn a_limit_stops_with_what_is_there_and_a_higher_one_goes_on() {
    let server = Server::start(rewording);
    let desk = Desk::new(&[("paraphrase.limits.requests", "40")]);
    let said = desk.generate("run", &server);
    assert!(said.stderr.contains("40 requests were sent, which is the limit"), "{}", said.stderr);
    said.done();
    assert_eq!(server.seen(), 40);
    let (used, unanswered) = (total(&desk.run("run"), "used"), total(&desk.run("run"), "unanswered"));
    assert!(used > 0 && unanswered > 1_000, "{used} used, {unanswered} unanswered");
    assert_eq!(rows(&desk.run("run"), &["id"]).len(), 400);

    // The same recipe but for the limit is the same run, further on.
    let cache = format!("{:?}", desk.cache());
    let more = Desk::new(&[("paraphrase.cache", cache.as_str()), ("paraphrase.limits.requests", "80")]);
    let run = desk.run("run");
    outcome(more.command(run.to_str().unwrap(), &["--base-url", &server.url()])).done();
    assert_eq!(server.seen(), 40 + 80, "a limit holds for one run");
    assert!(total(&run, "used") > used);

    // Without its replies it would lose what it has.
    let poorer = Desk::new(&[]);
    let command = poorer.command(run.to_str().unwrap(), &["--provider", "replay"]);
    outcome(command).fails(2, &["holds the same run with", "--force"]);
}

#[test]
fn money_and_tokens_are_hard_limits() {
    for (key, value) in [("paraphrase.limits.tokens", "30000"), ("paraphrase.limits.money", "0.05")] {
        let desk = Desk::new(&[(key, value), ("paraphrase.price.input", "1.0"), ("paraphrase.price.output", "4.0")]);
        let server = Server::start(rewording);
        desk.generate("run", &server).done();
        let [sent, received] = [0, 1].map(|at| manifest(&desk.run("run"))["paraphrase"]["tokens"][at].as_f64().unwrap());
        let (tokens, money) = (sent + received, (sent + 4.0 * received) / 1e6);
        assert!(tokens > 0.0 && (key.ends_with("money") || tokens <= 30_000.0) && (key.ends_with("tokens") || money <= 0.05));
        assert!(total(&desk.run("run"), "unanswered") > 1_000, "{key}");
    }
}

#[test]
fn a_dry_run_tells_the_price_and_sends_nothing() {
    let (desk, server) = (Desk::new(&[("paraphrase.price.input", "0.5"), ("paraphrase.price.output", "2.0")]), Server::start(rewording));
    let said = outcome(desk.command("run", &["--base-url", &server.url(), "--dry-run"])).done();
    let number = |words: &str| -> f64 {
        let line = said.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words} in {said}"));
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let (texts, requests, money) = (number("rewordings are not"), number("requests, if"), number("money, at"));
    assert_eq!(server.seen(), 0);
    assert!(!desk.run("run").exists());
    let expected = (number("tokens sent") * 0.5 + number("tokens received") * 2.0) / 1e6;
    assert!((money - expected).abs() < 1e-3 && money > 0.0, "{said}");

    desk.generate("run", &server).done();
    assert_eq!(total(&desk.run("run"), "wanted") as f64, texts);
    let first = server.seen() as f64;
    assert!(requests <= first && first < requests * 2.0, "{requests} were told, {first} were sent with what was asked again");
    let said = outcome(desk.command("other", &["--base-url", &server.url(), "--dry-run"])).done();
    assert!(said.contains("           0 rewordings are not in the cache"), "{said}");
}

#[test]
fn what_cannot_work_ends_it_at_once_and_says_what_to_do() {
    for (status, words) in [(401, "does not let this key in"), (404, "`model` and `base_url`"), (402, "quota or billing")] {
        let (desk, server) =
            (Desk::new(&[]), Server::start(move |_| Response::status(status).json(r#"{"error":{"message":"no"}}"#).into()));
        desk.generate("run", &server).fails(2, &[words]);
        assert!(server.seen() <= 8, "{} requests after a {status}", server.seen());
        assert!(!desk.run("run").exists());
    }
    // What the server takes from nobody is not kept as its answer to these texts.
    let (desk, server) =
        (Desk::new(&[]), Server::start(|_| Response::status(400).json(r#"{"error":{"message":"no response_format"}}"#).into()));
    desk.generate("run", &server).fails(2, &["declines every request", "no response_format"]);
    assert_eq!(desk.stored(), 0);

    let desk = Desk::new(&[]);
    let nobody = format!("http://127.0.0.1:{}/v1", Server::start(rewording).address().port());
    let patient = Desk::new(&[("paraphrase.pace.tries", "1"), ("paraphrase.limits.window", "10")]);
    outcome(patient.command("run", &["--base-url", &nobody])).fails(2, &["of the last", "tries failed"]);
    outcome(desk.command("run", &["--base-url", "http://name:word@host.example/v1"])).fails(2, &["base_url"]);
    let unnamed = Desk::new(&[("paraphrase.model", "\"\"")]);
    outcome(unnamed.command("run", &["--base-url", &nobody])).fails(2, &["paraphrase.model", "--model"]);
}

#[test]
fn a_folder_that_will_not_do_is_refused_before_anything_is_paid_for() {
    let (desk, server) = (Desk::new(&[]), Server::start(rewording));
    outcome(generate(&desk.run("plain"), 400, &[])).done();
    desk.generate("plain", &server).fails(2, &["holds another run"]);
    fs::create_dir(desk.run("own")).unwrap();
    fs::write(desk.run("own").join("README.md"), "mine").unwrap();
    desk.generate("own", &server).fails(2, &["files that are not of a run"]);
    assert_eq!(server.seen(), 0);
}

/// A server that gives the key back wherever it can: in a text, as its model's name, in an error.
#[test]
fn the_key_stands_nowhere() {
    let server = Server::recording(|request: &Request| match request.number {
        0 => Response::status(503).json(format!(r#"{{"error":{{"message":"busy with {KEY}"}}}}"#)).into(),
        1 => Response::status(400).json(format!(r#"{{"error":{{"message":"no {KEY} here"}}}}"#)).into(),
        _ => {
            let mut told = texts(request);
            told[0].1 += &format!(" {KEY}");
            let body = serde_json::json!({
                "model": KEY,
                "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": answer(told)}}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1},
            });
            Response::status(200).json(body.to_string()).into()
        }
    });
    let desk = Desk::new(&[]);
    let mut command = desk.command("run", &["--base-url", &server.url(), "-vv"]);
    command.env("GUARDSET_TEST_KEY", KEY);
    let said = outcome(command);
    let sent = server.requests();
    assert!(sent.iter().all(|request| request.header("authorization") == Some(&format!("Bearer {KEY}"))), "the server did get the key");
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    // Any part of it that would do harm.
    let part = &KEY[..20];
    assert!(!said.stdout.contains(part) && !said.stderr.contains(part), "the key was printed");
    desk.stored();
    let mut looked = 0;
    for (name, bytes) in files(desk.folder.path()) {
        assert!(!bytes.windows(part.len()).any(|window| window == part.as_bytes()), "the key stands in {name}");
        looked += 1;
    }
    assert!(looked >= 10, "{looked} files");
    assert!(lines(&desk.run("run")).iter().any(|line| line["rejected"].to_string().contains("[key]")), "it was scrubbed, not lost");
}

#[test]
fn a_cache_can_be_carried_to_another_machine() {
    let (desk, server) = (Desk::new(&[]), Server::start(rewording));
    desk.generate("run", &server).done();
    desk.stored();
    let cache = |action: &[&str], file: &Path| {
        let mut command = guardset(&["cache"]);
        command.args(action).arg("--file").arg(file);
        outcome(command)
    };
    let said = cache(&["stats"], &desk.cache()).done();
    assert!(said.contains("replies by model:") && said.contains("scripted"), "{said}");
    assert!(cache(&["verify"], &desk.cache()).done().contains("all sound"));

    let other = Desk::new(&[]);
    let export = desk.run("export.jsonl");
    assert!(cache(&["import", export.to_str().unwrap()], &other.cache()).done().contains("replies added, 0 were known"));
    other.replayed("run").done();
    assert_same(&desk.run("run"), &other.run("run"));

    let bad = desk.run("bad.jsonl");
    fs::write(&bad, "{}\nnothing\n").unwrap();
    cache(&["import", bad.to_str().unwrap()], &other.cache()).fails(2, &["line 1", "line 2", "nothing was imported"]);
    let mut bytes = fs::read(other.cache()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 512].fill(0x5a);
    fs::write(other.cache(), bytes).unwrap();
    cache(&["verify"], &other.cache()).fails(1, &["problems"]);
    cache(&["stats"], &desk.run("nowhere.redb")).fails(2, &["there is no cache"]);
}
