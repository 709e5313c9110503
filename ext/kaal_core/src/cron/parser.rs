//! From text to [`Cron`].

use super::day::DayRule;
use super::field::{DAY, HOUR, MINUTE, MONTH, SECOND, WEEKDAY};
use super::list::parse_field;
use super::{Cron, Schedule, Zone};
use crate::{Error, Result};

/// The macros and what they stand for, the canonical one first where two mean the same.
pub(super) const MACROS: [(&str, &str); 8] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@noon", "0 12 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A piece of the expression and the byte at which it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    pub position: usize,
}

pub(super) fn parse(text: &str) -> Result<Cron> {
    let words = words(text)?;
    let (fields, zone) = split(&words)?;
    Ok(Cron {
        schedule: parse_fields(&fields)?,
        zone: zone.map(zone_named).transpose()?,
    })
}

/// The words of the fields, a macro's for a macro, and that of the zone.
pub(super) fn split<'a>(words: &[Word<'a>]) -> Result<(Vec<Word<'a>>, Option<Word<'a>>)> {
    match words {
        [] => Err(Error::cron_at(0, "expression is empty")),
        [name, rest @ ..] if name.text.starts_with('@') => {
            let fields = self::words(expansion(*name)?)?;
            match rest {
                [] => Ok((fields, None)),
                [zone] => Ok((fields, Some(*zone))),
                [_, more, ..] => {
                    let message =
                        format!("{:?} follows the time zone, which is the last", more.text);
                    Err(Error::cron_at(more.position, message))
                }
            }
        }
        [_, _, _, _, _] => Ok((words.to_vec(), None)),
        // Six fields are tried before five and a zone.
        [fields @ .., last] if words.len() == 6 && ends_in_a_zone(fields, *last) => {
            Ok((fields.to_vec(), Some(*last)))
        }
        [_, _, _, _, _, _] => Ok((words.to_vec(), None)),
        [fields @ .., zone] if words.len() == 7 => Ok((fields.to_vec(), Some(*zone))),
        _ => Err(wrong_count(words)),
    }
}

fn ends_in_a_zone(fields: &[Word<'_>], last: Word<'_>) -> bool {
    let six: Vec<Word<'_>> = fields.iter().copied().chain([last]).collect();
    let begins_like_one = last
        .text
        .starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '+' | '-'));
    let has_area = last.text.contains('/') && last.text.starts_with(char::is_uppercase);
    begins_like_one
        && parse_fields(&six).is_err()
        && (has_area || parse_fields(fields).is_ok() || Zone::named(last.text).is_ok())
}

/// The words of an expression.
pub(super) fn words(text: &str) -> Result<Vec<Word<'_>>> {
    if text.len() > Cron::MAX_BYTES {
        return Err(Error::cron(format!(
            "expression is {} bytes long, the longest is {}",
            text.len(),
            Cron::MAX_BYTES
        )));
    }
    let mut words: Vec<Word<'_>> = Vec::new();
    for found in text.split_ascii_whitespace() {
        let position = found.as_ptr() as usize - text.as_ptr() as usize;
        match words.last_mut() {
            // Commas are one comma, also with white space between them.
            Some(list) if list.text.ends_with(',') && found.starts_with(',') => {
                list.text = &text[list.position..position + found.len()];
            }
            _ => words.push(Word {
                text: found,
                position,
            }),
        }
    }
    Ok(words)
}

fn expansion(name: Word<'_>) -> Result<&'static str> {
    let lower = name.text.to_ascii_lowercase();
    let found = MACROS.iter().find(|(known, _)| *known == lower);
    found.map(|(_, fields)| *fields).ok_or_else(|| {
        let known: Vec<&str> = MACROS.iter().map(|(known, _)| *known).collect();
        let known = known.join(" ");
        let message = format!(
            "unknown macro {:?}, expected one of {known} or @every",
            name.text
        );
        Error::cron_at(name.position, message)
    })
}

pub(super) fn zone_named(name: Word<'_>) -> Result<Zone> {
    Zone::named(name.text).map_err(|error| Error::cron_at(name.position, error.to_string()))
}

fn wrong_count(words: &[Word<'_>]) -> Error {
    Error::cron_at(
        words.get(7).map_or(0, |word| word.position),
        format!(
            "{} fields, expected 5 (minute hour day-of-month month day-of-week) or 6 (second \
             first), then perhaps a time zone",
            words.len()
        ),
    )
}

pub(super) fn parse_fields(words: &[Word<'_>]) -> Result<Schedule> {
    let zero = Word {
        text: "0",
        position: 0,
    };
    let (second, rest) = match words {
        [second, rest @ ..] if rest.len() == 5 => (*second, rest),
        rest => (zero, rest),
    };
    let [minute, hour, day, month, weekday] = *rest else {
        return Err(wrong_count(words));
    };
    let seconds = parse_field(&SECOND, second)?;
    let minutes = parse_field(&MINUTE, minute)?;
    let hours = parse_field(&HOUR, hour)?;
    let days = parse_field(&DAY, day)?;
    let months = parse_field(&MONTH, month)?;
    let weekdays = parse_field(&WEEKDAY, weekday)?;
    let rule = DayRule {
        days: days.values,
        days_from_end: days.from_end,
        any_day: days.star,
        weekdays: weekdays.values,
        special: weekdays.special.into_boxed_slice(),
        any_weekday: weekdays.star,
        both: (days.both || weekdays.both) && !days.star && !weekdays.star,
    };
    let months = rule.possible_months(months.values, months.star);
    if months.is_empty() {
        return Err(Error::cron_at(
            day.position,
            format!(
                "day-of-month: {:?} is no day of any of the months",
                day.text
            ),
        ));
    }
    Ok(Schedule {
        seconds: seconds.values,
        minutes: minutes.values,
        hours: hours.values,
        months,
        days: rule,
        minute_steps: minutes.steps || minutes.values == MINUTE.all(),
        hour_steps: hours.steps || hours.values == HOUR.all(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (String, Option<usize>) {
        let error = parse(text).unwrap_err();
        assert!(error.is_cron());
        (error.to_string(), error.position())
    }

    /// Expression, byte of the offending text, message.
    const REFUSALS: &[(&str, usize, &str)] = &[
        ("60 * * * *", 0, "minute: 60 is out of range 0-59"),
        ("* 25 * * *", 2, "hour: 25 is out of range 0-24"),
        (
            "* * 1,32 * *",
            6,
            "day-of-month: 32 is out of range 1-31 (-31..-1, last)",
        ),
        (
            " * *  -5-3 * *",
            6,
            "day-of-month: a range from -5, counted from the end of the month, must end there \
             too, as -5--1 does",
        ),
        (
            "* * * feb-xyz *",
            10,
            "month: \"xyz\" is not a value, expected 1-12 or jan-dec",
        ),
        (
            "* * * 012 *",
            6,
            "month: 012 is out of range 1-12 or jan-dec",
        ),
        (
            "* * * * 8",
            8,
            "day-of-week: 8 is out of range 0-7 or sun-sat",
        ),
        (
            "* * * * mon#6",
            11,
            "day-of-week: \"#6\" is no occurrence in the month, expected #1..#5, #-1..#-5, #L",
        ),
        (
            "* * * * sun#-128",
            11,
            "day-of-week: \"#-128\" is no occurrence in the month, expected #1..#5, #-1..#-5, \
             #L",
        ),
        (
            "* * * * mon%0",
            11,
            "day-of-week: \"%0\" is no rhythm of weeks, expected %weeks or %weeks+offset, \
             weeks at least 1",
        ),
        (
            "* * * * mon#2,mon%2",
            8,
            "day-of-week: mon cannot have both #nth and %modulo",
        ),
        (
            "*/0 * * * *",
            2,
            "minute: step \"0\" is not a number from 1 to 99",
        ),
        (
            "*/100 * * * *",
            2,
            "minute: step \"100\" is not a number from 1 to 99",
        ),
        (
            ", * * * *",
            0,
            "minute: \",\" holds no value, expected 0-59",
        ),
        (
            "0 0 30 2 *",
            4,
            "day-of-month: \"30\" is no day of any of the months",
        ),
        ("", 0, "expression is empty"),
        (
            "0 0 * * * UTC UTC UTC",
            0,
            "8 fields, expected 5 (minute hour day-of-month month day-of-week) or 6 (second \
             first), then perhaps a time zone",
        ),
        (
            "@daily UTC UTC",
            11,
            "\"UTC\" follows the time zone, which is the last",
        ),
    ];

    #[test]
    fn a_refusal_names_field_text_and_range() {
        for (text, position, message) in REFUSALS {
            let (found, at) = refusal(text);
            assert_eq!(found, *message, "{text}");
            if !message.starts_with('8') {
                assert_eq!(at, Some(*position), "{text}");
            }
        }
        assert!(refusal("* * * *").0.starts_with("4 fields, expected 5"));
        assert!(
            refusal("@reboot")
                .0
                .starts_with("unknown macro \"@reboot\", expected one of")
        );
        let (zone, position) = refusal("0 0 * * * Mars/Olympus");
        assert!(zone.starts_with("time zone: \"Mars/Olympus\""));
        assert_eq!(position, Some(10));
        assert!(
            refusal(&"1".repeat(2_000))
                .0
                .starts_with("expression is 2000 bytes long")
        );
    }

    #[test]
    fn equal_schedules_are_written_in_many_ways() {
        for (one, other) in [
            ("@daily", "0 0 * * *"),
            ("@Hourly", "0 * * * *"),
            ("0 24 * * *", "0 0 * * *"),
            ("0 22-2 * * *", "0 22,23,0,1,2 * * *"),
            ("0 0 * nov-feb *", "0 0 * 11,12,1,2 *"),
            ("0 0 * * fri-mon", "0 0 * * 5,6,7,1"),
            ("/15 * * * *", "*/15 * * * *"),
            ("0 * * * * *", "* * * * *"),
            ("0 0 1-31 * 1", "0 0 * * mon"),
            ("0 0 15 * *,1", "0 0 15 * 1"),
            ("0 0 L * *", "0 0 -1 * *"),
            ("0 0 * * mon#L,tue", "0 0 * * tue,1#-1,,2"),
        ] {
            assert_eq!(parse(one).unwrap(), parse(other).unwrap(), "{one}");
        }
    }
}
