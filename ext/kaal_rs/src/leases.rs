//! Leases and claims of any store that waits, as Ruby asks for them.

use std::future::Future;
use std::sync::Arc;

use kaal_core::claim::Claims;
use kaal_core::key::Key;
use kaal_core::lease::Leases;
use magnus::{Error, RArray, RHash, Ruby, Value};

use crate::codec::terms;
use crate::convert;
use crate::error::exception;
use crate::open_claims;
use crate::process::PerProcess;
use crate::wait::{nothing, wait};

type Result<T> = std::result::Result<T, Error>;

pub fn acquire<S>(ruby: &Ruby, store: &PerProcess<S>, key: Value, ttl: Value) -> Result<bool>
where
    S: Leases + Send + Sync + 'static,
{
    let (key, ttl) = (convert::key(ruby, key)?, convert::ttl(ruby, ttl)?);
    let store = store.get(ruby);
    let (undo_store, undo_key) = (Arc::clone(&store), key.clone());
    let undo = move |won: kaal_core::Result<bool>| {
        let won = won.map(|won| vec![won]);
        give_back(Arc::clone(&undo_store), vec![undo_key.clone()], won)
    };
    let acquired = async move { store.acquire(&key, ttl).await };
    answer(ruby, wait(ruby, acquired, undo)?)
}

pub fn release<S>(ruby: &Ruby, store: &PerProcess<S>, key: Value) -> Result<bool>
where
    S: Leases + Send + Sync + 'static,
{
    let key = convert::key(ruby, key)?;
    ask(
        ruby,
        store,
        |store| async move { store.release(&key).await },
    )
}

pub fn acquire_many<S>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    keys: Value,
    ttl: Value,
) -> Result<Vec<bool>>
where
    S: Leases + Send + Sync + 'static,
{
    let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
    let ttl = convert::ttl(ruby, ttl)?;
    let store = store.get(ruby);
    let (undo_store, undo_keys) = (Arc::clone(&store), keys.clone());
    let undo = move |won| give_back(Arc::clone(&undo_store), undo_keys.clone(), won);
    let acquired = async move { store.acquire_many(&keys, ttl).await };
    answer(ruby, wait(ruby, acquired, undo)?)
}

pub fn release_many<S>(ruby: &Ruby, store: &PerProcess<S>, keys: Value) -> Result<Vec<bool>>
where
    S: Leases + Send + Sync + 'static,
{
    let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
    ask(ruby, store, |store| async move {
        store.release_many(&keys).await
    })
}

/// Takes `[[cron key, unix seconds], …]` and the terms, see [`terms`].
pub fn claim_many<S>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    occurrences: RArray,
    options: RHash,
) -> Result<Vec<bool>>
where
    S: Claims + Send + Sync + 'static,
{
    let occurrences = open_claims::occurrences(occurrences)?;
    let terms = terms(ruby, options)?;
    let store = store.get(ruby);
    let its = (Arc::clone(&store), occurrences.clone(), terms.clone());
    let undo = move |won: kaal_core::Result<Vec<bool>>| {
        let (store, occurrences, terms) = &its;
        let won = std::iter::zip(occurrences, won.unwrap_or_default())
            .filter(|(_, won)| *won)
            .map(|(occurrence, _)| occurrence.clone())
            .collect::<Vec<_>>();
        store.unhear(&won, terms);
        nothing(())
    };
    let claimed = async move { store.claim_many(&occurrences, &terms).await };
    answer(ruby, wait(ruby, claimed, undo)?)
}

/// Waits for what `question` asks the store, which has no effect that must be undone when nobody
/// waits for the answer any more.
pub fn ask<S, T, F>(
    ruby: &Ruby,
    store: &PerProcess<S>,
    question: impl FnOnce(Arc<S>) -> F,
) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = kaal_core::Result<T>> + Send + 'static,
{
    answer(ruby, wait(ruby, question(store.get(ruby)), nothing)?)
}

fn answer<T>(ruby: &Ruby, result: kaal_core::Result<T>) -> Result<T> {
    result.map_err(|error| exception(ruby, error))
}

/// Releases what was acquired for a caller that did not wait. Where the answer was lost the
/// tokens stay, and the leases end by their time.
async fn give_back<S: Leases>(store: Arc<S>, keys: Vec<Key>, won: kaal_core::Result<Vec<bool>>) {
    let Ok(won) = won else {
        return;
    };
    let keys: Vec<Key> = std::iter::zip(keys, won)
        .filter_map(|(key, won)| won.then_some(key))
        .collect();
    // The connection has just worked; should it fail now, the leases end by their time.
    let _ = store.release_many(&keys).await;
}
