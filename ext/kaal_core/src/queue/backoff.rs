//! Pauses between the attempts at a job.

use std::time::Duration;

/// Each pause is twice the one before, up to the longest, and up to a quarter longer at random, so that jobs
/// that failed together are not tried together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first attempt.
    pub first: Duration,
    /// After many.
    pub longest: Duration,
}

impl Default for Backoff {
    /// A second, up to an hour.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(3_600),
        }
    }
}

impl Backoff {
    /// The pause after this attempt, the first of which is 1.
    pub fn after(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let pause = self.first.saturating_mul(1 << doublings).min(self.longest);
        pause + pause.mul_f64(random() / 4.0)
    }
}

/// From 0 up to 1. Where the system has no randomness to give, pauses are longest.
fn random() -> f64 {
    getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_differ() {
        let backoff = Backoff {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(1),
        };
        for (attempt, least) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (90, 1_000)] {
            for _ in 0..20 {
                let pause = backoff.after(attempt);
                let least = Duration::from_millis(least);
                assert!((least..=least.mul_f64(1.25)).contains(&pause), "{pause:?}");
            }
        }
        assert_ne!(backoff.after(5), backoff.after(5));
    }
}
