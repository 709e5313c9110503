//! The fields of an expression as sets of values.

use crate::{Error, Result};

/// What a field of one kind may hold.
#[derive(Debug)]
pub(super) struct Kind {
    /// As messages call it.
    pub name: &'static str,
    /// The smallest value.
    pub min: i8,
    /// The largest value. Hour 24 and weekday 7 are written too, and mean 0.
    pub max: i8,
    /// The largest value that may be written.
    pub max_written: i8,
    /// What may be written, as messages say it.
    pub allowed: &'static str,
    /// The names that stand for values, in order from [`Kind::min`].
    pub names: &'static [&'static str],
}

pub(super) const SECOND: Kind = Kind {
    name: "second",
    ..MINUTE
};
pub(super) const MINUTE: Kind = Kind {
    name: "minute",
    min: 0,
    max: 59,
    max_written: 59,
    allowed: "0-59",
    names: &[],
};
pub(super) const HOUR: Kind = Kind {
    name: "hour",
    min: 0,
    max: 23,
    max_written: 24,
    allowed: "0-24",
    names: &[],
};
pub(super) const DAY: Kind = Kind {
    name: "day-of-month",
    min: 1,
    max: 31,
    max_written: 31,
    allowed: "1-31 (-31..-1, last)",
    names: &[],
};
pub(super) const MONTH: Kind = Kind {
    name: "month",
    min: 1,
    max: 12,
    max_written: 12,
    allowed: "1-12 or jan-dec",
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
pub(super) const WEEKDAY: Kind = Kind {
    name: "day-of-week",
    min: 0,
    max: 6,
    max_written: 7,
    allowed: "0-7 or sun-sat",
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

/// A set of values from 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Set(u64);

impl Set {
    pub fn bits(self) -> u64 {
        self.0
    }

    pub fn insert(&mut self, value: u8) {
        self.0 |= 1 << value;
    }

    pub fn contains(self, value: u8) -> bool {
        value < 64 && self.0 & (1 << value) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The smallest member that is not below `value`.
    pub fn first_from(self, value: u8) -> Option<u8> {
        Self(self.0 & u64::MAX.checked_shl(value.into())?).smallest()
    }

    /// The largest member that is not above `value`, which is below 64.
    pub fn last_to(self, value: u8) -> Option<u8> {
        Self(self.0 & (u64::MAX >> (63 - value))).largest()
    }

    pub fn smallest(self) -> Option<u8> {
        (self.0 != 0).then(|| low_byte(self.0.trailing_zeros()))
    }

    pub fn largest(self) -> Option<u8> {
        (self.0 != 0).then(|| low_byte(self.0.ilog2()))
    }

    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |value| self.contains(*value))
    }
}

impl FromIterator<u8> for Set {
    fn from_iter<I: IntoIterator<Item = u8>>(values: I) -> Self {
        let mut set = Self::default();
        values.into_iter().for_each(|value| set.insert(value));
        set
    }
}

#[allow(clippy::cast_possible_truncation)] // of numbers below 64
fn low_byte(value: u32) -> u8 {
    value as u8
}

/// One element of a list: `*`, `value`, `value-value`, each perhaps with a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    /// `None`: the whole range.
    pub span: Option<(i8, Option<i8>)>,
    pub step: Option<u8>,
}

impl Element {
    /// The values, from -31 on for days that count from the end of the month.
    ///
    /// Ranges wrap: past the largest value comes the smallest. A step counts along the range from
    /// its start; after a lone value it goes to the largest (a weekday stands for itself).
    pub fn values(self, kind: &Kind) -> Result<Vec<i8>> {
        let (first, mut last) = self.bounds(kind)?;
        let mut values = vec![first];
        let (low, high) = match first {
            // Weekdays go on past Saturday; whoever takes the values counts by sevens.
            _ if kind.is_weekday() => {
                last += if last < first { 7 } else { 0 };
                (0, last)
            }
            ..0 => (-kind.max, -kind.min),
            0.. => (kind.min, kind.max),
        };
        let mut current = first;
        while current != last {
            if current < high {
                current += 1;
            } else {
                current = low;
                // Hour 24 is the 0 that follows 23.
                last = if last > high { low } else { last };
            }
            values.push(current);
        }
        let step = usize::from(self.step.unwrap_or(1));
        Ok(values.into_iter().step_by(step).collect())
    }

    fn bounds(self, kind: &Kind) -> Result<(i8, i8)> {
        match self.span {
            None => Ok((kind.min, kind.max)),
            Some((first, None)) if self.step.is_none() || kind.is_weekday() => Ok((first, first)),
            Some((first, None)) if first > 0 || kind.min == 0 => Ok((first, kind.max)),
            Some((first, Some(last))) if first >= 0 && last < 0 => Ok((first, kind.max)),
            Some((first, Some(last))) if (first < 0) == (last < 0) => Ok((first, last)),
            Some((first, _)) => Err(Error::cron(format!(
                "{}: a range from {first}, counted from the end of the month, must end there too, \
                 as {first}--1 does",
                kind.name
            ))),
        }
    }
}

impl Kind {
    pub fn is_weekday(&self) -> bool {
        self.max == 6
    }

    /// The set of all values.
    pub fn all(&self) -> Set {
        (self.min..=self.max).map(i8::unsigned_abs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(kind: &Kind, first: i8, last: Option<i8>, step: Option<u8>) -> Vec<i8> {
        let span = Some((first, last));
        Element { span, step }.values(kind).unwrap()
    }

    #[test]
    fn a_step_counts_along_a_range_that_wraps() {
        assert_eq!(values(&HOUR, 22, Some(2), Some(2)), [22, 0, 2]);
        assert_eq!(values(&HOUR, 22, Some(24), None), [22, 23, 0]);
        assert_eq!(values(&HOUR, 24, Some(2), None), [24, 0, 1, 2]);
        assert_eq!(values(&MONTH, 11, Some(2), None), [11, 12, 1, 2]);
        assert_eq!(values(&DAY, 30, Some(3), None), [30, 31, 1, 2, 3]);
        assert_eq!(values(&DAY, -2, Some(-30), None), [-2, -1, -31, -30]);
        assert_eq!(values(&MINUTE, 50, None, Some(4)), [50, 54, 58]);
    }

    #[test]
    fn weekdays_go_on_after_sunday_whichever_number_it_has() {
        assert_eq!(values(&WEEKDAY, 5, Some(1), Some(2)), [5, 7]);
        assert_eq!(values(&WEEKDAY, 0, Some(7), None), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(values(&WEEKDAY, 7, Some(2), None), [7, 8, 9]);
        assert_eq!(values(&WEEKDAY, 6, Some(0), None), [6, 7]);
        assert_eq!(values(&WEEKDAY, 3, None, Some(2)), [3]);
    }

    #[test]
    fn days_from_the_end_are_a_range_of_their_own() {
        assert_eq!(values(&DAY, 28, Some(-1), None), [28, 29, 30, 31]);
        assert_eq!(values(&DAY, -3, Some(-1), None), [-3, -2, -1]);
        let mixed = Element {
            span: Some((-5, Some(3))),
            step: None,
        };
        assert!(mixed.values(&DAY).is_err());
    }

    #[test]
    fn a_set_finds_its_neighbours() {
        let set: Set = [3, 7, 59].into_iter().collect();
        assert_eq!((set.first_from(3), set.first_from(8)), (Some(3), Some(59)));
        assert_eq!((set.first_from(60), set.first_from(64)), (None, None));
        assert_eq!(
            (set.last_to(6), set.last_to(63), set.last_to(2)),
            (Some(3), Some(59), None)
        );
        assert_eq!(set.iter().collect::<Vec<_>>(), [3, 7, 59]);
    }
}
