use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Sign, Throttle};

/// Lets as many requests through at once as the [`Throttle`] says.
pub(crate) struct Gate {
    /// As many permits as the limit, lent out or not.
    slots: Semaphore,
    /// One request at a time waits for a slot from here, all others for the door: what is sent again passes by the door, and so
    /// comes before all that has not been sent at all.
    door: Semaphore,
    state: Mutex<State>,
}

struct State {
    throttle: Throttle,
    permits: usize,
    paused: Option<Instant>,
}

/// The right to have one request in flight. Dropped, it goes back.
pub(crate) struct Slot<'gate> {
    gate: &'gate Gate,
    permit: SemaphorePermit<'gate>,
}

impl Gate {
    pub(crate) fn new(most: usize) -> Self {
        let throttle = Throttle::new(most);
        let permits = throttle.limit();
        Self { slots: Semaphore::new(permits), door: Semaphore::new(1), state: Mutex::new(State { throttle, permits, paused: None }) }
    }

    /// Waits for a slot; `None` once the gate is closed.
    pub(crate) async fn enter(&self, again: bool) -> Option<Slot<'_>> {
        let door = if again { None } else { Some(self.door.acquire().await.ok()?) };
        let permit = self.slots.acquire().await.ok()?;
        drop(door);
        Some(Slot { gate: self, permit })
    }

    /// Lets nobody in any more, those who wait included.
    pub(crate) fn close(&self) {
        self.door.close();
        self.slots.close();
    }

    /// Has all that is not in flight wait until then.
    pub(crate) fn pause(&self, until: Instant) {
        let mut state = self.state();
        state.paused = state.paused.max(Some(until));
    }

    /// Until when everybody waits.
    pub(crate) fn paused(&self) -> Option<Instant> {
        self.state().paused
    }

    /// Whether it cannot let fewer through, so that only waiting helps.
    pub(crate) fn is_narrowest(&self) -> bool {
        self.state().permits == 1
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// Gives the slot back and takes in what the request came to.
    pub(crate) fn leave(self, sign: Sign, sent: Instant) {
        let mut state = self.gate.state();
        state.throttle.finished(sign, sent, Instant::now());
        let limit = state.throttle.limit();
        if state.permits > limit {
            self.permit.forget();
            state.permits -= 1;
            state.permits -= self.gate.slots.forget_permits(state.permits - limit);
        } else {
            drop(self.permit);
            self.gate.slots.add_permits(limit - state.permits);
            state.permits = limit;
        }
    }
}
