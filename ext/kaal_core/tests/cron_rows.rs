//! Verified rows: expression, zone, start, the five fire times that follow.
//!
//! The zones are read from a pinned copy of tzdata 2025b, for which the rows hold.

#![allow(clippy::unwrap_used)] // in helpers of tests

use std::path::Path;

use jiff::tz::TimeZone;
use kaal_core::cron::{Cron, Dst, Plan, Zone};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// `-` stands for no zone but the expression's own.
fn zone(name: &str) -> Zone {
    if name == "-" {
        return Zone::utc();
    }
    match std::fs::read(Path::new(FIXTURES).join("tzdata-2025b").join(name)) {
        Ok(data) => Zone::new(name, TimeZone::tzif(name, &data).unwrap()),
        Err(_) => Zone::named(name).unwrap(),
    }
}

fn answer(expression: &str, zone_name: &str, from: &str) -> Vec<String> {
    let Ok(cron) = Cron::parse(expression) else {
        return vec!["INVALID".into()];
    };
    let plan = Plan::new(cron, &zone(zone_name), Dst::default());
    let from = from.parse().unwrap();
    let times: Vec<i64> = plan.between(from, i64::MAX).take(5).collect();
    for pair in times.windows(2) {
        assert_eq!(
            plan.previous_before(pair[1]),
            Some(pair[0]),
            "{expression} in {zone_name}"
        );
        assert!(plan.matches(pair[0]));
        assert!(!plan.matches(pair[0] + 1) || pair[1] == pair[0] + 1);
    }
    times.iter().map(ToString::to_string).collect()
}

#[test]
fn every_row_holds() {
    let rows = std::fs::read_to_string(Path::new(FIXTURES).join("cron.tsv")).unwrap();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for row in rows.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [expression, zone, from, next @ ..] = columns.as_slice() else {
            panic!("no row: {row}");
        };
        let expected: Vec<&str> = next[..5]
            .iter()
            .copied()
            .filter(|time| !time.is_empty())
            .collect();
        let found = answer(expression, zone, from);
        if found != expected {
            wrong.push(format!(
                "{expression} in {zone} from {from}: {found:?}, not {expected:?}"
            ));
        }
        checked += 1;
    }
    assert_eq!(checked, 1_777);
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
