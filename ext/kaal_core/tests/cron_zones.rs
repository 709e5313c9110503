//! No run is lost or moved by what a zone's clocks do: every change of offset of every zone of the
//! time-zone database from 1970 to 2040, against a slow and obvious reference.
//!
//! The reference takes the days around the change one by one, writes down the local times that
//! the expression names, and asks the time library which instants these are.

#![allow(clippy::unwrap_used)] // in helpers of tests

use std::collections::{BTreeSet, HashSet};

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use kaal_core::cron::{Cron, Dst, Gap, Overlap, Plan, Zone};

/// An expression, and by hand what it means.
struct Case {
    expression: &'static str,
    day: fn(Date) -> bool,
    times: Vec<(i8, i8)>,
    interval: bool,
}

fn cases() -> Vec<Case> {
    let any_day = |_| true;
    let at = |expression, day: fn(Date) -> bool, hour, minute| Case {
        expression,
        day,
        times: vec![(hour, minute)],
        interval: false,
    };
    vec![
        at("0 0 * * *", any_day, 0, 0),
        at("30 0 * * *", any_day, 0, 30),
        at("30 1 * * *", any_day, 1, 30),
        at("30 2 * * *", any_day, 2, 30),
        at("59 23 * * *", any_day, 23, 59),
        at(
            "0 0 * * 0",
            |date| date.weekday().to_sunday_zero_offset() == 0,
            0,
            0,
        ),
        at("0 0 1 * *", |date| date.day() == 1, 0, 0),
        at("0 0 L * *", |date| date == date.last_of_month(), 0, 0),
        Case {
            expression: "0 * * * *",
            day: any_day,
            times: (0..24).map(|hour| (hour, 0)).collect(),
            interval: true,
        },
        Case {
            expression: "*/30 * * * *",
            day: any_day,
            times: (0..48).map(|half| (half / 2, half % 2 * 30)).collect(),
            interval: true,
        },
    ]
}

const POLICIES: [Dst; 3] = [
    Dst {
        gap: Gap::Skip,
        overlap: Overlap::Both,
    },
    Dst {
        gap: Gap::Shift,
        overlap: Overlap::First,
    },
    Dst {
        gap: Gap::Skip,
        overlap: Overlap::Last,
    },
];

fn instant(local: DateTime, offset: Offset) -> i64 {
    offset.to_timestamp(local).unwrap().as_second()
}

/// The fire times after `after` and up to `until`.
fn reference(case: &Case, zone: &TimeZone, dst: Dst, after: i64, until: i64) -> Vec<i64> {
    let date = |time| {
        zone.to_datetime(Timestamp::from_second(time).unwrap())
            .date()
    };
    let mut found = BTreeSet::new();
    let last = date(until) + 2.days();
    let mut day = date(after) - 2.days();
    while day <= last {
        for (hour, minute) in case.times.iter().filter(|_| (case.day)(day)) {
            let local = day.at(*hour, *minute, 0, 0);
            match zone.to_ambiguous_timestamp(local).offset() {
                AmbiguousOffset::Unambiguous { offset } => {
                    found.insert(instant(local, offset));
                }
                AmbiguousOffset::Gap { before, .. } => {
                    if dst.gap == Gap::Shift {
                        let late = Timestamp::from_second(instant(local, before)).unwrap();
                        // It reads later than the change by as much as the clock was late.
                        let change = zone.preceding(late + 1.second()).next().unwrap();
                        found.insert(change.timestamp().as_second());
                    }
                }
                AmbiguousOffset::Fold { before, after } => {
                    let (first, last) = (instant(local, before), instant(local, after));
                    if case.interval || dst.overlap != Overlap::Last {
                        found.insert(first);
                    }
                    if case.interval || dst.overlap != Overlap::First {
                        found.insert(last);
                    }
                }
            }
        }
        day += 1.day();
    }
    found.range(after + 1..=until).copied().collect()
}

/// The changes of a zone's offset.
fn changes(zone: &TimeZone) -> Vec<(i64, i32)> {
    let start: Timestamp = "1970-01-01T00:00:00Z".parse().unwrap();
    let end: Timestamp = "2040-01-01T00:00:00Z".parse().unwrap();
    let mut current = zone.to_offset(start).seconds();
    zone.following(start)
        .take_while(|change| change.timestamp() < end)
        .filter_map(|change| {
            let offset = change.offset().seconds();
            let changed = offset != std::mem::replace(&mut current, offset);
            changed.then(|| (change.timestamp().as_second(), offset))
        })
        .collect()
}

#[test]
fn every_change_of_every_zone_keeps_every_run() {
    const DAY: i64 = 86_400;
    let cases = cases();
    let mut seen = HashSet::new();
    let mut checked = 0;
    for name in jiff::tz::db().available() {
        let Ok(zone) = Zone::named(name.as_str()) else {
            continue; // no zone, but what lies beside them
        };
        let truth = TimeZone::get(name.as_str()).unwrap();
        let changes = changes(&truth);
        if !seen.insert(changes.clone()) {
            continue; // another name of a zone that was checked
        }
        for case in &cases {
            for dst in POLICIES {
                let plan = Plan::new(Cron::parse(case.expression).unwrap(), &zone, dst);
                for (change, _) in &changes {
                    let (after, until) = (change - 2 * DAY, change + 2 * DAY);
                    let expected = reference(case, &truth, dst, after, until);
                    let found: Vec<i64> = plan.between(after, until).collect();
                    let what = || format!("{} in {name} around {change}, {dst:?}", case.expression);
                    assert_eq!(found, expected, "{}", what());
                    let back: Vec<i64> =
                        std::iter::successors(plan.previous_before(until + 1), |time| {
                            plan.previous_before(*time)
                        })
                        .take_while(|time| *time > after)
                        .collect();
                    assert!(back.iter().rev().eq(&expected), "{} backwards", what());
                    checked += 1;
                }
            }
        }
    }
    assert!(
        seen.len() > 250 && checked > 500_000,
        "{} zones, {checked}",
        seen.len()
    );
}
