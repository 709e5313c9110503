//! Intervals of any store that waits, as Ruby asks for them, and Allora's polls.

use kaal_core::interval::{Absent, Intervals, Poll, Polled, Polls};
use magnus::{Error, RArray, RHash, Ruby, Value};

use crate::convert::{self, option, text};
use crate::leases::ask;
use crate::open_claims::occurrences;
use crate::process::PerProcess;

type Result<T> = std::result::Result<T, Error>;

/// Takes `[[cron key, unix seconds], …]`; true for those that are the holder's.
pub fn advance<S>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    namespace: String,
    holder: String,
    runs: RArray,
) -> Result<Vec<bool>>
where
    S: Intervals + Send + Sync + 'static,
{
    let runs = occurrences(runs)?;
    ask(ruby, store, |store| async move {
        store.advance(&namespace, &holder, &runs).await
    })
}

/// Takes the names of the jobs, when each runs next after now, and `poller`, `turn`, perhaps `ttl`, and either
/// `reset` (seconds) or `first_runs`. Answers `[last poll or nil, whether the jobs were reset, places of those taken,
/// places of those that have no next run]`. Times are unix seconds.
pub fn poll<S>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    prefix: Value,
    now: i64,
    names: Value,
    next_runs: RArray,
    options: RHash,
) -> Result<RArray>
where
    S: Polls + Send + Sync + 'static,
{
    let names = convert::list(ruby, "names", names, |ruby, name| text(ruby, "name", name))?;
    let next_runs = next_runs.to_vec::<i64>()?;
    let reset: Option<i64> = option(ruby, options, "reset")?;
    let first_runs: Option<RArray> = option(ruby, options, "first_runs")?;
    let poll = Poll {
        prefix: text(ruby, "prefix", prefix)?,
        poller: options.fetch(ruby.sym_new("poller"))?,
        turn: options.fetch(ruby.sym_new("turn"))?,
        now,
        ttl: option(ruby, options, "ttl")?,
        jobs: std::iter::zip(names, next_runs).collect(),
        absent: match (first_runs, reset) {
            (Some(first_runs), _) => Absent::Set(first_runs.to_vec()?),
            (None, Some(seconds)) => Absent::Reset(seconds),
            (None, None) => Absent::Tell,
        },
    };
    let polled = ask(ruby, store, |store| async move { store.poll(&poll).await })?;
    answer(ruby, polled)
}

fn answer(ruby: &Ruby, polled: Polled) -> Result<RArray> {
    let answer = ruby.ary_new_capa(4);
    answer.push(polled.last_run)?;
    answer.push(polled.is_reset)?;
    answer.push(polled.taken)?;
    answer.push(polled.absent)?;
    Ok(answer)
}
