//! The scripted server as a process of its own, for shell tests and benches:
//!
//! ```text
//! scripted [--port N] [--latency-ms N] [--mode reword|echo|break:KIND]
//! ```
//!
//! Prints what to write for `base_url`, then serves until it is ended.

use std::process::ExitCode;
use std::time::Duration;

use guardset_scripted::{Mode, Server};

struct Options {
    port: u16,
    latency: Duration,
    mode: Mode,
}

fn main() -> ExitCode {
    let started = options(std::env::args().skip(1)).and_then(|Options { port, latency, mode }| {
        let script = move |request: &_| if latency.is_zero() { mode.act(request) } else { mode.act(request).after(latency) };
        Server::bind(port, false, script).map_err(|error| format!("cannot listen on port {port}: {error}"))
    });
    match started {
        Ok(server) => {
            println!("{}", server.url());
            server.wait();
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { port: 0, latency: Duration::ZERO, mode: Mode::Reword };
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u16>().map_err(|error| format!("{name} {value}: {error}"));
        match name.as_str() {
            "--port" => options.port = number()?,
            "--latency-ms" => options.latency = Duration::from_millis(number()?.into()),
            "--mode" => options.mode = value.parse()?,
            _ => return Err(format!("{name} is no option; there are --port, --latency-ms and --mode")),
        }
    }
    Ok(options)
}
