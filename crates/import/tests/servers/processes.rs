//! No process is left, whatever a server starts.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use guardset_import::{Limits, list_all};
use rustix::process::{Pid, Signal, kill_process};

use crate::ask::{Hostile, patient};

#[test]
fn what_a_server_started_is_ended_with_it() {
    let listing = Hostile::new("children").ask(&patient()).unwrap();
    assert_eq!(listing.tools.len(), 2);
    Hostile::new("children").fault(&Limits { pages: 1, ..patient() });
}

#[test]
fn a_pipe_that_is_held_open_by_what_is_left_over_hangs_nobody() {
    let message = Hostile::new("orphan").fault(&patient());
    assert!(message.contains("it ended before it had answered (exit status 0)"), "{message}");
}

#[test]
fn a_listing_that_is_dropped_takes_its_processes_along() {
    let hostile = Hostile::new("children-and-silent");
    let limits = Limits { start: Duration::from_secs(600), ..patient() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Hostile::named(&hostile);
        let mut listing = Box::pin(guardset_import::list(&server, &limits));
        // Until it has started its children.
        while hostile.processes().len() < 3 {
            let _ = tokio::time::timeout(Duration::from_millis(1), &mut listing).await;
        }
        drop(listing);
    });
    hostile.assert_gone();
}

/// Run by the test below as a program of its own; by itself it does nothing.
#[test]
fn lists_until_it_is_interrupted() {
    let Ok(mode) = std::env::var("LIST_UNTIL_INTERRUPTED") else { return };
    let servers = [Hostile::new(&mode).named(), Hostile::new("plain").named()];
    list_all(&servers, &patient(), &mut |place, listed| {
        println!("{place}: {}", listed.map_or_else(|error| format!("{error} {}", error.interrupted), |listing| listing.name))
    });
}

#[test]
fn an_interrupt_ends_what_runs_and_what_it_started() {
    for mode in ["silent", "children-and-silent"] {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "processes::lists_until_it_is_interrupted", "--nocapture"]).env("LIST_UNTIL_INTERRUPTED", mode);
        let program = program.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let hostile = Hostile::first_of(program.id());
        let expected = if mode == "silent" { 1 } else { 3 };
        while hostile.processes().len() < expected {
            sleep(Duration::from_millis(10));
        }
        // It listens for signals before it starts anything.
        kill_process(Pid::from_raw(program.id().cast_signed()).unwrap(), Signal::INT).unwrap();
        let output = program.wait_with_output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert!(told.contains("0: server it: interrupted true"), "{mode}: {told}");
        hostile.assert_gone();
    }
}
