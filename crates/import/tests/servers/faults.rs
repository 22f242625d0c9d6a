//! What is said of servers that cannot be listed.

use std::time::Duration;

use guardset_import::{Limits, Named, Source};

use crate::ask::{Hostile, ask, patient};

/// A mode ends in an error that says this.
fn check(mode: &str, limits: &Limits, expected: &str) {
    let message = Hostile::new(mode).fault(limits);
    assert!(message.contains(expected), "{mode}: {message}");
}

#[test]
fn each_limit_that_is_passed_is_named() {
    let short = Duration::from_millis(300);
    check("silent", &Limits { start: short, ..patient() }, "the start with its handshake took longer than the limit of 0.3 s");
    check("drips", &Limits { start: short, ..patient() }, "the start with its handshake took longer than the limit of 0.3 s");
    check("never-lists", &Limits { request: short, ..patient() }, "tools/list took longer than the limit of 0.3 s");
    check("never-lists", &Limits { total: short, ..patient() }, "all of it took longer than the limit of 0.3 s");
    check("pages", &Limits { pages: 20, ..patient() }, "tools/list has more than the limit of 20 pages");
    check("pages", &Limits { entries: 20, ..patient() }, "tools/list has more than the limit of 20 entries");
    check("many", &Limits { entries: 4_999, ..patient() }, "tools/list has more than the limit of 4999 entries");
    check("many", &Limits { message_bytes: 10_000, ..patient() }, "a message larger than the limit of 10000 bytes");
    check("pages", &Limits { total_bytes: 10_000, ..patient() }, "more than the limit of 10000 bytes in all");
    check("deep-greeting", &patient(), "nested deeper than the limit of 64: the answer to initialize");
    check(
        "junk-for-ever",
        &Limits { start: short, ..patient() },
        "lines of its output were no messages, the first: \\u{1b}]0;owned\\u{7}still starting) took longer",
    );
}

#[test]
fn a_limit_that_is_just_kept_is_none_passed() {
    let listing = Hostile::new("many").ask(&Limits { entries: 5_000, pages: 1, ..patient() }).unwrap();
    assert_eq!(listing.tools.len(), 5_000);
}

#[test]
fn what_breaks_the_protocol_is_told() {
    check("invalid", &patient(), "it sent invalid JSON (");
    check("not-utf8", &patient(), "it sent invalid JSON (invalid utf-8");
    check("jsonrpc", &patient(), "jsonrpc is \"1.0\", must be \"2.0\"");
    check("several", &patient(), "it sent several messages as one");
    check("version", &patient(), "it answered protocol version \"1999-01-01\"; known are 2024-11-05, ");
    check("no-version", &patient(), "its answer to initialize has no protocolVersion that is a string");
    check("other-id", &patient(), "conflict initialized response id");
    check("no-field", &patient(), "its answer to tools/list has no tools");
    check("no-list", &patient(), "its answer to tools/list has tools that are no list");
    check("same-cursor", &patient(), "tools/list has endless pages: the cursor \"\\u{1b}[5mmore\" came twice");
}

#[test]
fn a_server_that_ends_is_quoted_without_the_values_of_its_environment() {
    let secret = "FAKE-secret-1";
    let message = Hostile::new("dies-at-once").variable("API_KEY", secret).fault(&patient());
    assert!(message.contains("it ended before it had answered (exit status 3)"), "{message}");
    assert!(message.contains("\\u{1b}[31mfatal\\u{1b}[0m: key *** is not accepted"), "{message}");
    let message = Hostile::new("refuses").variable("API_KEY", secret).fault(&patient());
    assert!(message.contains("it refused initialize: \\u{1b}[2Jkey *** is not known (code -32000)"), "{message}");
    let message = Hostile::new("dies-half-way").fault(&patient());
    assert!(message.contains("(exit status 9); on its standard error it wrote: out of memory"), "{message}");
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let message =
        ask(Named { name: "a\u{7}".into(), source: Source::command("guardset-no-such-program", vec![]) }, &patient()).unwrap_err();
    assert_eq!(message.to_string(), "server a\\u{7}: guardset-no-such-program cannot be started: No such file or directory (os error 2)");
    let Named { source: Source::Command { program, .. }, .. } = Hostile::new("plain").named() else { panic!() };
    let source =
        Source::Command { program, arguments: vec![], environment: [].into(), folder: Some("/no/such/folder".into()), hidden: vec![] };
    let message = ask(Named { name: "a".into(), source }, &patient()).unwrap_err().to_string();
    assert!(message.ends_with("its folder /no/such/folder is no folder"), "{message}");
}
