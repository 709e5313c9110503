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
    /// Whether the claim stays open until it is closed, see [`OpenClaims`].
    pub open: bool,
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
/// written: both or neither. One that stays open is known as such from the same moment.
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

/// A store that knows which claims are open: won, and not closed since.
///
/// An open claim has a lease of its own, which its holder renews. Once that has ended, by the store's
/// clock, another may take the claim over. Nobody asks whose it is before closing or renewing it: what a
/// paused holder has done is done, even if another has taken it over meanwhile.
pub trait OpenClaims {
    /// Open claims of a namespace whose lease has ended, longest ago first, without the first `skip`.
    ///
    /// # Errors
    ///
    /// A store error.
    fn ended_claims(
        &self,
        namespace: &str,
        skip: usize,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Occurrence>>> + Send;

    /// Makes the leases of open claims last for `ttl` from now on; true for those that are open and, to
    /// `take_over`, whose lease had ended.
    ///
    /// # Errors
    ///
    /// A store error. What was taken over unnoticed can be taken over again when that lease has ended.
    fn extend_claims(
        &self,
        occurrences: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Closes claims; those that are not open are left alone.
    ///
    /// # Errors
    ///
    /// A store error; they can be closed again.
    fn close_claims(
        &self,
        namespace: &str,
        occurrences: &[Occurrence],
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Who has claims open, and for how long.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The namespace of the claims.
    pub namespace: String,
    /// Who holds them.
    pub node_id: String,
    /// How long the lease of each lasts from now on.
    pub ttl: Ttl,
}
