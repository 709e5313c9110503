//! What is kept of jobs and runs: all that can be read can be written and is read again, and what cannot
//! be read is kept as it is. Lines: a score, a name, and a payload, a record or a time.

#![no_main]

use kaal_core::backend::redis::delayed::{claimed, micros, pending, score};
use kaal_core::backend::sqlite::lent::{parse_time, time_text};
use kaal_core::delayed::Job;
use kaal_core::dispatch::Record;
use libfuzzer_sys::fuzz_target;

/// Up to there a score, which is a floating-point number, has all microseconds.
const EXACT: i64 = 1 << 51;

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (due, id, kept) = (line(), line(), line());
    read(due, id, kept);
    write(micros(due), id, kept);
    score_back(due);
    if let Some(record) = Record::from_json(kept) {
        assert_eq!(Record::from_json(&record.to_json()), Some(record));
    }
    if let Some(time) = parse_time(kept) {
        let micros = time.as_microsecond();
        assert_eq!(
            parse_time(&time_text(micros)).map(|time| time.as_microsecond()),
            Some(micros)
        );
    }
});

fn read(due: &str, id: &str, payload: &str) {
    let (job, flaw) = Job::from_json(id, micros(due), payload);
    assert_eq!((job.job_id.as_str(), job.run_at), (id, micros(due)));
    if flaw.is_some() {
        assert_eq!((job.job_class.as_str(), job.args.as_str()), ("", payload));
    } else {
        let written = job.to_json().expect("its arguments were read from JSON");
        assert_eq!(
            Job::from_json(id, job.run_at, &written),
            (job.clone(), None)
        );
    }
    assert_eq!(pending(id, due, payload), job);
    // As a claim has it: due and payload may hold what parts them.
    let claim = claimed(
        &format!("token:{id}"),
        &format!("3:{}:{payload}", job.run_at),
    );
    assert_eq!((claim.attempts, claim.job.job_id.as_str()), (3, id));
    assert_eq!((claim.job.args, claim.flaw), (job.args, flaw));
    claimed(id, payload);
}

/// A job whose arguments are any text, as an app gives them.
fn write(run_at: i64, id: &str, args: &str) {
    let job = Job {
        job_id: id.to_owned(),
        run_at,
        job_class: id.to_owned(),
        args: args.to_owned(),
        queue: (!id.is_empty()).then(|| id.to_owned()),
        created_at: Some(run_at.clamp(-EXACT, EXACT)),
    };
    if let Some(json) = job.to_json() {
        let (read, flaw) = Job::from_json(id, run_at, &json);
        let args = args.trim_ascii().to_owned();
        assert_eq!((read, flaw), (Job { args, ..job }, None));
    }
}

fn score_back(due: &str) {
    let time = due.parse().unwrap_or(0_i64).clamp(-EXACT, EXACT);
    assert_eq!(micros(&score(time)), time);
}
