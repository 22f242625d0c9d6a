use crate::support::{guardset, outcome};

const COMMANDS: [&str; 9] = ["check", "generate", "show", "inspect", "probe", "decontaminate", "disjoint", "report", "taxonomy"];

#[test]
fn help_says_where_to_start_and_what_exit_codes_mean() {
    let told = outcome(guardset(&["--help"])).done();
    for word in COMMANDS.into_iter().chain(["Start with `guardset check`", "Exit codes: 0 done, 2 something is wrong with the input"]) {
        assert!(told.contains(word), "`{word}` is not in: {told}");
    }
}

#[test]
fn every_command_explains_itself() {
    for command in COMMANDS {
        let told = outcome(guardset(&[command, "--help"])).done();
        for word in ["Usage: guardset ", "--root", "Example: guardset ", "Exit codes: 0 done, 2 "] {
            assert!(told.contains(word), "`{word}` is not in: {told}");
        }
    }
    for (command, option) in [("generate", "--force"), ("show", "--pattern"), ("inspect", "--sample")] {
        assert!(outcome(guardset(&[command, "--help"])).done().contains(option));
    }
}

/// What the help gives as an example is a scenario and a pattern that there are.
#[test]
fn the_example_of_show_works() {
    let told = outcome(guardset(&["show", "--help"])).done();
    let example = told.split("Example: guardset ").nth(1).unwrap().lines().next().unwrap();
    outcome(guardset(&example.split_whitespace().collect::<Vec<_>>())).done();
}

#[test]
fn no_command_or_an_unknown_one_is_an_input_error() {
    outcome(guardset(&[])).fails(2, &["Usage"]);
    outcome(guardset(&["make"])).fails(2, &["make", "Usage"]);
}

#[test]
fn the_taxonomy_has_all_classes_with_their_catalogues() {
    let told = outcome(guardset(&["taxonomy"])).done();
    let table = told.split("\nvector\n").next().unwrap();
    let classes: Vec<&str> = table.lines().skip(3).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(classes.len(), 18, "{classes:?}");
    for class in ["appropriate", "replay_injection", "server_version_mismatch"] {
        assert!(classes.contains(&class), "{classes:?}");
    }
    assert!(table.contains("owasp-mcp:MCP"), "{table}");
}

#[test]
fn logs_are_plain_where_no_terminal_is() {
    let folder = tempfile::tempdir().unwrap();
    let said = outcome(crate::support::generate(folder.path(), 300, &[]));
    assert!(said.stderr.contains("write: "), "{}", said.stderr);
    assert!(!said.stderr.contains('\u{1b}') && !said.stdout.contains('\u{1b}'), "{}", said.stderr);
}

/// A reader that has seen enough closes the pipe; that is no failure of the program.
#[test]
fn a_closed_pipe_is_no_panic() {
    let mut command = guardset(&["taxonomy"]);
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(output.status.code(), Some(0), "{stderr}");
}
