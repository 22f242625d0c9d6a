//! `guardset report`: hands over to the program that makes the report. It is one of its own because what it is built on takes
//! longer to build than all the rest, and no data set should wait for that.

use std::env;
use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::{Command, exit};

use anyhow::Context;

use crate::args::Report;
use crate::failure::Failure;

/// Runs `guardset-report` and ends as it ends; what it has to say it says itself.
pub fn run(options: &Report) -> Result<(), Failure> {
    let program = beside()?;
    if !program.is_file() {
        return Err(Failure::input(format!(
            "{} is not there; build it with `make report`, or `cargo build --release --package guardset-report`",
            program.display()
        )));
    }
    let Report { run, against, samples, output } = options;
    let mut command = Command::new(&program);
    if let Some(against) = against {
        command.arg("--against").arg(against);
    }
    if let Some(samples) = samples {
        command.arg("--samples").arg(samples.to_string());
    }
    if let Some(output) = output {
        command.arg("--output").arg(output);
    }
    let status = command.arg("--").arg(run).status().with_context(|| format!("{} could not be started", program.display()))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => exit(code),
        None => Err(Failure::Other(anyhow::anyhow!("{} was stopped: {status}", program.display()))),
    }
}

/// Where the program stands: in the folder of this one.
fn beside() -> Result<PathBuf, Failure> {
    let own = env::current_exe().context("the program does not know where it stands")?;
    Ok(own.with_file_name(format!("guardset-report{EXE_SUFFIX}")))
}
