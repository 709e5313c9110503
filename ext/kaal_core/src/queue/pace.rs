//! How fast jobs are done here, from which follows how many will be wanted soon.

use std::time::Duration;

/// How far ahead it looks: some answers of a Redis nearby. So long a job that is taken so early waits here, where
/// another server might have begun it, if those before it take as long as others did.
const AHEAD: Duration = Duration::from_millis(1);

/// How many jobs are expected at most.
const MOST: usize = 64;

/// No longer time counts, so that one long job among short ones is soon forgotten.
const LONGEST: Duration = Duration::from_secs(1);

/// The moving average of how long a job takes.
#[derive(Debug, Default)]
pub(super) struct Pace {
    typical: Option<Duration>,
}

impl Pace {
    /// A job has taken so long.
    pub fn note(&mut self, took: Duration) {
        let took = took.min(LONGEST);
        self.typical = Some(match self.typical {
            Some(typical) => (typical * 7 + took) / 8,
            None => took,
        });
    }

    /// How many jobs those that run so many now will have done soon.
    pub fn soon(&self, running: usize) -> usize {
        let Some(typical) = self.typical else {
            return 0;
        };
        let done = running as u128 * AHEAD.as_nanos() / typical.as_nanos().max(1);
        usize::try_from(done).unwrap_or(MOST).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(took: &[u64]) -> Pace {
        let mut pace = Pace::default();
        for micros in took {
            pace.note(Duration::from_micros(*micros));
        }
        pace
    }

    #[test]
    fn short_jobs_are_followed_by_as_many_as_end_in_a_millisecond() {
        assert_eq!(pace(&[200; 9]).soon(5), 25);
        assert_eq!(pace(&[200; 9]).soon(0), 0);
        assert_eq!(pace(&[0]).soon(10), MOST);
    }

    #[test]
    fn nobody_knows_what_follows_long_jobs_or_none() {
        assert_eq!(pace(&[]).soon(10), 0);
        assert_eq!(pace(&[100_000]).soon(50), 0);
    }

    #[test]
    fn one_long_job_among_short_ones_is_forgotten() {
        let took = [vec![3_600_000_000], vec![200; 80]].concat();
        assert_eq!(pace(&took[..20]).soon(5), 0);
        assert!(pace(&took).soon(5) > 20);
    }
}
