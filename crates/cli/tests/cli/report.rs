//! The hand-over to the program that makes the report. What it makes is tested with it, in crate `report`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{files, generate, outcome};

/// The program in a folder of its own, with this for the other.
fn alone(folder: &Path, other: Option<&str>) -> Command {
    let program = folder.join("guardset");
    fs::copy(env!("CARGO_BIN_EXE_guardset"), &program).unwrap();
    if let Some(script) = other {
        let other = folder.join("guardset-report");
        fs::write(&other, script).unwrap();
        fs::set_permissions(&other, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Command::new(program)
}

#[test]
fn a_program_that_is_not_built_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = alone(folder.path(), None);
    command.args(["report", "output/default"]);
    let beside = folder.path().join("guardset-report");
    outcome(command).fails(2, &[beside.to_str().unwrap(), "make report"]);
}

#[test]
fn options_are_handed_over_and_the_exit_code_is_handed_back() {
    let folder = tempfile::tempdir().unwrap();
    let script = "#!/bin/sh\nfor word in \"$@\"; do echo \"<$word>\"; done\nexit ${CODE:-0}\n";
    let run = |arguments: &[&str], code: &str| {
        let mut command = alone(folder.path(), Some(script));
        command.arg("report").args(arguments).env("CODE", code);
        outcome(command)
    };
    assert_eq!(run(&["a run"], "0").done(), "<-->\n<a run>\n");
    let all = run(&["--samples", "7", "run", "--against", "-other", "--output", "page.html"], "0");
    assert_eq!(all.code, Some(2), "a path that looks like an option: {}", all.stderr);
    let all = run(&["--samples", "7", "run", "--against", "./other", "--output", "page.html"], "0").done();
    assert_eq!(all, "<--against>\n<./other>\n<--samples>\n<7>\n<--output>\n<page.html>\n<-->\n<run>\n");
    for code in ["2", "1", "7"] {
        assert_eq!(run(&["run"], code).code, Some(code.parse().unwrap()));
    }
}

#[test]
fn a_report_does_not_stand_in_the_way_and_goes_with_its_run() {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 300, &["--seed", "1"])).done();
    for name in ["report.html", "report.md"] {
        fs::write(folder.path().join(name), "of seed 1").unwrap();
    }
    assert!(outcome(generate(folder.path(), 300, &["--seed", "1"])).stderr.contains("nothing to do"));
    assert!(folder.path().join("report.html").exists());
    outcome(generate(folder.path(), 300, &["--seed", "2", "--force"])).done();
    assert!(!files(folder.path()).keys().any(|name| name.starts_with("report.")), "a report of another run");
}

#[test]
fn a_run_tells_its_speed() {
    let folder = tempfile::tempdir().unwrap();
    outcome(generate(folder.path(), 300, &["--threads", "2"])).done();
    let speed: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join(".speed.json")).unwrap()).unwrap();
    assert_eq!((&speed["rows"], &speed["threads"]), (&300.into(), &2.into()));
    assert!(speed["seconds"].as_f64().unwrap() > 0.0 && speed["peak_mib"].as_u64().is_some_and(|mib| mib > 10), "{speed}");
}
