//! `Kaal::Native::Memory`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kaal_core::backend::memory;
use kaal_core::clock::ManualClock;
use kaal_core::delayed::DelayedJobs as _;
use kaal_core::dispatch::Record;
use kaal_core::key::Occurrence;
use magnus::{Error, Module, Object, RArray, RHash, RModule, Ruby, Value, function, method};

use crate::class;
use crate::codec::{record_from_hash, record_to_hash, terms};
use crate::convert;
use crate::delayed::{at_once, delayed_jobs};
use crate::error::{exception, guard};
use crate::open_claims;

#[magnus::wrap(class = "Kaal::Native::Memory", free_immediately, size)]
struct Memory {
    clock: Arc<ManualClock>,
    process: AtomicU32,
    store: Arc<memory::Memory>,
}

impl Memory {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        Self {
            store: Arc::new(memory::Memory::new(clock.clone())),
            process: AtomicU32::new(std::process::id()),
            clock,
        }
    }

    /// Runs `body` on the store, whose clock shows Ruby's present.
    fn with<R>(&self, ruby: &Ruby, body: impl FnOnce(&memory::Memory) -> R) -> Result<R, Error> {
        self.clock.set_ms(convert::now_ms(ruby)?);
        let id = std::process::id();
        if self.process.swap(id, Ordering::Relaxed) != id {
            self.store.forget_work();
        }
        guard(ruby, || body(&self.store))
    }

    fn ask<T, F>(
        &self,
        ruby: &Ruby,
        question: impl FnOnce(Arc<memory::Memory>) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = kaal_core::Result<T>>,
    {
        let store = Arc::clone(&self.store);
        let answer = self.with(ruby, |_| at_once(question(store)))?;
        answer.map_err(|error| exception(ruby, error))
    }

    fn acquire(ruby: &Ruby, rb_self: &Self, key: Value, ttl: Value) -> Result<bool, Error> {
        let (key, ttl) = (convert::key(ruby, key)?, convert::ttl(ruby, ttl)?);
        rb_self.with(ruby, |store| store.acquire(&key, ttl))
    }

    fn release(ruby: &Ruby, rb_self: &Self, key: Value) -> Result<bool, Error> {
        let key = convert::key(ruby, key)?;
        rb_self.with(ruby, |store| store.release(&key))
    }

    fn acquire_many(
        ruby: &Ruby,
        rb_self: &Self,
        keys: Value,
        ttl: Value,
    ) -> Result<Vec<bool>, Error> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        let ttl = convert::ttl(ruby, ttl)?;
        rb_self.with(ruby, |store| {
            keys.iter().map(|key| store.acquire(key, ttl)).collect()
        })
    }

    fn release_many(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<Vec<bool>, Error> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        rb_self.with(ruby, |store| {
            keys.iter().map(|key| store.release(key)).collect()
        })
    }

    fn claim_many(
        ruby: &Ruby,
        rb_self: &Self,
        occurrences: RArray,
        options: RHash,
    ) -> Result<Vec<bool>, Error> {
        let occurrences = open_claims::occurrences(occurrences)?;
        let terms = terms(ruby, options)?;
        rb_self.with(ruby, |store| {
            let claim = |occurrence| store.claim(occurrence, &terms);
            occurrences.iter().map(claim).collect()
        })
    }

    #[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
    fn ended_claims(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        skip: usize,
        most: usize,
    ) -> Result<RArray, Error> {
        let ended = rb_self.with(ruby, |store| store.ended_claims(&namespace, skip, most))?;
        Ok(open_claims::to_runs(ruby, ended))
    }

    fn renew_claims(
        ruby: &Ruby,
        rb_self: &Self,
        runs: RArray,
        holder: RHash,
    ) -> Result<Vec<bool>, Error> {
        rb_self.extend_claims(ruby, runs, holder, false)
    }

    fn take_over_claims(
        ruby: &Ruby,
        rb_self: &Self,
        runs: RArray,
        holder: RHash,
    ) -> Result<Vec<bool>, Error> {
        rb_self.extend_claims(ruby, runs, holder, true)
    }

    #[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
    fn close_claims(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        runs: RArray,
    ) -> Result<(), Error> {
        let runs = open_claims::occurrences(runs)?;
        rb_self.with(ruby, |store| {
            for run in &runs {
                store.close_claim(&namespace, run);
            }
        })
    }

    fn extend_claims(
        &self,
        ruby: &Ruby,
        runs: RArray,
        holder: RHash,
        take_over: bool,
    ) -> Result<Vec<bool>, Error> {
        let runs = open_claims::occurrences(runs)?;
        let holder = open_claims::holder(ruby, holder)?;
        self.with(ruby, |store| {
            let extend = |run| store.extend_claim(run, &holder, take_over);
            runs.iter().map(extend).collect()
        })
    }

    #[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
    fn advance_intervals(
        ruby: &Ruby,
        rb_self: &Self,
        namespace: String,
        holder: String,
        runs: RArray,
    ) -> Result<Vec<bool>, Error> {
        let runs = open_claims::occurrences(runs)?;
        rb_self.with(ruby, |store| store.advance(&namespace, &holder, &runs))
    }

    fn log(ruby: &Ruby, rb_self: &Self, record: RHash, ttl: u64) -> Result<(), Error> {
        let record: Record = record_from_hash(record)?;
        rb_self.with(ruby, |store| store.log(record, ttl))
    }

    fn find(
        ruby: &Ruby,
        rb_self: &Self,
        key: String,
        fire_time: i64,
    ) -> Result<Option<RHash>, Error> {
        let record = rb_self.with(ruby, |store| store.find(&Occurrence { fire_time, key }))?;
        record
            .map(|record| record_to_hash(ruby, &record))
            .transpose()
    }

    fn records(ruby: &Ruby, rb_self: &Self) -> Result<usize, Error> {
        rb_self.with(ruby, memory::Memory::records)
    }

    fn clear_records(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        rb_self.with(ruby, memory::Memory::clear_records)
    }
}

delayed_jobs!(Memory);

pub fn define(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = class::define::<Memory>(ruby, native, "Memory")?;
    class.define_singleton_method("new", function!(Memory::new, 0))?;
    class.define_method("acquire", method!(Memory::acquire, 2))?;
    class.define_method("release", method!(Memory::release, 1))?;
    class.define_method("acquire_many", method!(Memory::acquire_many, 2))?;
    class.define_method("release_many", method!(Memory::release_many, 1))?;
    class.define_method("claim_many", method!(Memory::claim_many, 2))?;
    class.define_method("ended_claims", method!(Memory::ended_claims, 3))?;
    class.define_method("renew_claims", method!(Memory::renew_claims, 2))?;
    class.define_method("take_over_claims", method!(Memory::take_over_claims, 2))?;
    class.define_method("close_claims", method!(Memory::close_claims, 2))?;
    class.define_method("advance_intervals", method!(Memory::advance_intervals, 3))?;
    class.define_method("log", method!(Memory::log, 2))?;
    class.define_method("find", method!(Memory::find, 2))?;
    class.define_method("records", method!(Memory::records, 0))?;
    class.define_method("clear_records", method!(Memory::clear_records, 0))?;
    Memory::define_delayed_jobs(class)
}
