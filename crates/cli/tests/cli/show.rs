use crate::support::{generate, guardset, outcome, rows};

/// A scenario and a pattern that fit, taken from a run so that no name stands here.
fn fitting() -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    outcome(generate(&run, 300, &[])).done();
    let rows = rows(&run, &["scenario", "pattern", "label"]);
    let row = rows.iter().find(|row| row["label"] == "wrong_arguments_intent_injection").unwrap();
    (row["scenario"].as_str().unwrap().to_owned(), row["pattern"].as_str().unwrap().to_owned())
}

#[test]
fn a_scenario_is_shown_with_its_audit() {
    let (scenario, _) = fitting();
    let told = outcome(guardset(&["show", &scenario])).done();
    for word in ["=== plain at session ===", "--- contract", "--- audit\nappropriate"] {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
}

#[test]
fn a_pattern_is_shown_as_twin_attack_and_lookalike() {
    let (scenario, pattern) = fitting();
    let told = outcome(guardset(&["show", &scenario, "--pattern", &pattern])).done();
    let audited = |part: &str| {
        let shown = told.split(&format!("=== {part} at session ===")).nth(1).unwrap_or_else(|| panic!("no {part} in: {told}"));
        shown.split("--- audit\n").nth(1).unwrap().lines().next().unwrap().to_owned()
    };
    assert!(audited("attack").starts_with("wrong_arguments_intent_injection at step"), "{told}");
    for part in ["twin", "lookalike", "resisted"] {
        assert_eq!(audited(part), "appropriate", "{part} in: {told}");
    }
}

#[test]
fn another_variant_is_another_session_and_the_same_is_the_same() {
    let (scenario, _) = fitting();
    let show = |variant| outcome(guardset(&["show", &scenario, "--variant", variant])).done();
    assert_eq!(show("0"), show("0"));
    assert_ne!(show("0"), show("1"));
}

#[test]
fn an_unknown_name_is_answered_with_near_ones() {
    let (scenario, pattern) = fitting();
    for (what, name, command) in
        [("scenario", &scenario, &["show", "NAME"][..]), ("pattern", &pattern, &["show", &scenario, "--pattern", "NAME"])]
    {
        // The last word mistyped: what was meant comes first.
        let almost = format!("{name}x");
        let command: Vec<&str> = command.iter().map(|word| if *word == "NAME" { almost.as_str() } else { word }).collect();
        outcome(guardset(&command)).fails(2, &[&format!("`{almost}` is no {what}"), &format!("such as {name},")]);
    }
    outcome(guardset(&["show", &scenario, "--surface", "papyrus"])).fails(2, &["papyrus", "no surface", "jsonrpc"]);
}

#[test]
fn a_pattern_that_does_not_fit_is_answered_with_scenarios_that_do() {
    let (fits, pattern) = fitting();
    // A scenario without calls gives no pattern anything to hook on.
    let scenarios = crate::support::paths(&crate::support::root().join("seeds"));
    let idle = scenarios
        .iter()
        .find(|path| path.parent().unwrap().ends_with("scenarios") && !std::fs::read_to_string(path).unwrap().contains("\ncall = "))
        .unwrap();
    let idle = idle.file_stem().unwrap().to_str().unwrap();
    let told = outcome(guardset(&["show", idle, "--pattern", &pattern])).fails(2, &["does not fit", "it fits"]);
    let named = told.split("it fits ").nth(1).unwrap().split([',', ' ']).next().unwrap().to_owned();
    outcome(guardset(&["show", &named, "--pattern", &pattern])).done();
    outcome(guardset(&["show", &fits, "--pattern", &pattern])).done();
}
