//! Days of the Gregorian calendar as numbers; day 0 is 1970-01-01.
//!
//! Years are counted from March, so that the leap day is the last; see Howard Hinnant,
//! "chrono-Compatible Low-Level Date Algorithms".

/// Seconds.
pub(super) const DAY: i64 = 86_400;

/// After so many days, whole weeks among them, the calendar repeats: 400 years.
pub(super) const CYCLE: i64 = 146_097;

/// Sunday is 0; day 0 was a Thursday.
pub(super) fn weekday(day: i64) -> u8 {
    small((day + 4).rem_euclid(7))
}

/// The number of the week, which begins on Monday; that of 2018-12-31 is 0, as in the gem fugit.
pub(super) fn week(day: i64) -> i64 {
    const MONDAY_OF_WEEK_0: i64 = 17_896;
    (day - MONDAY_OF_WEEK_0).div_euclid(7)
}

pub(super) fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of month.
pub(super) fn date(day: i64) -> (i64, u8, u8) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(CYCLE);
    let day_of_era = shifted.rem_euclid(CYCLE);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let date = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, small(month), small(date))
}

/// The first day of a month; the inverse of [`date`].
pub(super) fn first_of_month(year: i64, month: u8) -> i64 {
    let month = i64::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * march_month + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * CYCLE + day_of_era - 719_468
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // parts of dates and times
pub(super) fn small(value: i64) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_agree_over_eight_centuries() {
        let mut expected = first_of_month(1600, 1);
        for year in 1600..2400 {
            for month in 1..=12 {
                let first = first_of_month(year, month);
                assert_eq!(first, expected);
                let length = days_in_month(year, month);
                assert_eq!(date(first), (year, month, 1));
                assert_eq!(date(first + i64::from(length) - 1), (year, month, length));
                expected += i64::from(length);
            }
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        let monday = first_of_month(2018, 12) + 30;
        assert_eq!(weekday(monday), 1);
        assert_eq!([-1, 0, 6, 7].map(|days| week(monday + days)), [-1, 0, 0, 1]);
    }
}
