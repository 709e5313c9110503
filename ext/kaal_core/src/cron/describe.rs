//! What an expression says, field by field, for those who put it into words.

use super::Cron;
use super::day::Special;
use super::field::Set;

/// The values of the fields. Where a field restricts nothing its list is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// `second`, `minute`, `hour`, `day`, `day_from_end` (1 is the last), `month`, `weekday`
    /// (Sunday is 0).
    pub values: [(&'static str, Vec<u8>); 7],
    /// Weekday, and which of the month; from -1 on counted from its end.
    pub nth: Vec<(u8, i8)>,
    /// Weekday, every how many weeks, which of them.
    pub every: Vec<(u8, u32, u32)>,
    /// Whether both day fields must match, where both restrict.
    pub both: bool,
}

impl Cron {
    /// What the fields say.
    pub fn fields(&self) -> Fields {
        let schedule = &self.schedule;
        let days = &schedule.days;
        let list = |values: Set, all: u32| -> Vec<u8> {
            values.iter().filter(|_| values.len() < all).collect()
        };
        let unless = |any: bool, values: Set| list(values, if any { 0 } else { u32::MAX });
        let special = || days.special.iter();
        Fields {
            values: [
                ("second", list(schedule.seconds, 60)),
                ("minute", list(schedule.minutes, 60)),
                ("hour", list(schedule.hours, 24)),
                ("day", unless(days.any_day, days.days)),
                ("day_from_end", unless(days.any_day, days.days_from_end)),
                ("month", list(schedule.months, 12)),
                ("weekday", unless(days.any_weekday, days.weekdays)),
            ],
            nth: special()
                .filter_map(|special| match *special {
                    Special::Nth { weekday, nth } => Some((weekday, nth)),
                    Special::Every { .. } => None,
                })
                .collect(),
            every: special()
                .filter_map(|special| match *special {
                    Special::Every {
                        weekday,
                        weeks,
                        offset,
                    } => Some((weekday, weeks, offset)),
                    Special::Nth { .. } => None,
                })
                .collect(),
            both: days.both,
        }
    }
}
