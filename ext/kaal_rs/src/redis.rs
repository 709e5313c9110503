//! `Kaal::Native::Redis`.

use std::future::Future;
use std::sync::Arc;

use kaal_core::backend::redis;
use kaal_core::claim::Claims;
use kaal_core::key::{Key, Occurrence};
use kaal_core::lease::Leases;
use magnus::{
    Class, Error, Module, Object, RArray, RHash, RModule, RString, Ruby, TryConvert, Value,
    function, method,
};

use crate::codec::terms;
use crate::convert::{self, string, text};
use crate::error::{exception, guarded};
use crate::process::PerProcess;
use crate::redis_options;
use crate::wait::{nothing, wait};

#[magnus::wrap(class = "Kaal::Native::Redis", free_immediately, size)]
struct Redis {
    store: PerProcess<redis::Redis>,
}

type Result<T> = std::result::Result<T, Error>;

impl Redis {
    fn new(ruby: &Ruby, options: RHash) -> Result<Self> {
        let options = redis_options::read(ruby, options)?;
        let make = move || redis::Redis::new(options.clone());
        // Made once here, so that a mistake is reported now and making it later cannot fail.
        guarded(ruby, &make)?;
        Ok(Self {
            store: PerProcess::new(move || make().expect("made before from the same options")),
        })
    }

    fn acquire(ruby: &Ruby, rb_self: &Self, key: Value, ttl: Value) -> Result<bool> {
        let (key, ttl) = (convert::key(ruby, key)?, convert::ttl(ruby, ttl)?);
        let store = rb_self.store.get(ruby);
        let (undo_store, undo_key) = (Arc::clone(&store), key.clone());
        let undo = move |won: kaal_core::Result<bool>| {
            let won = won.map(|won| vec![won]);
            give_back(Arc::clone(&undo_store), vec![undo_key.clone()], won)
        };
        answer(
            ruby,
            wait(ruby, async move { store.acquire(&key, ttl).await }, undo)?,
        )
    }

    fn release(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<bool> {
        let key = convert::key(ruby, key)?;
        rb_self.ask(ruby, |store| async move { store.release(&key).await })
    }

    fn acquire_many(ruby: &Ruby, rb_self: &Self, keys: Value, ttl: Value) -> Result<Vec<bool>> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        let ttl = convert::ttl(ruby, ttl)?;
        let store = rb_self.store.get(ruby);
        let (undo_store, undo_keys) = (Arc::clone(&store), keys.clone());
        let undo = move |won| give_back(Arc::clone(&undo_store), undo_keys.clone(), won);
        answer(
            ruby,
            wait(
                ruby,
                async move { store.acquire_many(&keys, ttl).await },
                undo,
            )?,
        )
    }

    fn release_many(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<Vec<bool>> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        rb_self.ask(ruby, |store| async move { store.release_many(&keys).await })
    }

    /// Takes `[[cron key, unix seconds], …]` and the terms, see [`terms`].
    fn claim_many(
        ruby: &Ruby,
        rb_self: &Self,
        occurrences: RArray,
        options: RHash,
    ) -> Result<Vec<bool>> {
        let occurrences: Vec<Occurrence> = occurrences
            .to_vec::<(String, i64)>()?
            .into_iter()
            .map(|(key, fire_time)| Occurrence { fire_time, key })
            .collect();
        let terms = terms(ruby, options)?;
        let store = rb_self.store.get(ruby);
        let (its_store, its_occurrences, its_terms) =
            (Arc::clone(&store), occurrences.clone(), terms.clone());
        let undo = move |won: kaal_core::Result<Vec<bool>>| {
            let won = std::iter::zip(its_occurrences.clone(), won.unwrap_or_default())
                .filter_map(|(occurrence, won)| won.then_some(occurrence))
                .collect::<Vec<_>>();
            its_store.unhear(&won, &its_terms);
            std::future::ready(())
        };
        let claimed = async move { store.claim_many(&occurrences, &terms).await };
        answer(ruby, wait(ruby, claimed, undo)?)
    }

    fn get(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<Option<RString>> {
        let key = text(ruby, "key", key)?;
        let value = rb_self.ask(ruby, |store| async move { store.get(&key).await })?;
        Ok(value.map(|value| string(ruby, &value)))
    }

    fn setex(ruby: &Ruby, rb_self: &Self, key: Value, seconds: u64, value: Value) -> Result<()> {
        let entry = (
            text(ruby, "key", key)?,
            seconds,
            text(ruby, "value", value)?,
        );
        rb_self.ask(
            ruby,
            |store| async move { store.setex_many(&[entry]).await },
        )
    }

    /// Takes `[[key, seconds, value], …]`.
    fn setex_many(ruby: &Ruby, rb_self: &Self, entries: Value) -> Result<()> {
        let entries = convert::list(ruby, "entries", entries, |ruby, entry| {
            let (key, seconds, value) = <(Value, u64, Value)>::try_convert(entry)?;
            Ok((
                text(ruby, "key", key)?,
                seconds,
                text(ruby, "value", value)?,
            ))
        })?;
        rb_self.ask(
            ruby,
            |store| async move { store.setex_many(&entries).await },
        )
    }

    fn hget(ruby: &Ruby, rb_self: &Self, key: Value, field: Value) -> Result<Option<RString>> {
        let (key, field) = (text(ruby, "key", key)?, text(ruby, "field", field)?);
        let value = rb_self.ask(ruby, |store| async move { store.hget(&key, &field).await })?;
        Ok(value.map(|value| string(ruby, &value)))
    }

    fn hdel(ruby: &Ruby, rb_self: &Self, key: Value, field: Value) -> Result<i64> {
        let (key, field) = (text(ruby, "key", key)?, text(ruby, "field", field)?);
        rb_self.ask(ruby, |store| async move { store.hdel(&key, &field).await })
    }

    fn hvals(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<RArray> {
        let key = text(ruby, "key", key)?;
        let values = rb_self.ask(ruby, |store| async move { store.hvals(&key).await })?;
        Ok(ruby.ary_from_iter(values.iter().map(|value| string(ruby, value))))
    }

    /// `old` nil: the field must not exist.
    fn replace_field(
        ruby: &Ruby,
        rb_self: &Self,
        key: Value,
        field: Value,
        old: Option<RString>,
        new: Value,
    ) -> Result<bool> {
        let (key, field) = (text(ruby, "key", key)?, text(ruby, "field", field)?);
        let old = old.map(convert::bytes);
        let new = text(ruby, "value", new)?;
        rb_self.ask(ruby, |store| async move {
            store
                .replace_field(&key, &field, old.as_deref(), &new)
                .await
        })
    }

    /// Waits for what `question` asks the store, which has no effect that must be undone when
    /// nobody waits for the answer any more.
    fn ask<T, F>(&self, ruby: &Ruby, question: impl FnOnce(Arc<redis::Redis>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = kaal_core::Result<T>> + Send + 'static,
    {
        answer(ruby, wait(ruby, question(self.store.get(ruby)), nothing)?)
    }
}

fn answer<T>(ruby: &Ruby, result: kaal_core::Result<T>) -> Result<T> {
    result.map_err(|error| exception(ruby, error))
}

/// Releases what was acquired for a caller that did not wait. Where the answer was lost the
/// tokens stay, and the leases end by their time.
async fn give_back(store: Arc<redis::Redis>, keys: Vec<Key>, won: kaal_core::Result<Vec<bool>>) {
    let Ok(won) = won else {
        return;
    };
    let keys: Vec<Key> = std::iter::zip(keys, won)
        .filter_map(|(key, won)| won.then_some(key))
        .collect();
    // The connection has just worked; should it fail now, the leases end by their time.
    let _ = store.release_many(&keys).await;
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    let class = native.define_class("Redis", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_singleton_method("new", function!(Redis::new, 1))?;
    class.define_method("acquire", method!(Redis::acquire, 2))?;
    class.define_method("release", method!(Redis::release, 1))?;
    class.define_method("acquire_many", method!(Redis::acquire_many, 2))?;
    class.define_method("release_many", method!(Redis::release_many, 1))?;
    class.define_method("claim_many", method!(Redis::claim_many, 2))?;
    class.define_method("get", method!(Redis::get, 1))?;
    class.define_method("setex", method!(Redis::setex, 3))?;
    class.define_method("setex_many", method!(Redis::setex_many, 1))?;
    class.define_method("hget", method!(Redis::hget, 2))?;
    class.define_method("hdel", method!(Redis::hdel, 2))?;
    class.define_method("hvals", method!(Redis::hvals, 1))?;
    class.define_method("replace_field", method!(Redis::replace_field, 4))
}
