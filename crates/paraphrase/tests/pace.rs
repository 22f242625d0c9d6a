//! How many requests may be in flight, by what comes back. No clock is read: all times are made up.

use std::time::{Duration, Instant};

use guardset_paraphrase::{Sign, Throttle};
use proptest::prelude::*;

const TRIP: Duration = Duration::from_millis(100);

/// A throttle, and the time.
struct Trial {
    throttle: Throttle,
    now: Instant,
}

impl Trial {
    fn new(most: usize) -> Self {
        Self { throttle: Throttle::new(most), now: Instant::now() }
    }

    /// As many requests as may be in flight, sent now, all of which come to this after one trip.
    fn round(&mut self, sign: Sign, trip: Duration) -> usize {
        let sent = self.now;
        self.now += trip;
        for _ in 0..self.throttle.limit() {
            self.throttle.finished(sign, sent, self.now);
        }
        self.throttle.limit()
    }
}

#[test]
fn it_begins_low_and_doubles() {
    assert_eq!(Throttle::new(256).limit(), 16);
    assert_eq!(Throttle::new(3).limit(), 3);
    assert_eq!(Throttle::new(0).limit(), 1);
    let mut trial = Trial::new(100);
    assert_eq!((trial.round(Sign::Fine, TRIP), trial.round(Sign::Fine, TRIP)), (32, 64));
    assert_eq!((trial.round(Sign::Fine, TRIP), trial.round(Sign::Fine, TRIP)), (100, 100));
}

#[test]
fn congestion_halves_it_once_a_trip() {
    let mut trial = Trial::new(256);
    while trial.round(Sign::Fine, TRIP) < 256 {}
    assert_eq!(trial.round(Sign::Congested, TRIP), 128, "256 signs of one trip are one");
    assert_eq!(trial.round(Sign::Congested, TRIP), 64);
}

#[test]
fn what_was_sent_before_is_no_news() {
    let mut trial = Trial::new(256);
    let sent = trial.now;
    trial.round(Sign::Congested, TRIP);
    assert_eq!(trial.throttle.limit(), 8);
    trial.throttle.finished(Sign::Congested, sent, trial.now + TRIP);
    assert_eq!(trial.throttle.limit(), 8);
    trial.throttle.finished(Sign::Congested, trial.now + TRIP, trial.now + 2 * TRIP);
    assert_eq!(trial.throttle.limit(), 4);
}

#[test]
fn after_congestion_it_adds_one_a_trip() {
    let mut trial = Trial::new(256);
    trial.round(Sign::Congested, TRIP);
    let limits: Vec<usize> = (0..40).map(|_| trial.round(Sign::Fine, TRIP)).collect();
    assert!(limits.is_sorted() && limits.windows(2).all(|pair| pair[1] - pair[0] <= 1), "{limits:?}");
    assert!((40..=48).contains(&limits[39]), "{limits:?}");
}

#[test]
fn it_never_closes() {
    let mut trial = Trial::new(256);
    for _ in 0..50 {
        trial.round(Sign::Congested, TRIP);
    }
    assert_eq!(trial.throttle.limit(), 1);
    trial.round(Sign::Fine, TRIP);
    assert_eq!(trial.throttle.limit(), 2);
}

#[test]
fn slowness_lowers_it_gently_and_not_below_the_start() {
    let mut trial = Trial::new(200);
    while trial.round(Sign::Fine, TRIP) < 200 {}
    assert_eq!(trial.round(Sign::Fine, 2 * TRIP), 200, "twice as long is not slow");
    let slow = trial.round(Sign::Fine, 10 * TRIP);
    assert!((180..=182).contains(&slow), "{slow}");
    for _ in 0..100 {
        let limit = trial.round(Sign::Fine, 10 * TRIP);
        assert!(limit >= 16, "{limit}");
    }
}

#[test]
fn longer_replies_are_got_used_to() {
    let mut trial = Trial::new(64);
    while trial.round(Sign::Fine, TRIP) < 64 {}
    for _ in 0..200 {
        trial.round(Sign::Fine, 5 * TRIP);
    }
    assert_eq!(trial.throttle.limit(), 64);
}

#[test]
fn other_failures_say_nothing() {
    let mut trial = Trial::new(256);
    assert_eq!((trial.round(Sign::Silent, TRIP), trial.round(Sign::Silent, 100 * TRIP)), (16, 16));
}

proptest! {
    #[test]
    fn it_stays_within_its_bounds(most in 1..300usize, steps in prop::collection::vec((0..3u8, 0..5_000u64, 0..5_000u64), 0..400)) {
        let mut trial = Trial::new(most);
        for (sign, wait, trip) in steps {
            let sign = [Sign::Fine, Sign::Congested, Sign::Silent][usize::from(sign)];
            let sent = trial.now + Duration::from_millis(wait);
            trial.now = sent + Duration::from_millis(trip);
            trial.throttle.finished(sign, sent, trial.now);
            prop_assert!((1..=most).contains(&trial.throttle.limit()));
        }
    }
}
