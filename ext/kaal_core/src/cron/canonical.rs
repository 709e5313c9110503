//! The one way of writing each schedule.

use std::fmt;

use super::Cron;
use super::day::Special;
use super::field::{HOUR, Kind, MINUTE, MONTH, SECOND, Set};
use super::parser::MACROS;

/// Lists are written out, names as numbers, seconds only where there are others than 0, and what
/// is read back is equal.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schedule = &self.schedule;
        if self.has_seconds() {
            write!(f, "{} ", list(&SECOND, schedule.seconds))?;
        }
        let minutes = stepped(&MINUTE, schedule.minutes, schedule.minute_steps);
        let hours = stepped(&HOUR, schedule.hours, schedule.hour_steps);
        let months = list(&MONTH, schedule.months);
        write!(
            f,
            "{minutes} {hours} {} {months} {}",
            self.days(),
            self.weekdays()
        )?;
        match &self.zone {
            Some(zone) => write!(f, " {}", zone.name()),
            None => Ok(()),
        }
    }
}

impl Cron {
    /// The macro that means the same, with the zone, if there is one; `@noon` is not used, for
    /// the gem kaal does not know it.
    pub fn as_macro(&self) -> Option<String> {
        let text = self.to_string();
        let (name, fields) = MACROS.iter().find(|(name, fields)| {
            let rest = text.strip_prefix(fields);
            *name != "@noon" && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })?;
        Some(text.replacen(fields, name, 1))
    }

    fn days(&self) -> String {
        let rule = &self.schedule.days;
        if rule.any_day {
            return "*".into();
        }
        let from_end: Vec<u8> = rule.days_from_end.iter().collect();
        let days = rule.days.iter().map(|day| day.to_string());
        join(days.chain(from_end.into_iter().rev().map(|day| format!("-{day}"))))
    }

    fn weekdays(&self) -> String {
        let rule = &self.schedule.days;
        if rule.any_weekday {
            return "*".into();
        }
        let plain = rule.weekdays.iter().map(|weekday| weekday.to_string());
        let special = rule.special.iter().map(|special| match special {
            Special::Nth { weekday, nth } => format!("{weekday}#{nth}"),
            Special::Every {
                weekday,
                weeks,
                offset: 0,
            } => format!("{weekday}%{weeks}"),
            Special::Every {
                weekday,
                weeks,
                offset,
            } => format!("{weekday}%{weeks}+{offset}"),
        });
        join(plain.chain(special)) + if rule.both { "&" } else { "" }
    }
}

fn list(kind: &Kind, values: Set) -> String {
    if values == kind.all() {
        "*".into()
    } else {
        join(values.iter().map(|value| value.to_string()))
    }
}

/// As [`list`], keeping the mark of an interval, a step, for the sake of the policy for
/// daylight-saving changes.
fn stepped(kind: &Kind, values: Set, steps: bool) -> String {
    let mut rest = values.iter();
    let (Some(first), Some(most)) = (rest.next(), kind.all().largest()) else {
        return String::new();
    };
    if !steps || values == kind.all() {
        return list(kind, values);
    }
    let start = if first == 0 {
        "*".into()
    } else {
        first.to_string()
    };
    let step = values
        .first_from(first + 1)
        .map_or(99, |second| second - first);
    if values.iter().eq((first..=most).step_by(step.into())) {
        return format!("{start}/{step}");
    }
    // A step that leads out of the range leaves the value alone.
    let alone = [format!("{start}/99")];
    join(alone.into_iter().chain(rest.map(|value| value.to_string())))
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_in_one_way() {
        for (text, canonical) in [
            ("@daily", "0 0 * * *"),
            (
                "*/15 9-11 1-3,last jan-mar mon-wed",
                "*/15 9,10,11 1,2,3,-1 1,2,3 1,2,3",
            ),
            ("0 * * * * *", "* * * * *"),
            ("*/20 0-59 * * * *", "0,20,40 * * * * *"),
            ("5/10,7 */99 * * *", "5/99,7,15,25,35,45,55 */99 * * *"),
            ("7/30 3 * * *", "7/30 3 * * *"),
            ("0 0 1-31 * mon#2,sun%2+3,tue", "0 0 * * 2,1#2,0%2+1"),
            (
                "0 0 -3-L * fri& Europe/Paris",
                "0 0 -3,-2,-1 * 5& Europe/Paris",
            ),
            ("0 0 *& * mon", "0 0 * * 1"),
            ("5 0-24 * * *", "5 * * * *"),
            ("0 0 -4,* * *", "0 0 * * *"),
            ("0 0 31 1,2,3 mon", "0 0 31 1,3 1"),
        ] {
            let cron = Cron::parse(text).unwrap();
            assert_eq!(cron.to_string(), canonical, "{text}");
            assert_eq!(Cron::parse(canonical).unwrap(), cron, "{text}");
        }
    }

    #[test]
    fn macros_are_recognised() {
        for (text, name) in [
            ("0 0 * * *", Some("@daily")),
            ("0 0 * * 7", Some("@weekly")),
            ("@annually", Some("@yearly")),
            ("@midnight Europe/Paris", Some("@daily Europe/Paris")),
            ("0 0 1 * *", Some("@monthly")),
            ("@noon", None),
            ("0 0 1 1 * *", None),
        ] {
            assert_eq!(
                Cron::parse(text).unwrap().as_macro().as_deref(),
                name,
                "{text}"
            );
        }
    }
}
