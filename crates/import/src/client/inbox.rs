use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rmcp::model::{
    CustomRequest, CustomResult, ErrorCode, ErrorData, InitializeResult, PingRequest, ProtocolVersion, RequestId, ServerCapabilities,
    ServerJsonRpcMessage, ServerRequest, ServerResult,
};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::depth::depth;
use super::error::Fault;
use super::limits::Limits;

/// Where everything that a server sends comes in: counted, checked, and made into what the SDK takes.
///
/// The SDK drops fields that it does not know and gives up a whole list for one bad entry. So it is given the result of
/// a request as text, whole, and reads none of it.
pub(crate) struct Inbox {
    limits: Limits,
    received: AtomicUsize,
    handshake: Mutex<Option<String>>,
    stray: Mutex<(usize, String)>,
    fault: watch::Sender<Option<Fault>>,
}

/// A message as JSON-RPC 2.0 has it.
#[derive(Deserialize)]
struct Envelope<'a> {
    jsonrpc: Option<Value>,
    id: Option<Value>,
    method: Option<String>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    code: i32,
    message: String,
}

impl Inbox {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            received: AtomicUsize::new(0),
            handshake: Mutex::default(),
            stray: Mutex::default(),
            fault: watch::Sender::new(None),
        }
    }

    /// Most bytes that one message may have.
    pub(crate) fn message_bytes(&self) -> usize {
        self.limits.message_bytes
    }

    /// Counts what came in.
    pub(crate) fn count(&self, bytes: usize) -> Result<(), Fault> {
        let before = self.received.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limits.total_bytes { Err(Fault::TotalBytes(self.limits.total_bytes)) } else { Ok(()) }
    }

    /// Ends the session for this reason; the first counts.
    pub(crate) fn fail(&self, fault: Fault) {
        self.fault.send_if_modified(|slot| {
            let first = slot.is_none();
            slot.get_or_insert(fault);
            first
        });
    }

    /// Waits until something went wrong, for ever if nothing does.
    pub(crate) async fn failed(&self) -> Fault {
        let mut receiver = self.fault.subscribe();
        match receiver.wait_for(Option::is_some).await.map(|slot| slot.clone()) {
            Ok(Some(fault)) => fault,
            _ => std::future::pending().await,
        }
    }

    /// The result of the handshake as it was sent.
    pub(crate) fn handshake(&self) -> Option<String> {
        self.handshake.lock().ok()?.clone()
    }

    /// Lines that were no messages: how many, and the first.
    pub(crate) fn stray(&self) -> (usize, String) {
        self.stray.lock().map(|stray| stray.clone()).unwrap_or_default()
    }

    /// Takes a line of a server's output. What does not look like a message is passed over: many servers greet there.
    pub(crate) fn line(&self, line: &[u8]) -> Result<Option<ServerJsonRpcMessage>, Fault> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(None);
        }
        if !matches!(line[0], b'{' | b'[') {
            if let Ok(mut stray) = self.stray.lock() {
                if stray.0 == 0 {
                    stray.1 = String::from_utf8_lossy(&line[..line.len().min(400)]).into_owned();
                }
                stray.0 += 1;
            }
            return Ok(None);
        }
        self.message(line)
    }

    /// Takes a message; `None` for one that asks for nothing, a notification.
    pub(crate) fn message(&self, bytes: &[u8]) -> Result<Option<ServerJsonRpcMessage>, Fault> {
        let invalid = |why: String| Fault::Json { why, text: String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned() };
        let text = std::str::from_utf8(bytes).map_err(|error| invalid(error.to_string()))?;
        if text.trim_start().starts_with('[') {
            return Err(Fault::Rpc("it sent several messages as one, which version 2025-06-18 of MCP took out".to_owned()));
        }
        let envelope: Envelope = match serde_json::from_str(text) {
            Ok(envelope) => envelope,
            Err(error) if error.is_data() => return Err(Fault::Rpc(format!("{error}: {}", text.chars().take(200).collect::<String>()))),
            Err(error) => return Err(invalid(error.to_string())),
        };
        if envelope.jsonrpc != Some(Value::from("2.0")) {
            return Err(Fault::Rpc(format!("jsonrpc is {}, must be \"2.0\"", envelope.jsonrpc.unwrap_or_default())));
        }
        self.read(envelope)
    }

    fn read(&self, envelope: Envelope) -> Result<Option<ServerJsonRpcMessage>, Fault> {
        let id = envelope.id.map(|id| {
            serde_json::from_value::<RequestId>(id).map_err(|_| Fault::Rpc("an id is neither a whole number nor a string".into()))
        });
        let id = id.transpose()?;
        match (envelope.method, id, envelope.result, envelope.error) {
            (Some(method), Some(id), None, None) => Ok(Some(ServerJsonRpcMessage::request(request(method), id))),
            (Some(_), None, None, None) => Ok(None),
            (None, Some(id), Some(result), None) => self.result(id, result.get()).map(Some),
            (None, id, None, Some(Complaint { code, message })) => {
                Ok(Some(ServerJsonRpcMessage::error(ErrorData::new(ErrorCode(code), message, None), id)))
            }
            _ => Err(Fault::Rpc("a message is neither a request nor a notification nor a response".into())),
        }
    }

    /// The first response is that to the handshake, which the SDK goes on from; all others are texts.
    fn result(&self, id: RequestId, result: &str) -> Result<ServerJsonRpcMessage, Fault> {
        if let Ok(mut handshake) = self.handshake.lock()
            && handshake.is_none()
        {
            let greeting = greeting(result, self.limits.depth)?;
            *handshake = Some(result.to_owned());
            return Ok(ServerJsonRpcMessage::response(ServerResult::InitializeResult(greeting), id));
        }
        Ok(ServerJsonRpcMessage::response(ServerResult::CustomResult(CustomResult(Value::from(result))), id))
    }
}

/// Only a ping is answered; the SDK refuses everything that it does not know, and it gets to know nothing else.
fn request(method: String) -> ServerRequest {
    if method == "ping" {
        ServerRequest::PingRequest(PingRequest::default())
    } else {
        ServerRequest::CustomRequest(CustomRequest::new(method, None))
    }
}

/// Checks what a server says of itself and tells the SDK the version, all that it needs to know of it.
fn greeting(result: &str, limit: usize) -> Result<InitializeResult, Fault> {
    if depth(result) > limit {
        return Err(Fault::Depth { what: "the answer to initialize", limit });
    }
    let value: Value = serde_json::from_str(result).map_err(|error| Fault::Json { why: error.to_string(), text: result.to_owned() })?;
    let lacks = |what: &str| Fault::Answer { method: "initialize", what: format!("has no {what}") };
    let version = value["protocolVersion"].as_str().ok_or_else(|| lacks("protocolVersion that is a string"))?;
    for field in ["capabilities", "serverInfo"] {
        value[field].as_object().ok_or_else(|| lacks(&format!("{field} that is an object")))?;
    }
    let known = ProtocolVersion::known_up_to(&ProtocolVersion::LATEST_WITH_INITIALIZE);
    let Some(agreed) = known.iter().find(|known| known.as_str() == version) else {
        let known: Vec<_> = known.iter().map(ProtocolVersion::as_str).collect();
        return Err(Fault::Version { version: version.to_owned(), known: known.join(", ") });
    };
    Ok(InitializeResult::new(ServerCapabilities::default()).with_protocol_version(agreed.clone()))
}
