//! Claims: the exclusive right to dispatch one run of a job.

use std::future::Future;

use crate::Result;
use crate::dispatch::Record;
use crate::key::Occurrence;
use crate::lease::Ttl;

/// What every claim of a batch has in common.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The namespace of the lock keys.
    pub namespace: String,
    /// How long each lease lasts.
    pub ttl: Ttl,
    /// Where the dispatch log is on: what goes into it.
    pub log: Option<Log>,
}

/// How the dispatch log is written together with a claim.
#[derive(Debug, Clone)]
pub struct Log {
    /// The namespace of the records; need not be that of the lock keys.
    pub namespace: String,
    /// Who dispatches.
    pub node_id: String,
    /// Unix seconds.
    pub dispatched_at: i64,
    /// How long a record is kept, in seconds.
    pub ttl_seconds: u64,
}

impl Log {
    /// The record of a dispatch of `occurrence`.
    pub fn record(&self, occurrence: &Occurrence) -> Record {
        Record {
            key: occurrence.key.clone(),
            fire_time: occurrence.fire_time,
            dispatched_at: self.dispatched_at,
            node_id: self.node_id.clone(),
            status: Record::DISPATCHED.to_owned(),
        }
    }
}

/// A store that grants claims.
///
/// A claim is won when the lease is won and, where the log is on, no record existed and ours is
/// written: both or neither.
pub trait Claims {
    /// Claims each occurrence; the answers are in the order of the occurrences.
    ///
    /// # Errors
    ///
    /// A store error. Nothing of the batch may then be dispatched; a later attempt wins what
    /// this one had won unnoticed.
    fn claim_many(
        &self,
        occurrences: &[Occurrence],
        terms: &Terms,
    ) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Takes `won` claims as such whose answer was lost: nobody has heard it. The next attempt at
    /// them wins them again, while their leases last. Stores that answer at once need not.
    fn unhear(&self, _won: &[Occurrence], _terms: &Terms) {}
}
