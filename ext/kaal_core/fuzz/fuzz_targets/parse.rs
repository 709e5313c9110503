//! Whatever text comes: it is refused or understood, and what is understood can be written down,
//! read again and asked for its times.

#![no_main]

use kaal_core::cron::{Cron, Dst, Gap, Overlap, Plan, Zone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let zone = Zone::named("Europe/Paris").expect("it is a zone");
    Cron::lint(text, &zone, Dst::default(), 1_700_000_000);
    let Ok(cron) = Cron::parse(text) else {
        return;
    };
    let canonical = cron.to_string();
    assert_eq!(Cron::parse(&canonical).expect("it was written by us"), cron, "{canonical}");
    let dst = Dst {
        gap: Gap::Shift,
        overlap: Overlap::First,
    };
    let plan = Plan::new(cron, &zone, dst);
    if let Some(next) = plan.next_after(1_700_000_000) {
        assert!(next > 1_700_000_000 && plan.matches(next));
        assert_eq!(plan.previous_before(next + 1), Some(next));
    }
});
