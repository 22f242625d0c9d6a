//! A planted shortcut is found and stops the gate; rows without one pass.

use guardset_core::{ProbeLimits, hash_text, rng};
use guardset_probe::{Report, Row, Words};
use rand::RngExt;

fn probe(rows: &[Row], limits: &ProbeLimits) -> Report {
    let mut words = Words::default();
    rows.iter().for_each(|row| words.count(row));
    guardset_probe::probe(rows, &words, limits)
}

/// Rows whose label no view tells.
fn honest() -> Vec<Row> {
    let source = &mut rng(7, &["probe"]);
    let words = ["report", "invoice", "ticket", "booking", "sample", "lease", "meter", "parcel", "claim", "grant", "route", "shift"];
    let mut text = |length: usize| (0..length).map(|_| words[source.random_range(0..words.len())]).collect::<Vec<_>>().join(" ");
    (0..4000u64)
        .map(|n| {
            let is_unsafe = hash_text(&format!("label {n}")) % 100 < 58;
            let body = text(40 + (n % 17) as usize);
            Row {
                family: format!("scenario {}", n % 60),
                label: if is_unsafe { ["replay", "drift"][(n % 2) as usize] } else { "appropriate" }.into(),
                is_unsafe,
                vector: is_unsafe.then(|| "log".into()),
                pattern: Some("p".into()),
                checkpoint: "session".into(),
                domain: ["office", "home"][(n % 2) as usize].into(),
                voice: "plain".into(),
                agent: "plain".into(),
                surface: "plain".into(),
                user: text(12),
                assistant: text(9),
                tool_names: text(4),
                called: text(2),
                descriptions: text(20),
                arguments: text(6),
                results: text(25),
                servers: text(3),
                beside_evidence: body.clone(),
                body,
                n_tools: (n % 9) as f64,
                n_steps: (n % 13) as f64,
                n_turns: (n % 3) as f64,
                n_calls: (n % 5) as f64,
                seconds: (n % 97) as f64,
            }
        })
        .collect()
}

#[test]
fn honest_rows_pass() {
    let limits = ProbeLimits::default();
    let report = probe(&honest(), &limits);
    assert_eq!(report.failures(&limits), Vec::<String>::new());
    for score in &report.shortcuts {
        assert!((score.auroc - 0.5).abs() < 0.05, "{}: {}", score.view, score.auroc);
    }
}

#[test]
fn a_word_in_one_view_is_found_there_and_nowhere_else() {
    let mut rows = honest();
    for row in rows.iter_mut().filter(|row| row.is_unsafe) {
        row.arguments.push_str(" relay.example");
    }
    let limits = ProbeLimits::default();
    let report = probe(&rows, &limits);
    let failures = report.failures(&limits);
    assert!(matches!(failures.as_slice(), [failure] if failure.contains("`arguments`")), "{failures:?}");
}

#[test]
fn a_view_is_excused_for_the_vector_that_it_carries() {
    let mut rows = honest();
    for row in rows.iter_mut().filter(|row| row.is_unsafe) {
        row.results.push_str(" call export first");
    }
    // Every row belongs to a pattern of the vector `log`, which results carry.
    let report = probe(&rows, &ProbeLimits::default());
    let results = report.shortcuts.iter().find(|score| score.view == "results").expect("the view");
    assert_eq!(results.rows, 0);
    rows.iter_mut().for_each(|row| row.vector = row.is_unsafe.then(|| "user_content".into()));
    let report = probe(&rows, &ProbeLimits::default());
    let results = report.shortcuts.iter().find(|score| score.view == "results").expect("the view");
    assert!(results.auroc > 0.95, "{}", results.auroc);
}

#[test]
fn lengths_and_counts_have_the_stricter_limit() {
    let mut rows = honest();
    for (n, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.is_unsafe) {
        row.n_tools += if n % 4 == 0 { 9.0 } else { 0.0 };
    }
    let limits = ProbeLimits::default();
    let failures = probe(&rows, &limits).failures(&limits);
    assert!(failures.iter().any(|failure| failure.contains("`counts`") && failure.contains("0.55")), "{failures:?}");
}

#[test]
fn a_telltale_word_stops_the_gate_unless_it_is_justified() {
    let mut rows = honest();
    for row in rows.iter_mut().filter(|row| row.is_unsafe).take(120) {
        row.beside_evidence.push_str(" kindly");
    }
    let mut limits = ProbeLimits::default();
    let failures = probe(&rows, &limits).failures(&limits);
    assert!(matches!(failures.as_slice(), [failure] if failure.contains("`kindly` stands in 120 unsafe and 0 safe rows")), "{failures:?}");
    limits.justified.insert("kindly".into(), "letters are polite".into());
    assert_eq!(probe(&rows, &limits).failures(&limits), Vec::<String>::new());
}

#[test]
fn the_table_names_every_view_and_what_is_over() {
    let limits = ProbeLimits { view_auroc: 0.5, ..ProbeLimits::default() };
    let report = probe(&honest(), &limits);
    let table = report.table(&limits);
    for view in guardset_probe::VIEWS {
        assert!(table.lines().any(|line| line.trim_start().starts_with(view.id)), "{}", view.id);
    }
    assert!(table.contains("  over"), "a limit of one half is passed by chance somewhere");
}
