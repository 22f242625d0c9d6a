use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use super::error::Fault;
use super::source::Source;
use crate::escape::escape;

/// Variables that every server gets: those that the official SDKs pass on, and those of language, time and folders. All
/// others of ours may hold keys.
const PASSED: [&str; 11] = ["HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER", "XDG_CACHE_HOME"];

/// How often it is looked whether a process ended.
const LOOK: Duration = Duration::from_millis(10);

/// What a server may take to end by itself: once after its input was closed, once after it was told to.
const GRACE: Duration = Duration::from_millis(500);

/// A server that was started, with all that it started in turn, unless that left its process group.
/// However this goes away, the whole group is ended.
pub(crate) struct Group {
    child: Child,
    id: Option<Pid>,
}

/// The ends of a server's pipes that are ours.
pub(crate) struct Ends {
    pub(crate) input: ChildStdin,
    pub(crate) output: ChildStdout,
    pub(crate) error: ChildStderr,
}

impl Group {
    /// Starts a program in a process group of its own. `None` where the source is an address.
    pub(crate) fn start(source: &Source) -> Result<Option<(Self, Ends)>, Fault> {
        let Source::Command { program, arguments, environment, folder, .. } = source else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(arguments).env_clear().process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(environment.iter().map(|(name, value)| (name, value.expose())));
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        let failed = |why: String| Fault::Start(escape(program), escape(&why));
        let mut child = command.spawn().map_err(|error| {
            let place = folder.as_ref().filter(|folder| !folder.is_dir());
            failed(place.map_or(error.to_string(), |folder| format!("its folder {} is no folder", folder.display())))
        })?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let ends = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let group = Self { child, id };
        match ends {
            (Some(input), Some(output), Some(error)) => Ok(Some((group, Ends { input, output, error }))),
            _ => Err(failed("it has no pipes".into())),
        }
    }

    /// How the program itself ended, if it did. It is left as it is, so that its number stays that of the group.
    pub(crate) fn ended(&self) -> Option<String> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let Ok(status) = waitid(WaitId::Pid(self.id?), options) else { return Some("its status is not known".to_owned()) };
        let status = status?;
        Some(match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "its status is not known".to_owned(),
        })
    }

    /// Waits until the program itself ended, or until the time is up.
    pub(crate) async fn wait(&self, time: Duration) -> Option<String> {
        let end = Instant::now() + time;
        loop {
            let ended = self.ended();
            if ended.is_some() || Instant::now() >= end {
                return ended;
            }
            sleep(LOOK).await;
        }
    }

    /// Ends the group: the program is given time to go by itself, is told to, and then all that is left is killed.
    /// Its input must have been closed before.
    pub(crate) async fn end(mut self) {
        self.wait(GRACE).await;
        self.signal(Signal::TERM);
        self.wait(GRACE).await;
        self.signal(Signal::KILL);
        // Once the program is reaped its number may be another's: the group is not signalled again.
        self.id = None;
        let _ = timeout(GRACE, self.child.wait()).await;
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.id {
            // It fails where nothing is left to signal.
            let _ = kill_process_group(id, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
