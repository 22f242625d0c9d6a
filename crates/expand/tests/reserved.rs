//! What is reserved for the benchmark and what is not are two catalogs, and nothing leads from one to the other.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{root, shipped};
use guardset_core::{Catalog, Corpus};
use guardset_expand::{Expander, load};

fn kept(corpus: Corpus) -> Catalog {
    let mut catalog = load(&root(), &["seeds".to_owned()], &[]).unwrap_or_else(|problems| panic!("{problems}"));
    catalog.keep(corpus);
    catalog
}

/// Every call of every scenario and everything about its tool, by name.
fn told(catalog: &Catalog) -> BTreeMap<String, Vec<String>> {
    let calls = |scenario: &guardset_core::Scenario| {
        let servers = scenario.servers.iter().map(|server| catalog.servers[*server].name.clone());
        let calls = scenario.calls().map(|call| {
            let tool = &catalog.tools[call.tool];
            let server = &catalog.servers[tool.server];
            assert!(server.tools.contains(&call.tool), "{} stands among the tools of {}", tool.name, server.name);
            let lines: Vec<&str> = catalog.surfaces.iter().map(|surface| surface.tools[call.tool].as_str()).collect();
            assert!(lines.iter().all(|line| line.contains(&tool.name)), "{}: {lines:?}", tool.name);
            format!("{}.{} of {} {}", server.name, tool.name, catalog.domains[server.domain].id, tool.definition)
        });
        servers.chain(calls).collect()
    };
    catalog.scenarios.iter().map(|scenario| (format!("{}/{}", catalog.domains[scenario.domain].id, scenario.id), calls(scenario))).collect()
}

#[test]
fn each_part_is_what_it_was_and_both_are_the_whole() {
    let whole = told(shipped());
    let (training, benchmark) = (kept(Corpus::Training), kept(Corpus::Benchmark));
    let (one, other) = (told(&training), told(&benchmark));
    assert!(one.len() > 300 && other.len() >= 50, "{} and {} scenarios", one.len(), other.len());
    assert_eq!(one.len() + other.len(), whole.len());
    for (scenario, calls) in one.iter().chain(&other) {
        assert_eq!(whole[scenario], *calls, "{scenario}");
    }
    for (catalog, corpus) in [(&training, Corpus::Training), (&benchmark, Corpus::Benchmark)] {
        assert!(catalog.domains.iter().all(|domain| domain.corpus == corpus));
        assert!(catalog.patterns.iter().all(|pattern| pattern.corpus == corpus));
        assert_eq!(catalog.servers.iter().map(|server| server.tools.len()).sum::<usize>(), catalog.tools.len());
    }
    assert_eq!(training.patterns.len() + benchmark.patterns.len(), shipped().patterns.len());
}

#[test]
fn a_part_has_read_only_its_own_files() {
    let (training, benchmark) = (kept(Corpus::Training), kept(Corpus::Benchmark));
    let read = |catalog: &Catalog| catalog.digests.iter().map(|(path, _)| path.clone()).collect::<BTreeSet<_>>();
    let (one, other) = (read(&training), read(&benchmark));
    let both: Vec<&String> = one.intersection(&other).collect();
    assert!(both.iter().all(|path| !path.starts_with("seeds/") && !path.starts_with("templates/attacks/")), "{both:?}");
    assert!(both.iter().any(|path| path.starts_with("templates/")), "templates beside the attacks are shared");
    assert_eq!(one.union(&other).count(), shipped().digests.len());
}

#[test]
fn the_benchmark_is_broad_enough() {
    let catalog = kept(Corpus::Benchmark);
    assert!(catalog.domains.len() >= 4 && catalog.servers.len() >= 24 && catalog.scenarios.len() >= 60);
    for class in catalog.taxonomy.classes.iter().filter(|class| class.id != "appropriate") {
        let of = catalog.patterns.iter().filter(|pattern| pattern.class == class.id);
        let vectors: BTreeSet<&str> = of.clone().map(|pattern| pattern.vector.as_str()).collect();
        assert!(of.count() >= 3 && vectors.len() >= 3, "{}: vectors {vectors:?}", class.id);
    }
    let expander = Expander::new(&catalog);
    let allowed = vec![true; catalog.servers.len()];
    for (index, pattern) in catalog.patterns.iter().enumerate() {
        let fitting = (0..catalog.scenarios.len()).filter(|scenario| expander.is_fit(index, *scenario, &allowed)).count();
        assert!(fitting >= 5, "{} fits {fitting} scenarios", pattern.id);
    }
}

/// A goal or a title taken over from a training pattern would be the same attack under another name.
#[test]
fn reserved_patterns_are_after_something_else() {
    let (training, benchmark) = (kept(Corpus::Training), kept(Corpus::Benchmark));
    let goals: BTreeSet<&str> = training.patterns.iter().map(|pattern| pattern.goal.as_str()).collect();
    let same: Vec<&str> = benchmark.patterns.iter().filter(|p| goals.contains(p.goal.as_str())).map(|p| p.id.as_str()).collect();
    assert_eq!(same, Vec::<&str>::new());
    let texts = |catalog: &Catalog| -> BTreeSet<String> {
        let payloads = catalog.patterns.iter().flat_map(|pattern| pattern.payloads.iter().chain(&pattern.lookalike.payloads));
        payloads.map(|payload| format!("{:?}", payload.text)).collect()
    };
    assert!(texts(&training).is_disjoint(&texts(&benchmark)));
}
