//! Open claims of any store that waits, as Ruby asks for them. Runs are `[[cron key, unix seconds], …]`.

use kaal_core::claim::{Holder, OpenClaims};
use kaal_core::key::Occurrence;
use magnus::{Error, RArray, RHash, Ruby, Value};

use crate::convert;
use crate::leases::ask;
use crate::process::PerProcess;

type Result<T> = std::result::Result<T, Error>;

pub fn ended<S>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    namespace: String,
    skip: usize,
    most: usize,
) -> Result<RArray>
where
    S: OpenClaims + Send + Sync + 'static,
{
    let ended = ask(ruby, store, |store| async move {
        store.ended_claims(&namespace, skip, most).await
    })?;
    Ok(to_runs(ruby, ended))
}

/// Renews claims or, to `take_over`, takes them over.
pub fn extend<S>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    runs: RArray,
    options: RHash,
    take_over: bool,
) -> Result<Vec<bool>>
where
    S: OpenClaims + Send + Sync + 'static,
{
    let (runs, holder) = (occurrences(runs)?, holder(ruby, options)?);
    ask(ruby, store, |store| async move {
        store.extend_claims(&runs, &holder, take_over).await
    })
}

pub fn close<S>(ruby: &Ruby, store: &PerProcess<S>, namespace: String, runs: RArray) -> Result<()>
where
    S: OpenClaims + Send + Sync + 'static,
{
    let runs = occurrences(runs)?;
    ask(ruby, store, |store| async move {
        store.close_claims(&namespace, &runs).await
    })
}

pub fn occurrences(runs: RArray) -> Result<Vec<Occurrence>> {
    let runs = runs.to_vec::<(String, i64)>()?.into_iter();
    let occurrence = |(key, fire_time)| Occurrence { fire_time, key };
    Ok(runs.map(occurrence).collect())
}

pub fn to_runs(ruby: &Ruby, occurrences: Vec<Occurrence>) -> RArray {
    let runs = occurrences.into_iter();
    ruby.ary_from_iter(runs.map(|occurrence| (occurrence.key, occurrence.fire_time)))
}

/// Takes `namespace`, `node_id` and `ttl` (seconds).
pub fn holder(ruby: &Ruby, options: RHash) -> Result<Holder> {
    let ttl: Value = options.fetch(ruby.sym_new("ttl"))?;
    Ok(Holder {
        namespace: options.fetch(ruby.sym_new("namespace"))?,
        node_id: options.fetch(ruby.sym_new("node_id"))?,
        ttl: convert::ttl(ruby, ttl)?,
    })
}
