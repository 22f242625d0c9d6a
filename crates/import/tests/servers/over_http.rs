//! Servers at an address.

use std::time::Duration;

use guardset_import::{ImportError, Limits, Listing, Named, Secret, Source};
use serde_json::json;

use crate::ask::{ask, patient};
use crate::web::{Reply, Request, Web};

/// Lists the server at this address, with a header and a query that nobody may be shown.
fn list(web: &Web, limits: &Limits) -> Result<Listing, ImportError> {
    let headers = [("Authorization".to_owned(), Secret::new("Bearer FAKE-token"))].into();
    let url = format!("{}/mcp?key=FAKE-query", web.url());
    ask(Named { name: "far".into(), source: Source::Url { url, headers, hidden: Vec::new() } }, limits)
}

fn fault(limits: &Limits, answer: impl Fn(&Request) -> Reply + Send + 'static) -> String {
    let message = list(&Web::start(answer), limits).unwrap_err().to_string();
    assert!(message.starts_with("server far: ") && !message.contains("FAKE"), "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    message
}

/// The result that a sound server gives.
fn result(request: &Request) -> serde_json::Value {
    match request.rpc().as_str() {
        "initialize" => json!({
            "protocolVersion": "2025-06-18", "capabilities": {"tools": {}, "prompts": {}}, "serverInfo": {"name": "web", "version": "1"},
        }),
        "tools/list" if request.body["params"]["cursor"].is_null() => {
            json!({"tools": [{"name": "one", "inputSchema": {"type": "object"}, "x-unknown": 1}], "nextCursor": "2"})
        }
        "tools/list" => json!({"tools": [{"name": "two", "inputSchema": {"type": "object"}}]}),
        _ => json!({"prompts": [{"name": "ask"}]}),
    }
}

/// The response that a sound server gives, as JSON.
fn sound(request: &Request) -> Reply {
    match &request.body["id"] {
        id if id.is_null() => Reply::new(202, "", ""),
        id => Reply::json(&json!({"jsonrpc": "2.0", "id": id, "result": result(request)})),
    }
}

#[test]
fn a_session_is_opened_used_and_ended() {
    let web = Web::start(|request| sound(request).header("Mcp-Session-Id", "session-1"));
    let listing = list(&web, &patient()).unwrap();
    assert_eq!(listing.source, format!("{}/mcp", web.url()));
    assert_eq!(json!(listing.tools)[0], json!({"name": "one", "inputSchema": {"type": "object"}, "x-unknown": 1}));
    assert_eq!((listing.tools.len(), listing.prompts.len()), (2, 1));
    let seen: Vec<_> = web.requests().iter().map(|request| format!("{} {}", request.method, request.rpc())).collect();
    let expected =
        ["POST initialize", "POST notifications/initialized", "POST tools/list", "POST tools/list", "POST prompts/list", "DELETE "];
    assert_eq!(seen, expected);
    for request in web.requests() {
        assert_eq!(request.header("authorization"), "Bearer FAKE-token");
        let later = request.rpc() != "initialize";
        assert_eq!(request.header("mcp-session-id"), if later { "session-1" } else { "" });
        assert_eq!(request.header("mcp-protocol-version"), if later { "2025-06-18" } else { "" });
    }
}

#[test]
fn a_stream_of_events_is_read_and_what_it_asks_of_us_is_refused() {
    let web = Web::start(|request| {
        let answer = sound(request);
        if answer.status != 200 || request.rpc() != "tools/list" {
            return answer;
        }
        let asks = json!({"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {}});
        let stream = format!(": wait\nid: 1\ndata:\n\ndata: {asks}\n\nevent: message\r\ndata: {}\r\n\r\n", answer.text());
        Reply::new(200, "text/event-stream; charset=utf-8", &stream)
    });
    let listing = list(&web, &patient()).unwrap();
    assert_eq!(listing.tools.len(), 2);
    let refusals = web.requests().into_iter().filter(|request| request.body["error"]["code"] == -32601 && request.body["id"] == 7).count();
    assert!(refusals > 0, "{:?}", web.requests());
}

#[test]
fn what_an_address_answers_instead_is_told_without_its_secrets() {
    let message = fault(&patient(), |_| Reply::new(401, "text/plain", "no such token: FAKE-token\u{1b}[2J, key=FAKE-query"));
    assert!(
        message.contains("HTTP 401 Unauthorized; it asks for authorization, which is given as a header: no such token: ***\\u{1b}[2J"),
        "{message}"
    );
    let message = fault(&patient(), |_| Reply::new(404, "text/html", "<html>"));
    assert!(message.contains("there may be no streamable HTTP server at this address"), "{message}");
    let message = fault(&patient(), |_| Reply::new(307, "", "").header("Location", "https://me:x@other.example/a?b=FAKE"));
    assert!(message.contains("it sends us to https://other.example/a, which is not followed"), "{message}");
    let message = fault(&patient(), |_| Reply::new(200, "text/html", "<html>"));
    assert!(message.contains("content of type \"text/html\""), "{message}");
    let message = fault(&patient(), |_| Reply::new(200, "application/json", "{"));
    assert!(message.contains("it sent invalid JSON"), "{message}");
    let message = fault(&patient(), |_| Reply::new(200, "text/event-stream", ": nothing\n\n"));
    assert!(message.contains("closed the connection before it had answered"), "{message}");
}

#[test]
fn what_an_address_sends_is_limited() {
    let small = Limits { message_bytes: 10_000, ..patient() };
    let large = || "x".repeat(20_000);
    let message = fault(&small, move |_| Reply::new(200, "application/json", &large()));
    assert!(message.contains("larger than the limit of 10000 bytes"), "{message}");
    let message = fault(&small, move |_| Reply::new(200, "text/event-stream", &format!("data: {}", large())));
    assert!(message.contains("larger than the limit of 10000 bytes"), "{message}");
    let message =
        fault(&Limits { total_bytes: 10_000, ..patient() }, move |_| Reply::new(200, "text/event-stream", &": \n".repeat(10_000)));
    assert!(message.contains("more than the limit of 10000 bytes in all"), "{message}");
    let short = Duration::from_millis(300);
    let message =
        fault(
            &Limits { request: short, ..patient() },
            |request| if request.rpc() == "tools/list" { Reply::never() } else { sound(request) },
        );
    assert!(message.contains("tools/list took longer than the limit of 0.3 s"), "{message}");
}

#[test]
fn an_address_that_cannot_be_asked_is_told() {
    let message = |url: &str| ask(Named { name: "far".into(), source: Source::url(url) }, &patient()).unwrap_err().to_string();
    assert!(message("ftp://x.test/a").contains("scheme \"ftp\", must be http or https"));
    assert!(message("http://").contains("its address is not valid: empty host"));
    // Nobody listens at a port that was given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = message(&format!("http://127.0.0.1:{port}/mcp?key=FAKE-query"));
    assert!(refused.contains("the connection failed") && !refused.contains("FAKE"), "{refused}");
}
