//! The JSON columns of a session: tools, session header, steps.

use std::fmt::Write as _;

use guardset_core::{Connection, Event, Step, StepKind};

use crate::json::{fields, json, list, object, optional};
use crate::surface::{Page, definition, event_connection, is_own, quoted_clock};

impl Page<'_> {
    pub(crate) fn tools(&self) -> String {
        let mut out = String::with_capacity(12 * 1024);
        let mut separator = '[';
        for (index, connection) in self.trajectory.connections.iter().enumerate() {
            for offered in &connection.tools {
                out.push(separator);
                separator = ',';
                if is_own(self.catalog, offered) {
                    out.push_str(&self.catalog.tools[offered.facts].definition);
                } else {
                    definition(self.catalog, offered, None, &mut out);
                }
                out.push_str(",\"_meta\":{\"server\":");
                json(&self.labels[index], &mut out);
                out.push_str("}}");
            }
        }
        out.push_str(if separator == '[' { "[]" } else { "]" });
        out
    }

    pub(crate) fn session(&self) -> String {
        let trajectory = self.trajectory;
        let principal = &trajectory.contract.principal;
        let mut out = String::with_capacity(3 * 1024);
        out.push_str("{\"user\":");
        fields(
            &mut out,
            &[
                ("name", &principal.name),
                ("handle", &principal.handle),
                ("role", &principal.role),
                ("organisation", &principal.organisation),
                ("domain", &principal.domain),
            ],
        );
        out.push_str(",\"date\":");
        json(&trajectory.date, &mut out);
        out.push_str(",\"started\":");
        quoted_clock(trajectory.started, &mut out);
        out.push_str(",\"model\":");
        json(&trajectory.contract.model, &mut out);
        out.push_str(",\"protocol_version\":");
        json(&trajectory.protocol.version, &mut out);
        out.push_str(",\"grants\":");
        list(&mut out, &trajectory.contract.grants, |grant, out| {
            out.push_str("{\"scope\":");
            json(grant.scope, out);
            out.push_str(",\"until\":");
            match grant.until {
                Some(until) => quoted_clock(trajectory.started + until, out),
                None => out.push_str("null"),
            }
            out.push('}');
        });
        out.push_str(",\"servers\":");
        let mut index = 0;
        list(&mut out, &trajectory.connections, |connection, out| {
            self.session_server(index, connection, out);
            index += 1;
        });
        out.push_str(",\"policies\":");
        list(&mut out, &trajectory.contract.policies, |policy, out| json(policy, out));
        out.push('}');
        out
    }

    fn session_server(&self, index: usize, connection: &Connection<'_>, out: &mut String) {
        let mut pairs = vec![
            ("name", &*connection.name),
            ("version", &*connection.version),
            ("publisher", &*connection.publisher),
            ("endpoint", &connection.endpoint),
            ("digest", &connection.digest),
        ];
        if let Some(instructions) = &connection.instructions {
            pairs.push(("instructions", instructions));
        }
        fields(out, &pairs);
        out.pop();
        out.push_str(",\"approval\":");
        match &connection.approval {
            Some(approval) => fields(out, &[("on", &approval.on), ("source", &approval.source), ("sha256", &approval.digest)]),
            None => out.push_str("null"),
        }
        out.push_str(",\"settings\":");
        let settings: Vec<(&str, &str)> = self.settings(index).iter().map(|s| (s.name.as_str(), s.approved.as_str())).collect();
        fields(out, &settings);
        out.push('}');
    }

    pub(crate) fn steps(&self) -> String {
        let mut out = String::with_capacity(8 * 1024);
        let mut n = 0;
        list(&mut out, &self.trajectory.steps, |step, out| {
            let _ = write!(out, "{{\"step\":{n},\"at\":");
            quoted_clock(self.trajectory.started + step.at, out);
            self.step_json(step, out);
            out.push('}');
            n += 1;
        });
        out
    }

    fn step_json(&self, step: &Step<'_>, out: &mut String) {
        let kind = |out: &mut String, kind: &str, pairs: &[(&str, &str)]| {
            out.push_str(",\"kind\":");
            json(kind, out);
            for (key, value) in pairs {
                out.push(',');
                json(key, out);
                out.push(':');
                json(value, out);
            }
        };
        match &step.kind {
            StepKind::Query { text, .. } => kind(out, "query", &[("text", text)]),
            StepKind::Response { text, .. } => kind(out, "response", &[("text", text)]),
            StepKind::Listing { connection, digest, changed, record } => {
                kind(out, "listing", &[("server", &self.labels[*connection]), ("digest", digest)]);
                let tools = &self.trajectory.connections[*connection].tools;
                match changed {
                    None => {
                        out.push_str(",\"tools\":");
                        list(out, tools, |tool, out| json(&tool.name, out));
                    }
                    Some((tool, description, _)) => {
                        out.push_str(",\"changed\":");
                        definition(self.catalog, &tools[*tool], Some(description), out);
                        out.push_str("},\"record\":");
                        optional(record.as_deref(), out);
                    }
                }
            }
            StepKind::Call { id, connection, tool, facts, arguments } => {
                kind(
                    out,
                    "call",
                    &[("server", &self.labels[*connection]), ("tool", tool), ("scope", &self.catalog.tools[*facts].scopes.join(" "))],
                );
                let _ = write!(out, ",\"call\":{id},\"arguments\":");
                object(arguments, out);
            }
            StepKind::Return { id, connection, tool, text, error, .. } => {
                kind(out, "return", &[("server", &self.labels[*connection]), ("tool", tool), ("text", text)]);
                let _ = write!(out, ",\"call\":{id},\"error\":{error}");
            }
            StepKind::Material { connection, material, name, text, .. } => {
                kind(out, "material", &[("server", &self.labels[*connection]), ("material", material), ("name", name), ("text", text)]);
            }
            StepKind::Event(event) => {
                let wording = self.event(event);
                kind(out, "event", &[("text", &wording)]);
                self.event_json(event, out);
            }
        }
    }

    fn event_json(&self, event: &Event<'_>, out: &mut String) {
        let mut pair = |key: &str, value: Option<&str>| {
            let _ = write!(out, ",\"{key}\":");
            optional(value, out);
        };
        if let Some(connection) = event_connection(event) {
            pair("server", Some(&self.labels[connection]));
        }
        match event {
            Event::Install { source, digest, consent, .. } => {
                pair("event", Some("install"));
                pair("source", Some(source));
                pair("digest", Some(digest));
                pair("consent", Some(if *consent { "user" } else { "none" }));
            }
            Event::Update { version, record, .. } => {
                pair("event", Some("update"));
                pair("version", Some(version));
                pair("record", record.as_deref());
            }
            Event::Configure { setting, value, approved, record, .. } => {
                pair("event", Some("configure"));
                pair("setting", Some(setting));
                pair("value", Some(value));
                pair("approved", Some(approved));
                pair("record", record.as_deref());
            }
            Event::Model { adapter, record } => {
                pair("event", Some("model"));
                pair("adapter", Some(adapter));
                pair("record", record.as_deref());
            }
            Event::Notice { version, check, .. } => {
                pair("event", Some("notice"));
                pair("version", Some(version));
                pair("check", Some(check));
            }
            Event::Check { check, .. } => {
                pair("event", Some("check"));
                pair("check", Some(check));
            }
            Event::Grant { scope } => {
                pair("event", Some("grant"));
                pair("scope", Some(scope));
            }
            Event::Revoke { scope } => {
                pair("event", Some("revoke"));
                pair("scope", Some(scope));
            }
            Event::Verify { role } => {
                pair("event", Some("verify"));
                pair("role", Some(role));
            }
        }
    }
}
