//! Delayed jobs.

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use super::{Postgres, queries, rows};
use crate::backend::database::delayed::fields::{self, Fields};
use crate::backend::database::delayed::{DelayedEngine, Share};
use crate::backend::database::time;
use crate::delayed::{Claimed, Counts, Failed, Job, NextDue};
use crate::lease::Ttl;

impl DelayedEngine for Postgres {
    async fn insert_job(&self, connection: &mut PgConnection, job: &Job) -> sqlx::Result<bool> {
        let insert = self.query(queries::INSERT_JOB);
        let inserted = insert
            .bind(&job.job_id)
            .bind(time::text(job.run_at))
            .bind(&job.job_class)
            .bind(&job.args)
            .bind(&job.queue)
            .bind(job.created_at.map(time::text))
            .execute(connection)
            .await?;
        Ok(inserted.rows_affected() > 0)
    }

    async fn find_job(
        &self,
        connection: &mut PgConnection,
        job_id: &str,
    ) -> sqlx::Result<Option<Job>> {
        let find = self.query(queries::FIND_JOB).bind(job_id);
        let found = find.fetch_optional(connection).await?;
        found.map(|row| fields::job(&row, 0)).transpose()
    }

    async fn next_due(&self, connection: &mut PgConnection) -> sqlx::Result<NextDue> {
        let next = self.query(queries::NEXT_DUE).fetch_one(connection).await?;
        Ok(NextDue {
            run_at: next.try_get(0)?,
            lease_ends_in: next.try_get(1)?,
        })
    }

    async fn take_claims(
        &self,
        connection: &mut PgConnection,
        share: &Share,
    ) -> sqlx::Result<Vec<Claimed>> {
        let take = self.query(queries::TAKE_CLAIMS).bind(share.most);
        let take = take.bind(share.ttl.as_millis()).bind(&share.token);
        let taken = take.bind(share.bytes).fetch_all(connection).await?;
        taken.iter().map(fields::retaken).collect()
    }

    async fn take_jobs(
        &self,
        connection: &mut PgConnection,
        share: &Share,
    ) -> sqlx::Result<Vec<Claimed>> {
        let take = self.query(queries::TAKE_JOBS).bind(time::text(share.now));
        let take = take.bind(share.most).bind(share.ttl.as_millis());
        let take = take.bind(&share.token).bind(share.bytes);
        let taken = take.fetch_all(connection).await?;
        taken.iter().map(fields::taken).collect()
    }

    async fn extend_jobs(
        &self,
        connection: &mut PgConnection,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> sqlx::Result<Vec<String>> {
        let extend = self.query(queries::EXTEND_JOBS).bind(ids);
        let extend = extend.bind(ttl.as_millis()).bind(attempts.map(i64::from));
        rows::texts(&extend.fetch_all(connection).await?)
    }

    async fn close_jobs(&self, connection: &mut PgConnection, ids: &[String]) -> sqlx::Result<()> {
        let close = self.query(queries::CLOSE_JOBS).bind(ids);
        close.execute(connection).await?;
        Ok(())
    }

    async fn fail_job(
        &self,
        connection: &mut PgConnection,
        id: &str,
        error: &str,
        attempts: u32,
    ) -> sqlx::Result<()> {
        let fail = self.query(queries::FAIL_JOB).bind(id).bind(error);
        fail.bind(i64::from(attempts)).execute(connection).await?;
        Ok(())
    }

    async fn pending_jobs(
        &self,
        connection: &mut PgConnection,
        most: i64,
    ) -> sqlx::Result<Vec<Job>> {
        let pending = self.query(queries::PENDING_JOBS).bind(most);
        let found = pending.fetch_all(connection).await?;
        found.iter().map(|row| fields::job(row, 0)).collect()
    }

    async fn failed_jobs(
        &self,
        connection: &mut PgConnection,
        most: i64,
    ) -> sqlx::Result<Vec<Failed>> {
        let failed = self.query(queries::FAILED_JOBS).bind(most);
        let found = failed.fetch_all(connection).await?;
        found.iter().map(fields::failed).collect()
    }

    async fn retry_job(&self, connection: &mut PgConnection, id: &str) -> sqlx::Result<bool> {
        let retry = self.query(queries::RETRY_JOB).bind(id);
        Ok(retry.execute(connection).await?.rows_affected() > 0)
    }

    async fn discard_job(&self, connection: &mut PgConnection, id: &str) -> sqlx::Result<bool> {
        let discard = self.query(queries::DISCARD_JOB).bind(id);
        Ok(discard.execute(connection).await?.rows_affected() > 0)
    }

    async fn count_jobs(&self, connection: &mut PgConnection) -> sqlx::Result<Counts> {
        let counts = self
            .query(queries::COUNT_JOBS)
            .fetch_one(connection)
            .await?;
        fields::counts(&counts)
    }
}

impl Fields for PgRow {
    fn text(&self, place: usize) -> sqlx::Result<Option<String>> {
        self.try_get(place)
    }

    fn number(&self, place: usize) -> sqlx::Result<i64> {
        self.try_get(place)
    }

    fn time(&self, place: usize) -> sqlx::Result<Option<i64>> {
        self.try_get(place)
    }
}
