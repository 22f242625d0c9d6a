//! The benign session of a scenario, before any edit.

use std::borrow::Cow;

use guardset_core::{
    Agent, Approval, Binding, Catalog, Connection, Contract, Event, Field, Grant, Intended, Offered, Principal, Scenario, ScenarioStep,
    Step, StepKind, StepTemplate, Trajectory, Voice, Wording,
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::agent;
use crate::diction::{Diction, Reworded};
use crate::fit::Fit;
use crate::frame;
use crate::values::{self, Sources, World, pick};
use crate::voice;

/// A session in the making: the trajectory and what edits need to know beside it.
#[derive(Clone)]
pub(crate) struct Draft<'c> {
    pub catalog: &'c Catalog,
    pub scenario: &'c Scenario,
    pub world: World<'c>,
    pub values: Vec<String>,
    /// The same slots drawn again, where an edit changes a value; else empty.
    pub others: Vec<String>,
    pub trajectory: Trajectory<'c>,
    pub target: usize,
    pub rogue: Option<usize>,
    /// Which of a server's settings a change is about, modulo their number.
    pub setting: usize,
    /// Connection that an edit added.
    pub added: Option<usize>,
    /// Scope whose grant ends before the target call.
    pub expired: Option<&'c str>,
    pub opener: &'c str,
    pub closer: &'c str,
    pub voice: &'c Voice,
    pub agent: &'c Agent,
    pub diction: Diction<'c>,
    /// The request starts with a slot value, whose first letter must stay.
    pub starts_with_slot: bool,
    next_call: u32,
}

/// Further servers that are connected, drawn as often as they stand here.
const BYSTANDERS: [usize; 14] = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 6];

/// Longest tool list.
const MOST_TOOLS: usize = 40;

/// Share of sessions in which something unremarkable happens to a server.
const BACKGROUND: f64 = 0.3;

/// Forms of change records.
pub(crate) const CHANGE_RECORDS: [&str; 5] = ["CHG-####", "CR-#####", "RFC-####", "TKT-#####", "REL-####"];

/// Everything that fixes a benign session but the random source.
pub(crate) struct Seed<'c, 'a> {
    pub catalog: &'c Catalog,
    pub scenario: &'c Scenario,
    pub sources: &'a Sources,
    pub fit: Option<Fit>,
    /// A tool that benign side business needs.
    pub helper: Option<usize>,
    /// Servers that may be connected beside the ones that are needed.
    pub bystanders: &'a [usize],
    pub diction: Diction<'c>,
}

impl<'c> Draft<'c> {
    pub(crate) fn new(seed: &Seed<'c, '_>, rng: &mut ChaCha8Rng) -> Self {
        let Seed { catalog, scenario, .. } = *seed;
        let world = World::draw(rng, &catalog.banks);
        let values = values::draw(rng, &catalog.banks, &world, &scenario.slots, seed.sources);
        let voice = pick(rng, &catalog.voices);
        let rogue = seed.fit.and_then(|fit| fit.rogue);
        let extra: Vec<usize> = rogue.into_iter().chain(seed.helper).collect();
        let mut connections = connect(seed, &extra, &world, rng);
        let mut diction = seed.diction.clone();
        let reworded = describe(catalog, &mut connections, &mut diction);
        let contract = contract(catalog, scenario, &extra, &connections, &world, &values, rng);
        let connected = connections[0].facts;
        let trajectory = Trajectory {
            contract,
            connections,
            steps: Vec::with_capacity(24),
            date: values::iso_day(world.today),
            started: world.started,
            protocol: protocol(catalog, connected, &values::iso_day(world.today)),
            subject: scenario.subject.filled(&values),
            reworded,
        };
        let mut draft = Self {
            catalog,
            scenario,
            world,
            values,
            others: Vec::new(),
            trajectory,
            // A session that stands alone may be asked about at any of its calls.
            target: seed.fit.map_or_else(|| rng.random_range(0..scenario.calls().count().max(1)), |fit| fit.target),
            rogue,
            setting: rng.random_range(0..6),
            added: None,
            expired: None,
            opener: pick::<String>(rng, &voice.openers),
            closer: pick::<String>(rng, &voice.closers),
            voice,
            agent: agent(catalog, rng),
            diction,
            starts_with_slot: false,
            next_call: 0,
        };
        draft.play(rng);
        draft
    }

    /// Writes the steps of the scenario.
    fn play(&mut self, rng: &mut ChaCha8Rng) {
        let scenario = self.scenario;
        let background = rng.random_bool(BACKGROUND).then(|| self.background(rng));
        if let Some(event @ Event::Install { .. }) = &background {
            self.push(None, StepKind::Event(event.clone()));
        }
        let (request, reworded) = self.diction.choose(Field::Request, pick(rng, &scenario.requests));
        self.starts_with_slot = request.starts_with_slot();
        if self.diction.is_foreign() {
            (self.opener, self.closer) = ("", "");
        }
        let text = self.said(request, rng);
        self.push(None, StepKind::Query { text, directive: None });
        self.mark(reworded);
        for connection in 0..self.trajectory.connections.len() {
            let digest = self.trajectory.connections[connection].digest.clone();
            self.push(None, StepKind::Listing { connection, digest, changed: None, record: None });
        }
        if let Some(event) = background.filter(|event| !matches!(event, Event::Install { .. })) {
            self.push(None, StepKind::Event(event));
        }
        let connection = rng.random_range(0..self.trajectory.connections.len());
        let tool = self.trajectory.connections[connection].tools.first().map(|tool| tool.facts);
        let handout = tool.and_then(|tool| frame::handout(self.catalog, &self.world, connection, tool, rng));
        let (early, mut late) = if rng.random_bool(0.5) { (handout, None) } else { (None, handout) };
        if let Some(kind) = early {
            self.push(None, kind);
        }
        // How much this assistant tells before it calls: never, sometimes, always.
        let talks = [0.0, 0.5, 1.0][rng.random_range(0..3)];
        let mut call = 0;
        for step in &scenario.steps {
            match step {
                ScenarioStep::Assistant(wordings) => {
                    let (text, reworded) = self.filled(pick(rng, wordings));
                    self.push(None, StepKind::Response { text, answers: false });
                    self.mark(reworded);
                }
                ScenarioStep::User(wordings) => {
                    let (wording, reworded) = self.diction.choose(Field::Request, pick(rng, wordings));
                    let text = self.said(wording, rng);
                    self.push(None, StepKind::Query { text, directive: None });
                    self.mark(reworded);
                }
                ScenarioStep::Call(planned) => {
                    if !planned.says.is_empty() && rng.random_bool(talks) {
                        let (text, reworded) = self.filled(pick(rng, &planned.says));
                        self.push(Some(call), StepKind::Response { text, answers: false });
                        self.mark(reworded);
                    }
                    let connection = self.trajectory.contract.plan[call].connection;
                    let values = std::mem::take(&mut self.values);
                    let [mut called, mut returned] = self.call(connection, planned.tool, &planned.template, &values, planned.error, rng);
                    self.values = values;
                    called.origin = Some(call);
                    returned.origin = Some(call);
                    self.trajectory.steps.extend([called, returned]);
                    call += 1;
                    if rng.random_bool(0.5)
                        && let Some(kind) = late.take()
                    {
                        self.push(None, kind);
                    }
                }
            }
        }
        let (text, reworded) = self.filled(pick(rng, &scenario.replies));
        self.push(None, StepKind::Response { text, answers: true });
        self.mark(reworded);
    }

    /// What an assistant says, with the session's values.
    fn filled(&mut self, wording: &'c Wording) -> (String, Reworded) {
        let (text, reworded) = self.diction.choose(Field::Assistant, wording);
        (text.filled(&self.values), reworded)
    }

    /// What the user says, in the user's voice where that voice knows the language.
    fn said(&self, wording: &guardset_core::Template, rng: &mut ChaCha8Rng) -> String {
        if self.diction.is_foreign() { wording.filled(&self.values) } else { voice::say(wording, &self.values, self.voice, rng) }
    }

    /// Notes at the last step that it holds a rewording.
    fn mark(&mut self, reworded: Reworded) {
        if let Some(step) = self.trajectory.steps.last_mut() {
            step.reworded.extend(reworded);
        }
    }

    /// Something that happens to a server now and then and that is in order: without it, an event line would tell an attack.
    fn background(&self, rng: &mut ChaCha8Rng) -> Event<'c> {
        let connection = rng.random_range(0..self.trajectory.connections.len());
        let this = &self.trajectory.connections[connection];
        let server = &self.catalog.servers[this.facts];
        let form = CHANGE_RECORDS[rng.random_range(0..CHANGE_RECORDS.len())];
        let record = values::id(rng, form);
        match (rng.random_range(0..4), &this.approval, self.trajectory.contract.grants.first()) {
            (0, Some(approval), _) => {
                Event::Install { connection, source: approval.source.clone(), digest: approval.digest.clone(), consent: true }
            }
            (1, _, Some(grant)) => Event::Grant { scope: grant.scope },
            (2, ..) => Event::Check { connection, check: &server.next_release.check },
            _ => {
                let setting = pick(rng, &server.settings);
                let value = if rng.random_bool(0.5) { &setting.weaker } else { &setting.approved };
                Event::Configure { connection, setting: &setting.name, value, approved: &setting.approved, record: Some(record) }
            }
        }
    }

    fn push(&mut self, origin: Option<usize>, kind: StepKind<'c>) {
        self.trajectory.steps.push(Step { origin, ..Step::new(kind) });
    }

    /// A call and its return, not yet put anywhere.
    pub(crate) fn call(
        &mut self,
        connection: usize,
        tool: usize,
        template: &'c StepTemplate,
        values: &[String],
        error: bool,
        rng: &mut ChaCha8Rng,
    ) -> [Step<'c>; 2] {
        let id = self.number();
        let facts = tool;
        let tool: Cow<'c, str> = Cow::Borrowed(&self.catalog.tools[facts].name);
        let arguments = template.arguments.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value.filled(values))).collect();
        let (text, reworded) = self.diction.choose(Field::Result, pick(rng, &template.results));
        let text = text.filled(values);
        let text = if error { text } else { frame::framed(text, self.catalog, &self.world, facts, rng) };
        let mut answer = Step::new(StepKind::Return { id, connection, tool: tool.clone(), facts, text, error, directive: None });
        answer.reworded.extend(reworded);
        [Step::new(StepKind::Call { id, connection, tool, facts, arguments }), answer]
    }

    /// A number that no call has yet. Numbers become consecutive at the end.
    pub(crate) fn number(&mut self) -> u32 {
        self.next_call += 1;
        self.next_call
    }

    /// Puts opener and closer around the request, numbers the calls and gives each step its time.
    pub(crate) fn finish(mut self, rng: &mut ChaCha8Rng) -> Trajectory<'c> {
        if let Some(StepKind::Query { text, directive }) =
            self.trajectory.steps.iter_mut().map(|step| &mut step.kind).find(|kind| matches!(kind, StepKind::Query { .. }))
        {
            let marked = directive.as_ref().map(|directive| text[directive.start..directive.end].to_owned());
            *text = voice::wrap(text, self.opener, self.closer, self.starts_with_slot);
            if let (Some(directive), Some(marked)) = (directive, marked) {
                // Opener and closer moved it; a claim at the front may have lost its capital letter.
                let first = marked.chars().next().map_or(0, char::len_utf8);
                let at = text.find(&marked[first..]).unwrap_or(directive.start + first);
                (directive.start, directive.end) = (at - first, at - first + marked.len());
            }
        }
        // In one order, whatever added them.
        self.trajectory.contract.grants.sort_by_key(|grant| grant.scope);
        agent::join_calls(&mut self.trajectory, self.agent, self.target);
        self.number_calls();
        agent::speak(&mut self.trajectory, self.catalog, self.agent, rng);
        self.time(rng);
        self.trajectory
    }

    fn number_calls(&mut self) {
        let mut order: Vec<u32> = Vec::new();
        for step in &mut self.trajectory.steps {
            if let StepKind::Call { id, .. } | StepKind::Return { id, .. } = &mut step.kind {
                let position = order.iter().position(|known| known == id).unwrap_or_else(|| {
                    order.push(*id);
                    order.len() - 1
                });
                *id = position as u32 + 1;
            }
        }
    }

    fn time(&mut self, rng: &mut ChaCha8Rng) {
        let mut now = 0;
        let mut gap_end = None;
        let expires_before = self.expired.and_then(|_| self.pause());
        for (position, step) in self.trajectory.steps.iter_mut().enumerate() {
            now += match &step.kind {
                StepKind::Query { .. } if position == 0 => 0,
                StepKind::Query { .. } => rng.random_range(12..140),
                StepKind::Listing { .. } => rng.random_range(0..2),
                StepKind::Call { .. } => rng.random_range(1..9),
                StepKind::Return { .. } | StepKind::Material { .. } => rng.random_range(0..5),
                StepKind::Event(_) => rng.random_range(1..20),
                StepKind::Response { .. } => rng.random_range(2..9),
            };
            if expires_before == Some(position) {
                let pause = rng.random_range(900..4000);
                gap_end = Some(now + pause / 2);
                now += pause;
            }
            step.at = now;
        }
        if let (Some(scope), Some(until)) = (self.expired, gap_end) {
            for grant in self.trajectory.contract.grants.iter_mut().filter(|grant| grant.scope == scope) {
                grant.until = Some(until);
            }
        }
    }

    /// The step before which the user was away so long that the target's grant ended: the target call, or the new grant for it.
    fn pause(&self) -> Option<usize> {
        // An assistant that does not make the call says so instead, after the pause.
        let call = self.call_of(self.target).unwrap_or(self.trajectory.steps.len().checked_sub(1)?);
        // A grant in the background is no renewal; the one of the edit has its focus.
        let renewal = |step: &Step<'_>| step.focus && matches!(&step.kind, StepKind::Event(Event::Grant { .. }));
        let near = call.saturating_sub(2);
        Some(self.trajectory.steps[near..call].iter().position(renewal).map_or(call, |at| near + at))
    }

    /// Position of a planned call.
    pub(crate) fn call_of(&self, planned: usize) -> Option<usize> {
        self.position(|step| step.origin == Some(planned) && matches!(step.kind, StepKind::Call { .. }))
    }

    /// Position of a planned call's return.
    pub(crate) fn return_of(&self, planned: usize) -> Option<usize> {
        self.position(|step| step.origin == Some(planned) && matches!(step.kind, StepKind::Return { .. }))
    }

    pub(crate) fn position(&self, wanted: impl FnMut(&Step<'c>) -> bool) -> Option<usize> {
        self.trajectory.steps.iter().position(wanted)
    }
}

fn connect<'c>(seed: &Seed<'c, '_>, extra: &[usize], world: &World<'_>, rng: &mut ChaCha8Rng) -> Vec<Connection<'c>> {
    let Seed { catalog, scenario, bystanders, .. } = *seed;
    let mut servers = scenario.servers.clone();
    servers.extend(extra.iter().map(|tool| catalog.tools[*tool].server));
    for _ in 0..BYSTANDERS[rng.random_range(0..BYSTANDERS.len())] {
        if bystanders.is_empty() {
            break;
        }
        // What people have connected is mostly of their own field.
        let near: Vec<usize> = bystanders.iter().copied().filter(|server| catalog.servers[*server].domain == scenario.domain).collect();
        let from = if near.is_empty() || rng.random_bool(0.3) { bystanders } else { &near };
        servers.push(*pick(rng, from));
    }
    servers.sort_unstable();
    servers.dedup();
    if servers.is_empty() && !bystanders.is_empty() {
        servers.push(*pick(rng, bystanders));
    }
    for i in (1..servers.len()).rev() {
        servers.swap(i, rng.random_range(0..=i));
    }
    let needed = |tool: usize| extra.contains(&tool) || scenario.calls().any(|call| call.tool == tool);
    // Users switch tools off: all of them on, or a part.
    let on = [1.0, 0.7, 0.5, 0.3, 0.1, 0.0][rng.random_range(0..6)];
    let mut room = MOST_TOOLS;
    // Two servers of others may have a tool of one name; in a session that no attack touches there is one of each.
    let mut named: Vec<&str> = match catalog.homonyms {
        true => extra.iter().copied().chain(scenario.calls().map(|call| call.tool)).map(|tool| catalog.tools[tool].name.as_str()).collect(),
        false => Vec::new(),
    };
    servers
        .into_iter()
        .filter_map(|index| {
            let server = &catalog.servers[index];
            let digest = values::id(rng, "^^^^^^^^^^^^");
            let approved_on = values::iso_day(world.today - chrono::TimeDelta::days(rng.random_range(4..320)));
            let wanted = server.tools.clone().filter(|tool| needed(*tool) || rng.random_bool(on));
            // A server that is connected offers something, and no list is longer than clients bear.
            let mut tools: Vec<usize> = wanted.filter(|tool| needed(*tool) || room > 0).collect();
            if tools.is_empty() {
                tools.push(rng.random_range(server.tools.clone()));
            }
            if catalog.homonyms {
                tools.retain(|tool| needed(*tool) || !named.contains(&catalog.tools[*tool].name.as_str()));
                named.extend(tools.iter().map(|tool| catalog.tools[*tool].name.as_str()));
                if tools.is_empty() {
                    return None;
                }
            }
            room = room.saturating_sub(tools.len());
            Some(Connection {
                name: Cow::Borrowed(&server.name),
                facts: index,
                endpoint: format!("mcp.{}", server.publisher),
                publisher: Cow::Borrowed(&server.publisher),
                version: Cow::Borrowed(&server.version),
                approval: Some(Approval {
                    on: approved_on,
                    source: format!("{}@{}", server.package, server.version),
                    digest: digest.clone(),
                }),
                instructions: server.instructions.as_ref().map(|own| Cow::Borrowed(own.as_str())),
                directive: None,
                tools: tools.into_iter().map(|facts| offer(catalog, facts)).collect(),
                digest,
            })
        })
        .collect()
}

/// Gives tools and servers the descriptions and instructions that this session has of them. Returns which are rewordings.
fn describe<'c>(catalog: &'c Catalog, connections: &mut [Connection<'c>], diction: &mut Diction<'c>) -> Vec<(Field, usize)> {
    let mut all = Vec::new();
    let mut word = |wording: &'c Wording| {
        let (text, reworded) = diction.choose(Field::Description, wording);
        all.extend(reworded);
        text.as_literal().unwrap_or_else(|| wording.as_str())
    };
    for connection in connections {
        if let Some(own) = &catalog.servers[connection.facts].instructions {
            connection.instructions = Some(Cow::Borrowed(word(own)));
        }
        for tool in &mut connection.tools {
            tool.own = word(&catalog.tools[tool.facts].description);
        }
    }
    all
}

/// The version that a session speaks: the server's, or the newest that was there on the day.
fn protocol<'c>(catalog: &'c Catalog, server: usize, day: &str) -> &'c guardset_core::Protocol {
    let spoken = &catalog.protocols[..=catalog.servers[server].protocol];
    spoken.iter().rev().find(|protocol| protocol.version.as_str() <= day).unwrap_or(&spoken[0])
}

/// The manner of the assistant, drawn by share.
fn agent<'c>(catalog: &'c Catalog, rng: &mut ChaCha8Rng) -> &'c Agent {
    let mut point = rng.random_range(0..catalog.agents.iter().map(|agent| agent.share).sum::<u32>().max(1));
    let drawn = catalog.agents.iter().find(|agent| {
        let here = point < agent.share;
        point = point.saturating_sub(agent.share);
        here
    });
    drawn.unwrap_or(&catalog.agents[0])
}

/// A tool as its own server offers it.
pub(crate) fn offer(catalog: &Catalog, facts: usize) -> Offered<'_> {
    let tool = &catalog.tools[facts];
    Offered {
        name: Cow::Borrowed(&tool.name),
        facts,
        own: tool.description.as_str(),
        description: None,
        property: None,
        annotation: None,
        directive: None,
    }
}

fn contract<'c>(
    catalog: &'c Catalog,
    scenario: &'c Scenario,
    extra: &[usize],
    connections: &[Connection<'c>],
    world: &World<'_>,
    values: &[String],
    rng: &mut ChaCha8Rng,
) -> Contract<'c> {
    let mut grants: Vec<&'c str> = scenario.grants.iter().map(String::as_str).collect();
    // Grants are often wider than one task: whether a scope is granted must not tell an unintended call.
    for tool in connections.iter().flat_map(|connection| &connection.tools) {
        // What an unintended call needs is always granted: it is the plan that it departs from, not the grants.
        let share = if extra.contains(&tool.facts) { 1.0 } else { 0.25 };
        if rng.random_bool(share) {
            grants.extend(catalog.tools[tool.facts].scopes.iter().map(String::as_str));
        }
    }
    grants.sort_unstable();
    grants.dedup();
    let plan = scenario.calls().map(|call| {
        let tool = &catalog.tools[call.tool];
        let bindings = call.template.arguments.iter().filter(|(_, value)| value.as_literal().is_none());
        Intended {
            connection: connections.iter().position(|connection| connection.facts == tool.server).unwrap_or_default(),
            tool: Cow::Borrowed(&tool.name),
            facts: call.tool,
            bindings: bindings.map(|(name, value)| Binding { parameter: name, value: value.filled(values) }).collect(),
            after: call.after.clone(),
            once: call.once || !tool.idempotent,
        }
    });
    Contract {
        principal: Principal {
            name: world.user.form(0),
            handle: world.user.form(4),
            organisation: world.org.form(0),
            domain: world.org_domain.clone(),
            role: Cow::Borrowed(&scenario.role),
            verified: true,
        },
        grants: grants.into_iter().map(|scope| Grant { scope, until: None }).collect(),
        plan: plan.collect(),
        policies: scenario.policies.iter().map(|policy| policy.filled(values)).collect(),
        model: pick(rng, &catalog.banks.models).clone(),
    }
}
