//! What holds for every expression, zone and time, tried with random ones.

#![allow(clippy::unwrap_used)] // in helpers of tests

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kaal_core::cron::{Cron, Dst, Gap, Overlap, Plan, Zone};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Zones whose clocks are set, all sorts of ways.
const ZONES: [&str; 40] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Asuncion",
    "America/Caracas",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Athens",
    "Europe/Chisinau",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Moscow",
    "Europe/Paris",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kwajalein",
];

/// What an expression names, apart from how it is written.
#[derive(Debug, Clone)]
struct Named {
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Option<Vec<i8>>,
    months: Option<Vec<i8>>,
    weekdays: Option<Vec<i8>>,
    both: bool,
}

impl Named {
    fn text(&self) -> String {
        let list = |values: &[i8]| {
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            texts.join(",")
        };
        let or_star = |values: &Option<Vec<i8>>| values.as_deref().map_or("*".into(), list);
        let and = if self.both && self.weekdays.is_some() {
            "&"
        } else {
            ""
        };
        format!(
            "{} {} {} {} {}{and}",
            list(&self.minutes),
            list(&self.hours),
            or_star(&self.days),
            or_star(&self.months),
            or_star(&self.weekdays)
        )
    }

    fn matches(&self, zone: &TimeZone, time: i64) -> bool {
        let local = zone.to_datetime(Timestamp::from_second(time).unwrap());
        let holds = |values: &Option<Vec<i8>>, value| {
            values.as_ref().is_none_or(|values| values.contains(&value))
        };
        let days = holds(&self.days, local.day());
        let weekdays = holds(&self.weekdays, local.weekday().to_sunday_zero_offset());
        let either = self.days.is_some() && self.weekdays.is_some() && !self.both;
        local.second() == 0
            && self.minutes.contains(&local.minute())
            && self.hours.contains(&local.hour())
            && holds(&self.months, local.month())
            && if either {
                days || weekdays
            } else {
                days && weekdays
            }
    }
}

fn some(range: std::ops::RangeInclusive<i8>, most: usize) -> impl Strategy<Value = Vec<i8>> {
    subsequence(range.collect::<Vec<_>>(), 1..=most)
}

fn named() -> impl Strategy<Value = Named> {
    (
        some(0..=59, 4),
        some(0..=23, 6),
        proptest::option::of(some(1..=28, 8)),
        proptest::option::of(some(1..=12, 6)),
        proptest::option::of(some(0..=6, 4)),
        any::<bool>(),
    )
        .prop_map(|(minutes, hours, days, months, weekdays, both)| Named {
            minutes,
            hours,
            days,
            months,
            weekdays,
            both,
        })
}

/// A zone, and a time within three days of one of its changes from 1970 to 2060.
fn moment() -> impl Strategy<Value = (&'static str, i64)> {
    let around = -259_200_i64..259_200;
    (select(&ZONES[..]), 0_i64..2_840_140_800, around).prop_map(|(name, time, around)| {
        let zone = TimeZone::get(name).unwrap();
        let from = Timestamp::from_second(time).unwrap();
        let change = zone
            .following(from)
            .next()
            .map_or(time, |change| change.timestamp().as_second());
        (name, change + around)
    })
}

fn dst() -> impl Strategy<Value = Dst> {
    let gaps = select(&[Gap::Skip, Gap::Shift][..]);
    let overlaps = select(&[Overlap::Both, Overlap::First, Overlap::Last][..]);
    (gaps, overlaps).prop_map(|(gap, overlap)| Dst { gap, overlap })
}

/// Elements as people write them, right or wrong.
fn element() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        (0..62_u8).prop_map(|value| value.to_string()),
        (-33..0_i8).prop_map(|value| value.to_string()),
        select(
            &[
                "*", "L", "last", "mon", "SUN", "jan", "Dec", "07", "", "x", "é"
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    let tail = prop_oneof![
        6 => Just(String::new()),
        2 => (0..101_u8).prop_map(|step| format!("/{step}")),
        1 => (-6..7_i8).prop_map(|nth| format!("#{nth}")),
        1 => (0..5_u8, 0..9_u8).prop_map(|(weeks, offset)| format!("%{weeks}+{offset}")),
        1 => Just("&".to_owned()),
    ];
    (value.clone(), proptest::option::of(value), tail).prop_map(|(first, last, tail)| match last {
        Some(last) => format!("{first}-{last}{tail}"),
        None => format!("{first}{tail}"),
    })
}

fn expression() -> impl Strategy<Value = String> {
    let field = proptest::collection::vec(element(), 1..4).prop_map(|elements| elements.join(","));
    let fields =
        proptest::collection::vec(prop_oneof![2 => Just("*".to_owned()), 3 => field], 4..8);
    let zone = select(&["", " Europe/Paris", " +05:45", " Nowhere/Land"][..]);
    (fields, zone).prop_map(|(fields, zone)| fields.join(" ") + zone)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Minute by minute through a week around a change.
    #[test]
    fn fires_at_the_minutes_that_match_and_at_no_others(named in named(), (name, start) in moment()) {
        const WEEK: i64 = 7 * 86_400;
        let zone = TimeZone::get(name).unwrap();
        let plan = Plan::new(Cron::parse(&named.text()).unwrap(), &Zone::named(name).unwrap(), Dst::default());
        let first_minute = start.div_euclid(60) * 60 + 60;
        let expected: BTreeSet<i64> = (first_minute..=start + WEEK)
            .step_by(60)
            .filter(|time| named.matches(&zone, *time))
            .collect();
        // Offsets of old times have seconds: then the minutes of a wall clock are none of ours.
        prop_assume!(zone.to_offset(Timestamp::from_second(start).unwrap()).seconds() % 60 == 0);
        let found: BTreeSet<i64> = plan.between(start, start + WEEK).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn next_and_previous_are_neighbours(
        named in named(), (name, start) in moment(), dst in dst()
    ) {
        let plan = Plan::new(Cron::parse(&named.text()).unwrap(), &Zone::named(name).unwrap(), dst);
        let mut time = start;
        for _ in 0..5 {
            let Some(next) = plan.next_after(time) else { break };
            prop_assert!(next > time);
            prop_assert!(plan.matches(next));
            prop_assert_eq!(plan.previous_before(next + 1), Some(next));
            prop_assert_eq!(plan.next_after(next - 1), Some(next));
            if time != start {
                prop_assert_eq!(plan.previous_before(next), Some(time));
            }
            time = next;
        }
        let one_by_one: Vec<i64> = std::iter::successors(plan.next_after(start), |time| plan.next_after(*time))
            .take(5)
            .collect();
        let at_once: Vec<i64> = plan.between(start, i64::MAX).take(5).collect();
        prop_assert_eq!(one_by_one, at_once);
    }

    /// Whatever is typed is refused or understood, and what is understood can be written down.
    #[test]
    fn the_canonical_form_means_the_same(text in expression(), start in 0_i64..4_000_000_000) {
        if let Ok(cron) = Cron::parse(&text) {
            let again = Cron::parse(&cron.to_string()).unwrap();
            prop_assert_eq!(&again, &cron);
            prop_assert_eq!(again.to_string(), cron.to_string());
            let plan = Plan::new(cron, &Zone::utc(), Dst::default());
            if let Some(next) = plan.next_after(start) {
                prop_assert!(next > start && plan.matches(next));
            }
        }
    }

    #[test]
    fn any_text_is_refused_or_understood(text in "\\PC{0,40}") {
        if let Err(error) = Cron::parse(&text) {
            prop_assert!(error.is_cron());
            prop_assert!(error.position().is_none_or(|position| text.is_char_boundary(position)));
        }
        Cron::lint(&text, &Zone::utc(), Dst::default(), 0);
    }

    #[test]
    fn no_time_is_too_far_away(named in named(), time in any::<i64>(), name in select(&ZONES[..])) {
        let plan = Plan::new(Cron::parse(&named.text()).unwrap(), &Zone::named(name).unwrap(), Dst::default());
        prop_assert!(plan.next_after(time).is_none_or(|next| next > time));
        prop_assert!(plan.previous_before(time).is_none_or(|previous| previous < time));
    }
}
