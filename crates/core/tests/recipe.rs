//! A recipe is read strictly and held against the catalog before any work starts.
#![allow(clippy::unwrap_used)]

use guardset_core::{
    Axis, Catalog, Class, Corpus, Domain, Fits, Lookalike, Names, Pattern, Problems, Recipe, Release, Server, Spellings, Surface,
};

const GOOD: &str = r#"
seed = 7
total = 100
benign_share = 0.4
output = "output/x"
threads = 0
shard_mib = 32
zstd_level = 3
max_attempts = 12
errands = 0.5
[class_weights]
replay_injection = 2.0
[benign]
twin = 0.3
lookalike = 0.3
resisted = 0.2
prefix = 0.1
plain = 0.1
[checkpoints]
tool_listing = 0.15
tool_call = 0.35
tool_result = 0.15
session = 0.35
[surfaces]
plain = 1.0
[splits]
train = 0.7
validation = 0.1
test = 0.1
test_unseen_pattern = 0.05
test_unseen_server = 0.05
test_unseen_domain = 0.0
[holdout]
domains = []
servers = ["ledger"]
patterns = ["run-twice"]
[dedup]
threshold = 0.8
"#;

#[test]
fn a_good_recipe_has_no_problem() {
    assert_eq!(check(GOOD), Problems::default());
}

#[test]
fn the_shipped_recipe_is_read() {
    let recipe = Recipe::parse("guardset.toml", include_str!("../../../guardset.toml")).unwrap();
    assert!(recipe.total > 0 && !recipe.holdout.patterns.is_empty());
}

#[test]
fn what_cannot_be_read_names_line_and_key() {
    for (from, to, line, message) in [
        ("shard_mib = 32", "shard_mb = 32", 7, "shard_mb"),
        ("twin = 0.3", "twins = 0.3", 14, "twins"),
        ("total = 100", "total = \"many\"", 3, "string"),
        ("total = 100", "total = -1", 3, "-1"),
        ("threshold = 0.8\n", "", 37, "threshold"),
        ("[surfaces]", "[surfaces", 24, "]"),
    ] {
        let problems = Recipe::parse("my.toml", &edited(from, to)).unwrap_err();
        let [problem] = problems.0.as_slice() else { panic!("one problem for `{to}`: {problems}") };
        assert_eq!((problem.file.as_str(), problem.line), ("my.toml", Some(line)), "{to}: {problem}");
        assert!(problem.message.contains(message) && !problem.message.contains('\n'), "{to}: {problem}");
    }
}

#[test]
fn what_cannot_be_made_names_its_key() {
    for (from, to, place) in [
        ("total = 100", "total = 0", "total"),
        ("benign_share = 0.4", "benign_share = 1.0", "benign_share"),
        ("benign_share = 0.4", "benign_share = -0.1", "benign_share"),
        ("benign_share = 0.4", "benign_share = nan", "benign_share"),
        ("threshold = 0.8", "threshold = 0.5", "dedup.threshold"),
        ("threshold = 0.8", "threshold = 1.01", "dedup.threshold"),
        ("threshold = 0.8", "threshold = nan", "dedup.threshold"),
        ("shard_mib = 32", "shard_mib = 0", "shard_mib"),
        ("max_attempts = 12", "max_attempts = 0", "max_attempts"),
        ("errands = 0.5", "errands = 1.5", "errands"),
        ("zstd_level = 3", "zstd_level = 23", "zstd_level"),
        ("replay_injection = 2.0", "replay_injection = -1.0", "class_weights"),
        ("plain = 1.0", "plain = 0.0", "surfaces"),
        ("plain = 1.0", "", "surfaces"),
        ("twin = 0.3", "twin = -0.3", "benign"),
        ("session = 0.35", "session = inf", "checkpoints"),
        ("train = 0.7", "train = -0.7", "splits"),
        ("replay_injection", "replay_attack", "class_weights"),
        ("plain = 1.0", "plane = 1.0", "surfaces"),
        ("\"ledger\"", "\"ledgre\"", "holdout.servers"),
        ("\"run-twice\"", "\"run-thrice\"", "holdout.patterns"),
        ("domains = []", "domains = [\"finances\"]", "holdout.domains"),
        ("servers = [\"ledger\"]", "servers = []", "holdout.servers"),
        ("patterns = [\"run-twice\"]", "patterns = []", "holdout.patterns"),
        ("test_unseen_domain = 0.0", "test_unseen_domain = 0.1", "holdout.domains"),
    ] {
        let problems = check(&edited(from, to));
        let places: Vec<&str> = problems.0.iter().map(|problem| problem.place.as_str()).collect();
        assert_eq!(places, [place], "{to}: {problems}");
    }
}

#[test]
fn an_unknown_name_tells_the_known_ones() {
    let problems = check(&edited("\"ledger\"", "\"ledgre\"")).to_string();
    assert!(problems.contains("`ledgre` is unknown; known are ledger"), "{problems}");
}

#[test]
fn every_problem_is_told_at_once() {
    let text = edited("total = 100", "total = 0").replace("zstd_level = 3", "zstd_level = 0").replace("\"run-twice\"", "\"x\"");
    assert_eq!(check(&text).0.len(), 3);
}

fn edited(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "`{from}` is in the good recipe");
    GOOD.replacen(from, to, 1)
}

fn check(text: &str) -> Problems {
    Recipe::parse("my.toml", text).unwrap().check("my.toml", &catalog())
}

/// One of each thing that a recipe may name.
fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    catalog.taxonomy.classes = ["appropriate", "replay_injection"].map(class).to_vec();
    catalog.taxonomy.vectors = vec![Axis { id: "log".into(), definition: String::new() }];
    catalog.domains.push(Domain { id: "finance".into(), seeds: "seeds".into(), title: "Finance".into(), corpus: Corpus::Training });
    catalog.servers.push(Server {
        name: "ledger".into(),
        domain: 0,
        title: String::new(),
        version: "1.0.0".into(),
        publisher: "ledger.example".into(),
        package: String::new(),
        instructions: None,
        protocol: 0,
        settings: Vec::new(),
        next_release: Release { version: String::new(), reason: String::new(), check: String::new() },
        tools: 0..0,
        provenance: None,
    });
    catalog.surfaces.push(Surface { id: "plain".into(), lines: Vec::new(), tools: Vec::new() });
    catalog.patterns.push(Pattern {
        id: "run-twice".into(),
        title: String::new(),
        corpus: Corpus::Training,
        class: "replay_injection".into(),
        vector: "log".into(),
        effect: String::new(),
        goal: String::new(),
        severity: String::new(),
        controls: Vec::new(),
        checkpoints: Vec::new(),
        fits: Fits::default(),
        slots: Vec::new(),
        payloads: Vec::new(),
        expose: Vec::new(),
        comply: Vec::new(),
        follows: Vec::new(),
        refuses: Vec::new(),
        stops: false,
        asks: Vec::new(),
        lookalike: Lookalike { payloads: Vec::new(), edits: Vec::new(), replies: Vec::new(), because: Vec::new() },
        names: Names::default(),
    });
    catalog
}

fn class(id: &str) -> Class {
    Class {
        id: id.into(),
        title: String::new(),
        phase: String::new(),
        source: String::new(),
        scope: String::new(),
        element: None,
        threat_type: String::new(),
        maestro: Vec::new(),
        severity: String::new(),
        definition: String::new(),
        spellings: Spellings::default(),
        choice: None,
        catalogue_ids: Vec::new(),
    }
}
