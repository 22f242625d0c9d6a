//! Writes a session down: the text that a guard reads, and the columns beside it. Neither knows of labels.

use std::borrow::Cow;
use std::fmt::Write as _;

use guardset_core::{Catalog, Connection, Event, Flow, Line, Message, Offered, Role, Step, StepKind, Surface, Surfaced, Trajectory};

use crate::draft::offer;
use crate::json::{json, object};
use crate::unit::Made;

/// The whole as one text.
pub fn body(catalog: &Catalog, made: &Made<'_>) -> String {
    let page = Page::new(catalog, made);
    let mut out = String::with_capacity(12 * 1024);
    page.header(&mut out);
    for (n, step) in made.trajectory.steps.iter().enumerate() {
        page.step(n, step, &page.flow(step), &mut out);
        out.push('\n');
    }
    out
}

/// Text and columns.
pub fn surface(catalog: &Catalog, made: &Made<'_>) -> Surfaced {
    let page = Page::new(catalog, made);
    let trajectory = &made.trajectory;
    let mut out = Surfaced {
        body: String::with_capacity(12 * 1024),
        n_steps: trajectory.steps.len() as u32,
        n_tools: trajectory.connections.iter().map(|connection| connection.tools.len() as u32).sum(),
        ..Surfaced::default()
    };
    page.header(&mut out.body);
    for (n, step) in trajectory.steps.iter().enumerate() {
        let flow = page.flow(step);
        let start = out.body.len();
        page.step(n, step, &flow, &mut out.body);
        let (role, content) = match &step.kind {
            StepKind::Query { text, .. } => (Role::User, text.as_str()),
            StepKind::Response { text, .. } => (Role::Assistant, text.as_str()),
            StepKind::Call { .. } => (Role::Assistant, &out.body[start..]),
            StepKind::Listing { .. } => (Role::System, &out.body[start..]),
            StepKind::Return { .. } | StepKind::Material { .. } | StepKind::Event(_) => (Role::Tool, &out.body[start..]),
        };
        // Listings stand in the `tools` column; repeating them here would only be long. A changed list is news.
        if !matches!(step.kind, StepKind::Listing { changed: None, .. }) {
            out.messages.push(Message { role, content: content.to_owned() });
        }
        out.body.push('\n');
        out.flows.push(flow.at(n));
    }
    out.tools = page.tools();
    out.session = page.session();
    out.steps = page.steps();
    out
}

/// A flow in MCIP's terms, mostly in words that stand somewhere already: the body alone needs no copy of them.
struct Terms<'s> {
    sender: Cow<'s, str>,
    recipient: Cow<'s, str>,
    subject: Cow<'s, str>,
    information: Cow<'s, str>,
    principle: Cow<'s, str>,
}

impl Terms<'_> {
    fn at(self, n: usize) -> Flow {
        Flow {
            step: n as u32,
            sender: self.sender.into_owned(),
            recipient: self.recipient.into_owned(),
            subject: self.subject.into_owned(),
            information: self.information.into_owned(),
            principle: self.principle.into_owned(),
        }
    }
}

/// What every line of one session needs.
pub(crate) struct Page<'a> {
    pub(crate) catalog: &'a Catalog,
    surface: &'a Surface,
    pub(crate) trajectory: &'a Trajectory<'a>,
    /// How each connection is called.
    pub(crate) labels: Vec<Cow<'a, str>>,
}

impl<'a> Page<'a> {
    fn new(catalog: &'a Catalog, made: &'a Made<'a>) -> Self {
        let labels = (0..made.trajectory.connections.len()).map(|connection| made.trajectory.server_label(connection)).collect();
        Self { catalog, surface: &catalog.surfaces[made.surface], trajectory: &made.trajectory, labels }
    }

    /// Fills one line of the surface. `value` writes a name's value.
    fn line(&self, line: Line, out: &mut String, value: impl FnMut(&str, &mut String)) {
        fill(self.surface, line, out, value);
    }

    fn header(&self, out: &mut String) {
        let trajectory = self.trajectory;
        let principal = &trajectory.contract.principal;
        self.line(Line::Session, out, |name, out| match name {
            "user.name" => out.push_str(&principal.name),
            "user.handle" => out.push_str(&principal.handle),
            "user.role" => out.push_str(&principal.role),
            "org.name" => out.push_str(&principal.organisation),
            "org.domain" => out.push_str(&principal.domain),
            "session.date" => out.push_str(&trajectory.date),
            "session.started" => clock(trajectory.started, out),
            "session.model" => out.push_str(&trajectory.contract.model),
            "session.protocol" => out.push_str(&trajectory.protocol.version),
            "session.handshake" => out.push_str(&trajectory.protocol.session),
            "grants" => self.grants(out),
            "servers" => trajectory.connections.iter().enumerate().for_each(|(index, connection)| self.server(index, connection, out)),
            _ => {
                for policy in &trajectory.contract.policies {
                    self.line(Line::Policy, out, |name, out| text(name, policy, out));
                }
            }
        });
    }

    fn grants(&self, out: &mut String) {
        let start = out.len();
        for grant in &self.trajectory.contract.grants {
            let key = if grant.until.is_some() { Line::GrantUntil } else { Line::Grant };
            self.line(key, out, |name, out| match name {
                "scope" => out.push_str(grant.scope),
                _ => clock(self.trajectory.started + grant.until.unwrap_or_default(), out),
            });
        }
        trim_end(out, start);
    }

    fn server(&self, index: usize, connection: &Connection<'_>, out: &mut String) {
        let facts = &self.catalog.servers[connection.facts];
        self.line(Line::Server, out, |name, out| match name {
            "name" => out.push_str(&connection.name),
            "version" => out.push_str(&connection.version),
            "publisher" => out.push_str(&connection.publisher),
            "endpoint" => out.push_str(&connection.endpoint),
            "digest" => out.push_str(&connection.digest),
            "source" => out.push_str(&facts.package),
            "approval" => match &connection.approval {
                None => self.line(Line::Unapproved, out, |_, _| ()),
                Some(approval) => self.line(Line::Approved, out, |name, out| match name {
                    "on" => out.push_str(&approval.on),
                    "source" => out.push_str(&approval.source),
                    _ => out.push_str(&approval.digest),
                }),
            },
            "settings" => {
                for setting in self.settings(index) {
                    self.line(Line::Setting, out, |name, out| out.push_str(if name == "name" { &setting.name } else { &setting.approved }));
                }
            }
            _ => {
                if let Some(instructions) = &connection.instructions {
                    self.line(Line::Instructions, out, |name, out| text(name, instructions, out));
                }
            }
        });
    }

    /// Settings are an administrator's: a server that is only a copy has none.
    pub(crate) fn settings(&self, index: usize) -> &'a [guardset_core::Setting] {
        let connection = &self.trajectory.connections[index];
        let facts = &self.catalog.servers[connection.facts];
        if connection.publisher == facts.publisher { &facts.settings } else { &[] }
    }

    fn flow<'s>(&'s self, step: &'s Step<'_>) -> Terms<'s> {
        let tool_of = |connection: usize, tool: &str| Cow::Owned(format!("{}.{tool}", self.labels[connection]));
        let subject = Cow::Borrowed(self.trajectory.subject.as_str());
        let label = |connection: usize| Cow::Borrowed(&*self.labels[connection]);
        let (sender, recipient, subject, information, principle) = match &step.kind {
            StepKind::Query { .. } => ("user".into(), "assistant".into(), subject, "request".into(), "consent of the user".into()),
            StepKind::Response { .. } => ("assistant".into(), "user".into(), subject, "answer".into(), "service provision".into()),
            StepKind::Listing { connection, .. } => {
                (label(*connection), "assistant".into(), label(*connection), "tool definitions".into(), "transparency".into())
            }
            StepKind::Call { connection, tool, facts, .. } => {
                let facts = &self.catalog.tools[*facts];
                let principle = format!("scope {}", facts.scopes.join(" "));
                ("assistant".into(), tool_of(*connection, tool), subject, facts.takes.as_str().into(), principle.into())
            }
            StepKind::Return { connection, tool, facts, .. } => {
                let returns = self.catalog.tools[*facts].returns.as_str();
                (tool_of(*connection, tool), "assistant".into(), subject, returns.into(), "service provision".into())
            }
            StepKind::Material { connection, material, .. } => {
                (label(*connection), "assistant".into(), subject, Cow::Borrowed(&**material), "transparency".into())
            }
            StepKind::Event(event) => {
                let subject = event_connection(event).map_or(subject, label);
                ("environment".into(), "assistant".into(), subject, "lifecycle event".into(), "notice".into())
            }
        };
        Terms { sender, recipient, subject, information, principle }
    }

    fn step(&self, n: usize, step: &Step<'_>, flow: &Terms<'_>, out: &mut String) {
        let key = match &step.kind {
            StepKind::Query { .. } => Line::Query,
            StepKind::Listing { .. } => Line::Listing,
            StepKind::Call { .. } => Line::Call,
            StepKind::Return { error: true, .. } => Line::Error,
            StepKind::Return { .. } => Line::Result,
            StepKind::Material { .. } => Line::Material,
            StepKind::Event(_) => Line::Event,
            StepKind::Response { .. } => Line::Response,
        };
        self.line(key, out, |name, out| match name {
            "n" => drop(write!(out, "{n}")),
            "time" => clock(self.trajectory.started + step.at, out),
            "sender" => out.push_str(&flow.sender),
            "recipient" => out.push_str(&flow.recipient),
            "subject" => out.push_str(&flow.subject),
            "information" => out.push_str(&flow.information),
            "principle" => out.push_str(&flow.principle),
            _ => self.step_value(name, step, out),
        });
    }

    fn step_value(&self, name: &str, step: &Step<'_>, out: &mut String) {
        match &step.kind {
            StepKind::Query { text: said, .. } | StepKind::Response { text: said, .. } => text(name, said, out),
            StepKind::Listing { connection, digest, changed, record } => match name {
                "server" => out.push_str(&self.labels[*connection]),
                "protocol" => out.push_str(&self.trajectory.protocol.listing),
                "digest" => out.push_str(digest),
                "record" => {
                    if changed.is_some() {
                        self.event_line("listing_changed", out, |name, out| match name {
                            "server" => out.push_str(&self.labels[*connection]),
                            _ => out.push_str(record.as_deref().unwrap_or("none")),
                        });
                    }
                }
                _ => {
                    let start = out.len();
                    match changed {
                        None => {
                            self.trajectory.connections[*connection].tools.iter().for_each(|tool| self.tool(*connection, tool, None, out))
                        }
                        Some((tool, description, _)) => {
                            self.tool(*connection, &self.trajectory.connections[*connection].tools[*tool], Some(description), out);
                        }
                    }
                    trim_end(out, start);
                }
            },
            StepKind::Call { id, connection, tool, facts, arguments } => match name {
                "server" => out.push_str(&self.labels[*connection]),
                "tool" => out.push_str(tool),
                "id" => drop(write!(out, "{id}")),
                "scope" => out.push_str(&self.catalog.tools[*facts].scopes.join(",")),
                "protocol" => out.push_str(&self.trajectory.protocol.call),
                _ => object(arguments, out),
            },
            StepKind::Return { id, connection, tool, facts, text: returned, .. } => match name {
                "server" => out.push_str(&self.labels[*connection]),
                "tool" => out.push_str(tool),
                "id" => drop(write!(out, "{id}")),
                "protocol" => out.push_str(&self.trajectory.protocol.result),
                // A tool that declares the form of its results sends them in that form too (MCP specification, structured content).
                "structured" => {
                    let declared = self.catalog.tools[*facts].output_schema.is_some();
                    if declared && serde_json::from_str::<serde::de::IgnoredAny>(returned).is_ok() {
                        out.push_str(",\"structuredContent\":");
                        out.push_str(&one_line(returned));
                    }
                }
                _ => text(name, returned, out),
            },
            StepKind::Material { connection, material, name: called, text: read, .. } => match name {
                "server" => out.push_str(&self.labels[*connection]),
                "material" => out.push_str(material),
                "name" => out.push_str(called),
                _ => text(name, read, out),
            },
            StepKind::Event(event) => text(name, &self.event(event), out),
        }
    }

    fn tool(&self, connection: usize, offered: &Offered<'_>, changed: Option<&str>, out: &mut String) {
        let label = &self.labels[connection];
        let own = &self.catalog.servers[self.catalog.tools[offered.facts].server].name;
        if changed.is_none() && *label == own.as_str() && is_own(self.catalog, offered) {
            return out.push_str(&self.surface.tools[offered.facts]);
        }
        tool_line(self.catalog, self.surface, label, offered, changed, out);
    }

    fn event_line(&self, key: &str, out: &mut String, mut value: impl FnMut(&str, &mut String)) {
        let names = Event::KEYS.iter().find(|(known, _)| *known == key).map_or(&[] as &[&str], |(_, names)| names);
        Event::template(&self.catalog.events, key).fill(out, |slot, out| value(names[slot], out));
    }

    /// An event in words.
    pub(crate) fn event(&self, event: &Event<'_>) -> String {
        let mut out = String::with_capacity(128);
        let user = &self.trajectory.contract.principal.handle;
        let server = event_connection(event).map_or("", |connection| &*self.labels[connection]);
        let recorded =
            |key: &'static str, unrecorded: &'static str, record: &Option<String>| if record.is_some() { key } else { unrecorded };
        match event {
            Event::Install { source, digest, consent, .. } => self.event_line("install", &mut out, |name, out| match name {
                "server" => out.push_str(server),
                "source" => out.push_str(source),
                "digest" => out.push_str(digest),
                _ => self.event_line(if *consent { "consent_given" } else { "consent_missing" }, out, |_, _| ()),
            }),
            Event::Update { version, record, .. } => {
                self.event_line(recorded("update", "update_unrecorded", record), &mut out, |name, out| match name {
                    "server" => out.push_str(server),
                    "version" => out.push_str(version),
                    _ => out.push_str(record.as_deref().unwrap_or_default()),
                })
            }
            Event::Configure { setting, value, approved, record, .. } => {
                self.event_line(recorded("configure", "configure_unrecorded", record), &mut out, |name, out| match name {
                    "server" => out.push_str(server),
                    "setting" => out.push_str(setting),
                    "value" => out.push_str(value),
                    "approved" => out.push_str(approved),
                    _ => out.push_str(record.as_deref().unwrap_or_default()),
                });
            }
            Event::Model { adapter, record } => {
                self.event_line(recorded("model", "model_unrecorded", record), &mut out, |name, out| match name {
                    "adapter" => out.push_str(adapter),
                    _ => out.push_str(record.as_deref().unwrap_or_default()),
                })
            }
            Event::Notice { version, reason, check, .. } => self.event_line("notice", &mut out, |name, out| match name {
                "server" => out.push_str(server),
                "version" => out.push_str(version),
                "reason" => out.push_str(reason),
                _ => out.push_str(check),
            }),
            Event::Check { check, .. } => {
                self.event_line("check", &mut out, |name, out| out.push_str(if name == "server" { server } else { check }));
            }
            Event::Grant { scope } => {
                self.event_line("grant", &mut out, |name, out| out.push_str(if name == "scope" { scope } else { user }))
            }
            Event::Revoke { scope } => {
                self.event_line("revoke", &mut out, |name, out| out.push_str(if name == "scope" { scope } else { user }))
            }
            Event::Verify { role } => {
                self.event_line("verify", &mut out, |name, out| out.push_str(if name == "role" { role } else { user }))
            }
        }
        out
    }
}

/// Writes every tool once as its own server offers it, in each surface and in MCP form.
pub(crate) fn prefill(catalog: &mut Catalog) {
    let write = |catalog: &Catalog, write: &dyn Fn(&Catalog, &Offered<'_>, &str, &mut String)| -> Vec<String> {
        let own = (0..catalog.tools.len()).map(|tool| {
            let mut out = String::new();
            write(catalog, &offer(catalog, tool), &catalog.servers[catalog.tools[tool].server].name, &mut out);
            out
        });
        own.collect()
    };
    let definitions = write(catalog, &|catalog, offered, _, out| definition(catalog, offered, None, out));
    for (tool, definition) in catalog.tools.iter_mut().zip(definitions) {
        tool.definition = definition;
    }
    let lines: Vec<Vec<String>> = catalog
        .surfaces
        .iter()
        .map(|surface| write(catalog, &|catalog, offered, label, out| tool_line(catalog, surface, label, offered, None, out)))
        .collect();
    for (surface, lines) in catalog.surfaces.iter_mut().zip(lines) {
        surface.tools = lines;
    }
}

/// True for a tool that no edit touched.
pub(crate) fn is_own(catalog: &Catalog, offered: &Offered<'_>) -> bool {
    std::ptr::eq(offered.own, catalog.tools[offered.facts].description.as_str())
        && offered.description.is_none()
        && offered.property.is_none()
        && offered.annotation.is_none()
        && offered.name == catalog.tools[offered.facts].name.as_str()
}

fn fill(surface: &Surface, line: Line, out: &mut String, mut value: impl FnMut(&str, &mut String)) {
    let names = line.names();
    surface.line(line).fill(out, |slot, out| value(names[slot], out));
}

fn tool_line(catalog: &Catalog, surface: &Surface, label: &str, offered: &Offered<'_>, changed: Option<&str>, out: &mut String) {
    let facts = &catalog.tools[offered.facts];
    let description = changed.or(offered.description.as_deref()).unwrap_or(offered.own);
    fill(surface, Line::Tool, out, |name, out| match name {
        "server" => out.push_str(label),
        "name" => out.push_str(&offered.name),
        "parameters" => {
            let start = out.len();
            for (parameter, kind, required) in &facts.signature {
                let line = if *required { Line::Parameter } else { Line::OptionalParameter };
                fill(surface, line, out, |name, out| out.push_str(if name == "name" { parameter } else { kind }));
            }
            if let Some((property, about)) = &offered.property {
                fill(surface, Line::AddedParameter, out, |name, out| match name {
                    "name" => out.push_str(property),
                    "description.json" => json(about, out),
                    _ => out.push_str(about),
                });
            }
            trim_end(out, start);
        }
        "definition" => {
            definition(catalog, offered, changed, out);
            out.push('}');
        }
        "annotation" => {
            if let Some(title) = &offered.annotation {
                fill(surface, Line::Annotation, out, |name, out| text(name, title, out));
            }
        }
        "description.json" => json(description, out),
        _ => out.push_str(description),
    });
}

/// A tool in MCP form, without the closing brace.
pub(crate) fn definition(catalog: &Catalog, offered: &Offered<'_>, changed: Option<&str>, out: &mut String) {
    let facts = &catalog.tools[offered.facts];
    out.push_str("{\"name\":");
    json(&offered.name, out);
    if let Some(title) = &facts.title {
        out.push_str(",\"title\":");
        json(title, out);
    }
    out.push_str(",\"description\":");
    json(changed.or(offered.description.as_deref()).unwrap_or(offered.own), out);
    out.push_str(",\"inputSchema\":");
    match &offered.property {
        None => out.push_str(&facts.input_schema),
        Some((property, about)) => {
            let (at, comma) = facts.property_slot;
            out.push_str(&facts.input_schema[..at]);
            json(property, out);
            out.push_str(":{\"type\":\"string\",\"description\":");
            json(about, out);
            out.push_str(if comma { "}," } else { "}" });
            out.push_str(&facts.input_schema[at..]);
        }
    }
    if let Some(schema) = &facts.output_schema {
        out.push_str(",\"outputSchema\":");
        out.push_str(schema);
    }
    let server = &catalog.servers[facts.server];
    let members = &catalog.protocols[server.protocol].tool;
    members[(guardset_core::hash_text(&facts.name) % members.len() as u64) as usize]
        .fill(out, |slot, out| out.push_str(if slot == 0 { &server.publisher } else { &facts.name }));
    let hints = facts.annotations.as_deref();
    match &offered.annotation {
        None => {
            if let Some(hints) = hints {
                out.push_str(",\"annotations\":");
                out.push_str(hints);
            }
        }
        Some(title) => {
            out.push_str(",\"annotations\":{\"title\":");
            json(title, out);
            match hints.and_then(|hints| hints.strip_prefix('{')).filter(|rest| *rest != "}") {
                Some(rest) => {
                    out.push(',');
                    out.push_str(rest);
                }
                None => out.push('}'),
            }
        }
    }
}

pub(crate) fn event_connection(event: &Event<'_>) -> Option<usize> {
    match event {
        Event::Install { connection, .. }
        | Event::Update { connection, .. }
        | Event::Configure { connection, .. }
        | Event::Notice { connection, .. }
        | Event::Check { connection, .. } => Some(*connection),
        Event::Model { .. } | Event::Grant { .. } | Event::Revoke { .. } | Event::Verify { .. } => None,
    }
}

/// JSON without the line breaks between its members; within a string JSON has none.
fn one_line(json: &str) -> Cow<'_, str> {
    if json.contains('\n') { Cow::Owned(json.lines().map(str::trim_start).collect()) } else { Cow::Borrowed(json.trim()) }
}

/// Writes a text raw or as a JSON string, as the name asks.
fn text(name: &str, value: &str, out: &mut String) {
    if name.ends_with(".json") { json(value, out) } else { out.push_str(value) }
}

/// Lists end in a separator; the last one goes.
fn trim_end(out: &mut String, start: usize) {
    let kept = out[start..].trim_end_matches([' ', ',', ';', '\n']).len();
    out.truncate(start + kept);
}

fn clock(seconds: u32, out: &mut String) {
    let _ = write!(out, "{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

pub(crate) fn quoted_clock(seconds: u32, out: &mut String) {
    out.push('"');
    clock(seconds, out);
    out.push('"');
}
