//! The fields of an expression as sets of values.

use std::ops::RangeInclusive;

/// What a field of one kind may hold.
pub(super) struct Kind {
    /// As messages call it.
    pub name: &'static str,
    /// The values that may be written.
    pub range: RangeInclusive<u8>,
    /// The names that stand for values, in order from [`Kind::first_name`].
    pub names: &'static [&'static str],
    /// The value of the first name.
    pub first_name: u8,
    /// A written value that means another: hour 24 is 0, weekday 7 is 0.
    pub alias: Option<(u8, u8)>,
}

pub(super) const SECOND: Kind = Kind::plain("second", 0..=59);
pub(super) const MINUTE: Kind = Kind::plain("minute", 0..=59);
pub(super) const HOUR: Kind = Kind {
    alias: Some((24, 0)),
    ..Kind::plain("hour", 0..=24)
};
pub(super) const DAY: Kind = Kind::plain("day-of-month", 1..=31);
pub(super) const MONTH: Kind = Kind {
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
    first_name: 1,
    ..Kind::plain("month", 1..=12)
};
pub(super) const WEEKDAY: Kind = Kind {
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    alias: Some((7, 0)),
    ..Kind::plain("day-of-week", 0..=7)
};

impl Kind {
    const fn plain(name: &'static str, range: RangeInclusive<u8>) -> Self {
        Self {
            name,
            range,
            names: &[],
            first_name: 0,
            alias: None,
        }
    }

    /// The distinct values, in order: the range without the aliases.
    pub fn values(&self) -> RangeInclusive<u8> {
        match self.alias {
            Some((written, _)) => *self.range.start()..=written - 1,
            None => self.range.clone(),
        }
    }

    /// The value that a written one means.
    pub fn meant(&self, written: u8) -> u8 {
        match self.alias {
            Some((alias, value)) if alias == written => value,
            _ => written,
        }
    }
}

/// A set of values from 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Set(u64);

impl Set {
    pub fn insert(&mut self, value: u8) {
        self.0 |= 1 << value;
    }

    pub fn contains(self, value: u8) -> bool {
        self.0 & (1 << value) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The smallest member that is not below `value`.
    pub fn first_from(self, value: u8) -> Option<u8> {
        let rest = self.0 & u64::MAX.checked_shl(u32::from(value))?;
        (rest != 0).then(|| u8::try_from(rest.trailing_zeros()).unwrap_or(u8::MAX))
    }
}

/// All fields of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub seconds: Set,
    pub minutes: Set,
    pub hours: Set,
    /// `None`: any day.
    pub days: Option<Set>,
    pub months: Set,
    /// Sunday is 0; `None`: any weekday.
    pub weekdays: Option<Set>,
}

impl Fields {
    /// The rule of classic cron: where both day fields are restricted, either matches.
    pub fn matches_day(&self, day: u8, weekday: u8) -> bool {
        match (self.days, self.weekdays) {
            (None, None) => true,
            (Some(days), None) => days.contains(day),
            (None, Some(weekdays)) => weekdays.contains(weekday),
            (Some(days), Some(weekdays)) => days.contains(day) || weekdays.contains(weekday),
        }
    }

    /// Whether some day of the calendar can match: not so for 30 February.
    pub fn can_fire(&self) -> bool {
        let longest = |month| match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        self.weekdays.is_some()
            || self.days.is_none_or(|days| {
                (1..=12)
                    .filter(|month| self.months.contains(*month))
                    .any(|month| days.first_from(1).is_some_and(|day| day <= longest(month)))
            })
    }
}
