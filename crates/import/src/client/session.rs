use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use rmcp::model::{
    ClientConfig, ClientRequest, CustomResult, ErrorCode, ErrorData, Implementation, ListPromptsRequest, ListResourceTemplatesRequest,
    ListResourcesRequest, ListToolsRequest, PaginatedRequestParams, ProtocolVersion, ServerResult,
};
use rmcp::service::{ClientInitializeError, RunningService, ServiceError, serve_client};
use rmcp::transport::Transport;
use rmcp::{ClientHandler, RoleClient};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::checks::Sieve;
use super::error::Fault;
use super::inbox::Inbox;
use super::limits::Limits;
use crate::listing::Listing;

/// A client that offers nothing: it declares no capability. Requests of a server come to it without names that the SDK
/// knows ([`Inbox`]), and are refused by it as unknown.
pub(crate) struct Refusing;

impl ClientHandler for Refusing {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(Default::default(), Implementation::new("guardset", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
    }
}

/// The four lists of a server: the method, the field of its result, the capability that declares it.
#[derive(Clone, Copy)]
enum List {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl List {
    fn method(self) -> &'static str {
        match self {
            Self::Tools => "tools/list",
            Self::Prompts => "prompts/list",
            Self::Resources => "resources/list",
            Self::Templates => "resources/templates/list",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Tools => "tool",
            Self::Prompts => "prompt",
            Self::Resources => "resource",
            Self::Templates => "resource template",
        }
    }

    fn capability(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources | Self::Templates => "resources",
        }
    }

    fn request(self, cursor: Option<String>) -> ClientRequest {
        let params = cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
        match self {
            Self::Tools => ClientRequest::ListToolsRequest(ListToolsRequest { params, ..Default::default() }),
            Self::Prompts => ClientRequest::ListPromptsRequest(ListPromptsRequest { params, ..Default::default() }),
            Self::Resources => ClientRequest::ListResourcesRequest(ListResourcesRequest { params, ..Default::default() }),
            Self::Templates => ClientRequest::ListResourceTemplatesRequest(ListResourceTemplatesRequest { params, ..Default::default() }),
        }
    }
}

/// A server that hands were shaken with.
pub(crate) struct Session {
    service: RunningService<RoleClient, Refusing>,
    /// The result of the handshake.
    greeting: Value,
    limits: Limits,
}

impl Session {
    /// Shakes hands.
    pub(crate) async fn open<T>(transport: T, inbox: &Inbox, limits: &Limits) -> Result<Self, Fault>
    where
        T: Transport<RoleClient> + 'static,
    {
        let started = timeout(limits.start, serve_client(Refusing, transport)).await;
        let service = started.map_err(|_| late("the start with its handshake", limits.start, inbox))?.map_err(unopened)?;
        let greeting = inbox.handshake().and_then(|text| serde_json::from_str(&text).ok()).ok_or(Fault::Closed)?;
        Ok(Self { service, greeting, limits: limits.clone() })
    }

    /// Asks for all that the server lists. Nothing else is ever asked.
    pub(crate) async fn list(&self, inbox: &Inbox, source: String, name: &str) -> Result<Listing, Fault> {
        let own = self.greeting["serverInfo"]["name"].as_str().unwrap_or_default();
        let mut listing = Listing {
            package: None,
            source,
            name: if name.is_empty() { own } else { name }.to_owned(),
            server: self.greeting["serverInfo"].clone(),
            protocol: self.greeting["protocolVersion"].as_str().unwrap_or_default().to_owned(),
            instructions: self.greeting["instructions"].as_str().map(str::to_owned),
            tools: Vec::new(),
            prompts: Vec::new(),
            resources: Vec::new(),
            resource_templates: Vec::new(),
            refused: Vec::new(),
        };
        for list in [List::Tools, List::Prompts, List::Resources, List::Templates] {
            let declared = self.greeting["capabilities"].get(list.capability()).is_some_and(|capability| !capability.is_null());
            // Some servers have tools and do not say so.
            if !declared && !matches!(list, List::Tools) {
                continue;
            }
            let raw = match self.pages(list, inbox).await {
                // Many that have resources know nothing of templates, and some declare what they do not have.
                Err(Fault::Refused { code, .. }) if ErrorCode(code) == ErrorCode::METHOD_NOT_FOUND || !declared => Vec::new(),
                raw => raw?,
            };
            let taken = Sieve { kind: list.kind(), depth: self.limits.depth, refused: &mut listing.refused }.take(&raw);
            match list {
                List::Tools => listing.tools = taken,
                List::Prompts => listing.prompts = taken,
                List::Resources => listing.resources = taken,
                List::Templates => listing.resource_templates = taken,
            }
        }
        Ok(listing)
    }

    /// The entries of all pages of a list, as they were sent.
    async fn pages(&self, list: List, inbox: &Inbox) -> Result<Vec<Box<RawValue>>, Fault> {
        let (mut entries, mut seen, mut cursor) = (Vec::new(), HashSet::new(), None);
        for _ in 0..self.limits.pages {
            let (page, next) = self.page(list, cursor, inbox).await?;
            entries.extend(page);
            if entries.len() > self.limits.entries {
                return Err(Fault::Entries { list: list.method(), limit: self.limits.entries });
            }
            // An empty cursor is how some servers say that there is no more.
            let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(entries) };
            if !seen.insert(next.clone()) {
                return Err(Fault::Endless { list: list.method(), cursor: next });
            }
            cursor = Some(next);
        }
        Err(Fault::Pages { list: list.method(), limit: self.limits.pages })
    }

    async fn page(&self, list: List, cursor: Option<String>, inbox: &Inbox) -> Result<(Vec<Box<RawValue>>, Option<String>), Fault> {
        let method = list.method();
        let asked = timeout(self.limits.request, self.service.send_request(list.request(cursor))).await;
        let result = match asked.map_err(|_| late(method, self.limits.request, inbox))? {
            Ok(ServerResult::CustomResult(CustomResult(Value::String(text)))) => text,
            Ok(_) => return Err(Fault::Answer { method, what: "is not that of this request".to_owned() }),
            Err(ServiceError::McpError(ErrorData { code, message, .. })) => {
                return Err(Fault::Refused { method, code: code.0, message: message.into_owned() });
            }
            Err(ServiceError::TransportSend(_) | ServiceError::TransportClosed) => return Err(Fault::Closed),
            Err(other) => return Err(Fault::Rpc(other.to_string())),
        };
        let answer = |what: String| Fault::Answer { method, what };
        let fields: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&result).map_err(|error| answer(format!("is no JSON object: {error}")))?;
        let entries = fields.get(list.field()).ok_or_else(|| answer(format!("has no {}", list.field())))?;
        let entries = serde_json::from_str(entries.get()).map_err(|_| answer(format!("has {} that are no list", list.field())))?;
        let next = fields.get("nextCursor").map_or(Ok(None), |next| serde_json::from_str(next.get()));
        Ok((entries, next.map_err(|_| answer("has a nextCursor that is no string".to_owned()))?))
    }

    /// Ends the session and closes what it was spoken over.
    pub(crate) async fn close(mut self) {
        let _ = self.service.close_with_timeout(Duration::from_millis(500)).await;
    }
}

/// What took too long, with the first of what a server said that was no message: it often tells why.
fn late(what: &str, limit: Duration, inbox: &Inbox) -> Fault {
    let (strays, first) = inbox.stray();
    let said = match strays {
        0 => String::new(),
        _ => format!(" ({strays} lines of its output were no messages, the first: {})", crate::escape::excerpt(&first, 120)),
    };
    Fault::Late { what: format!("{what}{said}"), limit }
}

fn unopened(error: ClientInitializeError) -> Fault {
    match error {
        ClientInitializeError::JsonRpcError(ErrorData { code, message, .. }) => {
            Fault::Refused { method: "initialize", code: code.0, message: message.into_owned() }
        }
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. } => Fault::Closed,
        other => Fault::Rpc(other.to_string()),
    }
}
