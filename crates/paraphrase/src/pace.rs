use std::time::{Duration, Instant};

/// How many requests may be in flight: as many as the server takes without choking, found by trying.
///
/// A pure state machine: it is told what came back and when, and reads no clock.
#[derive(Debug)]
pub struct Throttle {
    limit: f64,
    /// Where it began, and what slowness alone never takes it below: long replies are slow without any congestion.
    start: f64,
    most: f64,
    /// Until the first sign of congestion, each reply adds one.
    slow_start: bool,
    /// Smoothed latency in seconds, and the lowest that has been.
    smoothed: Option<f64>,
    lowest: f64,
    /// When it was last lowered. What was sent before that says nothing about the limit since.
    lowered: Option<Instant>,
}

/// What a request says about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It replied.
    Fine,
    /// It said that there is too much to do, or did not get to it in time.
    Congested,
    /// It failed for another reason.
    Silent,
}

/// Most requests in flight at first.
const START: usize = 16;

/// Share that one reply has in the smoothed latency.
const SMOOTHING: f64 = 1.0 / 16.0;

/// Share by which the lowest latency nears the smoothed one with each reply, so that replies that have become longer for good
/// are not taken for congestion for ever.
const FORGETTING: f64 = 1.0 / 4096.0;

/// Smoothed latency over the lowest from which the server counts as slow.
const SLOW: f64 = 3.0;

impl Throttle {
    /// Never lets more than `most` through at once.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let start = most.min(START) as f64;
        Self { limit: start, start, most: most as f64, slow_start: true, smoothed: None, lowest: f64::MAX, lowered: None }
    }

    /// Most requests that may be in flight now.
    pub fn limit(&self) -> usize {
        self.limit as usize
    }

    /// Takes in what a request that was sent at `sent` came to at `now`.
    pub fn finished(&mut self, sign: Sign, sent: Instant, now: Instant) {
        match sign {
            Sign::Silent => {}
            Sign::Congested => self.lower(0.5, 1.0, sent, now),
            Sign::Fine => {
                if self.slow(now.saturating_duration_since(sent)) {
                    self.lower(0.9, self.start, sent, now);
                } else {
                    self.limit = (self.limit + if self.slow_start { 1.0 } else { 1.0 / self.limit }).min(self.most);
                }
            }
        }
    }

    /// Lowers the limit, once for all that was sent under it. Does not raise one that is below `least` already.
    fn lower(&mut self, factor: f64, least: f64, sent: Instant, now: Instant) {
        self.slow_start = false;
        if self.lowered.is_none_or(|lowered| sent >= lowered) {
            self.limit = (self.limit * factor).max(least.min(self.limit));
            self.lowered = Some(now);
        }
    }

    fn slow(&mut self, latency: Duration) -> bool {
        let latency = latency.as_secs_f64();
        let smoothed = self.smoothed.map_or(latency, |smoothed| smoothed + (latency - smoothed) * SMOOTHING);
        self.smoothed = Some(smoothed);
        self.lowest = smoothed.min(self.lowest + (smoothed - self.lowest) * FORGETTING);
        smoothed > SLOW * self.lowest
    }
}
