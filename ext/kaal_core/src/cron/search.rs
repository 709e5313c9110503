//! Fire times as instants.
//!
//! A zone's history is a row of stretches of constant offset. Within one, local time is a plain
//! count of seconds, where matches are found field by field. Local times in a gap belong to no
//! stretch, those of an overlap to two: there the policy decides.

use super::calendar::{CYCLE, DAY};
use super::zone::Stretch;
use super::{Dst, Gap, Overlap, Schedule, Zone};

/// What has no match within the calendar's cycle has none at all.
const HORIZON: i64 = CYCLE * DAY;

/// Offsets differ by little more than a day at most. So where a stretch that goes on for two days
/// would have its next match, no stretch that ends two days before that has one. (Soon after the
/// start, local times come again that the search has left behind.)
const MARGIN: i64 = 2 * DAY;

/// Farther from 1970 nothing is looked for; it leaves room for all sums.
const LIMIT: i64 = i64::MAX / 4;

/// A schedule where and as it runs.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub schedule: &'a Schedule,
    pub zone: &'a Zone,
    pub dst: Dst,
}

impl Search<'_> {
    /// The first fire time after `after`.
    pub fn next(self, after: i64) -> Option<i64> {
        if !(-LIMIT..LIMIT).contains(&after) {
            return None;
        }
        let mut from = after + 1;
        let horizon = after + HORIZON;
        while from <= horizon {
            let stretch = self.zone.stretch(from);
            if from <= stretch.start && self.shifts_into(stretch) {
                return Some(stretch.start);
            }
            let (start, end) = self.window(stretch);
            let local = start.max(from) + stretch.offset;
            let found =
                self.schedule.first_local(local, horizon + stretch.offset)? - stretch.offset;
            if found < end {
                return Some(found);
            }
            let far = stretch.end.saturating_sub(from) > MARGIN;
            from = stretch.end.max(if far { found - MARGIN } else { from });
        }
        None
    }

    /// The last fire time before `before`.
    pub fn previous(self, before: i64) -> Option<i64> {
        if !(-LIMIT..LIMIT).contains(&before) {
            return None;
        }
        let mut from = before - 1;
        let horizon = before - HORIZON;
        while from >= horizon {
            let stretch = self.zone.stretch(from);
            let (start, end) = self.window(stretch);
            let local = (end - 1).min(from) + stretch.offset;
            let found = self.schedule.last_local(local, horizon + stretch.offset);
            let found = found.map(|found| found - stretch.offset);
            if found.is_some_and(|found| found >= start) {
                return found;
            }
            if self.shifts_into(stretch) {
                return Some(stretch.start);
            }
            if stretch.start == i64::MIN {
                return None;
            }
            let far = from.saturating_sub(stretch.start) > MARGIN;
            let skip = found.filter(|_| far).map(|found| found + MARGIN);
            from = (stretch.start - 1).min(skip.unwrap_or(from));
        }
        None
    }

    /// Whether the stretch begins with a run that the gap before it has held up.
    fn shifts_into(self, stretch: Stretch) -> bool {
        let gap_end = stretch.start.saturating_add(stretch.offset);
        let gap_start = stretch.start.saturating_add(stretch.before.0);
        self.dst.gap == Gap::Shift
            && gap_start < gap_end
            && self
                .schedule
                .first_local(gap_start, gap_end)
                .is_some_and(|local| local < gap_end)
    }

    /// The part of a stretch in which runs happen: of an overlap's two rounds the policy may
    /// choose one. An overlap that reaches beyond the neighbouring stretch stays whole, so that
    /// no local time is left out.
    fn window(self, stretch: Stretch) -> (i64, i64) {
        let (mut start, mut end) = (stretch.start, stretch.end);
        if self.dst.overlap == Overlap::Both || self.schedule.is_interval() {
            return (start, end);
        }
        let (before, since) = stretch.before;
        let repeated = before - stretch.offset;
        if self.dst.overlap == Overlap::First
            && repeated > 0
            && since.saturating_add(repeated) <= start
        {
            start += repeated;
        }
        let (after, until) = stretch.after;
        let repeated = stretch.offset - after;
        if self.dst.overlap == Overlap::Last
            && repeated > 0
            && end.saturating_add(repeated) <= until
        {
            end -= repeated;
        }
        (start, end)
    }
}
