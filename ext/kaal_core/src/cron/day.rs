//! Which days of a month an expression names.

use super::calendar::{days_in_month, week, weekday};
use super::field::Set;

/// The fields day-of-month and day-of-week.
///
/// Where both are restricted a day must match either, as in classic cron; with `&` both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DayRule {
    /// Days of the month, from 1.
    pub days: Set,
    /// Days counted from the end of the month: 1 is the last.
    pub days_from_end: Set,
    /// Day-of-month restricts nothing.
    pub any_day: bool,
    /// Sunday is 0.
    pub weekdays: Set,
    pub special: Box<[Special]>,
    /// Day-of-week restricts nothing.
    pub any_weekday: bool,
    /// Written with `&`.
    pub both: bool,
}

/// Weekdays of some weeks only; Sunday is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Special {
    /// The nth of the month; from -1 on, counted from its end.
    Nth { weekday: u8, nth: i8 },
    /// Those of the weeks whose number, modulo `weeks`, is `offset`.
    Every {
        weekday: u8,
        weeks: u32,
        offset: u32,
    },
}

impl Special {
    pub fn weekday(&self) -> u8 {
        match self {
            Self::Nth { weekday, .. } | Self::Every { weekday, .. } => *weekday,
        }
    }

    pub fn is_nth(&self) -> bool {
        matches!(self, Self::Nth { .. })
    }

    /// The days of a month, as bits from 1 to 31.
    fn days(self, first: i64, length: u8) -> u64 {
        let same_weekday = (self.weekday() + 7 - weekday(first)) % 7 + 1;
        match self {
            Self::Nth { nth: nth @ 1.., .. } => 1 << (same_weekday + 7 * (nth.unsigned_abs() - 1)),
            Self::Nth { nth, .. } => {
                let last = same_weekday + (length - same_weekday) / 7 * 7;
                let back = 7 * (nth.unsigned_abs() - 1);
                last.checked_sub(back).map_or(0, |day| 1 << day)
            }
            Self::Every { weeks, offset, .. } => (same_weekday..=length)
                .step_by(7)
                .filter(|day| {
                    let number = week(first + i64::from(*day) - 1);
                    number.rem_euclid(weeks.into()) == i64::from(offset)
                })
                .fold(0, |days, day| days | 1 << day),
        }
    }
}

/// Bit 0 of every week.
const WEEKS: u64 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28;

impl DayRule {
    /// The days that match in the month that begins on day `first` (since 1970), as the bits from
    /// 1 to its length.
    pub fn of_month(&self, first: i64, length: u8) -> u64 {
        let all = (2 << length) - 2;
        let days = match (self.any_day, self.any_weekday) {
            (true, true) => all,
            (false, true) => self.month_days(length),
            (true, false) => self.week_days(first, length),
            (false, false) if self.both => self.month_days(length) & self.week_days(first, length),
            (false, false) => self.month_days(length) | self.week_days(first, length),
        };
        days & all
    }

    fn month_days(&self, length: u8) -> u64 {
        // Bit d of the reversed set is day -d; the last day of the month, -1, is bit 62 there.
        self.days.bits() | self.days_from_end.bits().reverse_bits() >> (62 - length)
    }

    fn week_days(&self, first: i64, length: u8) -> u64 {
        let start = weekday(first);
        let week = self.weekdays.bits();
        // The week as it falls when it begins with the weekday of the first.
        let rotated = (week >> start | week << (7 - start)) & 0x7f;
        let plain = (rotated * WEEKS) << 1;
        let special = self.special.iter();
        special.fold(plain, |days, special| days | special.days(first, length))
    }

    /// Those of `months` that have one of the days of the month. Months that are not restricted
    /// stay, for the sake of the weekdays.
    pub fn possible_months(&self, months: Set, unrestricted: bool) -> Set {
        if self.any_day || unrestricted {
            return months;
        }
        let possible = |month: &u8| {
            let longest = days_in_month(2000, *month);
            let within = |days: Set| days.smallest().is_some_and(|day| day <= longest);
            within(self.days) || within(self.days_from_end)
        };
        months.iter().filter(possible).collect()
    }
}
