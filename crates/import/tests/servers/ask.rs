//! Asking the hostile server.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use guardset_import::{ImportError, Limits, Listing, Named, Secret, Source, list_all};

/// The hostile server in one of its modes. `MARK` in its environment is its own, to find its processes by.
pub struct Hostile {
    arguments: Vec<String>,
    environment: BTreeMap<String, Secret>,
    mark: String,
}

impl Hostile {
    pub fn new(mode: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let mark = format!("hostile-{}-{}.", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { arguments: vec![mode.to_owned()], environment: BTreeMap::from([("MARK".to_owned(), Secret::new(&mark))]), mark }
    }

    /// The first that another process made, to look for.
    pub fn first_of(process: u32) -> Self {
        Self { arguments: Vec::new(), environment: BTreeMap::new(), mark: format!("hostile-{process}-0.") }
    }

    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), Secret::new(value));
        self
    }

    pub fn record(self, path: &Path) -> Self {
        self.variable("RECORD", path.to_str().unwrap())
    }

    pub fn named(&self) -> Named {
        let program = env!("CARGO_BIN_EXE_hostile").to_owned();
        let (arguments, environment) = (self.arguments.clone(), self.environment.clone());
        Named { name: "it".to_owned(), source: Source::Command { program, arguments, environment, folder: None, hidden: Vec::new() } }
    }

    /// Lists it, and looks that nothing of it is left.
    pub fn ask(&self, limits: &Limits) -> Result<Listing, ImportError> {
        let listed = ask(self.named(), limits);
        self.assert_gone();
        listed
    }

    /// The message of the error that it ends in.
    pub fn fault(&self, limits: &Limits) -> String {
        let message = self.ask(limits).unwrap_err().to_string();
        assert!(message.starts_with("server it: "), "{message}");
        assert!(!message.chars().any(char::is_control), "{message:?}");
        message
    }

    /// Fails where processes of this server are left. A process that was killed is given a moment to go.
    pub fn assert_gone(&self) {
        for _ in 0..300 {
            if self.processes().is_empty() {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("left over: {:?}", self.processes());
    }

    /// Numbers of the processes of this server. One that ended and waits to be reaped has no environment.
    pub fn processes(&self) -> Vec<String> {
        let with_mark = |process: &Path| std::fs::read(process.join("environ")).is_ok_and(|all| contains(&all, self.mark.as_bytes()));
        let all = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        all.filter(|process| with_mark(process)).map(|process| process.display().to_string()).collect()
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Lists one server.
pub fn ask(server: Named, limits: &Limits) -> Result<Listing, ImportError> {
    let mut listed = None;
    list_all(&[server], limits, &mut |_, result| listed = Some(result));
    listed.unwrap()
}

/// Limits that a sound server keeps, however slow the machine is, unless a test makes one smaller.
pub fn patient() -> Limits {
    Limits { start: Duration::from_secs(60), request: Duration::from_secs(60), total: Duration::from_secs(120), ..Limits::default() }
}
