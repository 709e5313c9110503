//! A node of the application: a store of its own, with its own connections and runtime.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use kaal_core::Result;
use kaal_core::backend::database::Database;
use kaal_core::backend::memory::Memory;
use kaal_core::backend::redis::Redis;
use kaal_core::claim::{Claims, Holder, OpenClaims, Terms};
use kaal_core::delayed::{Claimed, Counts, DelayedJobs, Failed, Job, NextDue};
use kaal_core::interval::Intervals;
use kaal_core::key::{Key, Occurrence};
use kaal_core::lease::Leases;
use tokio::runtime::{Builder, Runtime};

use crate::stores::ttl;

pub enum Store {
    Memory(Arc<Memory>),
    Redis(Box<Redis>),
    Database(Box<Database>),
}

macro_rules! of {
    ($node:expr, $store:ident => $body:expr) => {
        match &*$node.store {
            Store::Memory(store) => {
                let $store = &**store;
                $node.wait($body)
            }
            Store::Redis(store) => {
                let $store = &**store;
                $node.wait($body)
            }
            Store::Database(store) => {
                let $store = &**store;
                $node.wait($body)
            }
        }
    };
}

pub struct Node {
    store: Arc<Store>,
    runtime: Arc<Runtime>,
}

impl Node {
    pub fn new(store: Store) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (store, runtime) = (Arc::new(store), Arc::new(runtime));
        if let Store::Database(database) = &*store {
            if database.wants_keeper() {
                let kept = (Arc::downgrade(&store), Arc::clone(&runtime));
                let keeper = thread::spawn(move || keep(&kept.0, &kept.1));
                database.kept_by(keeper.thread().clone());
            }
        }
        Self { store, runtime }
    }

    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub fn database(&self) -> &Database {
        match &*self.store {
            Store::Database(database) => database,
            Store::Memory(_) | Store::Redis(_) => panic!("no database"),
        }
    }

    pub fn redis(&self) -> &Redis {
        match &*self.store {
            Store::Redis(redis) => redis,
            Store::Memory(_) | Store::Database(_) => panic!("no Redis"),
        }
    }

    /// By the store's way for a single key.
    pub fn try_acquire(&self, key: &Key, seconds: f64) -> Result<bool> {
        of!(self, store => Leases::acquire(store, key, ttl(seconds)))
    }

    pub fn acquire(&self, key: &Key, seconds: f64) -> bool {
        self.try_acquire(key, seconds).unwrap()
    }

    pub fn try_acquire_many(&self, keys: &[Key], seconds: f64) -> Result<Vec<bool>> {
        of!(self, store => store.acquire_many(keys, ttl(seconds)))
    }

    pub fn acquire_many(&self, keys: &[Key], seconds: f64) -> Vec<bool> {
        self.try_acquire_many(keys, seconds).unwrap()
    }

    pub fn release(&self, key: &Key) -> bool {
        of!(self, store => Leases::release(store, key)).unwrap()
    }

    pub fn release_many(&self, keys: &[Key]) -> Vec<bool> {
        of!(self, store => store.release_many(keys)).unwrap()
    }

    pub fn try_claim_many(&self, runs: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        of!(self, store => store.claim_many(runs, terms))
    }

    pub fn claim_many(&self, runs: &[Occurrence], terms: &Terms) -> Vec<bool> {
        self.try_claim_many(runs, terms).unwrap()
    }

    pub fn claim(&self, run: &Occurrence, terms: &Terms) -> bool {
        self.claim_many(std::slice::from_ref(run), terms)[0]
    }

    pub fn ended_claims(&self, namespace: &str, skip: usize, most: usize) -> Vec<Occurrence> {
        of!(self, store => OpenClaims::ended_claims(store, namespace, skip, most)).unwrap()
    }

    pub fn renew(&self, runs: &[Occurrence], holder: &Holder) -> Vec<bool> {
        of!(self, store => store.extend_claims(runs, holder, false)).unwrap()
    }

    pub fn take_over(&self, runs: &[Occurrence], holder: &Holder) -> Vec<bool> {
        of!(self, store => store.extend_claims(runs, holder, true)).unwrap()
    }

    pub fn close(&self, namespace: &str, runs: &[Occurrence]) {
        of!(self, store => store.close_claims(namespace, runs)).unwrap();
    }

    pub fn advance(&self, namespace: &str, holder: &str, runs: &[Occurrence]) -> Vec<bool> {
        of!(self, store => Intervals::advance(store, namespace, holder, runs)).unwrap()
    }

    pub fn try_enqueue(&self, namespace: &str, job: &Job) -> Result<bool> {
        of!(self, store => store.enqueue(namespace, job))
    }

    pub fn enqueue(&self, namespace: &str, job: &Job) -> bool {
        self.try_enqueue(namespace, job).unwrap()
    }

    pub fn next_due(&self, namespace: &str) -> NextDue {
        of!(self, store => store.next_due(namespace)).unwrap()
    }

    pub fn take(&self, namespace: &str, now: i64, most: usize, seconds: f64) -> Vec<Claimed> {
        of!(self, store => store.take(namespace, now, most, ttl(seconds))).unwrap()
    }

    pub fn extend_jobs(&self, namespace: &str, ids: &[String], seconds: f64) -> Vec<bool> {
        of!(self, store => store.extend(namespace, ids, ttl(seconds), None)).unwrap()
    }

    pub fn note_call(&self, namespace: &str, id: &str, attempts: u32, seconds: f64) -> bool {
        let ids = [id.to_owned()];
        of!(self, store => store.extend(namespace, &ids, ttl(seconds), Some(attempts))).unwrap()[0]
    }

    pub fn close_jobs(&self, namespace: &str, ids: &[String]) {
        of!(self, store => DelayedJobs::close(store, namespace, ids)).unwrap();
    }

    pub fn fail_job(&self, namespace: &str, id: &str, error: &str, attempts: u32) {
        of!(self, store => store.fail(namespace, id, error, attempts)).unwrap();
    }

    pub fn pending_jobs(&self, namespace: &str, most: usize) -> Vec<Job> {
        of!(self, store => store.pending(namespace, most)).unwrap()
    }

    pub fn failed_jobs(&self, namespace: &str, most: usize) -> Vec<Failed> {
        of!(self, store => store.failed(namespace, most)).unwrap()
    }

    pub fn retry_job(&self, namespace: &str, id: &str) -> bool {
        of!(self, store => DelayedJobs::retry(store, namespace, id)).unwrap()
    }

    pub fn discard_job(&self, namespace: &str, id: &str) -> bool {
        of!(self, store => store.discard(namespace, id)).unwrap()
    }

    pub fn count_jobs(&self, namespace: &str) -> Counts {
        of!(self, store => store.counts(namespace)).unwrap()
    }

    pub fn unhear(&self, won: &[Occurrence], terms: &Terms) {
        of!(self, store => async { store.unhear(won, terms) });
    }
}

/// As the binding's keeper.
fn keep(store: &Weak<Store>, runtime: &Runtime) {
    while let Some(store) = store.upgrade() {
        let Store::Database(database) = &*store else {
            return;
        };
        let pause = runtime.block_on(database.tend());
        drop(store);
        thread::park_timeout(pause.unwrap_or(Duration::from_secs(5)));
    }
}
