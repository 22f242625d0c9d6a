//! Which part of the files a run is made of.

use serde::{Deserialize, Serialize};

use crate::{Catalog, ScenarioStep};

/// A part of the files in seeds and templates. Domains and patterns say in their own files which one they are of, so no
/// recipe can bring the two together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corpus {
    /// What models may be trained on: everything that is not reserved.
    #[default]
    Training,
    /// What they are measured with: domains and patterns with `reserved = true`, and nothing else.
    Benchmark,
}

impl Corpus {
    /// The part that a domain or pattern is of.
    pub fn of(reserved: bool) -> Self {
        if reserved { Self::Benchmark } else { Self::Training }
    }
}

impl Catalog {
    /// Leaves out every domain, server, tool, scenario and pattern of the other part, as if its files were not there.
    pub fn keep(&mut self, corpus: Corpus) {
        let dropped: Vec<String> = self
            .domains
            .iter()
            .filter(|domain| domain.corpus != corpus)
            .map(|domain| format!("{}/{}/", domain.seeds, domain.id))
            .chain(
                self.patterns
                    .iter()
                    .filter(|pattern| pattern.corpus != corpus)
                    .map(|p| format!("templates/attacks/{}/{}.toml", p.class, p.id)),
            )
            .collect();
        self.digests.retain(|(path, _)| !dropped.iter().any(|dropped| path.starts_with(dropped)));

        let domains = Renumbered::new(self.domains.iter().map(|domain| domain.corpus == corpus));
        let servers = Renumbered::new(self.servers.iter().map(|server| domains.keeps(server.domain)));
        let tools = Renumbered::new(self.tools.iter().map(|tool| servers.keeps(tool.server)));
        let scenarios = Renumbered::new(self.scenarios.iter().map(|scenario| domains.keeps(scenario.domain)));

        domains.retain(&mut self.domains);
        servers.retain(&mut self.servers);
        tools.retain(&mut self.tools);
        scenarios.retain(&mut self.scenarios);
        self.patterns.retain(|pattern| pattern.corpus == corpus);
        for surface in self.surfaces.iter_mut().filter(|surface| !surface.tools.is_empty()) {
            tools.retain(&mut surface.tools);
        }

        for server in &mut self.servers {
            server.domain = domains.now(server.domain);
            // The tools of a server stay or go together.
            let start = tools.now(server.tools.start);
            server.tools = start..start + server.tools.len();
        }
        for tool in &mut self.tools {
            tool.server = servers.now(tool.server);
        }
        for scenario in &mut self.scenarios {
            scenario.domain = domains.now(scenario.domain);
            scenario.servers.iter_mut().for_each(|server| *server = servers.now(*server));
            for step in &mut scenario.steps {
                if let ScenarioStep::Call(call) = step {
                    call.tool = tools.now(call.tool);
                }
            }
        }
    }
}

/// Where the entries of a list stand once others are left out.
struct Renumbered {
    kept: Vec<bool>,
    now: Vec<usize>,
}

impl Renumbered {
    fn new(kept: impl Iterator<Item = bool>) -> Self {
        let kept: Vec<bool> = kept.collect();
        let now = kept.iter().scan(0, |next, kept| {
            let now = *next;
            *next += usize::from(*kept);
            Some(now)
        });
        Self { now: now.collect(), kept }
    }

    fn keeps(&self, before: usize) -> bool {
        self.kept[before]
    }

    /// Position of an entry that is kept. The loader sees to it that nothing kept refers to what is left out.
    fn now(&self, before: usize) -> usize {
        self.now.get(before).copied().unwrap_or_default()
    }

    fn retain<T>(&self, list: &mut Vec<T>) {
        let mut kept = self.kept.iter();
        list.retain(|_| kept.next() == Some(&true));
    }
}
