//! From text to [`Cron`].

use super::field::{DAY, Fields, HOUR, Kind, MINUTE, MONTH, SECOND, Set, WEEKDAY};
use super::{Cron, Zone};
use crate::{Error, Result};

const MACROS: [(&str, &str); 8] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@noon", "0 12 * * *"),
    ("@hourly", "0 * * * *"),
];

pub(super) fn parse(text: &str) -> Result<Cron> {
    if text.len() > Cron::MAX_BYTES {
        return Err(Error::cron(format!(
            "expression is {} bytes long, the longest is {}",
            text.len(),
            Cron::MAX_BYTES
        )));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first() else {
        return Err(Error::cron("expression is empty"));
    };
    let (fields, zone) = if first.starts_with('@') {
        (
            parse_fields(&expand(first)?)?,
            words.get(1..).unwrap_or_default(),
        )
    } else {
        split(&words)?
    };
    let zone = match zone {
        [] => None,
        [name] => Some(Zone::named(name)?),
        _ => return Err(wrong_count(words.len())),
    };
    if !fields.can_fire() {
        return Err(Error::cron(
            "day-of-month: no such day in any of the months",
        ));
    }
    Ok(Cron {
        text: words.join(" "),
        fields,
        zone,
    })
}

fn expand(name: &str) -> Result<Vec<&'static str>> {
    let lower = name.to_ascii_lowercase();
    let found = MACROS.iter().find(|(known, _)| *known == lower);
    let Some((_, fields)) = found else {
        let known: Vec<&str> = MACROS.iter().map(|(known, _)| *known).collect();
        return Err(Error::cron(format!(
            "unknown macro {name:?}, expected one of {}",
            known.join(" ")
        )));
    };
    Ok(fields.split(' ').collect())
}

/// Six fields are tried before five, and what follows the fields is the zone.
fn split<'a, 'w>(words: &'w [&'a str]) -> Result<(Fields, &'w [&'a str])> {
    match words.len() {
        5 => Ok((parse_fields(words)?, &[])),
        6 => parse_fields(words)
            .map(|fields| (fields, &words[6..]))
            .or_else(|error| {
                // The sixth word is no weekday: then it may be a zone after five fields.
                let begins_like_a_zone = words[5].contains('/') || Zone::named(words[5]).is_ok();
                if begins_like_a_zone && !words[5].starts_with(['*', '/']) {
                    Ok((parse_fields(&words[..5])?, &words[5..]))
                } else {
                    Err(error)
                }
            }),
        7 => Ok((parse_fields(&words[..6])?, &words[6..])),
        count => Err(wrong_count(count)),
    }
}

fn wrong_count(count: usize) -> Error {
    Error::cron(format!(
        "{count} fields, expected 5 (minute hour day-of-month month day-of-week) or 6 (second \
         first), then perhaps a time zone"
    ))
}

fn parse_fields(words: &[&str]) -> Result<Fields> {
    let (second, rest) = match words {
        [second, rest @ ..] if rest.len() == 5 => (*second, rest),
        rest => ("0", rest),
    };
    let [minute, hour, day, month, weekday] = rest else {
        return Err(wrong_count(words.len()));
    };
    Ok(Fields {
        seconds: parse_set(&SECOND, second)?.0,
        minutes: parse_set(&MINUTE, minute)?.0,
        hours: parse_set(&HOUR, hour)?.0,
        days: restricted(parse_set(&DAY, day)?),
        months: parse_set(&MONTH, month)?.0,
        weekdays: restricted(parse_set(&WEEKDAY, weekday)?),
    })
}

fn restricted((set, star): (Set, bool)) -> Option<Set> {
    (!star).then_some(set)
}

/// The values of a field, and whether it is `*`.
fn parse_set(kind: &Kind, text: &str) -> Result<(Set, bool)> {
    let mut set = Set::default();
    let mut star = false;
    for element in text.split(',').filter(|element| !element.is_empty()) {
        star |= element == "*";
        parse_element(kind, element, &mut set)?;
    }
    if set.is_empty() {
        return Err(Error::cron(format!(
            "{}: {text:?} holds no value",
            kind.name
        )));
    }
    Ok((set, star))
}

fn parse_element(kind: &Kind, element: &str, set: &mut Set) -> Result<()> {
    let (span, step) = match element.split_once('/') {
        Some((span, step)) => (span, parse_step(kind, step)?),
        None => (element, 1),
    };
    let values = kind.values();
    let (first, last) = match span.split_once('-') {
        _ if span == "*" || span.is_empty() && element.starts_with('/') => {
            (*values.start(), *values.end())
        }
        Some((first, last)) => (parse_value(kind, first)?, parse_value(kind, last)?),
        // From a value to the end of the range, where a step follows.
        None => {
            let value = parse_value(kind, span)?;
            (
                value,
                if element.contains('/') {
                    *values.end()
                } else {
                    value
                },
            )
        }
    };
    let (first, last) = (kind.meant(first), kind.meant(last));
    let count = values.end() - values.start() + 1;
    let length = (last + count - first) % count;
    for offset in (0..=length).step_by(usize::from(step)) {
        set.insert((first - values.start() + offset) % count + values.start());
    }
    Ok(())
}

fn parse_step(kind: &Kind, text: &str) -> Result<u8> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(step) if digits && step > 0 => Ok(step),
        _ => Err(Error::cron(format!(
            "{}: step {text:?} is not a number from 1 to 99",
            kind.name
        ))),
    }
}

fn parse_value(kind: &Kind, text: &str) -> Result<u8> {
    let lower = text.to_ascii_lowercase();
    if let Some(index) = kind.names.iter().position(|name| *name == lower) {
        return Ok(kind.first_name + u8::try_from(index).unwrap_or(u8::MAX));
    }
    let (least, most) = (kind.range.start(), kind.range.end());
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u8>() {
        Ok(value) if digits && kind.range.contains(&value) => Ok(value),
        _ if digits => Err(Error::cron(format!(
            "{}: {text} is out of range {least}-{most}",
            kind.name
        ))),
        _ => {
            let names = match kind.names {
                [first, .., last] => format!(" or {first}-{last}"),
                _ => String::new(),
            };
            Err(Error::cron(format!(
                "{}: {text:?} is not a value, expected {least}-{most}{names}",
                kind.name
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_names_field_text_and_range() {
        for (text, message) in [
            ("60 * * * *", "minute: 60 is out of range 0-59"),
            ("* 25 * * *", "hour: 25 is out of range 0-24"),
            ("* * 0 * *", "day-of-month: 0 is out of range 1-31"),
            (
                "* * * feb-xyz *",
                "month: \"xyz\" is not a value, expected 1-12 or jan-dec",
            ),
            ("* * * * 8", "day-of-week: 8 is out of range 0-7"),
            (
                "*/0 * * * *",
                "minute: step \"0\" is not a number from 1 to 99",
            ),
            (
                "*/100 * * * *",
                "minute: step \"100\" is not a number from 1 to 99",
            ),
            (", * * * *", "minute: \",\" holds no value"),
            (
                "0 0 30 2 *",
                "day-of-month: no such day in any of the months",
            ),
            ("", "expression is empty"),
        ] {
            assert_eq!(refusal(text), message, "{text}");
        }
        assert!(refusal("* * * *").starts_with("4 fields, expected 5"));
        assert!(refusal("@reboot").starts_with("unknown macro \"@reboot\", expected one of"));
        assert!(refusal("0 0 * * * Mars/Olympus").starts_with("time zone: \"Mars/Olympus\""));
        assert!(refusal(&"1".repeat(2_000)).starts_with("expression is 2000 bytes long"));
    }

    #[test]
    fn equal_fields_are_written_in_many_ways() {
        for (one, other) in [
            ("@daily", "0 0 * * *"),
            ("@Hourly", "0 * * * *"),
            ("0 24 * * *", "0 0 * * *"),
            ("0 22-2 * * *", "0 22,23,0,1,2 * * *"),
            ("0 22-2/2 * * *", "0 22,0,2 * * *"),
            ("10/20 * * * *", "10,30,50 * * * *"),
            ("0 0 * nov-feb *", "0 0 * 11,12,1,2 *"),
            ("0 0 * * fri-mon", "0 0 * * 5,6,7,1"),
            ("/15 * * * *", "0,15,30,45 * * * *"),
            ("0 * * * * *", "* * * * *"),
        ] {
            assert_eq!(
                parse(one).unwrap().fields,
                parse(other).unwrap().fields,
                "{one}"
            );
        }
    }
}
