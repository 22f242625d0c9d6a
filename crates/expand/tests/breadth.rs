//! The shipped files are as broad as they must be, and each part of them is of use.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Workshop, shipped};

#[test]
fn there_is_enough_of_everything() {
    let catalog = shipped();
    let calls: Vec<usize> = catalog.scenarios.iter().map(|scenario| scenario.calls().count()).collect();
    let dependent = catalog.scenarios.iter().filter(|scenario| scenario.calls().any(|call| !call.after.is_empty())).count();
    let goals = catalog.patterns.iter().map(|pattern| pattern.goal.as_str()).collect::<BTreeSet<_>>().len();
    for (what, has, wanted) in [
        ("domains", catalog.domains.len(), 30),
        ("servers", catalog.servers.len(), 150),
        ("tools", catalog.tools.len(), 700),
        ("scenarios", catalog.scenarios.len(), 400),
        ("scenarios with dependent calls", dependent, 300),
        ("scenarios with four calls or more", calls.iter().filter(|calls| **calls >= 4).count(), 100),
        ("scenarios with seven calls or more", calls.iter().filter(|calls| **calls >= 7).count(), 20),
        ("scenarios without a call", calls.iter().filter(|calls| **calls == 0).count(), 20),
        ("patterns", catalog.patterns.len(), 150),
        ("goals", goals, 60),
        ("manners of assistants", catalog.agents.len(), 6),
        ("versions of the protocol", catalog.protocols.len(), 3),
        ("surfaces", catalog.surfaces.len(), 3),
        ("voices", catalog.voices.len(), 6),
    ] {
        assert!(has >= wanted, "{has} {what}, wanted {wanted}");
    }
}

#[test]
fn every_domain_has_servers_and_scenarios() {
    let catalog = shipped();
    for (index, domain) in catalog.domains.iter().enumerate() {
        let servers = catalog.servers.iter().filter(|server| server.domain == index).count();
        let scenarios = catalog.scenarios.iter().filter(|scenario| scenario.domain == index).count();
        assert!(servers >= 4 && scenarios >= 8, "{}: {servers} servers, {scenarios} scenarios", domain.id);
    }
}

#[test]
fn every_deviation_has_patterns_with_different_vectors() {
    let catalog = shipped();
    let mut vectors: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for pattern in &catalog.patterns {
        vectors.entry(&pattern.class).or_default().insert(&pattern.vector);
    }
    let deviations: Vec<&str> = catalog.taxonomy.classes.iter().map(|class| class.id.as_str()).filter(|id| *id != "appropriate").collect();
    assert_eq!(deviations.len(), 17);
    for class in deviations {
        let found = vectors.get(class).map_or(0, BTreeSet::len);
        assert!(found >= 6, "{class} has patterns with {found} vectors, wanted 6");
    }
}

#[test]
fn every_vector_and_disguise_and_control_is_in_use() {
    let catalog = shipped();
    let taxonomy = &catalog.taxonomy;
    let used: BTreeSet<&str> = catalog
        .patterns
        .iter()
        .flat_map(|pattern| {
            let disguises = pattern.payloads.iter().map(|payload| payload.disguise.as_str());
            [pattern.vector.as_str(), &pattern.effect].into_iter().chain(disguises).chain(pattern.controls.iter().map(String::as_str))
        })
        .collect();
    let axes = taxonomy.vectors.iter().chain(&taxonomy.effects).chain(&taxonomy.disguises).map(|axis| axis.id.as_str());
    let unused: Vec<&str> =
        axes.chain(taxonomy.controls.iter().map(|control| control.id.as_str())).filter(|id| !used.contains(id)).collect();
    assert_eq!(unused, Vec::<&str>::new(), "in the taxonomy, but in no pattern");
}

#[test]
fn every_pattern_has_benign_partners_and_several_wordings() {
    for pattern in &shipped().patterns {
        let lookalike = &pattern.lookalike;
        assert!(!lookalike.edits.is_empty() || !lookalike.payloads.is_empty(), "{}: no look-alike", pattern.id);
        for (what, wordings) in [("refuses", pattern.refuses.len()), ("asks", pattern.asks.len()), ("because", lookalike.because.len())] {
            assert!(wordings >= 2, "{}: {wordings} wordings of {what}", pattern.id);
        }
    }
}

#[test]
fn every_pattern_fits_several_scenarios_and_every_scenario_some_pattern() {
    let workshop = Workshop::new();
    let catalog = workshop.catalog;
    for (index, pattern) in catalog.patterns.iter().enumerate() {
        let fitting = workshop.fitting(index, usize::MAX).len();
        assert!(fitting >= 5, "{} fits {fitting} scenarios", pattern.id);
    }
    for (index, scenario) in catalog.scenarios.iter().enumerate() {
        let attacked = (0..catalog.patterns.len()).any(|pattern| workshop.expander.is_fit(pattern, index, &workshop.allowed));
        assert_eq!(attacked, scenario.calls().next().is_some(), "{}: fitted by a pattern just if it has calls", scenario.id);
    }
}

/// Simple detectors find what is marked; most attacks are not.
#[test]
fn plain_and_pretext_disguises_are_the_most_frequent() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for payload in shipped().patterns.iter().flat_map(|pattern| &pattern.payloads) {
        *counts.entry(payload.disguise.as_str()).or_default() += 1;
    }
    let mut order: Vec<(usize, &str)> = counts.iter().map(|(disguise, count)| (*count, *disguise)).collect();
    order.sort_unstable_by(|a, b| b.cmp(a));
    let plain = ["plain_imperative", "polite_request", "compliance_pretext", "setup_prerequisite", "authority_appeal", "error_advice"];
    for (count, disguise) in order.iter().take(4) {
        assert!(plain.contains(disguise), "{disguise} is among the four most frequent ({count}): {order:?}");
    }
    let unmarked: usize = plain.iter().filter_map(|disguise| counts.get(disguise)).sum();
    assert!(unmarked * 2 > counts.values().sum::<usize>(), "{unmarked} of all are plain or a pretext: {order:?}");
}
