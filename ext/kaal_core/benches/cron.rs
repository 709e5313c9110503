//! The next fire time in Rust alone, against the crate croner, in interleaved batches.
//!
//! One line an expression: name, ours and the peer's in nanoseconds, their ratio; each the median of
//! seven rounds. `bin/bench` shows them with their bars.

use std::hint::black_box;
use std::str::FromStr;
use std::time::Instant;

use chrono::DateTime;
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds};
use kaal_core::cron::{Cron, Dst, Plan, Zone};

const EXPRESSIONS: [(&str, &str, &str); 8] = [
    ("every_minute", "* * * * *", "UTC"),
    ("office_hours", "*/15 9-17 * * mon-fri", "America/New_York"),
    ("midnight", "0 0 * * *", "Europe/London"),
    ("either_day", "30 4 1,15 * 5", "America/New_York"),
    ("last_day", "0 0 L * *", "Asia/Kathmandu"),
    ("second_monday", "0 9 * * mon#2", "Australia/Lord_Howe"),
    ("leap_day", "0 0 29 2 *", "UTC"),
    ("ten_seconds", "*/10 * * * * *", "Europe/Paris"),
];
const ROUNDS: usize = 7;
const CALLS: i64 = 20_000;

/// Nanoseconds a call, from starts spread over five years.
fn nanoseconds(mut call: impl FnMut(i64)) -> f64 {
    let started = Instant::now();
    for number in 0..CALLS {
        call(1_700_000_000 + number * 7_919);
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(i32::try_from(CALLS).expect("it is small"))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let parser = CronParser::builder().seconds(Seconds::Optional).build();
    for (name, expression, zone) in EXPRESSIONS {
        let cron = Cron::parse(expression).expect("it is valid");
        let plan = Plan::new(
            cron,
            &Zone::named(zone).expect("it is a zone"),
            Dst::default(),
        );
        let peer = parser.parse(expression).expect("it is valid");
        let peer_zone = Tz::from_str(zone).expect("it is a zone");
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let our_time = nanoseconds(|from| {
                black_box(plan.next_after(black_box(from)));
            });
            let their_time = nanoseconds(|from| {
                let from = DateTime::from_timestamp(black_box(from), 0).expect("it is in range");
                let next = peer.find_next_occurrence(&from.with_timezone(&peer_zone), false);
                black_box(next.expect("it fires"));
            });
            ours.push(our_time);
            theirs.push(their_time);
            ratios.push(our_time / their_time);
        }
        let (ours, theirs, ratio) = (median(ours), median(theirs), median(ratios));
        println!("{name} {ours:.1} {theirs:.1} {ratio:.5}");
    }
}
