//! Where "now" comes from.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A source of the present, in milliseconds since some fixed origin.
pub trait Clock: Send + Sync {
    /// Milliseconds since this clock's origin.
    fn now_ms(&self) -> i64;
}

/// Time since the clock was made; it never jumps, whatever happens to the wall clock.
#[derive(Debug)]
pub struct MonotonicClock {
    origin: Instant,
}

impl MonotonicClock {
    /// A clock whose origin is this moment.
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Default for MonotonicClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for MonotonicClock {
    fn now_ms(&self) -> i64 {
        millis(self.origin.elapsed())
    }
}

/// A clock that shows what it was last set to.
///
/// Tests turn it by hand. The binding sets it from Ruby's `Time.now` before each call, so that
/// helpers which freeze or move that time move the leases of the memory backend as well.
#[derive(Debug, Default)]
pub struct ManualClock {
    now_ms: AtomicI64,
}

impl ManualClock {
    /// Sets the time, in milliseconds.
    pub fn set_ms(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}

/// The time that is so many microseconds after 1970, or the first or last one that there is.
pub(crate) fn from_micros(micros: i64) -> Timestamp {
    let bound = if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_microsecond(micros).unwrap_or(bound)
}

/// A duration in whole milliseconds, `i64::MAX` where it does not fit.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
