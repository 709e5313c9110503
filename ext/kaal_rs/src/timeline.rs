//! `Kaal::Native::Timeline` and `Kaal::Native::Recovery`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kaal_core::coordinator::{self, Job, Missed, Now, Which};
use kaal_core::interval::Start;
use kaal_core::key::Occurrence;
use magnus::{Error, Module, Object, RArray, RModule, Ruby, TryConvert, Value, function, method};

use crate::class;
use crate::cron::{dst, zone};
use crate::error::{guard, guarded};

// Locked under the global lock only, and never while giving it up.
#[magnus::wrap(class = "Kaal::Native::Timeline", free_immediately, size)]
struct Timeline(Mutex<coordinator::Timeline>);

#[magnus::wrap(class = "Kaal::Native::Recovery", free_immediately, size)]
struct Recovery(Mutex<coordinator::Recovery>);

/// An occurrence as Ruby sees it: `[key, unix seconds]`.
type Pair = (String, i64);

impl Timeline {
    /// `zone_name` is the name of a time zone, nil the system's; `policy` that for daylight-saving
    /// changes.
    fn new(ruby: &Ruby, zone_name: Option<String>, policy: Option<Value>) -> Result<Self, Error> {
        let dst = dst(ruby, policy)?;
        let zone = guarded(ruby, || zone(zone_name))?;
        Ok(Self(Mutex::new(coordinator::Timeline::new(zone, dst))))
    }

    fn lock(&self) -> MutexGuard<'_, coordinator::Timeline> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `[[key, cron, policy or nil, splay in seconds, which missed runs run, within how many
    /// seconds or nil, for an interval its start or nil], …]`; a start is `[since, anchor or nil, whether
    /// the store knows the last run]` with unix seconds. Answers with `[[key, reason], …]` of the newly rejected.
    fn replace(
        ruby: &Ruby,
        rb_self: &Self,
        jobs: RArray,
        now: i64,
        look_back: i64,
    ) -> Result<RArray, Error> {
        let jobs = jobs.into_iter().map(|job| self::job(ruby, job));
        let jobs = jobs.collect::<Result<Vec<Job>, Error>>()?;
        let rejected = guard(ruby, || rb_self.lock().replace(jobs, now, look_back))?;
        let pairs = rejected
            .into_iter()
            .map(|rejected| (rejected.key, rejected.reason));
        Ok(ruby.ary_from_iter(pairs))
    }

    fn is_empty(ruby: &Ruby, rb_self: &Self) -> Result<bool, Error> {
        guard(ruby, || rb_self.lock().is_empty())
    }

    /// The time in unix seconds; in seconds, how long ago a run may have started, and how long ago one
    /// that is not missed; how many at most.
    fn due(
        ruby: &Ruby,
        rb_self: &Self,
        time: i64,
        horizon: i64,
        grace: i64,
        limit: usize,
    ) -> Result<RArray, Error> {
        let now = Now {
            time,
            horizon,
            grace,
        };
        let due = guard(ruby, || rb_self.lock().due(now, limit))?;
        Ok(pairs(ruby, due))
    }

    #[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
    fn fire_times(
        ruby: &Ruby,
        rb_self: &Self,
        key: String,
        after: i64,
        until: i64,
        limit: usize,
    ) -> Result<Vec<i64>, Error> {
        guard(ruby, || {
            rb_self.lock().fire_times(&key, after, until, limit)
        })
    }

    fn retry(ruby: &Ruby, rb_self: &Self, key: String, fire_time: i64) -> Result<(), Error> {
        guard(ruby, || rb_self.lock().retry(Occurrence { fire_time, key }))
    }

    fn next_due(ruby: &Ruby, rb_self: &Self) -> Result<Option<i64>, Error> {
        guard(ruby, || rb_self.lock().next_due())
    }
}

impl Recovery {
    /// Takes `[[key, unix seconds after which its occurrences count], …]`.
    fn new(jobs: RArray, now: i64, until: i64) -> Result<Self, Error> {
        let jobs = jobs.to_vec::<Pair>()?;
        let recovery = coordinator::Recovery::new(jobs, now, until);
        Ok(Self(Mutex::new(recovery)))
    }

    fn jobs_left(&self) -> usize {
        let recovery = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recovery.jobs_left()
    }

    fn next_batch(
        ruby: &Ruby,
        rb_self: &Self,
        timeline: &Timeline,
        limit: usize,
    ) -> Result<RArray, Error> {
        let batch = guard(ruby, || {
            let mut recovery = rb_self.0.lock().unwrap_or_else(PoisonError::into_inner);
            recovery.next_batch(&timeline.lock(), limit)
        })?;
        Ok(pairs(ruby, batch))
    }
}

fn job(ruby: &Ruby, job: Value) -> Result<Job, Error> {
    let (key, cron, policy, splay, missed, within, start) = <(
        String,
        String,
        Option<Value>,
        u32,
        String,
        Option<i64>,
        Option<(i64, Option<i64>, bool)>,
    )>::try_convert(job)?;
    let dst = policy.map(|policy| dst(ruby, Some(policy))).transpose()?;
    Ok(Job {
        key,
        cron,
        start: start.map(|(since, anchor, remembered)| Start {
            since,
            anchor,
            remembered,
        }),
        dst,
        splay,
        missed: Missed {
            which: match missed.as_str() {
                "latest" => Which::Latest,
                "skip" => Which::Skip,
                _ => Which::All,
            },
            within,
        },
    })
}

fn pairs(ruby: &Ruby, occurrences: Vec<Occurrence>) -> RArray {
    ruby.ary_from_iter(occurrences.into_iter().map(|run| (run.key, run.fire_time)))
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = class::define::<Timeline>(ruby, native, "Timeline")?;
    class.define_singleton_method("new", function!(Timeline::new, 2))?;
    class.define_method("replace", method!(Timeline::replace, 3))?;
    class.define_method("empty?", method!(Timeline::is_empty, 0))?;
    class.define_method("due", method!(Timeline::due, 4))?;
    class.define_method("fire_times", method!(Timeline::fire_times, 4))?;
    class.define_method("retry", method!(Timeline::retry, 2))?;
    class.define_method("next_due", method!(Timeline::next_due, 0))?;
    let class = class::define::<Recovery>(ruby, native, "Recovery")?;
    class.define_singleton_method("new", function!(Recovery::new, 3))?;
    class.define_method("next_batch", method!(Recovery::next_batch, 2))?;
    class.define_method("jobs_left", method!(Recovery::jobs_left, 0))
}
