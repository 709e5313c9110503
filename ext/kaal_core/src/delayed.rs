//! Delayed jobs: a class that is to be called with some arguments at a time.
//!
//! A job is pending until its time has come. Then one node takes it: it moves, in one step, from among the
//! pending to among the claimed, where it has a lease. What becomes of it is said by that claim: it is closed
//! when the job was dispatched, extended while that goes on or until it is tried again, or failed. A claim
//! whose lease has ended is taken again, by any node. So a job is dispatched at least once.
//!
//! Each time that a job is taken its claim gets another name. A holder that was paused past its lease has the
//! name of before, by which nothing is found any more: what it says of the job has no effect.
//!
//! Pending jobs are kept as Kaal 0.6 keeps them, whose nodes remove what they dispatch and do not see claims.

mod payload;

use std::future::Future;

use crate::Result;
use crate::lease::{Tokens, Ttl};

/// A job that is to be dispatched at its time. Times are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Tells it from all that are pending.
    pub job_id: String,
    /// When it is due.
    pub run_at: i64,
    /// The name of the class.
    pub job_class: String,
    /// The arguments: JSON, an array as a rule.
    pub args: String,
    /// Which queue to use; `None`: the class's own.
    pub queue: Option<String>,
    /// When it was enqueued; `None`: what is stored does not say.
    pub created_at: Option<i64>,
}

/// A job that one node is to dispatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The claim's name, another each time that the job is taken, and for each job of the same job id.
    pub id: String,
    /// How often it was called, as far as that was noted.
    pub attempts: u32,
    /// Whether somebody had taken it before, and may have called it once more than is noted.
    pub retaken: bool,
    /// The job.
    pub job: Job,
    /// Why what is stored cannot be dispatched; the job is then what could be read of it.
    pub flaw: Option<String>,
}

/// A job that is not tried again unless somebody asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The claim.
    pub claimed: Claimed,
    /// Why.
    pub error: String,
    /// When it was given up, in microseconds since 1970.
    pub failed_at: i64,
}

/// When there is something to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NextDue {
    /// When the first pending job is due, in microseconds since 1970.
    pub run_at: Option<i64>,
    /// In how many milliseconds the first lease ends, by the store's clock.
    pub lease_ends_in: Option<i64>,
}

/// How many jobs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Not taken yet.
    pub pending: u64,
    /// Being dispatched, or to be tried again.
    pub claimed: u64,
    /// Given up.
    pub failed: u64,
}

/// A store of delayed jobs. The namespace is for Redis: a database has one table for all.
pub trait DelayedJobs {
    /// Adds a job; false: one of that id is pending.
    ///
    /// # Errors
    ///
    /// A store error. It may have been added.
    fn enqueue(&self, namespace: &str, job: &Job) -> impl Future<Output = Result<bool>> + Send;

    /// When there is something to take: one small read.
    ///
    /// # Errors
    ///
    /// A store error.
    fn next_due(&self, namespace: &str) -> impl Future<Output = Result<NextDue>> + Send;

    /// Takes jobs for `ttl` each: claims whose lease has ended, and then pending jobs that are due at `now`
    /// (microseconds since 1970), by time and job id, `most` at most, and where a store is asked over a
    /// network no more after the one with which they have [`LARGEST`] bytes of arguments.
    ///
    /// # Errors
    ///
    /// A store error. What was taken unnoticed can be taken again when that lease has ended.
    fn take(
        &self,
        namespace: &str,
        now: i64,
        most: usize,
        ttl: Ttl,
    ) -> impl Future<Output = Result<Vec<Claimed>>> + Send;

    /// Makes the leases of claims last for `ttl` from now on, and notes how often their jobs were called, if
    /// that is given; true for those that there are.
    ///
    /// # Errors
    ///
    /// A store error.
    fn extend(
        &self,
        namespace: &str,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Forgets claims: their jobs are dispatched.
    ///
    /// # Errors
    ///
    /// A store error; they can be closed again.
    fn close(&self, namespace: &str, ids: &[String]) -> impl Future<Output = Result<()>> + Send;

    /// Gives a claimed job up, which was called so often.
    ///
    /// # Errors
    ///
    /// A store error.
    fn fail(
        &self,
        namespace: &str,
        id: &str,
        error: &str,
        attempts: u32,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The jobs that are pending, the first due first.
    ///
    /// # Errors
    ///
    /// A store error.
    fn pending(
        &self,
        namespace: &str,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Job>>> + Send;

    /// The jobs that were given up, the last first.
    ///
    /// # Errors
    ///
    /// A store error.
    fn failed(
        &self,
        namespace: &str,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Failed>>> + Send;

    /// Has a job that was given up tried again, at once and as often as a new one; false: there is none.
    ///
    /// # Errors
    ///
    /// A store error.
    fn retry(&self, namespace: &str, id: &str) -> impl Future<Output = Result<bool>> + Send;

    /// Forgets a job that was given up; false: there is none.
    ///
    /// # Errors
    ///
    /// A store error.
    fn discard(&self, namespace: &str, id: &str) -> impl Future<Output = Result<bool>> + Send;

    /// How many jobs there are.
    ///
    /// # Errors
    ///
    /// A store error.
    fn counts(&self, namespace: &str) -> impl Future<Output = Result<Counts>> + Send;
}

/// How many bytes the arguments of jobs may have that are taken at once.
pub const LARGEST: usize = 16 << 20;

/// Claims in the order in which their jobs are dispatched.
pub(crate) fn in_order(mut claims: Vec<Claimed>) -> Vec<Claimed> {
    claims.sort_by(|one, other| {
        let (one, other) = (&one.job, &other.job);
        (one.run_at, &one.job_id).cmp(&(other.run_at, &other.job_id))
    });
    claims
}

/// What the names of the claims begin with that are made together.
pub(crate) fn token() -> String {
    Tokens::default().take().to_string()
}
