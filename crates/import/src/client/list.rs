use std::sync::Arc;
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::transport::Transport;
use tokio::time::{sleep, timeout};

use super::error::{Fault, ImportError};
use super::group::Group;
use super::http::Http;
use super::inbox::Inbox;
use super::limits::Limits;
use super::pipes::Pipes;
use super::session::Session;
use super::source::Named;
use super::tail::Tail;
use crate::listing::Listing;
use crate::package::package;

/// How long is waited for a better reason than that the connection is gone.
const REASON: Duration = Duration::from_secs(1);

/// Asks a server what it lists. A program is started for it and ended again, with all that it started.
pub async fn list(server: &Named, limits: &Limits) -> Result<Listing, ImportError> {
    let mut wrote = String::new();
    let listed = of_program(server, limits, &mut wrote).await;
    let listed = match listed {
        Ok(None) => of_address(server, limits).await,
        Ok(Some(listing)) => Ok(listing),
        Err(fault) => Err(fault),
    };
    let listed = listed.map(|listing| Listing { package: package(&server.source), ..listing });
    listed.map_err(|fault| error(server, &fault, &wrote))
}

/// The error of a server, named as people know it.
pub(crate) fn error(server: &Named, fault: &Fault, wrote: &str) -> ImportError {
    let name = if server.name.is_empty() { server.source.describe() } else { server.name.clone() };
    ImportError::new(&name, fault, wrote, &server.source.mask())
}

/// Lists over pipes; `None` where the source is no program. `wrote` gets the end of its standard error.
async fn of_program(server: &Named, limits: &Limits, wrote: &mut String) -> Result<Option<Listing>, Fault> {
    let Some((group, ends)) = Group::start(&server.source)? else { return Ok(None) };
    let inbox = Arc::new(Inbox::new(limits));
    let tail = Tail::of(ends.error);
    let pipes = Pipes::new(ends.input, ends.output, Arc::clone(&inbox));
    let reading = pipes.reading();
    let left_over = async {
        while group.ended().is_none() {
            sleep(Duration::from_millis(50)).await;
        }
        // What it wrote before is read; what it left behind may hold the pipe open for ever.
        sleep(2 * REASON).await;
        reading.abort();
        std::future::pending::<()>().await;
    };
    let listed = tokio::select! {
        listed = talk(pipes, server, &inbox, limits) => listed,
        () = left_over => Err(Fault::Closed),
    };
    let listed = match listed {
        Err(Fault::Closed) => Err(group.wait(REASON).await.map_or(Fault::Closed, Fault::Ended)),
        listed => listed,
    };
    group.end().await;
    *wrote = tail.text().await;
    listed.map(Some)
}

async fn of_address(server: &Named, limits: &Limits) -> Result<Listing, Fault> {
    let inbox = Arc::new(Inbox::new(limits));
    let Some(http) = Http::new(&server.source, Arc::clone(&inbox))? else { return Err(Fault::Closed) };
    let line = http.line();
    let listed = talk(http, server, &inbox, limits).await;
    line.end().await;
    listed
}

/// The whole conversation, ended by the first limit that is passed.
async fn talk<T>(transport: T, server: &Named, inbox: &Inbox, limits: &Limits) -> Result<Listing, Fault>
where
    T: Transport<RoleClient> + 'static,
{
    let conversation = async {
        let session = Session::open(transport, inbox, limits).await?;
        let listing = session.list(inbox, server.source.describe(), &server.name).await;
        session.close().await;
        listing
    };
    let listed = tokio::select! {
        biased;
        fault = inbox.failed() => Err(fault),
        listed = timeout(limits.total, conversation) => listed.unwrap_or(Err(Fault::Late { what: "all of it".to_owned(), limit: limits.total })),
    };
    match listed {
        // The transport may be about to say why.
        Err(Fault::Closed) => Err(timeout(REASON / 4, inbox.failed()).await.unwrap_or(Fault::Closed)),
        listed => listed,
    }
}
