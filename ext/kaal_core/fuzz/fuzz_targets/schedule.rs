//! What a scheduler file says of a job, from its text to the runs that are handed out. Lines: the
//! expression or interval, the zone, numbers, and the definition that is stored of it.

#![no_main]

use kaal_core::coordinator::{Job, Missed, Now, Recovery, Timeline, Which};
use kaal_core::cron::{self, Dst, Gap, Overlap, Zone};
use kaal_core::definition::{Definition, Draft, METADATA};
use kaal_core::interval::Start;
use kaal_core::trigger::Trigger;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Beyond that, in unix seconds, cron expressions fire no more.
const END: i64 = 1 << 60;

/// How many runs are asked for at once.
const MOST: usize = 20;

/// What a file may say in numbers; what is no number is not said.
struct Numbers {
    time: i64,
    since: i64,
    anchor: Option<i64>,
    splay: u32,
    within: Option<i64>,
    look_back: i64,
    /// Which of the few choices there are.
    choice: u32,
}

impl Numbers {
    fn read(line: &str) -> Self {
        let mut words = line.split_ascii_whitespace();
        let mut number = || words.next().and_then(|word| word.parse::<i64>().ok());
        let small = |number: Option<i64>| {
            number
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(0)
        };
        Self {
            time: number().unwrap_or(1_700_000_000),
            since: number().unwrap_or(0),
            anchor: number(),
            splay: small(number()),
            within: number(),
            look_back: number().unwrap_or(0),
            choice: small(number()),
        }
    }

    fn dst(&self) -> Dst {
        Dst {
            gap: [Gap::Skip, Gap::Shift][self.choice as usize % 2],
            overlap: [Overlap::Both, Overlap::First, Overlap::Last][self.choice as usize % 3],
        }
    }

    fn start(&self) -> Start {
        Start {
            since: self.since,
            anchor: self.anchor,
            remembered: self.choice % 5 == 0,
        }
    }

    fn missed(&self) -> Missed {
        Missed {
            which: [Which::All, Which::Latest, Which::Skip][self.choice as usize / 2 % 3],
            within: self.within,
        }
    }
}

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (expression, zone, numbers, json) = (line(), line(), Numbers::read(line()), line());
    let zone = named(zone);
    let is_valid = read(expression, &zone, &numbers);
    hand_out(expression, zone, &numbers, is_valid);
    define(expression, json);
});

fn named(name: &str) -> Zone {
    let zone = Zone::named(name);
    assert!(zone.is_ok() || !Zone::is_name(name), "{name}");
    Zone::is_posix(name);
    zone.inspect(|zone| assert_eq!(zone.name(), name))
        .unwrap_or_else(|_| Zone::utc())
}

/// Whether it is an expression: then there is one way of writing it, and its times are in order.
fn read(text: &str, zone: &Zone, numbers: &Numbers) -> bool {
    let parse = |text: &str| Trigger::parse(text, numbers.dst(), || Ok(zone.clone()));
    let time = numbers.time.clamp(-END, END);
    let lint =
        Trigger::lint(text, numbers.dst(), time, || Ok(zone.clone())).expect("it has a zone");
    let trigger = match parse(text) {
        Ok(trigger) => trigger,
        Err(error) => {
            assert!(error.is_cron() && !lint.is_empty());
            assert!(
                error
                    .position()
                    .is_none_or(|position| text.is_char_boundary(position)),
                "{error}"
            );
            return false;
        }
    };
    assert_eq!(
        parse(&trigger.to_string()).expect("it was written by us"),
        trigger
    );
    if let Some(name) = Trigger::as_macro(text).expect("it was read before") {
        assert_eq!(
            parse(&name).expect("it was written by us"),
            trigger,
            "{name}"
        );
    }
    let start = numbers.start();
    let trigger = trigger.starting(Some(start));
    in_order(&trigger, time);
    if let (Trigger::Interval(interval), Some(next)) = (&trigger, trigger.next_after(time)) {
        let first = start.anchor.unwrap_or(start.since);
        let steps = (i128::from(next) - i128::from(first)) % i128::from(interval.seconds());
        assert!(
            next == i64::MAX || (next > start.since && steps == 0),
            "{interval} {start:?}: {next}"
        );
    }
    true
}

fn in_order(trigger: &Trigger, time: i64) {
    if let Some(next) = trigger.next_after(time).filter(|next| *next < END) {
        assert!(
            next > time && trigger.matches(next),
            "{trigger} after {time}: {next}"
        );
        assert_eq!(trigger.previous_before(next + 1), Some(next), "{trigger}");
        assert_eq!(trigger.next_after(next - 1), Some(next), "{trigger}");
    }
    if let Some(previous) = trigger
        .previous_before(time)
        .filter(|previous| *previous > -END)
    {
        assert!(
            previous < time && trigger.matches(previous),
            "{trigger} before {time}: {previous}"
        );
    }
}

/// Each run once and in order, whatever the clock and the file say.
fn hand_out(cron: &str, zone: Zone, numbers: &Numbers, is_valid: bool) {
    let job = Job {
        key: "job".to_owned(),
        cron: cron.to_owned(),
        start: Some(numbers.start()),
        dst: None,
        splay: numbers.splay,
        missed: numbers.missed(),
    };
    let delay = i64::from(cron::delay(&job.key, job.splay));
    assert!(delay <= job.splay.into());
    let mut timeline = Timeline::new(zone, numbers.dst());
    let rejected = timeline.replace(vec![job.clone()], numbers.time, numbers.look_back);
    assert_eq!(rejected.is_empty(), is_valid);
    assert_eq!(
        timeline.replace(vec![job], numbers.time, numbers.look_back),
        []
    );
    let now = Now {
        time: numbers.time,
        horizon: numbers.look_back,
        grace: 5,
    };
    let mut runs = timeline.due(now, MOST);
    runs.extend(timeline.due(now, MOST));
    assert!(
        runs.iter()
            .all(|run| run.fire_time.saturating_add(delay) <= now.time),
        "{runs:?}"
    );
    assert!(
        runs.windows(2)
            .all(|pair| pair[0].fire_time < pair[1].fire_time),
        "{runs:?}"
    );
    if let Some(last) = runs.pop() {
        timeline.retry(last.clone());
        assert!(timeline.due(now, 1).iter().all(|run| *run == last));
    }
    timeline.next_due();
    assert!(timeline.fire_times("job", now.time, END, MOST).is_sorted());
    let after = now.time.saturating_sub(numbers.look_back);
    let mut recovery = Recovery::new(vec![("job".to_owned(), after)], now.time, now.time);
    let mut missed = recovery.next_batch(&timeline, MOST);
    missed.extend(recovery.next_batch(&timeline, MOST));
    assert!(
        missed
            .windows(2)
            .all(|pair| pair[0].fire_time < pair[1].fire_time),
        "{missed:?}"
    );
}

/// What is stored is read back, and a change of the expression leaves the app's metadata alone.
fn define(cron: &str, json: &str) {
    let Some(stored) = Definition::from_json(json) else {
        return;
    };
    let written = stored.to_json();
    let again = Definition::from_json(&written).expect("it was written by us");
    assert_eq!(again.to_json(), written);
    let now = "2026-01-02T03:04:05Z".parse().expect("it is a time");
    let draft = Draft {
        key: stored.key.clone(),
        cron: format!("{}{cron}", stored.cron),
        enabled: stored.enabled,
        source: stored.source.clone(),
        metadata: stored.metadata.clone(),
    };
    let is_change = draft.cron != stored.cron;
    let changed = Definition::upserted(Some(&stored), draft, now);
    assert_eq!(apps_metadata(&changed), apps_metadata(&stored));
    assert_eq!(changed.created_at, stored.created_at.or(Some(now)));
    assert!(
        !is_change || changed.since() == Some(now),
        "{}",
        changed.metadata
    );
}

fn apps_metadata(definition: &Definition) -> Value {
    let mut metadata: Value = serde_json::from_str(&definition.metadata).expect("it is JSON");
    metadata
        .as_object_mut()
        .expect("it is an object")
        .remove(METADATA);
    metadata
}
