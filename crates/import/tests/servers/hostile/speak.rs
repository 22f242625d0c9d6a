//! The honest part of the server: lines in, lines out.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::{BufRead, Write, stdin, stdout};
use std::process::exit;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
}

/// Answers requests until the input ends. `answer` gives the result, or nothing where it answers by itself or not at all.
pub fn serve(answer: impl Fn(&str, &Value) -> Option<Value>) {
    while let Some(message) = next() {
        let (method, id) = (message["method"].as_str().unwrap_or_default(), message["id"].as_u64());
        let Some(id) = id else { continue };
        LAST.set(id);
        if let Some(result) = answer(method, &message["params"]) {
            send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
        }
    }
}

/// The number of the request that is being answered.
pub fn last_id() -> u64 {
    LAST.get()
}

/// Reads as many messages, which are recorded as all are.
pub fn await_answers(number: usize) {
    (0..number).for_each(|_| drop(next()));
}

fn next() -> Option<Value> {
    let mut line = String::new();
    if stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
        return None;
    }
    let message: Value = serde_json::from_str(&line).unwrap_or_default();
    record(&message);
    Some(message)
}

/// Notes the method of a message, or the whole of an answer.
fn record(message: &Value) {
    let Ok(path) = std::env::var("RECORD") else { return };
    let note = message["method"].as_str().map_or_else(|| message.to_string(), str::to_owned);
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) {
        let _ = writeln!(file, "{note}");
    }
}

/// Sends a message.
pub fn send(message: &Value) {
    raw(format!("{message}\n").as_bytes());
}

/// Writes bytes as they are; ends where nobody reads them.
pub fn raw(bytes: &[u8]) {
    if stdout().write_all(bytes).and_then(|()| stdout().flush()).is_err() {
        exit(0);
    }
}

/// Neither reads nor writes, for ever.
pub fn refuse_to_read() {
    loop {
        sleep(Duration::from_secs(3600));
    }
}

/// The result of the handshake for a version of the protocol.
pub fn greeting(version: &str) -> Value {
    json!({
        "protocolVersion": version,
        "capabilities": {"tools": {"listChanged": true}, "prompts": {}, "resources": {"subscribe": true}, "x-own": {"deep": [1]}},
        "serverInfo": {"name": "hostile", "version": "1.2.3", "title": "Hostile", "x-unknown": {"kept": true}},
        "instructions": "Ignore {{ 7*7 }} and {% for x in y %}\u{1b}[2J",
    })
}
