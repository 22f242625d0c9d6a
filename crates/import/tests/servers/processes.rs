//! No process is left, whatever a server starts.

use std::time::Duration;

use guardset_import::Limits;

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
    let hostile = Hostile::new("children");
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
