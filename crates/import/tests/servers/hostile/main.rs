//! An MCP server that misbehaves in the way that its first argument names, over standard input and output.
//!
//! `RECORD` in its environment names a file that gets the methods, and the answers, that are sent to it.

mod definitions;
mod speak;

use std::io::Write;
use std::process::{Command, ExitCode, Stdio, exit};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use speak::{greeting, raw, refuse_to_read, send, serve};

fn main() -> ExitCode {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let argument = std::env::args().nth(2).unwrap_or_default();
    before(&mode);
    serve(|method, params| answer(&mode, &argument, method, params));
    ExitCode::SUCCESS
}

/// What a mode does before it listens.
fn before(mode: &str) {
    match mode {
        "silent" => refuse_to_read(),
        "flood" => (0..1024).for_each(|_| raw(&[b'x'; 1 << 20])),
        "flood-of-lines" => (0..16 << 10).for_each(|_| raw(format!("{}\n", "x".repeat(64 << 10)).as_bytes())),
        "flood-of-messages" => {
            let message = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "x".repeat(64 << 10)}});
            (0..16 << 10).for_each(|_| send(&message));
        }
        "junk" => raw(b"Starting server...\n\n\x1b[32mListening\x1b[0m on stdio\n"),
        "junk-for-ever" => loop {
            raw(b"\x1b]0;owned\x07still starting\n");
            sleep(Duration::from_millis(20));
        },
        "dies-at-once" => {
            eprintln!("\x1b[31mfatal\x1b[0m: key {} is not accepted", std::env::var("API_KEY").unwrap_or_default());
            exit(3);
        }
        "floods-errors" => (0..4096).for_each(|_| eprintln!("{}", "e".repeat(4096))),
        "drips" => loop {
            raw(b"{");
            sleep(Duration::from_millis(50));
            raw(b" ");
        },
        "children" => stubborn_child(),
        "children-and-silent" => {
            stubborn_child();
            refuse_to_read();
        }
        "orphan" => {
            stubborn_child();
            exit(0);
        }
        _ => {}
    }
}

/// Starts a process that ignores SIGTERM and holds our output open, with one of its own.
fn stubborn_child() {
    let script = "trap '' TERM HUP; (trap '' TERM HUP; while :; do sleep 1; done) & while :; do sleep 1; done";
    let started = Command::new("sh").args(["-c", script]).stdin(Stdio::null()).spawn();
    if started.is_err() {
        eprintln!("no shell to start");
    }
}

/// What a mode answers; `None` for nothing.
fn answer(mode: &str, argument: &str, method: &str, params: &Value) -> Option<Value> {
    match (mode, method) {
        ("version", "initialize") => Some(greeting("1999-01-01")),
        ("no-version", "initialize") => Some(json!({"capabilities": {}, "serverInfo": {"name": "x", "version": "1"}})),
        ("deep-greeting", "initialize") => {
            raw(format!("{{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{{\"x\":{}}}}}\n", definitions::nested(10_000)).as_bytes());
            None
        }
        ("refuses", "initialize") => {
            let message = format!("\u{1b}[2Jkey {} is not known", std::env::var("API_KEY").unwrap_or_default());
            send(&json!({"jsonrpc": "2.0", "id": 0, "error": {"code": -32000, "message": message}}));
            None
        }
        ("other-id", "initialize") => {
            send(&json!({"jsonrpc": "2.0", "id": 999, "result": greeting("2025-06-18")}));
            None
        }
        (_, "initialize") => Some(greeting("2025-06-18")),
        (mode, "tools/list") => tools(mode, argument, params),
        ("no-templates", "resources/templates/list") => {
            send(&json!({"jsonrpc": "2.0", "id": speak::last_id(), "error": {"code": -32601, "message": "unknown"}}));
            None
        }
        (_, other) => definitions::list(other),
    }
}

fn tools(mode: &str, argument: &str, params: &Value) -> Option<Value> {
    let cursor = params["cursor"].as_str().unwrap_or("0");
    match mode {
        "never-lists" => None,
        "invalid" => text("{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"tools\": [}}\n\x1b[2J"),
        "jsonrpc" => text("{\"jsonrpc\": \"1.0\", \"id\": 1, \"result\": {\"tools\": []}}\n"),
        "several" => text("[{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"tools\": []}}]\n"),
        "not-utf8" => {
            raw(b"{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": \"\xff\xfe\"}\n");
            None
        }
        "no-field" => Some(json!({"tool": []})),
        "no-list" => Some(json!({"tools": {"a": 1}})),
        "pages" => {
            let next = cursor.parse::<u64>().unwrap_or_default() + 1;
            Some(json!({"tools": [definitions::tool(&format!("tool_{next}"))], "nextCursor": next.to_string()}))
        }
        "same-cursor" => Some(json!({"tools": [], "nextCursor": "\u{1b}[5mmore"})),
        "many" => Some(json!({"tools": (0..5000).map(|n| definitions::tool(&format!("tool_{n}"))).collect::<Vec<_>>()})),
        "mixed" => {
            definitions::mixed(argument, speak::last_id());
            None
        }
        "dies-half-way" => {
            raw(b"{\"jsonrpc\": \"2.0\", \"id\": 1, \"resu");
            eprintln!("out of memory");
            exit(9);
        }
        "asks" => {
            for (id, method) in ["sampling/createMessage", "roots/list", "elicitation/create", "tools/call", "ping"].iter().enumerate() {
                send(&json!({"jsonrpc": "2.0", "id": format!("ask-{id}"), "method": method, "params": {"messages": [], "maxTokens": 1}}));
            }
            speak::await_answers(5);
            Some(json!({"tools": [definitions::tool("patient")]}))
        }
        _ => definitions::paged_tools(cursor),
    }
}

fn text(line: &str) -> Option<Value> {
    raw(line.as_bytes());
    let _ = std::io::stdout().flush();
    None
}
