//! The next fire time.
//!
//! A zone's history is a row of stretches of constant offset. Within one, local time is a plain
//! count of seconds and the next match is found field by field. Local times in a gap belong to
//! no stretch and are skipped; those of an overlap belong to two and fire twice.

use jiff::Timestamp;

use super::Zone;
use super::field::Fields;

const DAY: i64 = 86_400;
/// The Gregorian calendar repeats after 400 years.
const HORIZON: i64 = 146_097 * DAY;

pub(super) fn next_after(fields: &Fields, zone: &Zone, after: i64) -> Option<i64> {
    let horizon = after.checked_add(HORIZON)?;
    let mut from = after.checked_add(1)?;
    while from <= horizon {
        let start = Timestamp::from_second(from).ok()?;
        let offset = i64::from(zone.inner().to_offset(start).seconds());
        let found = next_local(fields, from + offset, horizon + offset)? - offset;
        let Some(end) = end_of_stretch(zone, start) else {
            return Some(found);
        };
        if found < end {
            return Some(found);
        }
        // Offsets differ by little more than a day at most, so all stretches that end two days
        // before the match that this one would have had hold none either.
        from = end.max(found - 2 * DAY);
    }
    None
}

fn end_of_stretch(zone: &Zone, start: Timestamp) -> Option<i64> {
    Some(
        zone.inner()
            .following(start)
            .next()?
            .timestamp()
            .as_second(),
    )
}

/// The first matching local second from `from` on, in local seconds since 1970.
fn next_local(fields: &Fields, from: i64, until: i64) -> Option<i64> {
    let mut day = from.div_euclid(DAY);
    let mut time = from.rem_euclid(DAY);
    while day * DAY <= until {
        let (year, month, date) = civil(day);
        if !fields.months.contains(month) {
            (day, time) = (first_of_next_month(year, month), 0);
        } else if !fields.matches_day(date, weekday(day)) {
            (day, time) = (day + 1, 0);
        } else if let Some(found) = next_time(fields, time) {
            return Some(day * DAY + found);
        } else {
            (day, time) = (day + 1, 0);
        }
    }
    None
}

/// The first matching second of a day from `from` on.
fn next_time(fields: &Fields, from: i64) -> Option<i64> {
    let part = |value: i64| u8::try_from(value).unwrap_or(u8::MAX);
    let (hour, minute, second) = (part(from / 3600), part(from / 60 % 60), part(from % 60));
    let time = |h: u8, m: u8, s: u8| i64::from(h) * 3600 + i64::from(m) * 60 + i64::from(s);
    let first_minute = fields.minutes.first_from(0)?;
    let first_second = fields.seconds.first_from(0)?;
    if fields.hours.contains(hour) {
        if fields.minutes.contains(minute) {
            if let Some(second) = fields.seconds.first_from(second) {
                return Some(time(hour, minute, second));
            }
        }
        if let Some(minute) = fields.minutes.first_from(minute + 1) {
            return Some(time(hour, minute, first_second));
        }
    }
    let hour = fields.hours.first_from(hour + 1)?;
    Some(time(hour, first_minute, first_second))
}

fn first_of_next_month(year: i64, month: u8) -> i64 {
    if month == 12 {
        days_from_civil(year + 1, 1)
    } else {
        days_from_civil(year, month + 1)
    }
}

/// Sunday is 0; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> u8 {
    u8::try_from((day + 4).rem_euclid(7)).unwrap_or(0)
}

/// Year, month and day of month of a day since 1970. Years are counted from March, so that the
/// leap day is the last; see Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn civil(day: i64) -> (i64, u8, u8) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
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
    (
        year,
        u8::try_from(month).unwrap_or(0),
        u8::try_from(date).unwrap_or(0),
    )
}

/// The day since 1970 of the first of a month; the inverse of [`civil`].
fn days_from_civil(year: i64, month: u8) -> i64 {
    let month = i64::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * march_month + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::super::Cron;
    use super::*;

    fn times(expression: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(expression).unwrap();
        let zone = Zone::named(zone).unwrap();
        let start = from.parse::<Timestamp>().unwrap().as_second();
        std::iter::successors(Some(start), |time| cron.next_after(*time, &zone))
            .skip(1)
            .take(count)
            .map(|time| Timestamp::from_second(time).unwrap().to_string())
            .collect()
    }

    #[test]
    fn civil_dates_and_days_agree_over_eight_centuries() {
        let mut expected = days_from_civil(1600, 1);
        for year in 1600..2400 {
            for month in 1..=12 {
                let first = days_from_civil(year, month);
                assert_eq!(first, expected);
                assert_eq!(civil(first), (year, month, 1));
                expected = first_of_next_month(year, month);
            }
        }
    }

    #[test]
    fn times_are_strictly_later_and_in_order() {
        assert_eq!(
            times("*/20 9-10 * * mon-fri", "UTC", "2026-01-02T10:40:00Z", 3),
            [
                "2026-01-05T09:00:00Z",
                "2026-01-05T09:20:00Z",
                "2026-01-05T09:40:00Z"
            ]
        );
        assert_eq!(
            times("*/30 * * * * *", "UTC", "2026-01-01T23:59:30Z", 2),
            ["2026-01-02T00:00:00Z", "2026-01-02T00:00:30Z"]
        );
    }

    #[test]
    fn a_gap_is_skipped_and_an_overlap_fires_twice() {
        assert_eq!(
            times("30 2 * * *", "Europe/Paris", "2026-03-28T12:00:00Z", 1),
            ["2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            times("30 2 * * *", "Europe/Paris", "2026-10-24T12:00:00Z", 3),
            [
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-26T01:30:00Z"
            ]
        );
    }

    #[test]
    fn either_day_field_matches_when_both_are_restricted() {
        assert_eq!(
            times("0 0 13 * fri", "UTC", "2026-02-01T00:00:00Z", 3),
            [
                "2026-02-06T00:00:00Z",
                "2026-02-13T00:00:00Z",
                "2026-02-20T00:00:00Z"
            ]
        );
    }

    #[test]
    fn rare_days_are_found_across_centuries() {
        assert_eq!(
            times("0 0 29 2 *", "Europe/Paris", "2096-03-01T00:00:00Z", 1),
            ["2104-02-28T23:00:00Z"]
        );
    }

    #[test]
    fn the_zone_in_the_expression_wins() {
        assert_eq!(
            times("0 9 * * * Asia/Kathmandu", "UTC", "2026-01-01T00:00:00Z", 1),
            ["2026-01-01T03:15:00Z"]
        );
        assert_eq!(
            times("0 9 * * * +05:30", "UTC", "2026-01-01T00:00:00Z", 1),
            ["2026-01-01T03:30:00Z"]
        );
    }
}
