//! `Kaal::Native::Database`: a SQLite file, PostgreSQL, MySQL or MariaDB.

use std::future::Future;
use std::sync::Arc;

use kaal_core::backend::database::{Database as Store, Filter};
use kaal_core::definition::Definition;
use kaal_core::delayed::DelayedJobs as _;
use magnus::{Error, Module, Object, RArray, RHash, RModule, Ruby, Value, function, method};

use crate::class;
use crate::codec::{record_from_hash, record_to_hash};
use crate::convert::option;
use crate::database_options as options;
use crate::delayed::delayed_jobs;
use crate::error::{exception, guarded};
use crate::process::{PerProcess, Process};
use crate::{forks, intervals, keeper, leases, open_claims};

#[magnus::wrap(class = "Kaal::Native::Database", free_immediately, size)]
struct Database {
    store: PerProcess<Store>,
}

type Result<T> = std::result::Result<T, Error>;

impl Database {
    /// Made once here, so that a mistake is reported now and making it later cannot fail.
    fn make(
        ruby: &Ruby,
        make: impl Fn() -> kaal_core::Result<Store> + Send + 'static,
    ) -> Result<Self> {
        guarded(ruby, &make)?;
        Ok(Self {
            store: PerProcess::new(move || make().expect("made before from the same options")),
        })
    }

    fn sqlite(ruby: &Ruby, path: String) -> Result<Self> {
        Self::make(ruby, move || Store::sqlite(&path))
    }

    /// Takes the server's options, whether leases are rows of a table, and how many connections.
    fn postgres(ruby: &Ruby, server: RHash, table: bool, connections: usize) -> Result<Self> {
        let server = options::postgres(ruby, server)?;
        Self::make(ruby, move || {
            Store::postgres(&server, options::lease(table), connections)
        })
    }

    /// As [`Database::postgres`].
    fn mysql(ruby: &Ruby, server: RHash, table: bool, connections: usize) -> Result<Self> {
        let server = options::mysql(ruby, server)?;
        Self::make(ruby, move || {
            Store::mysql(&server, options::lease(table), connections)
        })
    }

    fn acquire(ruby: &Ruby, rb_self: &Self, key: Value, ttl: Value) -> Result<bool> {
        leases::acquire(ruby, rb_self.kept(ruby)?, key, ttl)
    }

    fn release(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<bool> {
        leases::release(ruby, rb_self.usable(ruby)?, key)
    }

    fn acquire_many(ruby: &Ruby, rb_self: &Self, keys: Value, ttl: Value) -> Result<Vec<bool>> {
        leases::acquire_many(ruby, rb_self.kept(ruby)?, keys, ttl)
    }

    fn release_many(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<Vec<bool>> {
        leases::release_many(ruby, rb_self.usable(ruby)?, keys)
    }

    fn claim_many(
        ruby: &Ruby,
        rb_self: &Self,
        occurrences: RArray,
        options: RHash,
    ) -> Result<Vec<bool>> {
        leases::claim_many(ruby, rb_self.kept(ruby)?, occurrences, options)
    }

    fn ended_claims(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        skip: usize,
        most: usize,
    ) -> Result<RArray> {
        open_claims::ended(ruby, rb_self.usable(ruby)?, namespace, skip, most)
    }

    fn renew_claims(ruby: &Ruby, rb_self: &Self, runs: RArray, holder: RHash) -> Result<Vec<bool>> {
        open_claims::extend(ruby, rb_self.usable(ruby)?, runs, holder, false)
    }

    fn take_over_claims(
        ruby: &Ruby,
        rb_self: &Self,
        runs: RArray,
        holder: RHash,
    ) -> Result<Vec<bool>> {
        open_claims::extend(ruby, rb_self.usable(ruby)?, runs, holder, true)
    }

    fn close_claims(ruby: &Ruby, rb_self: &Self, namespace: String, runs: RArray) -> Result<()> {
        open_claims::close(ruby, rb_self.usable(ruby)?, namespace, runs)
    }

    fn advance_intervals(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        holder: String,
        runs: RArray,
    ) -> Result<Vec<bool>> {
        intervals::advance(ruby, rb_self.usable(ruby)?, namespace, holder, runs)
    }

    fn create_tables(ruby: &Ruby, rb_self: &Self) -> Result<()> {
        rb_self.ask(ruby, |store| async move { store.create_tables().await })
    }

    fn store_time(ruby: &Ruby, rb_self: &Self) -> Result<Option<f64>> {
        rb_self.ask(ruby, |store| async move { store.time().await })
    }

    /// Takes an Array of records.
    fn log_many(ruby: &Ruby, rb_self: &Self, records: RArray) -> Result<()> {
        let records = records.into_iter().map(|record| {
            let record = magnus::TryConvert::try_convert(record)?;
            record_from_hash(record)
        });
        let records = records.collect::<Result<Vec<_>>>()?;
        rb_self.ask(ruby, |store| async move { store.log_many(&records).await })
    }

    /// Takes `namespace` and perhaps `key`, `fire_time` (unix seconds), `node_id`, `status`.
    fn dispatches(ruby: &Ruby, rb_self: &Self, filter: RHash) -> Result<RArray> {
        let filter = Filter {
            namespace: filter.fetch(ruby.sym_new("namespace"))?,
            key: option(ruby, filter, "key")?,
            fire_time: option(ruby, filter, "fire_time")?,
            node_id: option(ruby, filter, "node_id")?,
            status: option(ruby, filter, "status")?,
        };
        let records = rb_self.ask(ruby, |store| async move { store.dispatches(filter).await })?;
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

    fn definitions_version(ruby: &Ruby, rb_self: &Self) -> Result<String> {
        rb_self.ask(
            ruby,
            |store| async move { store.definitions_version().await },
        )
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
    #[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
    fn replace_definition(
        ruby: &Ruby,
        rb_self: &Self,
        before: Option<String>,
        after: String,
    ) -> Result<bool> {
        let after = Definition::from_json(&after)
            .ok_or_else(|| kaal_core::Error::argument(format!("no definition: {after}")))
            .map_err(|error| exception(ruby, error))?;
        rb_self.ask(ruby, |store| async move {
            store.replace_definition(before, after).await
        })
    }

    /// How often the session that has the locks was lost while it had some.
    fn losses(ruby: &Ruby, rb_self: &Self) -> u64 {
        rb_self.store.get(ruby).losses()
    }

    /// The store, with a keeper where it needs one: it is going to hold leases.
    fn kept(&self, ruby: &Ruby) -> Result<&PerProcess<Store>> {
        let process = Process::current(ruby)?;
        let store = self.usable(ruby)?.get(ruby);
        if store.wants_keeper() {
            keeper::start(process, &store);
        }
        Ok(&self.store)
    }

    /// The store, closed at forks where it must be.
    fn usable(&self, ruby: &Ruby) -> Result<&PerProcess<Store>> {
        Process::current(ruby)?; // that of the parent is done with, if this is a child
        let store = self.store.get(ruby);
        if store.is_file() {
            forks::watch(ruby, &store)?;
        }
        Ok(&self.store)
    }

    fn ask<T, F>(&self, ruby: &Ruby, question: impl FnOnce(Arc<Store>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = kaal_core::Result<T>> + Send + 'static,
    {
        leases::ask(ruby, self.usable(ruby)?, question)
    }
}

delayed_jobs!(Database);

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    let class = class::define::<Database>(ruby, native, "Database")?;
    class.define_singleton_method("sqlite", function!(Database::sqlite, 1))?;
    class.define_singleton_method("postgres", function!(Database::postgres, 3))?;
    class.define_singleton_method("mysql", function!(Database::mysql, 3))?;
    class.define_method("acquire", method!(Database::acquire, 2))?;
    class.define_method("release", method!(Database::release, 1))?;
    class.define_method("acquire_many", method!(Database::acquire_many, 2))?;
    class.define_method("release_many", method!(Database::release_many, 1))?;
    class.define_method("claim_many", method!(Database::claim_many, 2))?;
    class.define_method("ended_claims", method!(Database::ended_claims, 3))?;
    class.define_method("renew_claims", method!(Database::renew_claims, 2))?;
    class.define_method("take_over_claims", method!(Database::take_over_claims, 2))?;
    class.define_method("close_claims", method!(Database::close_claims, 2))?;
    class.define_method("advance_intervals", method!(Database::advance_intervals, 3))?;
    class.define_method("create_tables", method!(Database::create_tables, 0))?;
    class.define_method("store_time", method!(Database::store_time, 0))?;
    class.define_method("log_many", method!(Database::log_many, 1))?;
    class.define_method("dispatches", method!(Database::dispatches, 1))?;
    class.define_method(
        "delete_dispatches_before",
        method!(Database::delete_dispatches_before, 1),
    )?;
    class.define_method("definitions", method!(Database::definitions, 1))?;
    class.define_method(
        "definitions_version",
        method!(Database::definitions_version, 0),
    )?;
    class.define_method("remove_definition", method!(Database::remove_definition, 1))?;
    class.define_method(
        "replace_definition",
        method!(Database::replace_definition, 2),
    )?;
    class.define_method("losses", method!(Database::losses, 0))?;
    Database::define_delayed_jobs(class)
}
