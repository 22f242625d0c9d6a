//! Asks MCP servers what they list, after telling the user what will be run.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use guardset_import::{Limits, Listing, Named, Secret, Source, list_all};

use crate::args::ImportServer;
use crate::failure::Failure;

/// The server that the options name.
pub fn of_options(options: &ImportServer) -> Result<Named, Failure> {
    let source = match (&options.url, options.command.split_first()) {
        (Some(url), _) => Source::Url { url: url.clone(), headers: headers(&options.header)?, hidden: Vec::new() },
        (None, Some((program, arguments))) => Source::command(program, arguments.to_vec()),
        (None, None) => return Err(Failure::input("names no server; give `-- COMMAND ARGUMENTS` or --url ADDRESS")),
    };
    Ok(Named { name: String::new(), source })
}

fn headers(given: &[String]) -> Result<BTreeMap<String, Secret>, Failure> {
    let pair = |header: &String| {
        let (name, value) = header.split_once(':')?;
        Some((name.trim().to_owned(), Secret::new(value.trim())))
    };
    // What stands in a header may be a key, so it is not repeated.
    given.iter().map(|header| pair(header).ok_or_else(|| Failure::input("--header has no colon; write `Name: value`"))).collect()
}

/// Lists every server, several at a time. One that fails is told of and left out.
pub fn list(servers: &[Named], yes: bool) -> Result<Vec<Listing>, Failure> {
    if servers.is_empty() {
        return Err(Failure::input("there is no server to ask"));
    }
    confirm(servers, yes)?;
    let mut listings: Vec<Option<Listing>> = servers.iter().map(|_| None).collect();
    let mut failed = Vec::new();
    let mut interrupted = false;
    list_all(servers, &Limits::default(), &mut |at, listed| match listed {
        Ok(listing) => {
            tracing::info!("{}: {} tools", guardset_import::escape(&listing.name), listing.tools.len());
            listings[at] = Some(listing);
        }
        Err(error) => {
            interrupted |= error.interrupted;
            failed.push(error.to_string());
        }
    });
    if interrupted {
        return Err(Failure::Other(anyhow::anyhow!("interrupted; nothing was written")));
    }
    let listings: Vec<Listing> = listings.into_iter().flatten().collect();
    if listings.is_empty() {
        return Err(Failure::input(failed.join("\n")));
    }
    for failure in &failed {
        tracing::warn!("{failure}");
    }
    if !failed.is_empty() {
        tracing::warn!("{} of {} servers could not be listed and are left out", failed.len(), servers.len());
    }
    Ok(listings)
}

/// Shows what will be run or asked, and asks whether it may be.
fn confirm(servers: &[Named], yes: bool) -> Result<(), Failure> {
    for server in servers {
        let name = if server.name.is_empty() { String::new() } else { format!("{}: ", guardset_import::escape(&server.name)) };
        let does = if matches!(server.source, Source::Url { .. }) { "ask" } else { "run" };
        eprintln!("{does}  {name}{}", guardset_import::escape(&server.source.describe()));
    }
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() {
        return Err(Failure::input("nobody is there to say yes; --yes starts these servers without asking"));
    }
    eprint!("Go on? [y/N] ");
    let _ = stderr().flush();
    let mut answer = String::new();
    let read = stdin().lock().read_line(&mut answer);
    match read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        true => Ok(()),
        false => Err(Failure::input("not started")),
    }
}
