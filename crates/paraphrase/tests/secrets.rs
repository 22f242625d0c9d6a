//! The key goes to the server and nowhere else, whatever the server does with it.

#![allow(clippy::unwrap_used)]

use std::io;
use std::sync::{Arc, Mutex};

use guardset_core::{Paraphrase, Provider};
use guardset_paraphrase::{Client, Failed, Secret};
use guardset_scripted::{Act, Completion, Request, Response, Server, say};
use tracing::Level;

mod common;

use common::{KEY, chat, client, recipe};

/// All that is logged, at every level and by every crate.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is not in a text: the key, and what is left of one that was cut at either end.
fn check_clean(text: &str) {
    for part in [KEY, &KEY[..12], &KEY[KEY.len() - 12..], "Bearer"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

/// What the server was sent, all of it, in a text.
fn echo(request: &Request) -> String {
    let half = &KEY[..KEY.len() - 3];
    format!("{} said {KEY} and {half}", request.head().replace("Bearer", "").replace(['\r', '\n'], " "))
}

#[test]
fn no_answer_brings_the_key_back() {
    let log = Log::default();
    let sink = log.clone();
    // For the whole process: one for this thread alone misses what another test has come by first.
    tracing_subscriber::fmt().with_max_level(Level::TRACE).with_ansi(false).with_writer(move || sink.clone()).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let json = |request: &Request| serde_json::json!({ "error": { "message": echo(request), "code": echo(request) } }).to_string();
    let acts: [fn(&Request) -> Act; 6] = [
        |request| say(request, &echo(request)).header("x-key", KEY).into(),
        |request| Completion::new("").refused(&echo(request)).response(request).into(),
        |request| Response::status(200).json(format!("{{ {}", echo(request))).into(),
        |request| say(request, "").header("content-type", &echo(request)).into(),
        |request| Response::status(307).header("location", &format!("http://127.0.0.2:1/{KEY}?{KEY}")).header("x-at", &request.path).into(),
        |request| Act::Raw(format!("HTTP/1.1 {}\r\n\r\n", echo(request)).into_bytes()),
    ];
    let mut seen = 0;
    for provider in [Provider::Openai, Provider::Anthropic] {
        let check = |act: Box<dyn Fn(&Request) -> Act + Send + Sync>| {
            let server = Server::start(act);
            let recipe = Paraphrase { provider, base_url: format!("{}?key={KEY}", server.url()), ..recipe(&server) };
            let client = client(&recipe);
            let outcome = runtime.block_on(client.chat(&chat()));
            check_clean(&format!("{outcome:?} {client:?} {:?} {:?}", client.stopped(), client.spent()));
            if let Err(error) = outcome {
                check_clean(&error.to_string());
            }
            server.seen()
        };
        for act in acts {
            seen += check(Box::new(act));
        }
        for status in [400, 401, 402, 403, 404, 413, 429, 500, 503] {
            seen += check(Box::new(move |request| Response::status(status).json(json(request)).header("x-key", KEY).into()));
            seen += check(Box::new(move |request| Response::status(status).body(echo(request)).into()));
        }
    }
    assert!(seen > 50, "{seen}");
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("sending again") && logged.contains("TRACE"), "something is logged");
    check_clean(&logged);
}

#[test]
fn nobody_there_brings_no_key_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let gone = recipe(&Server::start(|_| Act::Cut));
    let recipe = Paraphrase { base_url: format!("{}?key={KEY}", gone.base_url), ..gone };
    let error = runtime.block_on(client(&recipe).chat(&chat())).unwrap_err();
    assert!(matches!(error, Failed::GaveUp { .. }));
    check_clean(&format!("{error} {error:?}"));
}

#[test]
fn addresses_with_a_key_are_refused_without_it() {
    for url in [format!("https://me:{KEY}@example.org/v1"), format!("https://{KEY}@example.org"), format!("no://{KEY}"), format!("//{KEY}")]
    {
        let error = Client::new(&Paraphrase { base_url: url, ..Paraphrase::default() }, Secret::new(KEY)).unwrap_err();
        check_clean(&format!("{error} {error:?}"));
    }
}
