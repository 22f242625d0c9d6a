//! What the client makes of everything that a server can do, and how often it asks.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use guardset_core::{JsonMode, Limits, Pace, Paraphrase, Price, Provider};
use guardset_paraphrase::{Chat, Client, ClientError, Ending, Failed, Reply, Stop};
use guardset_scripted::{Act, Completion, Request, Response, Server, say};
use serde_json::{Value, json};

mod common;

use common::{chat, client, recipe};

const BOTH: [Provider; 2] = [Provider::Openai, Provider::Anthropic];

/// One chat against a server that does this with every request: what comes of it, and how many requests came.
async fn ask(provider: Provider, act: impl Fn(&Request) -> Act + Send + Sync + 'static) -> (Result<Reply, Failed>, u64) {
    let server = Server::start(act);
    let quick = Pace { idle_s: 0.05, ..recipe(&server).pace };
    let outcome = client(&Paraphrase { provider, pace: quick, ..recipe(&server) }).chat(&chat()).await;
    (outcome, server.seen())
}

/// A fault that comes up once is mended by asking again; one that stays is given up after the last try, under its name.
async fn check_retried(reason: &str, fault: impl Fn(&Request) -> Act + Clone + Send + Sync + 'static) {
    for provider in BOTH {
        let once = fault.clone();
        let act = move |request: &Request| if request.number == 0 { once(request) } else { say(request, "fine").into() };
        let (outcome, seen) = ask(provider, act).await;
        assert_eq!(outcome.unwrap_or_else(|error| panic!("{reason}: {error}")).text, "fine");
        assert_eq!(seen, 2, "{reason}");
        let (outcome, seen) = ask(provider, fault.clone()).await;
        let Err(Failed::GaveUp { reason: found, .. }) = outcome else { panic!("{reason}: {outcome:?}") };
        assert_eq!((found, seen), (reason, 3));
    }
}

#[tokio::test]
async fn replies_are_read_in_both_forms() {
    for provider in BOTH {
        let check = async |completion: Completion, ending: Ending, text: &str, tokens: (u64, u64)| {
            let (outcome, seen) = ask(provider, move |request| completion.response(request).into()).await;
            let expected = Reply { ending, text: text.into(), model: "scripted-1".into(), input_tokens: tokens.0, output_tokens: tokens.1 };
            assert_eq!((outcome, seen), (Ok(expected), 1));
        };
        check(Completion::new("hello"), Ending::Whole, "hello", (100, 50)).await;
        check(Completion::new(""), Ending::Whole, "", (100, 50)).await;
        check(Completion::new("hel").cut_off(), Ending::CutOff, "hel", (100, 50)).await;
        check(Completion::new("x").filtered(), Ending::Refused, "x", (100, 50)).await;
        check(Completion::new("").silent().filtered(), Ending::Refused, "", (100, 50)).await;
        check(Completion::new("").refused("no"), Ending::Refused, "no", (100, 50)).await;
        check(Completion::new("hello").usage(None), Ending::Whole, "hello", (2 + 3, 2)).await;
    }
}

#[tokio::test]
async fn requests_have_the_form_of_the_provider() {
    let sent = async |provider: Provider, json: JsonMode| {
        let server = Server::recording(|request| say(request, "").into());
        let mut recipe = Paraphrase { provider, ..recipe(&server) };
        recipe.sampling.json = json;
        client(&recipe).chat(&chat()).await.unwrap();
        server.requests().remove(0)
    };
    let openai = sent(Provider::Openai, JsonMode::Off).await;
    let expected = json!({
        "model": "scripted-1", "temperature": 0.9, "top_p": 0.95, "max_tokens": 90, "seed": 0x7fff_ffff, "stream": false,
        "messages": [{ "role": "system", "content": "reword" }, { "role": "user", "content": "[{\"id\":\"a\"}]" }]
    });
    assert_eq!((openai.method.as_str(), openai.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(openai.json(), expected);
    assert_eq!(openai.header("authorization"), Some(&*format!("Bearer {}", common::KEY)));
    assert_eq!(openai.header("content-type"), Some("application/json"));
    let format = async |mode| sent(Provider::Openai, mode).await.json()["response_format"].clone();
    let text = json!({ "type": "string" });
    let schema = json!({
        "type": "object", "properties": { "a": text, "b": text }, "required": ["a", "b"], "additionalProperties": false
    });
    let named = json!({ "name": "texts", "strict": true, "schema": schema });
    assert_eq!(format(JsonMode::Object).await, json!({ "type": "json_object" }));
    assert_eq!(format(JsonMode::Schema).await, json!({ "type": "json_schema", "json_schema": named }));
    let anthropic = sent(Provider::Anthropic, JsonMode::Object).await;
    let expected = json!({
        "model": "scripted-1", "system": "reword", "max_tokens": 90, "temperature": 0.9,
        "messages": [{ "role": "user", "content": "[{\"id\":\"a\"}]" }]
    });
    assert_eq!(anthropic.path, "/v1/messages");
    assert_eq!(anthropic.json(), expected);
    assert_eq!((anthropic.header("x-api-key"), anthropic.header("authorization")), (Some(common::KEY), None));
    assert_eq!(anthropic.header("anthropic-version"), Some("2023-06-01"));
}

#[tokio::test]
async fn what_is_turned_down_is_a_reply() {
    for (provider, status) in BOTH.into_iter().flat_map(|provider| [400, 405, 413, 422].map(|status| (provider, status))) {
        let body = json!({ "error": { "message": "too long", "type": "invalid_request_error" } }).to_string();
        let (outcome, seen) = ask(provider, move |_| Response::status(status).json(body.clone()).into()).await;
        let reply = outcome.unwrap();
        assert_eq!((reply.ending, reply.text.as_str(), seen), (Ending::Declined(status), "too long", 1));
        assert_eq!((reply.input_tokens, reply.output_tokens), (0, 0));
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    let statuses = [
        (408, "try_again"),
        (409, "try_again"),
        (425, "try_again"),
        (429, "too_many_requests"),
        (500, "server_error"),
        (502, "server_error"),
        (503, "overloaded"),
        (504, "server_error"),
        (529, "overloaded"),
        (599, "server_error"),
    ];
    for (status, reason) in statuses {
        check_retried(reason, move |_| Response::status(status).body("<html>busy</html>").into()).await;
    }
}

#[tokio::test]
async fn broken_transport_is_asked_again() {
    check_retried("timeout", |_| Act::Silence).await;
    check_retried("timeout", |request| Act::StallAfter(10, say(request, "fine"))).await;
    check_retried("connection_cut", |_| Act::Cut).await;
    check_retried("connection_cut", |request| Act::CutAfter(10, say(request, "fine"))).await;
    check_retried("connection_cut", |_| Act::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).await;
}

#[tokio::test]
async fn broken_bodies_are_asked_for_again() {
    let json = |body: &'static str| move |_: &Request| Act::from(Response::status(200).json(body));
    check_retried("reply_not_json", json("<html>hello</html>")).await;
    check_retried("reply_not_json", |_| Response::status(200).json(b"\xff\xfe".to_vec()).into()).await;
    check_retried("reply_cut_off", json("")).await;
    check_retried("reply_cut_off", |request| say(request, "fine").cut_to(60).into()).await;
    check_retried("reply_without_content", json("{}")).await;
    check_retried("reply_without_content", json("[]")).await;
    check_retried("reply_without_content", json(r#"{"choices":[],"content":[]}"#)).await;
    check_retried("reply_without_content", |request| Completion::new("").silent().response(request).into()).await;
    check_retried("wrong_content_type", |request| say(request, "fine").header("content-type", "text/html").into()).await;
    check_retried("reply_too_large", |request| say(request, &"x".repeat(5 << 20)).into()).await;
}

#[tokio::test]
async fn content_types_of_json_are_taken() {
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/problem+json", ""] {
        let act = move |request: &Request| say(request, "fine").header("content-type", kind).into();
        assert_eq!(ask(Provider::Openai, act).await.0.unwrap().text, "fine", "{kind}");
    }
}

#[tokio::test]
async fn nobody_at_home_is_a_fault() {
    let recipe = recipe(&Server::start(|_| Act::Cut));
    let outcome = client(&recipe).chat(&chat()).await;
    assert!(matches!(outcome, Err(Failed::GaveUp { reason: "connect_failed", .. })), "{outcome:?}");
}

#[tokio::test]
async fn some_answers_end_it_at_once() {
    let check = async |status: u16, body: Value, stop: fn(&Stop) -> bool| {
        for provider in BOTH {
            let text = body.to_string();
            let server = Server::start(move |_| Response::status(status).json(text.clone()).into());
            let client = client(&Paraphrase { provider, ..recipe(&server) });
            let first = client.chat(&chat()).await.unwrap_err();
            assert!(matches!(&first, Failed::Stopped(found) if stop(found)), "{status}: {first:?}");
            assert_eq!(client.chat(&chat()).await.unwrap_err(), first);
            assert_eq!(client.stopped().map(Failed::Stopped), Some(first));
            assert_eq!(server.seen(), 1);
        }
    };
    let error = |code: &str, message: &str| json!({ "error": { "code": code, "message": message } });
    let quota = |stop: &Stop| matches!(stop, Stop::Quota { .. });
    check(401, error("invalid_api_key", "no"), |stop| matches!(stop, Stop::Unauthorized { status: 401, .. })).await;
    check(403, json!({}), |stop| matches!(stop, Stop::Unauthorized { status: 403, .. })).await;
    let lost = |stop: &Stop| stop.to_string().contains("scripted-1") && stop.to_string().contains("/v1/");
    check(404, json!({ "detail": "Not Found" }), lost).await;
    check(400, error("model_not_found", "no such model"), |stop| matches!(stop, Stop::NotFound { .. })).await;
    check(402, json!({}), quota).await;
    check(429, error("insufficient_quota", "you are out of it"), quota).await;
    check(429, error("billing_not_active", "you are out of it"), quota).await;
    check(400, error("invalid_request_error", "Your credit balance is too low to access the API"), quota).await;
}

#[tokio::test]
async fn a_key_that_was_not_sent_is_asked_for() {
    let server = Server::recording(|_| Response::status(401).into());
    let outcome = Client::new(&recipe(&server), None).unwrap().chat(&chat()).await;
    assert!(outcome.unwrap_err().to_string().contains("set $GUARDSET_TEST_KEY"));
    assert_eq!(server.requests()[0].header("authorization"), None);
}

#[tokio::test]
async fn another_server_is_never_followed() {
    for (provider, status) in BOTH.into_iter().flat_map(|provider| [301, 302, 303, 307, 308].map(|status| (provider, status))) {
        let other = Server::start(|request| say(request, "gotcha").into());
        let to = format!("http://me:hunter2@{}/v1/chat/completions?key=hunter2", other.address());
        let server = Server::start(move |_| Response::status(status).header("location", &to).into());
        let outcome = client(&Paraphrase { provider, ..recipe(&server) }).chat(&chat()).await;
        let Err(Failed::Stopped(stop @ Stop::Redirected { .. })) = outcome else { panic!("{outcome:?}") };
        assert!(stop.to_string().contains(&other.address().to_string()) && !format!("{stop} {stop:?}").contains("hunter2"), "{stop}");
        assert_eq!((server.seen(), other.seen()), (1, 0));
    }
}

#[tokio::test]
async fn the_same_server_is_followed_with_the_same_request() {
    for status in [307, 308] {
        let server = Server::recording(move |request| match request.path.as_str() {
            "/moved/there" => say(request, "fine").into(),
            _ => Response::status(status).header("location", "/moved/there").into(),
        });
        let client = client(&recipe(&server));
        assert_eq!(client.chat(&chat()).await.unwrap().text, "fine");
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!(client.spent().requests, 2);
        assert_eq!((&requests[0].body, requests[0].header("authorization")), (&requests[1].body, requests[1].header("authorization")));
    }
    let circle = Server::start(|_| Response::status(307).header("location", "/v1/chat/completions").into());
    assert!(matches!(client(&recipe(&circle)).chat(&chat()).await, Err(Failed::Stopped(Stop::Redirected { .. }))));
    assert_eq!(circle.seen(), 4);
    // Where a post would become a get, nothing is sent at all.
    let get = Server::start(|_| Response::status(302).header("location", "/elsewhere").into());
    assert!(matches!(client(&recipe(&get)).chat(&chat()).await, Err(Failed::Stopped(Stop::Redirected { .. }))));
    assert_eq!(get.seen(), 1);
}

#[tokio::test]
async fn retry_after_holds_everybody_back() {
    let server = Server::start(|request| match request.number {
        0 => Response::status(429).header("retry-after", "600").into(),
        _ => say(request, "fine").into(),
    });
    let client = Arc::new(client(&Paraphrase { pace: Pace { concurrency: 1, ..recipe(&server).pace }, ..recipe(&server) }));
    let told = tokio::spawn({
        let client = client.clone();
        async move { client.chat(&chat()).await }
    });
    until(|| server.seen() >= 1).await;
    // There is a slot again once the first has its answer, and ten minutes to go.
    let chat = chat();
    let other = tokio::time::timeout(Duration::from_millis(50), client.chat(&chat));
    assert!(other.await.is_err(), "it waits");
    assert_eq!(server.seen(), 1);
    client.stop(Stop::Interrupted);
    assert_eq!(told.await.unwrap(), Err(Failed::Stopped(Stop::Interrupted)));
    assert_eq!(server.seen(), 1);
}

#[tokio::test]
async fn a_short_retry_after_is_kept() {
    for header in [("retry-after-ms", "1"), ("retry-after", "0.001"), ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")] {
        check_retried("too_many_requests", move |_| Response::status(429).header(header.0, header.1).into()).await;
    }
}

#[tokio::test]
async fn a_stop_reaches_those_who_wait() {
    let server = Server::start(|request| match request.number {
        0..2 => Act::Silence,
        _ => say(request, "fine").into(),
    });
    let pace = Pace { concurrency: 2, idle_s: 0.0, whole_s: 0.0, ..recipe(&server).pace };
    let client = Arc::new(client(&Paraphrase { pace, ..recipe(&server) }));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.chat(&chat()).await })
        })
        .collect();
    until(|| server.seen() >= 2).await;
    client.stop(Stop::Interrupted);
    client.stop(Stop::Requests { limit: 1 });
    for task in tasks.into_iter().skip(2) {
        let outcome = tokio::time::timeout(Duration::from_secs(20), task).await.expect("it is not left waiting");
        assert_eq!(outcome.unwrap(), Err(Failed::Stopped(Stop::Interrupted)), "the first reason stays");
    }
    assert_eq!(server.seen(), 2);
}

#[tokio::test]
async fn what_is_sent_again_comes_before_what_was_never_sent() {
    let server = Server::recording(|request| if request.number == 0 { Response::status(500).into() } else { say(request, "fine").into() });
    let client = Arc::new(client(&Paraphrase { pace: Pace { concurrency: 1, ..recipe(&server).pace }, ..recipe(&server) }));
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let (client, chat) = (client.clone(), Chat { user: number.to_string(), ..chat() });
            tokio::spawn(async move { client.chat(&chat).await })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().is_ok());
    }
    let users: Vec<String> = server.requests().iter().map(Request::user).collect();
    let again = users[1..].iter().position(|user| *user == users[0]).unwrap();
    // A few may slip in while it waits for its turn to come again; it never goes to the end of the queue.
    assert!(again < 100, "{again} of {}", users.len());
}

#[tokio::test]
async fn what_is_in_flight_may_finish() {
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    let server = Server::start(move |request| {
        gone.lock().unwrap().recv().unwrap();
        say(request, "fine").into()
    });
    let client = Arc::new(client(&recipe(&server)));
    let task = tokio::spawn({
        let client = client.clone();
        async move { client.chat(&chat()).await }
    });
    until(|| server.seen() >= 1).await;
    client.stop(Stop::Interrupted);
    go.send(()).unwrap();
    assert_eq!(task.await.unwrap().unwrap().text, "fine");
    assert_eq!(client.spent().output_tokens, 50);
}

#[tokio::test]
async fn too_many_errors_end_it() {
    let server = Server::start(|_| Response::status(500).into());
    let client = client(&Paraphrase { limits: Limits::default(), ..recipe(&server) });
    let mut failed = Vec::new();
    for _ in 0..6 {
        failed.push(client.chat(&chat()).await.unwrap_err());
    }
    assert!(failed[..3].iter().all(|failed| matches!(failed, Failed::GaveUp { .. })), "{failed:?}");
    assert!(failed[3..].iter().all(|failed| matches!(failed, Failed::Stopped(Stop::Errors { errors: 10, of: 10, .. }))), "{failed:?}");
    assert_eq!(server.seen(), 10);
}

#[tokio::test]
async fn one_bad_request_ends_nothing() {
    let server = Server::start(|request| match request.user().as_str() {
        "bad" => Response::status(500).into(),
        _ => say(request, "fine").into(),
    });
    let pace = Pace { tries: 11, ..recipe(&server).pace };
    let client = client(&Paraphrase { pace, limits: Limits::default(), ..recipe(&server) });
    let bad = Chat { user: "bad".into(), ..chat() };
    assert!(matches!(client.chat(&bad).await, Err(Failed::GaveUp { .. })));
    assert!(client.chat(&chat()).await.is_ok());
}

#[tokio::test]
async fn being_told_to_slow_down_is_no_error() {
    let server = Server::start(|_| Response::status(429).into());
    let client = client(&Paraphrase { limits: Limits { window: 4, ..Limits::default() }, ..recipe(&server) });
    for _ in 0..6 {
        assert!(matches!(client.chat(&chat()).await, Err(Failed::GaveUp { .. })));
    }
}

/// 40 chats at once under these limits: what the server saw, and the client after it.
async fn within(limits: Limits) -> (u64, Client) {
    let server = Server::start(|request| say(request, "fine").into());
    let price = Price { input: 1e4, output: 1e4 };
    let client = Arc::new(client(&Paraphrase { limits, price, ..recipe(&server) }));
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.chat(&chat()).await })
        })
        .collect();
    let mut stops = Vec::new();
    for task in tasks {
        stops.extend(task.await.unwrap().err());
    }
    assert!(stops.iter().all(|stop| matches!(stop, Failed::Stopped(_))), "{stops:?}");
    assert!(!stops.is_empty());
    (server.seen(), Arc::try_unwrap(client).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_never_passed() {
    // Each is set aside as 5 + 90 tokens and turns out to be 150.
    let none = Limits { errors: 0.0, ..Limits::default() };
    let (seen, client) = within(Limits { requests: 7, ..none.clone() }).await;
    assert_eq!((seen, client.spent().requests, client.stopped()), (7, 7, Some(Stop::Requests { limit: 7 })));
    let (seen, client) = within(Limits { tokens: 100, ..none.clone() }).await;
    assert_eq!((seen, client.stopped()), (1, Some(Stop::Tokens { limit: 100, spent: 150, next: 95 })));
    let (seen, client) = within(Limits { money: 0.96, ..none }).await;
    assert_eq!((seen, client.stopped()), (1, Some(Stop::Money { limit: 0.96, spent: 1.5, next: 0.95 })));
}

#[tokio::test]
async fn failures_count_as_requests_and_not_as_tokens() {
    let server = Server::start(|request| if request.number < 2 { Response::status(500).into() } else { say(request, "fine").into() });
    let client = client(&Paraphrase { limits: Limits { requests: 4, ..recipe(&server).limits }, ..recipe(&server) });
    client.chat(&chat()).await.unwrap();
    let spent = client.spent();
    assert_eq!((spent.requests, spent.input_tokens, spent.output_tokens), (3, 100, 50));
    client.chat(&chat()).await.unwrap();
    assert_eq!(client.chat(&chat()).await, Err(Failed::Stopped(Stop::Requests { limit: 4 })));
}

#[tokio::test]
async fn a_chat_that_is_dropped_gives_back_what_it_held() {
    let server = Server::start(|request| if request.number < 20 { Act::Silence } else { say(request, "fine").into() });
    let limits = Limits { tokens: 400, ..recipe(&server).limits };
    let client = client(&Paraphrase { limits, pace: Pace { concurrency: 2, ..recipe(&server).pace }, ..recipe(&server) });
    let chat = chat();
    for number in 0..20 {
        tokio::select! {
            _ = client.chat(&chat) => panic!("it is silent"),
            () = until(|| server.seen() > number) => {}
        }
    }
    assert_eq!(client.chat(&chat).await.unwrap().text, "fine");
}

#[test]
fn recipes_that_cannot_be_asked_are_refused() {
    let check = |change: fn(&mut Paraphrase), expected: fn(&ClientError) -> bool| {
        let mut recipe = Paraphrase::default();
        change(&mut recipe);
        let error = Client::new(&recipe, None).unwrap_err();
        assert!(expected(&error), "{error:?}");
    };
    check(|recipe| recipe.provider = Provider::Replay, |error| matches!(error, ClientError::Replay));
    check(|recipe| recipe.base_url = "nowhere".into(), |error| matches!(error, ClientError::Url { .. }));
    check(|recipe| recipe.base_url = "https://a:b@c/v1".into(), |error| matches!(error, ClientError::Credentials));
    check(
        |recipe| (recipe.base_url, recipe.ca_file) = ("https://c/v1".into(), "/no/such.pem".into()),
        |error| matches!(error, ClientError::CaFile { .. }),
    );
    check(
        |recipe| (recipe.base_url, recipe.ca_file) = ("https://c/v1".into(), "/dev/null".into()),
        |error| matches!(error, ClientError::Certificate { .. }),
    );
    let key = guardset_paraphrase::Secret::new("line\nline");
    assert!(matches!(Client::new(&Paraphrase::default(), key), Err(ClientError::Key)));
}

/// Waits for what another thread does.
async fn until(done: impl Fn() -> bool) {
    while !done() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
