//! Local times that match, on a clock that is never set: seconds since 1970 without a zone.

use super::Schedule;
use super::calendar::{DAY, date, days_in_month, first_of_month, small};

impl Schedule {
    /// The first match from `from` on, up to `until`.
    pub(super) fn first_local(&self, from: i64, until: i64) -> Option<i64> {
        let today = from.div_euclid(DAY);
        let (mut year, mut month, day) = date(today);
        let mut first = today - i64::from(day) + 1;
        let mut days = self.days_of(year, month, first);
        if days >> day & 1 == 1 {
            if let Some(time) = self.first_time(from.rem_euclid(DAY)) {
                return Some(today * DAY + time);
            }
        }
        days &= u64::MAX << (day + 1);
        while days == 0 {
            (year, month) = self.month_after(year, month)?;
            first = first_of_month(year, month);
            if first * DAY > until {
                return None;
            }
            days = self.days_of(year, month, first);
        }
        let found = first + i64::from(days.trailing_zeros()) - 1;
        Some(found * DAY + self.first_time(0)?)
    }

    /// The last match up to `from`, not before `until`.
    pub(super) fn last_local(&self, from: i64, until: i64) -> Option<i64> {
        let today = from.div_euclid(DAY);
        let (mut year, mut month, day) = date(today);
        let mut first = today - i64::from(day) + 1;
        let mut days = self.days_of(year, month, first);
        if days >> day & 1 == 1 {
            if let Some(time) = self.last_time(from.rem_euclid(DAY)) {
                return Some(today * DAY + time);
            }
        }
        days &= (1 << day) - 1;
        while days == 0 {
            if first * DAY < until {
                return None;
            }
            (year, month) = self.month_before(year, month)?;
            first = first_of_month(year, month);
            days = self.days_of(year, month, first);
        }
        let found = first + i64::from(days.ilog2()) - 1;
        Some(found * DAY + self.last_time(DAY - 1)?)
    }

    fn days_of(&self, year: i64, month: u8, first: i64) -> u64 {
        if self.months.contains(month) {
            self.days.of_month(first, days_in_month(year, month))
        } else {
            0
        }
    }

    fn month_after(&self, year: i64, month: u8) -> Option<(i64, u8)> {
        match self.months.first_from(month + 1) {
            Some(month) => Some((year, month)),
            None => Some((year + 1, self.months.smallest()?)),
        }
    }

    fn month_before(&self, year: i64, month: u8) -> Option<(i64, u8)> {
        match self.months.last_to(month - 1) {
            Some(month) => Some((year, month)),
            None => Some((year - 1, self.months.largest()?)),
        }
    }

    /// The first matching second of a day from `from` on.
    fn first_time(&self, from: i64) -> Option<i64> {
        let (hour, minute, second) = parts(from);
        let first_minute = self.minutes.smallest()?;
        let first_second = self.seconds.smallest()?;
        if self.hours.contains(hour) {
            if self.minutes.contains(minute) {
                if let Some(second) = self.seconds.first_from(second) {
                    return Some(time(hour, minute, second));
                }
            }
            if let Some(minute) = self.minutes.first_from(minute + 1) {
                return Some(time(hour, minute, first_second));
            }
        }
        let hour = self.hours.first_from(hour + 1)?;
        Some(time(hour, first_minute, first_second))
    }

    /// The last matching second of a day up to `to`.
    fn last_time(&self, to: i64) -> Option<i64> {
        let (hour, minute, second) = parts(to);
        let last_minute = self.minutes.largest()?;
        let last_second = self.seconds.largest()?;
        if self.hours.contains(hour) {
            if self.minutes.contains(minute) {
                if let Some(second) = self.seconds.last_to(second) {
                    return Some(time(hour, minute, second));
                }
            }
            if let Some(minute) = below(minute).and_then(|most| self.minutes.last_to(most)) {
                return Some(time(hour, minute, last_second));
            }
        }
        let hour = below(hour).and_then(|most| self.hours.last_to(most))?;
        Some(time(hour, last_minute, last_second))
    }
}

fn below(value: u8) -> Option<u8> {
    value.checked_sub(1)
}

fn parts(time: i64) -> (u8, u8, u8) {
    (small(time / 3600), small(time / 60 % 60), small(time % 60))
}

fn time(hour: u8, minute: u8, second: u8) -> i64 {
    i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)
}
