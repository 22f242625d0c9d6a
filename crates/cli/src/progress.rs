use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Bars on a terminal, plain lines every few seconds otherwise.
#[derive(Debug, Default)]
pub struct Progress {
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    stage: &'static str,
    what: &'static str,
    total: usize,
    done: usize,
    started: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

/// Time between two plain lines.
const QUIET: Duration = Duration::from_secs(5);

impl Progress {
    /// Begins a stage of `total` rows.
    pub fn start(&self, stage: &'static str, total: usize) {
        self.start_with(stage, "rows", total);
    }

    /// Begins a stage of `total` things of another kind.
    pub fn start_with(&self, stage: &'static str, what: &'static str, total: usize) {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template(&format!(
                "{{prefix:>8}} {{bar:40}} {{pos}}/{{len}} {what}  {{per_sec}}  {{eta}} left  {{msg}}"
            ));
            let bar = ProgressBar::new(total as u64).with_prefix(stage);
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        let now = Instant::now();
        if let Ok(mut state) = self.state.lock() {
            *state = Some(State { stage, what, total, done: 0, started: now, told: now, bar });
        }
    }

    /// Counts rows.
    pub fn advance(&self, rows: usize) {
        let Ok(mut guard) = self.state.lock() else { return };
        let Some(state) = guard.as_mut() else { return };
        state.done += rows;
        match &state.bar {
            Some(bar) => bar.inc(rows as u64),
            None if state.told.elapsed() >= QUIET => {
                state.told = Instant::now();
                let rate = state.done as f64 / state.started.elapsed().as_secs_f64().max(1e-9);
                tracing::info!("{}: {} of {} {what}, {rate:.0} {what}/s", state.stage, state.done, state.total, what = state.what);
            }
            None => {}
        }
    }

    /// Says how far the stage is, and what else there is to say of it.
    pub fn at(&self, done: usize, more: &str) {
        let Ok(mut guard) = self.state.lock() else { return };
        let Some(state) = guard.as_mut() else { return };
        state.done = done;
        match &state.bar {
            Some(bar) => {
                bar.set_position(done as u64);
                bar.set_message(more.to_owned());
            }
            None if state.told.elapsed() >= QUIET => {
                state.told = Instant::now();
                let rate = done as f64 / state.started.elapsed().as_secs_f64().max(1e-9);
                let left = state.total.saturating_sub(done) as f64 / rate.max(1e-9);
                let left = if done == 0 { "?".to_owned() } else { format!("{left:.0}") };
                tracing::info!("{}: {done} of {} {}, {rate:.0}/s, {left} s left, {more}", state.stage, state.total, state.what);
            }
            None => {}
        }
    }

    /// Ends the stage and tells what it took.
    pub fn finish(&self) {
        let Ok(mut guard) = self.state.lock() else { return };
        if let Some(state) = guard.take() {
            if let Some(bar) = state.bar {
                bar.finish_and_clear();
            }
            let seconds = state.started.elapsed().as_secs_f64();
            let (done, what) = (state.done, state.what);
            tracing::info!("{}: {done} {what} in {seconds:.2} s, {:.0} {what}/s", state.stage, done as f64 / seconds.max(1e-9));
        }
    }
}
