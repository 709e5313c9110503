//! From the text of one field, a list of elements, to its values.

use super::day::Special;
use super::field::{DAY, Element, Kind, Set, WEEKDAY};
use super::parser::Word;
use crate::{Error, Result};

/// What one field says.
#[derive(Default)]
pub(super) struct Field {
    pub values: Set,
    /// Days counted from the end of the month: 1 is the last.
    pub from_end: Set,
    pub special: Vec<Special>,
    /// Whether it restricts nothing.
    pub star: bool,
    /// Whether `*` or a step stands in it.
    pub steps: bool,
    /// Whether it ends in `&`.
    pub both: bool,
}

pub(super) fn parse_field(kind: &Kind, word: Word<'_>) -> Result<Field> {
    let mut field = Field::default();
    let takes_both = kind.is_weekday() || kind.name == DAY.name;
    let list = match word.text.strip_suffix('&') {
        Some(list) if takes_both => {
            field.both = true;
            list
        }
        _ => word.text,
    };
    let mut stars = false;
    for element in elements(Word { text: list, ..word }) {
        if kind.is_weekday() && element.text == "*" {
            stars = true; // beside other elements it says nothing
        } else {
            parse_element(kind, element, &mut field)?;
        }
    }
    let nothing = field.values.is_empty() && field.from_end.is_empty() && field.special.is_empty();
    field.star |= stars && nothing;
    if field.star {
        // Beside what restricts nothing other elements say nothing.
        field.values = kind.all();
        field.from_end = Set::default();
    } else if nothing {
        return Err(Error::cron_at(
            word.position,
            format!(
                "{}: {:?} holds no value, expected {}",
                kind.name, word.text, kind.allowed
            ),
        ));
    }
    let of = |weekday| move |special: &&Special| special.weekday() == weekday;
    for weekday in 0..7 {
        let mut same = field.special.iter().filter(of(weekday));
        if same.clone().any(Special::is_nth) && same.any(|special| !special.is_nth()) {
            let name = WEEKDAY.names[usize::from(weekday)];
            let message = format!("day-of-week: {name} cannot have both #nth and %modulo");
            return Err(Error::cron_at(word.position, message));
        }
    }
    field.special.sort_unstable();
    field.special.dedup();
    Ok(field)
}

/// The elements of a list; empty ones are dropped.
pub(super) fn elements(list: Word<'_>) -> impl Iterator<Item = Word<'_>> {
    let mut position = list.position;
    let words = list.text.split(',').map(move |text| {
        let word = Word { text, position };
        position += text.len() + 1;
        word
    });
    words.filter(|word| !word.text.trim().is_empty())
}

fn parse_element(kind: &Kind, word: Word<'_>, field: &mut Field) -> Result<()> {
    if kind.is_weekday() && word.text.contains(['#', '%']) {
        field.special.push(parse_special(word)?);
        return Ok(());
    }
    let element = parse_plain(kind, word)?;
    let values = element
        .values(kind)
        .map_err(|error| Error::cron_at(word.position, error.to_string()))?;
    field.steps |= element.span.is_none() || element.step.is_some();
    field.star |=
        !kind.is_weekday() && values.len() == usize::try_from(kind.all().len()).unwrap_or(0);
    for value in values {
        let (set, value) = match value {
            ..0 => (&mut field.from_end, value.unsigned_abs()),
            _ if kind.is_weekday() => (&mut field.values, value.unsigned_abs() % 7),
            _ if value > kind.max => (&mut field.values, 0),
            _ => (&mut field.values, value.unsigned_abs()),
        };
        set.insert(value);
    }
    Ok(())
}

/// `*`, a value or a range, perhaps with a step.
pub(super) fn parse_plain(kind: &Kind, word: Word<'_>) -> Result<Element> {
    let (span, step) = match word.text.split_once('/') {
        Some((span, step)) => {
            let position = word.position + span.len() + 1;
            (
                span,
                Some(parse_step(
                    kind,
                    Word {
                        text: step,
                        position,
                    },
                )?),
            )
        }
        None => (word.text, None),
    };
    let everything = span == "*" || (span.is_empty() && step.is_some());
    Ok(Element {
        span: if everything {
            None
        } else {
            Some(parse_span(kind, Word { text: span, ..word })?)
        },
        step,
    })
}

/// `first` or `first-last`.
fn parse_span(kind: &Kind, word: Word<'_>) -> Result<(i8, Option<i8>)> {
    // The hyphen of the range is not the sign of a day.
    let hyphen = word
        .text
        .char_indices()
        .skip(1)
        .find(|(_, found)| *found == '-');
    let Some((hyphen, _)) = hyphen else {
        return Ok((parse_value(kind, word)?, None));
    };
    let first = Word {
        text: &word.text[..hyphen],
        ..word
    };
    let last = Word {
        text: &word.text[hyphen + 1..],
        position: word.position + hyphen + 1,
    };
    Ok((parse_value(kind, first)?, Some(parse_value(kind, last)?)))
}

fn parse_step(kind: &Kind, word: Word<'_>) -> Result<u8> {
    let digits = (1..=2).contains(&word.text.len()) && all_digits(word.text);
    match word.text.parse() {
        Ok(step) if digits && step > 0 => Ok(step),
        _ => Err(Error::cron_at(
            word.position,
            format!(
                "{}: step {:?} is not a number from 1 to 99",
                kind.name, word.text
            ),
        )),
    }
}

fn parse_value(kind: &Kind, word: Word<'_>) -> Result<i8> {
    let lower = word.text.to_ascii_lowercase();
    if let Some(index) = kind.names.iter().position(|name| *name == lower) {
        return Ok(kind.min + i8::try_from(index).unwrap_or(i8::MAX));
    }
    let days = kind.name == DAY.name;
    if days && matches!(lower.as_str(), "l" | "last") {
        return Ok(-1);
    }
    let digits = if days {
        lower.strip_prefix('-').unwrap_or(&lower)
    } else {
        &lower
    };
    if !all_digits(digits) {
        return Err(Error::cron_at(
            word.position,
            format!(
                "{}: {:?} is not a value, expected {}",
                kind.name, word.text, kind.allowed
            ),
        ));
    }
    let longest = if kind.is_weekday() { 1 } else { 2 };
    match digits.parse::<i8>() {
        Ok(value) if digits.len() <= longest && (kind.min..=kind.max_written).contains(&value) => {
            Ok(if digits.len() < lower.len() {
                -value
            } else {
                value
            })
        }
        _ => Err(Error::cron_at(
            word.position,
            format!(
                "{}: {} is out of range {}",
                kind.name, word.text, kind.allowed
            ),
        )),
    }
}

/// `weekday#nth` or `weekday%modulo[+offset]`.
fn parse_special(word: Word<'_>) -> Result<Special> {
    let at = word.text.find(['#', '%']).unwrap_or(0);
    let weekday = parse_value(
        &WEEKDAY,
        Word {
            text: &word.text[..at],
            ..word
        },
    )?
    .unsigned_abs()
        % 7;
    let (sign, rest) = word.text[at..].split_at(1);
    let refused = |expected: &str| {
        Error::cron_at(
            word.position + at,
            format!("day-of-week: {:?} {expected}", &word.text[at..]),
        )
    };
    if sign == "#" {
        let nth = match rest.to_ascii_lowercase().as_str() {
            "l" | "last" => -1,
            number => number
                .parse::<i8>()
                .ok()
                .filter(|nth| (1..=5).contains(&nth.unsigned_abs()) && !number.starts_with('+'))
                .ok_or_else(|| {
                    refused("is no occurrence in the month, expected #1..#5, #-1..#-5, #L")
                })?,
        };
        return Ok(Special::Nth { weekday, nth });
    }
    let (modulo, offset) = rest.split_once('+').unwrap_or((rest, "0"));
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| all_digits(text));
    match (number(modulo), number(offset)) {
        (Some(modulo @ 1..), Some(offset)) => Ok(Special::Every {
            weekday,
            weeks: modulo,
            offset: offset % modulo,
        }),
        _ => Err(refused(
            "is no rhythm of weeks, expected %weeks or %weeks+offset, weeks at least 1",
        )),
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
