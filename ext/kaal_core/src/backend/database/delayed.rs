//! Delayed jobs: rows of `kaal_delayed_jobs`, as Kaal 0.6 has them, and once they are taken of
//! `kaal_delayed_claims`. There, what has no `expires_at` was given up.

pub(crate) mod fields;

use std::collections::HashSet;

use super::engine::{Connection, Engine};
use super::log::fits;
use super::{Tables, Trouble, Work, statements};
use crate::Result;
use crate::delayed::{self, Claimed, Counts, DelayedJobs, Failed, Job, LARGEST, NextDue, in_order};
use crate::lease::Ttl;

/// What is taken of those whose time has come.
pub(crate) struct Share {
    /// Microseconds since 1970.
    pub now: i64,
    pub most: i64,
    /// How many bytes of arguments; no more are taken after the job with which they are reached.
    pub bytes: i64,
    pub ttl: Ttl,
    /// What the claims' names begin with.
    pub token: String,
}

impl Share {
    /// What is left of it when these are taken.
    fn without(&self, taken: &[Claimed]) -> Self {
        let bytes = taken.iter().map(|claimed| claimed.job.args.len()).sum();
        Self {
            most: self.most - count(taken.len()),
            bytes: self.bytes - count(bytes),
            token: self.token.clone(),
            ..*self
        }
    }
}

/// The statements on delayed jobs of one kind of database.
pub(crate) trait DelayedEngine: Engine {
    /// False where there is a row of that job id.
    fn insert_job(
        &self,
        connection: &mut Connection<Self>,
        job: &Job,
    ) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// The pending job of that id.
    fn find_job(
        &self,
        connection: &mut Connection<Self>,
        job_id: &str,
    ) -> impl Future<Output = sqlx::Result<Option<Job>>> + Send;

    fn next_due(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<NextDue>> + Send;

    /// Takes claims whose lease has ended, and gives them new names.
    fn take_claims(
        &self,
        connection: &mut Connection<Self>,
        share: &Share,
    ) -> impl Future<Output = sqlx::Result<Vec<Claimed>>> + Send;

    /// Moves jobs that are due to the claims.
    fn take_jobs(
        &self,
        connection: &mut Connection<Self>,
        share: &Share,
    ) -> impl Future<Output = sqlx::Result<Vec<Claimed>>> + Send;

    /// Makes claims last anew, and notes how often their jobs were called if that is given; gives the names of
    /// those that there are.
    fn extend_jobs(
        &self,
        connection: &mut Connection<Self>,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> impl Future<Output = sqlx::Result<Vec<String>>> + Send;

    /// Deletes claims that are not given up.
    fn close_jobs(
        &self,
        connection: &mut Connection<Self>,
        ids: &[String],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Gives a claim up, unless it was.
    fn fail_job(
        &self,
        connection: &mut Connection<Self>,
        id: &str,
        error: &str,
        attempts: u32,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    fn pending_jobs(
        &self,
        connection: &mut Connection<Self>,
        most: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Job>>> + Send;

    fn failed_jobs(
        &self,
        connection: &mut Connection<Self>,
        most: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Failed>>> + Send;

    /// Makes a claim that was given up one whose lease ends now.
    fn retry_job(
        &self,
        connection: &mut Connection<Self>,
        id: &str,
    ) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// Deletes a claim that was given up.
    fn discard_job(
        &self,
        connection: &mut Connection<Self>,
        id: &str,
    ) -> impl Future<Output = sqlx::Result<bool>> + Send;

    fn count_jobs(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<Counts>> + Send;
}

statements! { DelayedEngine:
    Next {} -> NextDue = next_due();
    Extend { ids: Vec<String>, ttl: Ttl, attempts: Option<u32> } -> Vec<String> =
        extend_jobs(ids, *ttl, *attempts), in transaction if |_| true;
    Close { ids: Vec<String> } -> () = close_jobs(ids);
    Fail { id: String, error: String, attempts: u32 } -> () = fail_job(id, error, *attempts);
    Pending { most: i64 } -> Vec<Job> = pending_jobs(*most);
    GivenUp { most: i64 } -> Vec<Failed> = failed_jobs(*most);
    Retry { id: String } -> bool = retry_job(id);
    Discard { id: String } -> bool = discard_job(id);
    Count {} -> Counts = count_jobs();
}

struct Insert {
    job: Job,
    /// Whether an earlier try may have inserted it unnoticed.
    repeated: bool,
}

impl<E: DelayedEngine> Work<E> for Insert {
    type Output = bool;

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<bool, Trouble> {
        if engine.insert_job(connection, &self.job).await? {
            return Ok(true);
        }
        if !self.repeated {
            return Ok(false);
        }
        let pending = engine.find_job(connection, &self.job.job_id).await?;
        Ok(pending.as_ref() == Some(&self.job))
    }

    fn again(&mut self) {
        self.repeated = true;
    }
}

struct Take(Share);

impl<E: DelayedEngine> Work<E> for Take {
    type Output = Vec<Claimed>;

    fn in_transaction(&self) -> bool {
        true
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<Claimed>, Trouble> {
        let mut taken = engine.take_claims(connection, &self.0).await?;
        let share = self.0.without(&taken);
        if share.most > 0 && share.bytes > 0 {
            taken.extend(engine.take_jobs(connection, &share).await?);
        }
        Ok(in_order(taken))
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl<E: DelayedEngine> DelayedJobs for Tables<E> {
    async fn enqueue(&self, _namespace: &str, job: &Job) -> Result<bool> {
        fits("job_id", &job.job_id)?;
        fits("job_class", &job.job_class)?;
        fits("queue", job.queue.as_deref().unwrap_or_default())?;
        let insert = Insert {
            job: job.clone(),
            repeated: false,
        };
        self.perform(insert).await
    }

    async fn next_due(&self, _namespace: &str) -> Result<NextDue> {
        self.perform(Next {}).await
    }

    async fn take(
        &self,
        _namespace: &str,
        now: i64,
        most: usize,
        ttl: Ttl,
    ) -> Result<Vec<Claimed>> {
        let share = Share {
            now,
            most: count(most),
            bytes: count(LARGEST),
            ttl,
            token: delayed::token(),
        };
        self.perform(Take(share)).await
    }

    async fn extend(
        &self,
        _namespace: &str,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> Result<Vec<bool>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let extend = Extend {
            ids: ids.to_vec(),
            ttl,
            attempts,
        };
        let extended: HashSet<String> = self.perform(extend).await?.into_iter().collect();
        Ok(ids.iter().map(|id| extended.contains(id)).collect())
    }

    async fn close(&self, _namespace: &str, ids: &[String]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.perform(Close { ids: ids.to_vec() }).await
    }

    async fn fail(&self, _namespace: &str, id: &str, error: &str, attempts: u32) -> Result<()> {
        let fail = Fail {
            id: id.to_owned(),
            error: error.replace('\0', ""),
            attempts,
        };
        self.perform(fail).await
    }

    async fn pending(&self, _namespace: &str, most: usize) -> Result<Vec<Job>> {
        let most = count(most);
        self.perform(Pending { most }).await
    }

    async fn failed(&self, _namespace: &str, most: usize) -> Result<Vec<Failed>> {
        let most = count(most);
        self.perform(GivenUp { most }).await
    }

    async fn retry(&self, _namespace: &str, id: &str) -> Result<bool> {
        self.perform(Retry { id: id.to_owned() }).await
    }

    async fn discard(&self, _namespace: &str, id: &str) -> Result<bool> {
        self.perform(Discard { id: id.to_owned() }).await
    }

    async fn counts(&self, _namespace: &str) -> Result<Counts> {
        self.perform(Count {}).await
    }
}
