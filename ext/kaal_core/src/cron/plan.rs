//! An expression where and as it runs.

use std::hash::{Hash, Hasher};

use super::search::Search;
use super::{Cron, Dst, Zone};

/// An expression with its time zone and its policy for daylight-saving changes: what it takes to
/// know when it fires. All times are in unix seconds.
///
/// Two are equal that fire alike: whether the expression or the caller names the zone is all one.
#[derive(Debug, Clone)]
pub struct Plan {
    cron: Cron,
    zone: Zone,
    dst: Dst,
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        self.cron.schedule == other.cron.schedule
            && self.zone == other.zone
            && self.dst == other.dst
    }
}

impl Eq for Plan {}

impl Hash for Plan {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.cron.schedule.hash(state);
        self.zone.hash(state);
        self.dst.hash(state);
    }
}

impl Plan {
    /// `zone` is used where the expression names none.
    pub fn new(cron: Cron, zone: &Zone, dst: Dst) -> Self {
        let zone = cron.zone().unwrap_or(zone).clone();
        Self { cron, zone, dst }
    }

    /// The expression.
    pub fn cron(&self) -> &Cron {
        &self.cron
    }

    /// The zone that it runs in.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The policy that it runs by.
    pub fn dst(&self) -> Dst {
        self.dst
    }

    /// The first fire time after `after`; `None` when there is none within 400 years, after which
    /// the calendar repeats.
    pub fn next_after(&self, after: i64) -> Option<i64> {
        self.search().next(after)
    }

    /// The last fire time before `before`; `None` as for [`Plan::next_after`].
    pub fn previous_before(&self, before: i64) -> Option<i64> {
        self.search().previous(before)
    }

    /// The fire times after `after` and up to `until`.
    pub fn between(&self, after: i64, until: i64) -> impl Iterator<Item = i64> {
        let next = |after: &i64| self.next_after(*after);
        std::iter::successors(next(&after), next).take_while(move |time| *time <= until)
    }

    /// Whether `time` is a fire time.
    pub fn matches(&self, time: i64) -> bool {
        let before = time.checked_sub(1);
        before.is_some_and(|before| self.next_after(before) == Some(time))
    }

    fn search(&self) -> Search<'_> {
        Search {
            schedule: &self.cron.schedule,
            zone: &self.zone,
            dst: self.dst,
        }
    }
}
