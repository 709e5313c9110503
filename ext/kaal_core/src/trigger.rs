//! What makes a job fire: a cron expression or an interval.

use std::fmt;

use crate::Result;
use crate::cron::{Cron, Dst, Plan, Zone};
use crate::interval::{Interval, Start};

/// When something fires, in unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// By the calendar.
    Cron(Plan),
    /// Every so many seconds.
    Interval(Interval),
}

impl Trigger {
    /// Reads what [`Cron::parse`] or [`Interval::parse`] does. The zone is asked for where an expression
    /// names none.
    ///
    /// # Errors
    ///
    /// A cron error, as theirs, or that of `zone`.
    pub fn parse(text: &str, dst: Dst, zone: impl FnOnce() -> Result<Zone>) -> Result<Self> {
        if Interval::is_one(text) {
            return Ok(Self::Interval(Interval::parse(text)?));
        }
        let cron = Cron::parse(text)?;
        let zone = cron.zone().cloned().map_or_else(zone, Ok)?;
        Ok(Self::Cron(Plan::new(cron, &zone, dst)))
    }

    /// The one way of writing `text`, where it is an interval.
    ///
    /// # Errors
    ///
    /// A cron error when it is no expression.
    pub fn canonical_interval(text: &str) -> Result<Option<String>> {
        if Interval::is_one(text) {
            return Ok(Some(Interval::parse(text)?.to_string()));
        }
        Cron::parse(text)?;
        Ok(None)
    }

    /// The macro that means the same.
    ///
    /// # Errors
    ///
    /// A cron error when it is no expression.
    pub fn as_macro(text: &str) -> Result<Option<String>> {
        match Self::canonical_interval(text)? {
            Some(interval) => Ok(Some(interval)),
            None => Ok(Cron::parse(text)?.as_macro()),
        }
    }

    /// As [`Cron::lint`].
    ///
    /// # Errors
    ///
    /// That of `zone`, which only cron expressions ask for.
    pub fn lint(
        text: &str,
        dst: Dst,
        now: i64,
        zone: impl FnOnce() -> Result<Zone>,
    ) -> Result<Vec<String>> {
        if Interval::is_one(text) {
            let error = Interval::parse(text).err();
            return Ok(error.iter().map(ToString::to_string).collect());
        }
        Ok(Cron::lint(text, &zone()?, dst, now))
    }

    /// Intervals count from `start`, where there is one.
    #[must_use]
    pub fn starting(self, start: Option<Start>) -> Self {
        match (self, start) {
            (Self::Interval(interval), Some(start)) => Self::Interval(interval.starting(start)),
            (other, _) => other,
        }
    }

    /// The first fire time after `after`; `None`: never.
    pub fn next_after(&self, after: i64) -> Option<i64> {
        match self {
            Self::Cron(plan) => plan.next_after(after),
            Self::Interval(interval) => interval.next_after(after),
        }
    }

    /// The last fire time before `before`; `None`: it did not fire before.
    pub fn previous_before(&self, before: i64) -> Option<i64> {
        match self {
            Self::Cron(plan) => plan.previous_before(before),
            Self::Interval(interval) => interval.previous_before(before),
        }
    }

    /// The fire times after `after` and up to `until`.
    pub fn between(&self, after: i64, until: i64) -> impl Iterator<Item = i64> {
        let next = |after: &i64| self.next_after(*after);
        std::iter::successors(next(&after), next).take_while(move |time| *time <= until)
    }

    /// Whether `time` is a fire time.
    pub fn matches(&self, time: i64) -> bool {
        match self {
            Self::Cron(plan) => plan.matches(time),
            Self::Interval(interval) => interval.matches(time),
        }
    }
}

/// The one way of writing it.
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(plan) => plan.cron().fmt(f),
            Self::Interval(interval) => interval.fmt(f),
        }
    }
}
