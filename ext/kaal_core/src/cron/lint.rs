//! What is wrong with an expression, or may surprise who wrote it.

use super::calendar::{DAY, date};
use super::field::{self, Element, HOUR, Kind, MINUTE, MONTH, SECOND, WEEKDAY};
use super::list::{elements, parse_field, parse_plain};
use super::parser::{Word, parse_fields, split, words, zone_named};
use super::{Cron, Dst, Gap, Overlap, Schedule, Zone};

/// How far ahead daylight-saving changes are looked at, in seconds: a little over a year.
const AHEAD: i64 = 370 * DAY;

impl Cron {
    /// All that is wrong with `text`; where nothing is, what it does that one may not expect.
    /// `zone` is used where the expression names none; of what `dst` settles nothing is said. `now`
    /// is in unix seconds.
    pub fn lint(text: &str, zone: &Zone, dst: Dst, now: i64) -> Vec<String> {
        let parts = words(text).and_then(|words| split(&words));
        let (fields, zone_word) = match parts {
            Ok(parts) => parts,
            Err(error) => return vec![error.to_string()],
        };
        let kinds = [&SECOND, &MINUTE, &HOUR, &field::DAY, &MONTH, &WEEKDAY];
        let kinds = &kinds[kinds.len() - fields.len()..];
        let both = || std::iter::zip(kinds.iter().copied(), fields.iter().copied());
        let errors = both().filter_map(|(kind, word)| parse_field(kind, word).err());
        let zone_error = zone_word.and_then(|word| zone_named(word).err());
        let mut messages: Vec<String> = errors
            .chain(zone_error)
            .map(|error| error.to_string())
            .collect();
        if !messages.is_empty() {
            return messages;
        }
        messages.extend(both().flat_map(|(kind, word)| surprises(kind, word)));
        match parse_fields(&fields) {
            Ok(schedule) => {
                let named = zone_word.and_then(|word| zone_named(word).ok());
                messages.extend(either_day(&schedule));
                messages.extend(changes(
                    &schedule,
                    &named.unwrap_or_else(|| zone.clone()),
                    dst,
                    now,
                ));
            }
            Err(error) => messages.push(error.to_string()),
        }
        messages
    }
}

/// Ranges and steps that do not do what they seem to.
fn surprises(kind: &Kind, word: Word<'_>) -> Vec<String> {
    let list = word.text.strip_suffix('&').unwrap_or(word.text);
    let mut messages = Vec::new();
    for word in elements(Word { text: list, ..word }) {
        let Ok(element) = parse_plain(kind, word) else {
            continue; // a weekday with # or %
        };
        let (name, text) = (kind.name, word.text);
        if let Some((first, Some(last))) = element.span {
            if last < first && (last < 0) == (first < 0) && !(kind.is_weekday() && last == 0) {
                let allowed = kind.allowed;
                messages.push(format!(
                    "{name}: range start {first} is after its end {last} in {text:?}, so it goes on \
                     from the beginning (allowed: {allowed})"
                ));
            }
        }
        let Some(step) = element.step else { continue };
        let values = element.values(kind).unwrap_or_default();
        if values.len() == 1 {
            messages.push(format!(
                "{name}: the step in {text:?} is of no use: it is {} only",
                values[0]
            ));
        } else if let Some((first, last)) = element.round(kind, &values) {
            let size = kind.max - kind.min + 1;
            if size - last + first < i8::try_from(step).unwrap_or(i8::MAX) {
                messages.push(format!(
                    "{name}: step {step} does not divide the range {}-{}: after {last} comes \
                     {first}, sooner than a step later",
                    kind.min, kind.max
                ));
            }
        }
    }
    messages
}

impl Element {
    /// The first and the last value of steps that go all round the range, from one end of it or
    /// from a value on. Steps within a narrower range are not meant to go on beyond it.
    fn round(self, kind: &Kind, values: &[i8]) -> Option<(i8, i8)> {
        let round = match self.span {
            None => true,
            Some((first, None)) => first >= 0,
            Some((first, Some(last))) => first == kind.min && last >= kind.max,
        };
        // Hour 24 and weekday 7 are 0, with which the next round begins.
        let mut inside = values.iter().copied().filter(|value| *value <= kind.max);
        let first = inside.next().filter(|_| round)?;
        Some((first, inside.next_back()?))
    }
}

fn either_day(schedule: &Schedule) -> Option<String> {
    let days = &schedule.days;
    let either = !days.any_day && !days.any_weekday && !days.both;
    either.then(|| {
        "day-of-month and day-of-week are both restricted: it fires on days that match either; end \
         one of them in & for days that match both"
            .to_owned()
    })
}

/// The next daylight-saving changes that leave out or double a time of the day.
fn changes(schedule: &Schedule, zone: &Zone, dst: Dst, now: i64) -> Vec<String> {
    let (mut gap, mut overlap) = (None, None);
    let mut stretch = zone.stretch(now);
    while !schedule.is_interval() && stretch.end < now.saturating_add(AHEAD) {
        let before = stretch.end + stretch.offset;
        let after = stretch.end + stretch.after.0;
        let (from, until) = (before.min(after), before.max(after));
        let hit = schedule
            .first_local(from, until)
            .filter(|local| *local < until);
        match hit.map(clock) {
            Some((day, time)) if before < after => {
                gap.get_or_insert_with(|| {
                    format!(
                        "{time} does not exist on {day} in {}: that run is skipped (with dst: \
                         {{gap: :shift}} it comes right after the change)",
                        zone.name()
                    )
                });
            }
            Some((day, time)) => {
                overlap.get_or_insert_with(|| {
                    format!(
                        "{time} comes twice on {day} in {}: it fires both times (with dst: \
                         {{overlap: :first}} or :last once)",
                        zone.name()
                    )
                });
            }
            None => {}
        }
        stretch = zone.stretch(stretch.end);
    }
    let gap = gap.filter(|_| dst.gap == Gap::Skip);
    let overlap = overlap.filter(|_| dst.overlap == Overlap::Both);
    gap.into_iter().chain(overlap).collect()
}

/// The day and the time of day of local seconds.
fn clock(local: i64) -> (String, String) {
    let (year, month, day) = date(local.div_euclid(DAY));
    let time = local.rem_euclid(DAY);
    (
        format!("{year:04}-{month:02}-{day:02}"),
        format!("{:02}:{:02}", time / 3600, time / 60 % 60),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint_with(text: &str, dst: Dst) -> Vec<String> {
        let zone = Zone::named("Europe/Paris").unwrap();
        Cron::lint(text, &zone, dst, 1_767_225_600) // 2026-01-01
    }

    fn lint(text: &str) -> Vec<String> {
        lint_with(text, Dst::default())
    }

    #[test]
    fn nothing_is_said_of_what_the_policy_settles() {
        let mut dst = Dst {
            gap: Gap::Shift,
            overlap: Overlap::Both,
        };
        assert!(lint_with("30 2 * * *", dst)[0].contains("comes twice"));
        dst.overlap = Overlap::Last;
        assert_eq!(lint_with("30 2 * * *", dst), [] as [&str; 0]);
        dst.gap = Gap::Skip;
        let found = lint_with("30 2 * * *", dst);
        assert!(
            found.len() == 1 && found[0].contains("is skipped"),
            "{found:?}"
        );
    }

    #[test]
    fn steps_that_go_all_round_are_told_of_however_they_are_written() {
        for (text, part) in [
            (
                "0/7 * * * *",
                "minute: step 7 does not divide the range 0-59: after 56 comes 0",
            ),
            ("0-59/7 * * * *", "after 56 comes 0"),
            ("1/50 * * * *", "after 51 comes 1"),
            ("0 0-24/5 * * *", "after 20 comes 0"),
            ("0 12 */2 * *", "after 31 comes 1"),
        ] {
            let found = lint(text);
            assert!(
                found.iter().any(|found| found.contains(part)),
                "{text}: {found:?}"
            );
        }
        for text in [
            "0/15 * * * *",
            "5/15 * * * *",
            "40/15 * * * *",
            "10-40/7 * * * *",
        ] {
            assert_eq!(lint(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn every_mistake_is_named() {
        assert_eq!(
            lint("61 25 * 13 mon#9 Mars/Olympus")[..4],
            [
                "minute: 61 is out of range 0-59",
                "hour: 25 is out of range 0-24",
                "month: 13 is out of range 1-12 or jan-dec",
                "day-of-week: \"#9\" is no occurrence in the month, expected #1..#5, #-1..#-5, #L",
            ]
        );
        assert!(lint("* * *")[0].starts_with("3 fields, expected 5"));
        assert!(lint("@reboot")[0].starts_with("unknown macro"));
        assert_eq!(
            lint("0 0 30 2 *"),
            ["day-of-month: \"30\" is no day of any of the months"]
        );
    }

    #[test]
    fn nothing_is_said_of_what_is_plain() {
        for text in [
            "*/15 * * * *",
            "0 12 1 * *",
            "@weekly",
            "0 12 * * mon-fri",
            "0 9 * * sat-0",
        ] {
            assert_eq!(lint(text), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn what_trips_people_is_pointed_out() {
        for (text, parts) in [
            (
                "0 22-2 * * *",
                vec![
                    "hour: range start 22 is after its end 2 in \"22-2\"",
                    "twice",
                ],
            ),
            (
                "*/7 * * * *",
                vec!["minute: step 7 does not divide the range 0-59: after 56 comes 0"],
            ),
            (
                "*/99 * * * *",
                vec!["minute: the step in \"*/99\" is of no use: it is 0 only"],
            ),
            (
                "0 12 * * 3/2",
                vec!["day-of-week: the step in \"3/2\" is of no use"],
            ),
            (
                "0 12 13 * fri",
                vec!["both restricted: it fires on days that match either"],
            ),
            (
                "30 2 * * *",
                vec![
                    "02:30 does not exist on 2026-03-29 in Europe/Paris",
                    "02:30 comes twice on 2026-10-25",
                ],
            ),
        ] {
            let found = lint(text);
            for part in &parts {
                assert!(
                    found.iter().any(|message| message.contains(part)),
                    "{text}: {found:?}"
                );
            }
        }
    }
}
