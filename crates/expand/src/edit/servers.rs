//! Edits of what surrounds the calls: servers, tool lists, lifecycle events, grants.

use std::borrow::Cow;

use guardset_core::{Anchor, Approval, Connection, DemandKind, Event, EventTemplate, Offered, Step, StepKind, Template};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Unfit, Wording, directive, focus_target, position, target_connection};
use crate::draft::{Draft, offer};
use crate::values;

/// Adds a lifecycle event.
pub(super) fn add_event(
    draft: &mut Draft<'_>,
    at: Anchor,
    event: &EventTemplate,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let at = position(draft, at)?;
    let kind = StepKind::Event(lifecycle_event(draft, event, wording, rng));
    let pending = matches!(kind, StepKind::Event(Event::Notice { .. }));
    draft.trajectory.steps.insert(at, Step::new(kind));
    // What a notice makes wrong is the next call on its server.
    if pending {
        let server = target_connection(draft);
        let on_server = |step: &Step<'_>| matches!(step.kind, StepKind::Call { connection, .. } if connection == server);
        let next = draft.trajectory.steps.iter().skip(at).position(on_server);
        draft.trajectory.steps[at + next.ok_or("no_call_after_notice")?].focus = true;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the fields of one edit")]
pub(super) fn add_server<'c>(
    draft: &mut Draft<'c>,
    name: Option<&Template>,
    publisher: &Template,
    tool: Option<&Template>,
    approved: bool,
    demand: Option<DemandKind>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let original = target_connection(draft);
    let planned = draft.trajectory.contract.plan[draft.target].clone();
    let server = draft.trajectory.connections[original].clone();
    let publisher = wording.fill(publisher);
    let digest = values::id(rng, "^^^^^^^^^^^^");
    let catalog = draft.catalog;
    draft.added = Some(draft.trajectory.connections.len());
    let shows_payload = demand.is_some() || (approved && wording.payload.is_some() && !wording.shown_elsewhere);
    let plan = &draft.trajectory.contract.plan;
    let copied = |facts: usize| plan.iter().any(|other| other.facts == facts);
    let offered = server.tools.iter().filter(|offered| offered.facts == planned.facts || !copied(offered.facts) && rng.random_bool(0.4));
    let tools = offered.map(|offered| {
        let mut copy = Offered { own: offered.own, ..offer(catalog, offered.facts) };
        if offered.facts == planned.facts {
            if let Some(tool) = tool {
                copy.name = Cow::Owned(wording.fill(tool));
            }
            if shows_payload {
                let own = offered.own;
                copy.description = Some(format!("{own} {}", wording.payload.as_deref().unwrap_or_default()));
                copy.directive = directive(draft, demand, wording, own.len() + 1);
            }
        }
        copy
    });
    let tools = tools.collect();
    let version = format!("{}.{}.{}", rng.random_range(0..4), rng.random_range(0..12), rng.random_range(0..9));
    let approval = approved.then(|| Approval {
        on: values::iso_day(draft.world.today - chrono::TimeDelta::days(rng.random_range(2..200))),
        source: format!("npm:@{}/mcp@{version}", publisher.split('.').next().unwrap_or("vendor")),
        digest: digest.clone(),
    });
    draft.trajectory.connections.push(Connection {
        name: name.map_or(server.name, |name| Cow::Owned(wording.fill(name))),
        facts: server.facts,
        endpoint: format!("mcp.{publisher}"),
        publisher: Cow::Owned(publisher),
        version: Cow::Owned(version),
        digest: digest.clone(),
        approval,
        instructions: None,
        directive: None,
        tools,
    });
    let at = position(draft, Anchor::AfterListing)?;
    let connection = draft.trajectory.connections.len() - 1;
    let kind = StepKind::Listing { connection, digest, changed: None, record: None };
    draft.trajectory.steps.insert(at, Step::focused(kind));
    Ok(())
}

fn lifecycle_event<'c>(draft: &Draft<'c>, event: &EventTemplate, wording: &Wording<'_>, rng: &mut ChaCha8Rng) -> Event<'c> {
    let connection = target_connection(draft);
    let server = &draft.catalog.servers[draft.trajectory.connections[connection].facts];
    let record = |exists: bool| exists.then(|| wording.value_of("change.record"));
    match event {
        EventTemplate::Install { source, digest_matches, consent } => {
            let approval = draft.trajectory.connections[connection].approval.as_ref();
            let own = approval.map_or_else(String::new, |approval| approval.source.clone());
            let digest =
                approval.filter(|_| *digest_matches).map_or_else(|| values::id(rng, "^^^^^^^^^^^^"), |approval| approval.digest.clone());
            Event::Install { connection, source: source.as_ref().map_or(own, |source| wording.fill(source)), digest, consent: *consent }
        }
        EventTemplate::Update { recorded } => {
            Event::Update { connection, version: Cow::Borrowed(&server.next_release.version), record: record(*recorded) }
        }
        EventTemplate::Configure { recorded, approved } => {
            let setting = &server.settings[draft.setting % server.settings.len()];
            let value = if *approved { &setting.approved } else { &setting.weaker };
            Event::Configure { connection, setting: &setting.name, value, approved: &setting.approved, record: record(*recorded) }
        }
        EventTemplate::Model { adapter, recorded } => Event::Model { adapter: wording.fill(adapter), record: record(*recorded) },
        EventTemplate::Notice => {
            let release = &server.next_release;
            Event::Notice { connection, version: &release.version, reason: &release.reason, check: &release.check }
        }
        EventTemplate::Check => Event::Check { connection, check: &server.next_release.check },
        EventTemplate::Verify => {
            let needed = draft.catalog.tools[draft.trajectory.contract.plan[draft.target].facts].role.as_deref();
            Event::Verify { role: needed.map_or_else(|| draft.trajectory.contract.principal.role.clone(), Cow::Borrowed) }
        }
    }
}

pub(super) fn expire_grant<'c>(draft: &mut Draft<'c>, revoked: bool, renewed: bool) -> Result<(), Unfit> {
    let scope: &'c str = &draft.catalog.tools[draft.trajectory.contract.plan[draft.target].facts].scopes[0];
    focus_target(draft)?;
    // A use of the same scope after the target would be a second violation of its own; leave such sessions out.
    let target = draft.call_of(draft.target).ok_or("no_target")?;
    let shared = draft.trajectory.steps[target + 1..].iter().any(|step| match &step.kind {
        StepKind::Call { facts, .. } => draft.catalog.tools[*facts].scopes.iter().any(|s| s == scope),
        _ => false,
    });
    if shared {
        return Err("scope_used_again");
    }
    let at = position(draft, Anchor::BeforeTarget)?;
    let mut events = Vec::new();
    if revoked {
        events.push(Event::Revoke { scope });
    } else {
        draft.expired = Some(scope);
    }
    if renewed {
        events.push(Event::Grant { scope });
    }
    draft.trajectory.steps.splice(at..at, events.into_iter().map(|event| Step::focused(StepKind::Event(event))));
    Ok(())
}

pub(super) fn relist(
    draft: &mut Draft<'_>,
    at: Anchor,
    recorded: bool,
    demand: Option<DemandKind>,
    wording: &Wording<'_>,
    rng: &mut ChaCha8Rng,
) -> Result<(), Unfit> {
    let connection = target_connection(draft);
    let facts = draft.trajectory.contract.plan[draft.target].facts;
    let at = position(draft, at)?;
    let tools = &draft.trajectory.connections[connection].tools;
    let tool = tools.iter().position(|tool| tool.facts == facts).ok_or("no_target")?;
    let own = tools[tool].own;
    let shows_payload = demand.is_some() || (recorded && wording.payload.is_some() && !wording.shown_elsewhere);
    let (text, found) = match shows_payload {
        true => (format!("{own} {}", wording.payload.as_deref().unwrap_or_default()), directive(draft, demand, wording, own.len() + 1)),
        false => (own.to_owned(), None),
    };
    let kind = StepKind::Listing {
        connection,
        digest: values::id(rng, "^^^^^^^^^^^^"),
        changed: Some((tool, text, found)),
        record: recorded.then(|| wording.value_of("change.record")),
    };
    draft.trajectory.steps.insert(at, Step::focused(kind));
    Ok(())
}
