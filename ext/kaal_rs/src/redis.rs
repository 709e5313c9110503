//! `Kaal::Native::Redis`.

use std::future::Future;
use std::sync::Arc;

use kaal_core::backend::redis;
use kaal_core::delayed::DelayedJobs as _;
use magnus::{
    Error, Module, Object, RArray, RHash, RModule, RString, Ruby, TryConvert, Value, function,
    method,
};

use crate::asked;
use crate::class;
use crate::convert::{self, string, text};
use crate::delayed::delayed_jobs;
use crate::error::guarded;
use crate::intervals;
use crate::leases;
use crate::open_claims;
use crate::process::PerProcess;
use crate::redis_options;

#[magnus::wrap(class = "Kaal::Native::Redis", free_immediately, size)]
struct Redis {
    store: PerProcess<redis::Redis>,
}

type Result<T> = std::result::Result<T, Error>;

impl Redis {
    /// Takes options, or the number of a `source` that is asked for them.
    fn new(ruby: &Ruby, options: RHash) -> Result<Self> {
        let source = asked::source_or(ruby, options, redis_options::read)?;
        let make = move || redis::Redis::new(source.clone());
        // Made once here, so that a mistake is reported now and making it later cannot fail.
        guarded(ruby, &make)?;
        Ok(Self {
            store: PerProcess::new(move || make().expect("made before from the same options")),
        })
    }

    fn acquire(ruby: &Ruby, rb_self: &Self, key: Value, ttl: Value) -> Result<bool> {
        leases::acquire(ruby, &rb_self.store, key, ttl)
    }

    fn release(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<bool> {
        leases::release(ruby, &rb_self.store, key)
    }

    fn acquire_many(ruby: &Ruby, rb_self: &Self, keys: Value, ttl: Value) -> Result<Vec<bool>> {
        leases::acquire_many(ruby, &rb_self.store, keys, ttl)
    }

    fn release_many(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<Vec<bool>> {
        leases::release_many(ruby, &rb_self.store, keys)
    }

    fn claim_many(
        ruby: &Ruby,
        rb_self: &Self,
        occurrences: RArray,
        options: RHash,
    ) -> Result<Vec<bool>> {
        leases::claim_many(ruby, &rb_self.store, occurrences, options)
    }

    fn ended_claims(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        skip: usize,
        most: usize,
    ) -> Result<RArray> {
        open_claims::ended(ruby, &rb_self.store, namespace, skip, most)
    }

    fn renew_claims(ruby: &Ruby, rb_self: &Self, runs: RArray, holder: RHash) -> Result<Vec<bool>> {
        open_claims::extend(ruby, &rb_self.store, runs, holder, false)
    }

    fn take_over_claims(
        ruby: &Ruby,
        rb_self: &Self,
        runs: RArray,
        holder: RHash,
    ) -> Result<Vec<bool>> {
        open_claims::extend(ruby, &rb_self.store, runs, holder, true)
    }

    fn close_claims(ruby: &Ruby, rb_self: &Self, namespace: String, runs: RArray) -> Result<()> {
        open_claims::close(ruby, &rb_self.store, namespace, runs)
    }

    fn advance_intervals(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        holder: String,
        runs: RArray,
    ) -> Result<Vec<bool>> {
        intervals::advance(ruby, &rb_self.store, namespace, holder, runs)
    }

    fn poll(
        ruby: &Ruby,
        rb_self: &Self,
        prefix: Value,
        now: i64,
        names: Value,
        next_runs: RArray,
        options: RHash,
    ) -> Result<RArray> {
        intervals::poll(ruby, &rb_self.store, prefix, now, names, next_runs, options)
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

    fn exist_many(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<Vec<bool>> {
        let keys = convert::list(ruby, "keys", keys, |ruby, key| text(ruby, "key", key))?;
        rb_self.ask(ruby, |store| async move { store.exist_many(&keys).await })
    }

    fn store_time(ruby: &Ruby, rb_self: &Self) -> Result<f64> {
        rb_self.ask(ruby, |store| async move { store.time().await })
    }

    fn hget(ruby: &Ruby, rb_self: &Self, key: Value, field: Value) -> Result<Option<RString>> {
        let (key, field) = (text(ruby, "key", key)?, text(ruby, "field", field)?);
        let value = rb_self.ask(ruby, |store| async move { store.hget(&key, &field).await })?;
        Ok(value.map(|value| string(ruby, &value)))
    }

    fn delete_field(
        ruby: &Ruby,
        rb_self: &Self,
        key: Value,
        counter: Value,
        field: Value,
    ) -> Result<bool> {
        let (key, field) = (text(ruby, "key", key)?, text(ruby, "field", field)?);
        let counter = text(ruby, "key", counter)?;
        rb_self.ask(ruby, |store| async move {
            store.delete_field(&key, &counter, &field).await
        })
    }

    fn hvals(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<RArray> {
        let key = text(ruby, "key", key)?;
        let values = rb_self.ask(ruby, |store| async move { store.hvals(&key).await })?;
        Ok(ruby.ary_from_iter(values.iter().map(|value| string(ruby, value))))
    }

    /// Takes `[[field, what it holds or nil, what it shall hold], …]`; true for those that were set.
    fn replace_fields(
        ruby: &Ruby,
        rb_self: &Self,
        key: Value,
        counter: Value,
        changes: Value,
    ) -> Result<Vec<bool>> {
        let (key, counter) = (text(ruby, "key", key)?, text(ruby, "key", counter)?);
        let changes = convert::list(ruby, "changes", changes, |ruby, change| {
            let (field, before, after) = <(Value, Option<RString>, Value)>::try_convert(change)?;
            Ok(redis::FieldChange {
                field: text(ruby, "field", field)?,
                before: before.map(convert::bytes),
                after: text(ruby, "value", after)?,
            })
        })?;
        rb_self.ask(ruby, |store| async move {
            store.replace_fields(&key, &counter, &changes).await
        })
    }

    fn ask<T, F>(&self, ruby: &Ruby, question: impl FnOnce(Arc<redis::Redis>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = kaal_core::Result<T>> + Send + 'static,
    {
        leases::ask(ruby, &self.store, question)
    }
}

delayed_jobs!(Redis);

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    let class = class::define::<Redis>(ruby, native, "Redis")?;
    class.define_singleton_method("new", function!(Redis::new, 1))?;
    class.define_method("acquire", method!(Redis::acquire, 2))?;
    class.define_method("release", method!(Redis::release, 1))?;
    class.define_method("acquire_many", method!(Redis::acquire_many, 2))?;
    class.define_method("release_many", method!(Redis::release_many, 1))?;
    class.define_method("claim_many", method!(Redis::claim_many, 2))?;
    class.define_method("ended_claims", method!(Redis::ended_claims, 3))?;
    class.define_method("renew_claims", method!(Redis::renew_claims, 2))?;
    class.define_method("take_over_claims", method!(Redis::take_over_claims, 2))?;
    class.define_method("close_claims", method!(Redis::close_claims, 2))?;
    class.define_method("advance_intervals", method!(Redis::advance_intervals, 3))?;
    class.define_method("poll", method!(Redis::poll, 5))?;
    class.define_method("get", method!(Redis::get, 1))?;
    class.define_method("setex", method!(Redis::setex, 3))?;
    class.define_method("setex_many", method!(Redis::setex_many, 1))?;
    class.define_method("exist_many", method!(Redis::exist_many, 1))?;
    class.define_method("store_time", method!(Redis::store_time, 0))?;
    class.define_method("hget", method!(Redis::hget, 2))?;
    class.define_method("delete_field", method!(Redis::delete_field, 3))?;
    class.define_method("hvals", method!(Redis::hvals, 1))?;
    class.define_method("replace_fields", method!(Redis::replace_fields, 3))?;
    Redis::define_delayed_jobs(class)
}
