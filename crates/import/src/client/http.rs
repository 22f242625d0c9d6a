use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Response, Url, redirect};
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::error::Fault;
use super::events::Events;
use super::inbox::Inbox;
use super::source::Source;

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";

/// Messages over HTTP, each a POST whose answer is a message or a stream of them (MCP specification, streamable HTTP
/// transport). Nothing is sent but what the SDK says: no stream is asked for, nothing is tried again, no redirect is followed.
pub(crate) struct Http {
    line: Arc<Line>,
    incoming: mpsc::Receiver<ServerJsonRpcMessage>,
    reading: Arc<Mutex<JoinSet<()>>>,
}

/// What a session needs to post.
pub(crate) struct Line {
    client: Client,
    url: Url,
    headers: Mutex<HeaderMap>,
    inbox: Arc<Inbox>,
    sender: mpsc::Sender<ServerJsonRpcMessage>,
}

impl Http {
    /// Nothing is sent yet. `None` where the source is a program.
    pub(crate) fn new(source: &Source, inbox: Arc<Inbox>) -> Result<Option<Self>, Fault> {
        let Source::Url { url, headers, .. } = source else { return Ok(None) };
        let url = Url::parse(url).map_err(|error| Fault::Http(format!("its address is not valid: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Fault::Http(format!("its address has the scheme {:?}, must be http or https", url.scheme())));
        }
        let mut all = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json, text/event-stream")),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);
        for (name, value) in headers {
            let invalid = || Fault::Http(format!("header {name} has a name or a value that no header can have"));
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| invalid())?;
            value.set_sensitive(true);
            all.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?, value);
        }
        let mut builder = Client::builder().redirect(redirect::Policy::none()).user_agent(concat!("guardset/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // Nothing to trust, so nothing to load; a machine without any certificates will do.
            builder = builder.tls_certs_only([]);
        }
        if url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]") {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(failed)?;
        let (sender, incoming) = mpsc::channel(4);
        let line = Arc::new(Line { client, url, headers: Mutex::new(all), inbox, sender });
        Ok(Some(Self { line, incoming, reading: Arc::default() }))
    }

    /// What is left to end the session with.
    pub(crate) fn line(&self) -> Arc<Line> {
        Arc::clone(&self.line)
    }
}

impl Line {
    fn headers(&self) -> HeaderMap {
        self.headers.lock().map(|headers| headers.clone()).unwrap_or_default()
    }

    fn keep(&self, name: &'static str, value: HeaderValue) {
        if let Ok(mut headers) = self.headers.lock() {
            headers.insert(name, value);
        }
    }

    /// Posts a message; what comes back is read apart.
    async fn post(self: Arc<Self>, message: ClientJsonRpcMessage, reading: Arc<Mutex<JoinSet<()>>>) -> Result<(), Fault> {
        let body = serde_json::to_vec(&message).map_err(|error| Fault::Rpc(error.to_string()))?;
        let response = self.client.post(self.url.clone()).headers(self.headers()).body(body).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(self.refusal(response).await);
        }
        let ClientJsonRpcMessage::Request(request) = message else { return Ok(()) };
        if matches!(request.request, ClientRequest::InitializeRequest(_))
            && let Some(session) = response.headers().get(SESSION)
        {
            self.keep(SESSION, session.clone());
        }
        let line = Arc::clone(&self);
        if let Ok(mut reading) = reading.lock() {
            reading.spawn(async move {
                if let Err(fault) = line.read(response).await {
                    line.inbox.fail(fault);
                }
            });
        }
        Ok(())
    }

    /// Reads the answer to a request; there must be one in it.
    async fn read(&self, mut response: Response) -> Result<(), Fault> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
        let mut answered = false;
        if kind.starts_with("text/event-stream") {
            let mut events = Events::new(self.inbox.message_bytes());
            while let Some(chunk) = response.chunk().await.map_err(failed)? {
                self.inbox.count(chunk.len())?;
                for event in events.push(&chunk)? {
                    answered |= self.take(&event).await?;
                }
            }
        } else if kind.starts_with("application/json") {
            let body = self.whole(response).await?;
            answered = self.take(&body).await?;
        } else {
            return Err(Fault::Http(format!("it answered with content of type {kind:?}, must be application/json or text/event-stream")));
        }
        if answered { Ok(()) } else { Err(Fault::Closed) }
    }

    async fn whole(&self, mut response: Response) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            self.inbox.count(chunk.len())?;
            if body.len() + chunk.len() > self.inbox.message_bytes() {
                return Err(Fault::MessageBytes(self.inbox.message_bytes()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Hands a message to the SDK; tells whether it was a response.
    async fn take(&self, bytes: &[u8]) -> Result<bool, Fault> {
        let Some(message) = self.inbox.message(bytes)? else { return Ok(false) };
        if let Some(version) = self.inbox.handshake().and_then(|text| agreed(&text)) {
            self.keep(VERSION, version);
        }
        let answers = matches!(message, ServerJsonRpcMessage::Response(_) | ServerJsonRpcMessage::Error(_));
        // Nobody listens once the session is over.
        let _ = self.sender.send(message).await;
        Ok(answers)
    }

    /// Says why a request was not accepted, with the beginning of what the server says.
    async fn refusal(&self, mut response: Response) -> Fault {
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| response.url().join(to.to_str().ok()?).ok());
            let to = to.map_or("another address".to_owned(), |to| format!("{}{}", to.origin().ascii_serialization(), to.path()));
            return Fault::Http(format!("it sends us to {to}, which is not followed; give the address itself"));
        }
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(400 - body.len())]);
            if body.len() == 400 {
                break;
            }
        }
        let says = String::from_utf8_lossy(&body);
        let hint = match status.as_u16() {
            401 | 403 => "; it asks for authorization, which is given as a header",
            404 | 405 => "; there may be no streamable HTTP server at this address",
            _ => "",
        };
        Fault::Http(format!("it answered HTTP {status}{hint}: {}", says.trim()))
    }

    /// Tells the server that the session is over, where it opened one.
    pub(crate) async fn end(&self) {
        let headers = self.headers();
        if headers.contains_key(SESSION) {
            let _ = timeout(Duration::from_secs(1), self.client.delete(self.url.clone()).headers(headers).send()).await;
        }
    }
}

/// The version of the protocol that a handshake agreed on, as a header.
fn agreed(handshake: &str) -> Option<HeaderValue> {
    let handshake: Value = serde_json::from_str(handshake).ok()?;
    HeaderValue::from_str(handshake["protocolVersion"].as_str()?).ok()
}

/// What went wrong on the way, without the address: keys may stand in it.
fn failed(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    let mut causes = vec![error.to_string()];
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    Fault::Http(format!("the connection failed: {}", causes.join(": ")))
}

impl Transport<RoleClient> for Http {
    type Error = io::Error;

    fn send(&mut self, item: ClientJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (line, reading) = (Arc::clone(&self.line), Arc::clone(&self.reading));
        async move {
            let posted = Arc::clone(&line).post(item, reading).await;
            posted.map_err(|fault| {
                line.inbox.fail(fault);
                io::ErrorKind::ConnectionAborted.into()
            })
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        self.incoming.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if let Ok(mut reading) = self.reading.lock() {
            reading.abort_all();
        }
    }
}
