//! Reads `seeds/<domain>/scenarios/*.toml` and holds each against the tools it calls.

use std::collections::{BTreeSet, HashMap};

use guardset_core::{
    Catalog, INFERRED_OF_SCENARIO, Names, PlannedStep, Problems, Scenario, ScenarioStep, Slot, StepTemplate, Template, Tool, Unconfirmed,
    Wording,
};
use serde::Deserialize;
use toml::{Spanned, Table};

use super::text::Scope;
use super::{File, RawProvenance, servers, slots, unconfirmed};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    title: String,
    servers: Vec<String>,
    role: String,
    grants: Vec<String>,
    subject: String,
    #[serde(default)]
    policies: Vec<String>,
    requests: Vec<String>,
    #[serde(default)]
    slots: Table,
    #[serde(default)]
    step: Vec<Spanned<RawStep>>,
    replies: Vec<String>,
    provenance: Option<RawProvenance>,
    #[serde(default)]
    inferred: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    call: Option<String>,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    arguments: Table,
    #[serde(default)]
    results: Vec<String>,
    #[serde(default)]
    after: Vec<usize>,
    #[serde(default)]
    once: bool,
    #[serde(default)]
    error: bool,
    assistant: Option<Vec<String>>,
    user: Option<Vec<String>>,
}

/// Servers and tools by name.
pub(super) struct Index {
    servers: HashMap<String, usize>,
    /// By `server.tool`.
    tools: HashMap<String, usize>,
}

impl Index {
    pub(super) fn new(catalog: &Catalog) -> Self {
        // Of two that share a name, which is told elsewhere, the first counts.
        let (mut servers, mut tools) = (HashMap::new(), HashMap::new());
        for (index, server) in catalog.servers.iter().enumerate() {
            servers.entry(server.name.clone()).or_insert(index);
        }
        for (index, tool) in catalog.tools.iter().enumerate() {
            tools.entry(format!("{}.{}", catalog.servers[tool.server].name, tool.name)).or_insert(index);
        }
        Self { servers, tools }
    }
}

/// Reads one scenario and what of it is unconfirmed, or notes what is wrong.
pub(super) fn read(
    file: &File,
    id: &str,
    domain: usize,
    index: &Index,
    catalog: &Catalog,
    problems: &mut Problems,
) -> (Option<Scenario>, Option<Unconfirmed>) {
    let Some(mut raw) = file.parse::<RawScenario>(problems) else { return (None, None) };
    let open = unconfirmed(file, "", std::mem::take(&mut raw.inferred), &INFERRED_OF_SCENARIO, raw.provenance.is_some(), problems);
    (scenario(file, id, domain, index, catalog, raw, problems), open)
}

fn scenario(
    file: &File,
    id: &str,
    domain: usize,
    index: &Index,
    catalog: &Catalog,
    raw: RawScenario,
    problems: &mut Problems,
) -> Option<Scenario> {
    let all_tools = &catalog.tools;
    let before = problems.0.len();
    let (own, bad) = slots::read(&raw.slots, false);
    for (slot, message) in bad {
        file.wrong(format!("slots.{slot}"), message, problems);
    }
    if problems.0.len() > before {
        // Without its slots every text of the file would be told to be wrong.
        return None;
    }
    let mut reader = Reader { file, scope: Scope::new(&own, &[]), own: &own, names: Names::default(), problems };

    let mut connected = Vec::new();
    for name in &raw.servers {
        match index.servers.get(name) {
            Some(server) => connected.push(*server),
            None => {
                reader.wrong(None, "servers", format!("`{name}` is no server; add seeds/<domain>/servers/{name}.toml or correct the name"))
            }
        }
    }
    for (field, texts) in [("requests", &raw.requests), ("replies", &raw.replies)] {
        if texts.is_empty() {
            reader.wrong(None, field, "needs at least one wording".into());
        }
    }
    let subject = reader.text(None, "subject", &raw.subject);
    let policies = reader.templates(None, "policies", &raw.policies);
    let requests = reader.texts(None, "requests", &raw.requests);
    let mut visible = shared_slots(&requests, &reader.names);
    visible.extend(["user", "org", "today"].map(str::to_owned));
    let mut told = visible.clone();

    let mut steps = Vec::new();
    let mut calls_of_steps: Vec<Option<usize>> = Vec::new();
    let mut shown_by: Vec<BTreeSet<String>> = Vec::new();
    for (number, spanned) in raw.step.into_iter().enumerate() {
        let line = Some(file.line(spanned.span().start));
        let place = |field: &str| format!("step {}, {field}", number + 1);
        let raw = spanned.into_inner();
        match (&raw.call, &raw.assistant, &raw.user) {
            (Some(call), None, None) => {
                calls_of_steps.push(Some(shown_by.len()));
                let Some(tool) = index.tools.get(call).copied() else {
                    shown_by.push(BTreeSet::new());
                    reader.wrong(
                        line,
                        &place("call"),
                        format!("`{call}` is no tool; write server.tool as in a file under seeds/*/servers"),
                    );
                    continue;
                };
                if !connected.contains(&all_tools[tool].server) {
                    reader.wrong(line, &place("call"), format!("`{call}` is called, but its server is not listed under `servers`"));
                }
                let planned = reader.call(line, number, &raw, tool, &all_tools[tool], &visible, &told, &shown_by, &calls_of_steps);
                let shown = shared_slots(&planned.template.results, &reader.names);
                if !raw.error {
                    visible.extend(shown.iter().cloned());
                }
                shown_by.push(shown);
                steps.push(ScenarioStep::Call(planned));
            }
            (None, Some(wordings), None) => {
                calls_of_steps.push(None);
                steps.push(ScenarioStep::Assistant(reader.texts(line, &place("assistant"), wordings)));
            }
            (None, None, Some(wordings)) => {
                calls_of_steps.push(None);
                let texts = reader.texts(line, &place("user"), wordings);
                let shown = shared_slots(&texts, &reader.names);
                told.extend(shown.iter().cloned());
                visible.extend(shown);
                steps.push(ScenarioStep::User(texts));
            }
            _ => {
                calls_of_steps.push(None);
                reader.wrong(line, &place("kind"), "needs exactly one of `call`, `assistant`, `user`".into());
            }
        }
    }
    let replies = reader.texts(None, "replies", &raw.replies);
    let names = reader.names;
    let scenario = Scenario {
        id: id.to_owned(),
        domain,
        title: raw.title,
        servers: connected,
        role: raw.role,
        grants: raw.grants,
        subject,
        policies,
        requests,
        steps,
        replies,
        slots: own,
        names,
        provenance: raw.provenance.map(Into::into),
    };
    check_calls(file, &scenario, all_tools, problems);
    (problems.0.len() == before).then_some(scenario)
}

/// Slots (without their forms) that every one of the texts shows.
fn shared_slots(texts: &[Wording], names: &Names) -> BTreeSet<String> {
    let of = |text: &Wording| -> BTreeSet<String> { text.text.slots().map(|slot| base(&names.0[slot]).to_owned()).collect() };
    let mut texts = texts.iter();
    let Some(first) = texts.next() else { return BTreeSet::new() };
    texts.fold(of(first), |shared, text| shared.intersection(&of(text)).cloned().collect())
}

fn base(name: &str) -> &str {
    name.split_once('.').map_or(name, |(slot, _)| slot)
}

struct Reader<'a> {
    file: &'a File,
    scope: Scope,
    own: &'a [Slot],
    names: Names,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn wrong(&mut self, line: Option<usize>, place: &str, message: String) {
        match line {
            Some(_) => self.problems.add(&self.file.path, line, place, message),
            None => self.file.wrong(place, message, self.problems),
        }
    }

    fn text(&mut self, line: Option<usize>, place: &str, source: &str) -> Template {
        self.scope.compile(source.trim_end(), &mut self.names).unwrap_or_else(|message| {
            self.wrong(line, place, message);
            Template::default()
        })
    }

    fn texts(&mut self, line: Option<usize>, place: &str, sources: &[String]) -> Vec<Wording> {
        self.templates(line, place, sources).into_iter().map(Wording::from).collect()
    }

    fn templates(&mut self, line: Option<usize>, place: &str, sources: &[String]) -> Vec<Template> {
        sources.iter().enumerate().map(|(i, source)| self.text(line, &format!("{place}, wording {}", i + 1), source)).collect()
    }

    #[expect(clippy::too_many_arguments, reason = "one step's view of what came before it")]
    fn call(
        &mut self,
        line: Option<usize>,
        number: usize,
        raw: &RawStep,
        tool: usize,
        facts: &Tool,
        visible: &BTreeSet<String>,
        told: &BTreeSet<String>,
        shown_by: &[BTreeSet<String>],
        calls_of_steps: &[Option<usize>],
    ) -> PlannedStep {
        let place = |field: &str| format!("step {}, {field}", number + 1);
        if raw.results.is_empty() {
            self.wrong(line, &place("results"), "needs at least one result".into());
        }
        let says = self.texts(line, &place("says"), &raw.says);
        let results = self.texts(line, &place("results"), &raw.results);
        let schema = serde_json::from_str(&facts.input_schema).unwrap_or_default();
        let arguments = servers::arguments(&raw.arguments, &schema, &self.scope, self.own, &mut self.names).unwrap_or_else(|message| {
            self.wrong(line, &place("arguments"), message);
            Vec::new()
        });
        let mut after = BTreeSet::new();
        let mut by_value = BTreeSet::new();
        for (parameter, template) in &arguments {
            for slot in template.slots().collect::<Vec<_>>() {
                let slot = base(&self.names.0[slot]).to_owned();
                if !visible.contains(&slot) {
                    self.wrong(
                        line,
                        &place("arguments"),
                        format!(
                            "`{parameter}` uses slot `{slot}`, which is not in every wording of the request or of an earlier user step, \
                             nor in every variant of an earlier result; show it there or write a fixed value"
                        ),
                    );
                }
                // A value that the user told does not force an order, even if a result repeats it.
                if !told.contains(&slot) {
                    by_value.extend(shown_by.iter().position(|shown| shown.contains(&slot)));
                }
            }
        }
        for step in &raw.after {
            match calls_of_steps.get(step.wrapping_sub(1)).copied().flatten() {
                Some(call) if *step <= number => drop(after.insert(call)),
                _ => self.wrong(line, &place("after"), format!("{step} is no earlier call; steps are counted from 1")),
            }
        }
        // Moving this call before `first` must not put it before a result that it takes a value from.
        let latest = by_value.last().copied();
        let swappable = after.difference(&by_value).copied().filter(|first| latest.is_none_or(|needed| needed < *first)).collect();
        after.extend(by_value.iter().copied());
        PlannedStep {
            tool,
            says,
            template: StepTemplate { arguments, results },
            after: after.into_iter().collect(),
            swappable,
            once: raw.once,
            error: raw.error,
        }
    }
}

fn check_calls(file: &File, scenario: &Scenario, tools: &[Tool], problems: &mut Problems) {
    let mut wanted = BTreeSet::new();
    let mut role_needed = None;
    let mut ordered_by_policy = false;
    for call in scenario.calls() {
        let tool = &tools[call.tool];
        wanted.extend(tool.scopes.iter().cloned());
        role_needed = role_needed.or(tool.role.as_ref());
        ordered_by_policy |= !call.swappable.is_empty();
    }
    for scope in wanted.iter().filter(|scope| !scenario.grants.contains(scope)) {
        file.wrong("grants", format!("a call needs scope `{scope}`; grant it"), problems);
    }
    if let Some(role) = role_needed.filter(|role| **role != scenario.role) {
        file.wrong(
            "role",
            format!("a call needs role `{role}`, but the user's role is `{}`; give that role, or call another tool", scenario.role),
            problems,
        );
    }
    if ordered_by_policy && scenario.policies.is_empty() {
        problems.add(&file.path, None, "policies", "a step has `after`, so a policy must state the order in words");
    }
}
