//! The text of an interval.

use super::Interval;
use crate::cron::Cron;
use crate::{Error, Result};

/// Each unit and its seconds, the longest first.
const UNITS: [(char, i64); 5] = [
    ('w', 604_800),
    ('d', 86_400),
    ('h', 3_600),
    ('m', 60),
    ('s', 1),
];

/// The seconds of `@every 1h30m`.
pub(super) fn parse(text: &str) -> Result<i64> {
    let position = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    let words = Cron::words(text)?;
    let [_, span] = words[..] else {
        return Err(match words.get(2) {
            None => Error::cron_at(text.len(), format!("no interval, {EXPECTED}")),
            Some(more) => Error::cron_at(
                position(more),
                format!("{more:?} follows the interval, which is the last and has no time zone"),
            ),
        });
    };
    let refused = |message: String| Error::cron_at(position(span), message);
    let seconds =
        seconds(span).ok_or_else(|| refused(format!("{span:?} is no interval, {EXPECTED}")))?;
    if !(1..=Interval::MAX_SECONDS).contains(&seconds) {
        let longest = Interval::MAX_SECONDS;
        return Err(refused(format!(
            "interval {span:?} is out of range 1s-{longest}s"
        )));
    }
    Ok(seconds)
}

const EXPECTED: &str = "expected one such as 90s, 15m, 1h30m, 1d, 2w";

/// `None`: it is not one. What is too long for a number is as long as one can be.
fn seconds(span: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut units = UNITS.iter();
    let mut rest = span;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        if digits == 0 {
            return None;
        }
        let number = rest[..digits].parse().unwrap_or(i64::MAX);
        let letter = rest[digits..].chars().next()?.to_ascii_lowercase();
        let (_, seconds) = units.find(|(unit, _)| *unit == letter)?;
        total = total.saturating_add(seconds.saturating_mul(number));
        rest = &rest[digits + 1..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_come_once_and_the_longest_first() {
        for (text, seconds) in [
            ("@every 900s", 900),
            (" @EVERY  15m ", 900),
            ("@every 1h30m", 5_400),
            ("@every 1D12H", 129_600),
            ("@every 2w", 1_209_600),
            ("@every 0h5s", 5),
        ] {
            assert_eq!(parse(text).unwrap(), seconds, "{text}");
        }
    }

    #[test]
    fn a_refusal_says_where_and_what_is_allowed() {
        for (text, position, message) in [
            ("@every", 6, "no interval, expected one such as 90s"),
            ("@every 15", 7, "\"15\" is no interval"),
            ("@every m", 7, "\"m\" is no interval"),
            ("@every 5m1h", 7, "\"5m1h\" is no interval"),
            ("@every 5m5m", 7, "\"5m5m\" is no interval"),
            ("@every 1.5h", 7, "\"1.5h\" is no interval"),
            ("@every -5m", 7, "\"-5m\" is no interval"),
            ("@every 5é", 7, "\"5é\" is no interval"),
            ("@every 0s", 7, "\"0s\" is out of range 1s-"),
            ("@every 99999999999999999999w", 7, "is out of range"),
            ("@every 5m UTC", 10, "\"UTC\" follows the interval"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.is_cron());
            assert_eq!(error.position(), Some(position), "{text}");
            assert!(error.to_string().contains(message), "{text}: {error}");
        }
    }
}
