//! A store within one process: for tests, for development and for a single process.

mod delayed;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Result;
use crate::claim::{Claims, Holder, OpenClaims, Terms};
use crate::clock::Clock;
use crate::dispatch::Record;
use crate::expiring::{Expiring, Lapses};
use crate::interval::Intervals;
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Ttl};
use delayed::Delayed;

/// Leases, dispatch records and delayed jobs of one process.
pub struct Memory {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    leases: Expiring<Key, Lease>,
    records: Expiring<Occurrence, Kept>,
    /// By namespace: until when the lease of each open claim lasts.
    open: BTreeMap<String, HashMap<Occurrence, i64>>,
    /// By namespace and job: the last run, and who made it that.
    last_runs: HashMap<(String, String), (i64, String)>,
    delayed: Delayed,
}

struct Lease {
    until_ms: i64,
}

struct Kept {
    record: Record,
    until_ms: i64,
}

impl Lapses for Lease {
    fn lapses_at(&self) -> i64 {
        self.until_ms
    }
}

impl Lapses for Kept {
    fn lapses_at(&self) -> i64 {
        self.until_ms
    }
}

impl Memory {
    /// An empty store whose leases are judged by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// Acquires `key` unless it is held.
    pub fn acquire(&self, key: &Key, ttl: Ttl) -> bool {
        self.state().acquire(key, ttl, self.clock.now_ms())
    }

    /// Gives `key` back; true where it was held.
    pub fn release(&self, key: &Key) -> bool {
        let now_ms = self.clock.now_ms();
        self.state().leases.remove(key, now_ms).is_some()
    }

    /// Claims `occurrence`: lease and, where the log is on, record.
    pub fn claim(&self, occurrence: &Occurrence, terms: &Terms) -> bool {
        let now_ms = self.clock.now_ms();
        let mut state = self.state();
        if terms.log.is_some() && state.records.get(occurrence, now_ms).is_some() {
            return false;
        }
        let won = state.acquire(&occurrence.lock_key(&terms.namespace), terms.ttl, now_ms);
        if let (true, Some(log)) = (won, &terms.log) {
            state.keep(log.record(occurrence), log.ttl_seconds, now_ms);
            if log.open {
                let open = state.open.entry(terms.namespace.clone()).or_default();
                open.insert(occurrence.clone(), terms.ttl.after(now_ms));
            }
        }
        won
    }

    /// Open claims whose lease has ended: as [`OpenClaims::ended_claims`].
    pub fn ended_claims(&self, namespace: &str, skip: usize, most: usize) -> Vec<Occurrence> {
        let now_ms = self.clock.now_ms();
        let state = self.state();
        let open = state.open.get(namespace).into_iter().flatten();
        let mut ended: Vec<_> = open.filter(|(_, until_ms)| **until_ms <= now_ms).collect();
        ended.sort_by_key(|(occurrence, until_ms)| (**until_ms, *occurrence));
        let ended = ended.into_iter().skip(skip).take(most);
        ended.map(|(occurrence, _)| occurrence.clone()).collect()
    }

    /// Renews an open claim, or takes it over: as [`OpenClaims::extend_claims`].
    pub fn extend_claim(&self, occurrence: &Occurrence, holder: &Holder, take_over: bool) -> bool {
        let now_ms = self.clock.now_ms();
        let mut state = self.state();
        let open = state.open.get_mut(&holder.namespace);
        let until_ms = open.and_then(|open| open.get_mut(occurrence));
        let Some(until_ms) = until_ms.filter(|until_ms| !take_over || **until_ms <= now_ms) else {
            return false;
        };
        *until_ms = holder.ttl.after(now_ms);
        true
    }

    /// Forgets open claims and delayed jobs, as in a forked child: they are the parent's.
    pub fn forget_work(&self) {
        let mut state = self.state();
        state.open.clear();
        state.delayed = Delayed::default();
    }

    /// Closes a claim: as [`OpenClaims::close_claims`].
    pub fn close_claim(&self, namespace: &str, occurrence: &Occurrence) {
        let mut state = self.state();
        if let Some(open) = state.open.get_mut(namespace) {
            open.remove(occurrence);
        }
    }

    /// Makes runs the last ones of their jobs: as [`Intervals::advance`].
    pub fn advance(&self, namespace: &str, holder: &str, runs: &[Occurrence]) -> Vec<bool> {
        let mut state = self.state();
        let advance = |run: &Occurrence| {
            let job = (namespace.to_owned(), run.key.clone());
            let wanted = (run.fire_time, holder.to_owned());
            let last = state.last_runs.entry(job).or_insert_with(|| wanted.clone());
            if last.0 < wanted.0 {
                last.clone_from(&wanted);
            }
            *last == wanted
        };
        runs.iter().map(advance).collect()
    }

    /// Writes a record and keeps it for `ttl_seconds`.
    pub fn log(&self, record: Record, ttl_seconds: u64) {
        self.state().keep(record, ttl_seconds, self.clock.now_ms());
    }

    /// The record of a run.
    pub fn find(&self, occurrence: &Occurrence) -> Option<Record> {
        let now_ms = self.clock.now_ms();
        self.state()
            .records
            .get(occurrence, now_ms)
            .map(|kept| kept.record.clone())
    }

    /// How many records are kept.
    pub fn records(&self) -> usize {
        self.state().records.live(self.clock.now_ms())
    }

    /// Forgets all records.
    pub fn clear_records(&self) {
        self.state().records.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn acquire(&mut self, key: &Key, ttl: Ttl, now_ms: i64) -> bool {
        if self.leases.get(key, now_ms).is_some() {
            return false;
        }
        let lease = Lease {
            until_ms: ttl.after(now_ms),
        };
        self.leases.insert(key.clone(), lease, now_ms);
        true
    }

    fn keep(&mut self, record: Record, ttl_seconds: u64, now_ms: i64) {
        let occurrence = record.occurrence();
        let life_ms = i64::try_from(ttl_seconds).map_or(i64::MAX, |s| s.saturating_mul(1000));
        let kept = Kept {
            record,
            until_ms: now_ms.saturating_add(life_ms),
        };
        self.records.insert(occurrence, kept, now_ms);
    }
}

impl Leases for Memory {
    async fn acquire_many(&self, keys: &[Key], ttl: Ttl) -> Result<Vec<bool>> {
        Ok(keys.iter().map(|key| self.acquire(key, ttl)).collect())
    }

    async fn release_many(&self, keys: &[Key]) -> Result<Vec<bool>> {
        Ok(keys.iter().map(|key| self.release(key)).collect())
    }
}

impl Claims for Memory {
    async fn claim_many(&self, occurrences: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        Ok(occurrences
            .iter()
            .map(|occurrence| self.claim(occurrence, terms))
            .collect())
    }
}

impl OpenClaims for Memory {
    async fn ended_claims(
        &self,
        namespace: &str,
        skip: usize,
        most: usize,
    ) -> Result<Vec<Occurrence>> {
        Ok(self.ended_claims(namespace, skip, most))
    }

    async fn extend_claims(
        &self,
        occurrences: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> Result<Vec<bool>> {
        let extend = |occurrence| self.extend_claim(occurrence, holder, take_over);
        Ok(occurrences.iter().map(extend).collect())
    }

    async fn close_claims(&self, namespace: &str, occurrences: &[Occurrence]) -> Result<()> {
        for occurrence in occurrences {
            self.close_claim(namespace, occurrence);
        }
        Ok(())
    }
}

impl Intervals for Memory {
    async fn advance(
        &self,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> Result<Vec<bool>> {
        Ok(self.advance(namespace, holder, runs))
    }
}
