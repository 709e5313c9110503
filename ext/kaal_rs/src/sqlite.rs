//! `Kaal::Native::Sqlite`.

use std::future::Future;
use std::sync::Arc;

use kaal_core::backend::sqlite;
use kaal_core::definition::Definition;
use magnus::{Class, Error, Module, Object, RArray, RHash, RModule, Ruby, Value, function, method};

use crate::codec::{record_from_hash, record_to_hash};
use crate::convert::option;
use crate::error::guarded;
use crate::leases;
use crate::process::PerProcess;

#[magnus::wrap(class = "Kaal::Native::Sqlite", free_immediately, size)]
struct Sqlite {
    store: PerProcess<sqlite::Sqlite>,
}

type Result<T> = std::result::Result<T, Error>;

impl Sqlite {
    fn new(ruby: &Ruby, path: String) -> Result<Self> {
        let make = move || sqlite::Sqlite::new(&path);
        // Made once here, so that a mistake is reported now and making it later cannot fail.
        guarded(ruby, &make)?;
        Ok(Self {
            store: PerProcess::new(move || make().expect("made before from the same path")),
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

    /// Takes an Array of records.
    fn log_many(ruby: &Ruby, rb_self: &Self, records: RArray) -> Result<()> {
        let records = records.into_iter().map(|record| {
            let record = magnus::TryConvert::try_convert(record)?;
            record_from_hash(ruby, record)
        });
        let records = records.collect::<Result<Vec<_>>>()?;
        rb_self.ask(ruby, |store| async move { store.log_many(&records).await })
    }

    /// Takes `namespace` and perhaps `key`, `fire_time` (unix seconds), `node_id`, `status`.
    fn dispatches(ruby: &Ruby, rb_self: &Self, filter: RHash) -> Result<RArray> {
        let filter = sqlite::Filter {
            namespace: filter.fetch(ruby.to_symbol("namespace"))?,
            key: option(ruby, filter, "key")?,
            fire_time: option(ruby, filter, "fire_time")?,
            node_id: option(ruby, filter, "node_id")?,
            status: option(ruby, filter, "status")?,
        };
        let records = rb_self.ask(ruby, |store| async move { store.dispatches(&filter).await })?;
        let found = ruby.ary_new_capa(records.len());
        for record in records {
            found.push(record_to_hash(ruby, &record)?)?;
        }
        Ok(found)
    }

    /// Deletes the records of runs before `fire_time` (unix seconds); answers how many.
    fn delete_dispatches_before(ruby: &Ruby, rb_self: &Self, fire_time: i64) -> Result<u64> {
        rb_self.ask(ruby, |store| async move {
            store.delete_dispatches_before(fire_time).await
        })
    }

    /// The definitions as JSON, by key: that of `key`, or all.
    fn definitions(ruby: &Ruby, rb_self: &Self, key: Option<String>) -> Result<Vec<String>> {
        let found = rb_self.ask(ruby, |store| async move {
            store.definitions(key.as_deref()).await
        })?;
        Ok(found.iter().map(Definition::to_json).collect())
    }

    /// Answers with what was removed, as JSON.
    fn remove_definition(ruby: &Ruby, rb_self: &Self, key: String) -> Result<Option<String>> {
        let removed = rb_self.ask(
            ruby,
            |store| async move { store.remove_definition(&key).await },
        )?;
        Ok(removed.as_ref().map(Definition::to_json))
    }

    /// Writes a definition if what is stored is still `before`; nil: if none is.
    fn replace_definition(
        ruby: &Ruby,
        rb_self: &Self,
        key: String,
        before: Option<String>,
        after: String,
    ) -> Result<bool> {
        let changed = rb_self.ask(ruby, |store| async move {
            let change = |stored: Option<Definition>| {
                let same = stored.map(|stored| stored.to_json()) == before;
                same.then(|| Definition::from_json(&after)).flatten()
            };
            store.change_definition(&key, change).await
        })?;
        Ok(changed.is_some())
    }

    fn ask<T, F>(&self, ruby: &Ruby, question: impl FnOnce(Arc<sqlite::Sqlite>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = kaal_core::Result<T>> + Send + 'static,
    {
        leases::ask(ruby, &self.store, question)
    }
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    let class = native.define_class("Sqlite", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_singleton_method("new", function!(Sqlite::new, 1))?;
    class.define_method("acquire", method!(Sqlite::acquire, 2))?;
    class.define_method("release", method!(Sqlite::release, 1))?;
    class.define_method("acquire_many", method!(Sqlite::acquire_many, 2))?;
    class.define_method("release_many", method!(Sqlite::release_many, 1))?;
    class.define_method("claim_many", method!(Sqlite::claim_many, 2))?;
    class.define_method("log_many", method!(Sqlite::log_many, 1))?;
    class.define_method("dispatches", method!(Sqlite::dispatches, 1))?;
    class.define_method(
        "delete_dispatches_before",
        method!(Sqlite::delete_dispatches_before, 1),
    )?;
    class.define_method("definitions", method!(Sqlite::definitions, 1))?;
    class.define_method("remove_definition", method!(Sqlite::remove_definition, 1))?;
    class.define_method("replace_definition", method!(Sqlite::replace_definition, 3))
}
