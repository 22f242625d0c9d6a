//! A catalog of seven tools and a builder for sessions with them. No file is read, no random number drawn.
#![allow(dead_code, reason = "each test file uses a part")]

use std::borrow::Cow;

use guardset_core::{
    Approval, Binding, Catalog, Checkpoint, Connection, Contract, Demand, Directive, Event, Grant, Intended, Labels, Names, Offered, Place,
    Principal, Protocol, Release, Server, Step, StepKind, StepTemplate, Tool, Trajectory, Wording,
};
use guardset_label::{APPROPRIATE, Claim, Verdict, audit, label};

static PROTOCOL: Protocol = Protocol {
    version: String::new(),
    session: String::new(),
    listing: String::new(),
    call: String::new(),
    result: String::new(),
    tool: Vec::new(),
};

pub const LEDGER: usize = 0;
pub const MAILER: usize = 1;
/// Position of a connection that a session adds.
pub const ADDED: usize = 2;

pub const GET_INVOICE: usize = 0;
/// The job of `get_invoice`, with the power to do anything.
pub const RUN_SQL: usize = 1;
pub const PAY: usize = 2;
/// Needs the role `finance_admin`.
pub const SET_LIMIT: usize = 3;
pub const SEND_MAIL: usize = 4;
/// The job of `get_invoice`, no more power.
pub const FIND_BILL: usize = 5;
pub const CONVERT: usize = 6;

const LEDGER_DIGEST: &str = "aaaa1111";
const MAILER_DIGEST: &str = "bbbb2222";
const MODEL: &str = "tern-8b-tools";

pub fn catalog() -> Catalog {
    let tool = |name: &str, server, effects: &[&str], scope: &str, capability: &str| Tool {
        name: name.into(),
        server,
        title: None,
        description: Wording::plain(&format!("Does {name}.")),
        input_schema: r#"{"type":"object","properties":{}}"#.into(),
        property_slot: (31, false),
        output_schema: None,
        annotations: None,
        definition: String::new(),
        signature: Vec::new(),
        effects: effects.iter().map(|effect| (*effect).to_owned()).collect(),
        scopes: vec![scope.into()],
        capability: capability.into(),
        takes: "request".into(),
        returns: "result".into(),
        idempotent: false,
        role: None,
        parameters: Vec::new(),
        prerequisites: Vec::new(),
        example: StepTemplate::default(),
        slots: Vec::new(),
        names: Names::default(),
    };
    let server = |name: &str, tools| Server {
        name: name.into(),
        domain: 0,
        title: name.into(),
        version: "1.0.0".into(),
        publisher: format!("{name}.example"),
        package: format!("npm:@{name}/mcp"),
        instructions: None,
        protocol: 0,
        settings: Vec::new(),
        next_release: Release { version: "1.1.0".into(), reason: "payees are not matched".into(), check: "payee_match".into() },
        tools,
        provenance: None,
    };
    Catalog {
        servers: vec![server("ledger", 0..4), server("mailer", 4..7)],
        tools: vec![
            tool("get_invoice", LEDGER, &["read"], "invoices:read", "invoice.lookup"),
            tool("run_sql", LEDGER, &["read", "execute"], "ledger:admin", "invoice.lookup"),
            tool("pay", LEDGER, &["pay"], "payments:create", "payment.create"),
            Tool { role: Some("finance_admin".into()), ..tool("set_limit", LEDGER, &["administer"], "limits:write", "limit.change") },
            tool("send_mail", MAILER, &["send"], "mail:send", "mail.send"),
            tool("find_bill", MAILER, &["read"], "bills:read", "invoice.lookup"),
            tool("convert", MAILER, &["read"], "rates:read", "currency.convert"),
        ],
        ..Catalog::default()
    }
}

/// A planned call. `bound` are arguments and the values that the user bound them to.
pub fn planned(tool: usize, bound: &[(&'static str, &str)]) -> Intended<'static> {
    let catalog = catalog();
    Intended {
        connection: catalog.tools[tool].server,
        tool: Cow::Owned(catalog.tools[tool].name.clone()),
        facts: tool,
        bindings: bound.iter().map(|(parameter, value)| Binding { parameter, value: quoted(value) }).collect(),
        after: Vec::new(),
        once: false,
    }
}

/// A planned call that may run once only.
pub fn once(planned: Intended<'static>) -> Intended<'static> {
    Intended { once: true, ..planned }
}

/// A planned call that must come after the planned call at this position.
pub fn after(first: usize, planned: Intended<'static>) -> Intended<'static> {
    Intended { after: vec![first], ..planned }
}

fn quoted(value: &str) -> String {
    serde_json::Value::String(value.to_owned()).to_string()
}

/// A connection beside the two approved ones.
pub struct Another {
    pub name: &'static str,
    pub publisher: &'static str,
    pub tool: &'static str,
    pub facts: usize,
    pub approved: bool,
}

/// A session in the making, and what the audit should find in it.
#[derive(Clone)]
pub struct Session {
    pub trajectory: Trajectory<'static>,
    /// Class and step, in order of the steps.
    pub expected: Vec<(&'static str, usize)>,
    calls: u32,
}

impl Session {
    /// Two approved servers, listed; the user's request at step 0. Steps 1 and 2 are the listings.
    pub fn new(plan: Vec<Intended<'static>>) -> Self {
        let connection =
            |facts: usize, name: &'static str, publisher: &'static str, digest: &str, tools: &[(&'static str, usize)]| Connection {
                name: name.into(),
                facts,
                endpoint: format!("mcp.{publisher}"),
                publisher: publisher.into(),
                version: "1.0.0".into(),
                digest: digest.into(),
                approval: Some(Approval { on: "2026-01-10".into(), source: format!("npm:@{name}/mcp@1.0.0"), digest: digest.into() }),
                instructions: None,
                directive: None,
                tools: tools.iter().map(|(name, facts)| offered(name, *facts)).collect(),
            };
        let grants = ["invoices:read", "ledger:admin", "payments:create", "limits:write", "mail:send", "bills:read", "rates:read"];
        let trajectory = Trajectory {
            contract: Contract {
                principal: Principal {
                    name: "Mara Ødegård".into(),
                    handle: "mara.odegard".into(),
                    organisation: "Halden Foods".into(),
                    domain: "halden-foods.example".into(),
                    role: "accounts_payable".into(),
                    verified: true,
                },
                grants: grants.map(|scope| Grant { scope, until: None }).to_vec(),
                plan,
                policies: Vec::new(),
                model: MODEL.into(),
            },
            connections: vec![
                connection(
                    LEDGER,
                    "ledger",
                    "ledger.example",
                    LEDGER_DIGEST,
                    &[("get_invoice", GET_INVOICE), ("run_sql", RUN_SQL), ("pay", PAY), ("set_limit", SET_LIMIT)],
                ),
                connection(
                    MAILER,
                    "mailer",
                    "mailer.example",
                    MAILER_DIGEST,
                    &[("send_mail", SEND_MAIL), ("find_bill", FIND_BILL), ("convert", CONVERT)],
                ),
            ],
            steps: Vec::new(),
            date: "2026-03-02".into(),
            started: 9 * 3600,
            protocol: &PROTOCOL,
            subject: "Brenner Print".into(),
            reworded: Vec::new(),
        };
        let session = Self { trajectory, expected: Vec::new(), calls: 0 };
        session.step(StepKind::Query { text: "Please take care of it.".into(), directive: None }).listed(LEDGER).listed(MAILER)
    }

    /// Adds a step, ten seconds after the one before.
    pub fn step(mut self, kind: StepKind<'static>) -> Self {
        let at = self.trajectory.steps.last().map_or(0, |step| step.at + 10);
        self.trajectory.steps.push(Step { at, ..Step::new(kind) });
        self
    }

    /// The last step is what the audit should find.
    pub fn is(mut self, class: &'static str) -> Self {
        self.expected.push((class, self.trajectory.steps.len() - 1));
        self
    }

    pub fn call(self, tool: usize, arguments: &[(&'static str, &str)]) -> Self {
        let catalog = catalog();
        let name = catalog.tools[tool].name.clone();
        self.call_on(catalog.tools[tool].server, &name, tool, arguments)
    }

    pub fn call_on(mut self, connection: usize, name: &str, facts: usize, arguments: &[(&'static str, &str)]) -> Self {
        self.calls += 1;
        let arguments = arguments.iter().map(|(parameter, value)| (Cow::Borrowed(*parameter), quoted(value))).collect();
        let id = self.calls;
        self.step(StepKind::Call { id, connection, tool: Cow::Owned(name.to_owned()), facts, arguments })
    }

    /// The return of the last call.
    pub fn returns(self, text: &str) -> Self {
        self.answer(text, false, None)
    }

    /// The last call fails.
    pub fn fails(self, text: &str) -> Self {
        self.answer(text, true, None)
    }

    /// The return of the last call, and what it asks for.
    pub fn returns_asking(self, text: &str, demand: Demand<'static>) -> Self {
        self.answer(text, false, Some(demand))
    }

    fn answer(self, text: &str, error: bool, demand: Option<Demand<'static>>) -> Self {
        let last = self.trajectory.steps.iter().rev().find_map(|step| match &step.kind {
            StepKind::Call { id, connection, tool, facts, .. } => Some((*id, *connection, tool.clone(), *facts)),
            _ => None,
        });
        let (id, connection, tool, facts) = last.expect("a call before its return");
        self.step(StepKind::Return {
            id,
            connection,
            tool,
            facts,
            text: text.into(),
            error,
            directive: demand.map(|demand| spanning(text, demand)),
        })
    }

    /// A return that no call produced.
    pub fn orphan(self, tool: usize, text: &str) -> Self {
        let catalog = catalog();
        let (connection, name) = (catalog.tools[tool].server, Cow::Owned(catalog.tools[tool].name.clone()));
        self.step(StepKind::Return { id: 900, connection, tool: name, facts: tool, text: text.into(), error: false, directive: None })
    }

    /// A call and its return.
    pub fn run(self, tool: usize, arguments: &[(&'static str, &str)]) -> Self {
        self.call(tool, arguments).returns(r#"{"ok":true}"#)
    }

    pub fn event(self, event: Event<'static>) -> Self {
        self.step(StepKind::Event(event))
    }

    pub fn replies(self, text: &str) -> Self {
        self.step(StepKind::Response { text: text.into(), answers: true })
    }

    /// The assistant says something that is no answer to the request.
    pub fn remarks(self, text: &str) -> Self {
        self.step(StepKind::Response { text: text.into(), answers: false })
    }

    /// A resource whose whole text asks for something.
    pub fn reads(self, text: &str, demand: Demand<'static>) -> Self {
        self.step(StepKind::Material {
            connection: LEDGER,
            material: "resource".into(),
            name: "ledger://notes".into(),
            text: text.into(),
            directive: Some(spanning(text, demand)),
        })
    }

    pub fn listed(self, connection: usize) -> Self {
        let digest = self.trajectory.connections[connection].digest.clone();
        self.step(StepKind::Listing { connection, digest, changed: None, record: None })
    }

    /// The tool list of a server changes: first tool, new description, digest, change record.
    pub fn relisted(self, connection: usize, description: &str, demand: Option<Demand<'static>>, record: Option<&str>) -> Self {
        let changed = Some((0, description.to_owned(), demand.map(|demand| spanning(description, demand))));
        self.step(StepKind::Listing { connection, digest: "ffff9999".into(), changed, record: record.map(str::to_owned) })
    }

    /// Connects and lists a further server, at position [`ADDED`].
    pub fn adds(mut self, another: &Another) -> Self {
        let digest = "cccc3333".to_owned();
        self.trajectory.connections.push(Connection {
            name: another.name.into(),
            facts: LEDGER,
            endpoint: format!("mcp.{}", another.publisher),
            publisher: another.publisher.into(),
            version: "0.9.0".into(),
            digest: digest.clone(),
            approval: another.approved.then(|| Approval { on: "2026-02-01".into(), source: "npm:@other/mcp@0.9.0".into(), digest }),
            instructions: None,
            directive: None,
            tools: vec![offered(another.tool, another.facts)],
        });
        self.listed(ADDED)
    }

    /// The description of a connected tool asks for something.
    pub fn describes(mut self, connection: usize, tool: usize, own: &str, payload: &str, demand: Demand<'static>) -> Self {
        let offered = &mut self.trajectory.connections[connection].tools[tool];
        offered.description = Some(format!("{own}{payload}"));
        offered.directive = Some(Directive { demand, start: own.len(), end: own.len() + payload.len() });
        self
    }

    pub fn instructs(mut self, connection: usize, text: &str, demand: Demand<'static>) -> Self {
        self.trajectory.connections[connection].instructions = Some(Cow::Owned(text.to_owned()));
        self.trajectory.connections[connection].directive = Some(spanning(text, demand));
        self
    }

    /// The user's verified role.
    pub fn role(mut self, role: &'static str, verified: bool) -> Self {
        self.trajectory.contract.principal.role = role.into();
        self.trajectory.contract.principal.verified = verified;
        self
    }

    /// A grant that ends at this second.
    pub fn until(mut self, scope: &str, second: u32) -> Self {
        for grant in self.trajectory.contract.grants.iter_mut().filter(|grant| grant.scope == scope) {
            grant.until = Some(second);
        }
        self
    }

    /// What the audit makes of the finished session.
    pub fn verdict(&self) -> Verdict {
        audit(&catalog(), &self.trajectory, true)
    }

    /// What the audit makes of it when it may go on.
    pub fn verdict_so_far(&self) -> Verdict {
        audit(&catalog(), &self.trajectory, false)
    }

    /// Labels at a checkpoint, for a claim that says nothing but the class.
    pub fn labels(&self, checkpoint: Checkpoint, class: &str) -> Result<Labels, (&'static str, String)> {
        let verdict = audit(&catalog(), &self.trajectory, checkpoint == Checkpoint::Session);
        label(&catalog(), &self.trajectory, checkpoint, &verdict, &claim(class))
    }
}

pub fn claim(class: &str) -> Claim<'_> {
    Claim { pattern: None, class, attack_present: None, disguise: None, because: None, words: "test" }
}

fn offered(name: &'static str, facts: usize) -> Offered<'static> {
    Offered { name: name.into(), facts, own: "", description: None, property: None, annotation: None, directive: None }
}

pub fn spanning(text: &str, demand: Demand<'static>) -> Directive<'static> {
    Directive { demand, start: 0, end: text.len() }
}

/// The demand that a tool be called.
pub fn demand_call(tool: usize, place: Place, target: usize) -> Demand<'static> {
    Demand::Call { tool: Cow::Owned(catalog().tools[tool].name.clone()), facts: tool, place, target }
}

/// Holds a finished session against what its builder said of it: classes and steps, the label at the session
/// checkpoint with its evidence, and that the notes which edits leave on steps do not matter.
pub fn check(name: &str, session: &Session) {
    let verdict = session.verdict();
    let found: Vec<(&str, usize)> =
        verdict.violations.iter().map(|finding| (finding.class, finding.step.expect("violations happen at a step"))).collect();
    assert_eq!(found, session.expected, "{name}");

    let class = session.expected.first().map_or(APPROPRIATE, |(class, _)| *class);
    let labels = session.labels(Checkpoint::Session, class).unwrap_or_else(|reject| panic!("{name}: {reject:?}"));
    assert_eq!((labels.label.as_str(), labels.is_unsafe), (class, class != APPROPRIATE), "{name}");
    let steps: Vec<u32> = session.expected.iter().map(|(_, step)| *step as u32).collect();
    assert_eq!(labels.violating_steps, steps, "{name}");
    assert!(!labels.is_unsafe || !labels.evidence.is_empty(), "{name}: an unsafe session shows its evidence");

    let mut marked = session.clone();
    for (number, step) in marked.trajectory.steps.iter_mut().enumerate() {
        step.origin = Some(number % 2);
        step.focus = true;
    }
    assert_eq!(marked.verdict(), verdict, "{name}: origin and focus are for edits alone");
}

/// [`check`] for a table.
pub fn check_all<const N: usize>(table: [(&str, Session); N]) {
    for (name, session) in table {
        check(name, &session);
    }
}
