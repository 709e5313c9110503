//! Intervals: schedules that count from a start rather than by the calendar, and the stores that know
//! when each job has run last.

mod poll;
mod span;

use std::fmt;
use std::future::Future;

use crate::Result;
use crate::key::Occurrence;

pub use poll::{Absent, Poll, Polled, Polls};

/// A schedule that fires every so many seconds: `@every 900s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    seconds: i64,
    /// The first fire time; `None`: it counts from whatever time is asked about.
    first: Option<i64>,
}

/// From when on the intervals of a job count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Start {
    /// Unix seconds since which the job is as it is: it fires after that.
    pub since: i64,
    /// A time that it fires at, and so many intervals later, but not before; `None`: an interval after
    /// `since`.
    pub anchor: Option<i64>,
    /// Whether the store knows its last run, see [`Intervals`]: then a run may be made up for, however
    /// long ago it was due.
    pub remembered: bool,
}

impl Interval {
    /// What stands before the interval.
    pub const MACRO: &str = "@every";

    /// The longest interval, in seconds: a hundred years.
    pub const MAX_SECONDS: i64 = 3_155_760_000;

    /// Whether `text` is to be read by [`Interval::parse`].
    pub fn is_one(text: &str) -> bool {
        let first = text.split_ascii_whitespace().next();
        first.is_some_and(|word| word.eq_ignore_ascii_case(Self::MACRO))
    }

    /// Reads `@every 1h30m`: weeks, days, hours, minutes, seconds, each once at most.
    ///
    /// # Errors
    ///
    /// A cron error that says what is allowed, with its position.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self {
            seconds: span::parse(text)?,
            first: None,
        })
    }

    /// The same interval, counted from `start`.
    #[must_use]
    pub fn starting(self, start: Start) -> Self {
        let Start { since, anchor, .. } = start;
        let first = match anchor {
            None => since.saturating_add(self.seconds),
            Some(anchor) if anchor > since => anchor,
            Some(anchor) => Self {
                first: Some(anchor),
                ..self
            }
            .next_after(since)
            .unwrap_or(i64::MAX),
        };
        Self {
            first: Some(first),
            ..self
        }
    }

    /// How long it is.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// The first fire time after `after`, in unix seconds; `None`: there is no such number.
    pub fn next_after(self, after: i64) -> Option<i64> {
        match self.first {
            None => after.checked_add(self.seconds),
            Some(first) if after < first => Some(first),
            Some(first) => {
                let passed = (after.checked_sub(first)?) / self.seconds;
                first.checked_add(passed.checked_add(1)?.checked_mul(self.seconds)?)
            }
        }
    }

    /// Whether `time`, in unix seconds, is a fire time; without a start none is.
    pub fn matches(self, time: i64) -> bool {
        let before = time.checked_sub(1);
        self.first.is_some() && before.is_some_and(|before| self.next_after(before) == Some(time))
    }

    /// The last fire time before `before`, in unix seconds; `None`: it has not fired then.
    pub fn previous_before(self, before: i64) -> Option<i64> {
        match self.first {
            None => before.checked_sub(self.seconds),
            Some(first) if before <= first => None,
            Some(first) => {
                let passed = before.checked_sub(1)?.checked_sub(first)? / self.seconds;
                Some(first + passed * self.seconds)
            }
        }
    }
}

/// As it is stored, in seconds.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}s", Self::MACRO, self.seconds)
    }
}

/// A store that knows the last run of each job that runs in intervals.
///
/// A lease ends and a log forgets; this is what keeps a run of long ago from being made up for twice.
pub trait Intervals {
    /// Makes each run the last one of its job, unless that has run then or later: true for those that
    /// were, and for those that `holder` has made so before. The runs of a job come in their order.
    ///
    /// # Errors
    ///
    /// A store error. What was done unnoticed is done for `holder` when it asks again.
    fn advance(
        &self,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> impl Future<Output = Result<Vec<bool>>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starting(since: i64, anchor: Option<i64>) -> Interval {
        let start = Start {
            since,
            anchor,
            remembered: false,
        };
        Interval::parse("@every 10s").unwrap().starting(start)
    }

    fn after(interval: Interval, after: i64, count: usize) -> Vec<i64> {
        let next = |time: &i64| interval.next_after(*time);
        std::iter::successors(next(&after), next)
            .take(count)
            .collect()
    }

    #[test]
    fn it_counts_from_its_start() {
        let interval = starting(103, None);
        assert_eq!(after(interval, i64::MIN, 2), [113, 123]);
        assert_eq!(after(interval, 112, 1), [113]);
        assert_eq!(after(interval, 113, 2), [123, 133]);
        let previous = [113, 114, 123, 124].map(|before| interval.previous_before(before));
        assert_eq!(previous, [None, Some(113), Some(113), Some(123)]);
    }

    #[test]
    fn an_anchor_is_a_fire_time_where_it_lies_ahead() {
        assert_eq!(after(starting(103, Some(150)), 0, 2), [150, 160]);
        assert_eq!(after(starting(103, Some(1)), 0, 2), [111, 121]);
        assert_eq!(after(starting(101, Some(1)), 0, 1), [111]);
    }

    #[test]
    fn without_a_start_it_counts_from_the_time_asked_about() {
        let interval = Interval::parse("@every 15m").unwrap();
        assert_eq!(interval.next_after(7), Some(907));
        assert_eq!(interval.previous_before(907), Some(7));
        assert_eq!(interval.next_after(i64::MAX), None);
    }
}
