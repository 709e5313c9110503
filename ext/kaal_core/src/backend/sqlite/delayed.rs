//! Delayed jobs.

use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{Sqlite, queries, rows};
use crate::backend::database::delayed::fields::{self, Fields};
use crate::backend::database::delayed::{DelayedEngine, Share};
use crate::backend::database::time;
use crate::delayed::{Claimed, Counts, Failed, Job, NextDue};
use crate::lease::Ttl;

impl DelayedEngine for Sqlite {
    async fn insert_job(&self, connection: &mut SqliteConnection, job: &Job) -> sqlx::Result<bool> {
        let insert = sqlx::query(queries::INSERT_JOB)
            .bind(&job.job_id)
            .bind(time::text(job.run_at))
            .bind(&job.job_class)
            .bind(&job.args)
            .bind(&job.queue)
            .bind(job.created_at.map(time::text));
        Ok(insert.fetch_optional(connection).await?.is_some())
    }

    async fn find_job(
        &self,
        connection: &mut SqliteConnection,
        job_id: &str,
    ) -> sqlx::Result<Option<Job>> {
        let find = sqlx::query(queries::FIND_JOB).bind(job_id);
        let found = find.fetch_optional(connection).await?;
        found.map(|row| fields::job(&row, 0)).transpose()
    }

    async fn next_due(&self, connection: &mut SqliteConnection) -> sqlx::Result<NextDue> {
        let next = sqlx::query(queries::NEXT_DUE).fetch_one(connection).await?;
        let ends = next.time(1)?;
        Ok(NextDue {
            run_at: next.time(0)?,
            lease_ends_in: ends.map(|ends| (ends - rows::now() + 999).div_euclid(1000)),
        })
    }

    async fn take_claims(
        &self,
        connection: &mut SqliteConnection,
        share: &Share,
    ) -> sqlx::Result<Vec<Claimed>> {
        let [now, expires] = rows::lifetime(share.ttl);
        let take = sqlx::query(queries::TAKE_CLAIMS).bind(now);
        let take = take.bind(share.most).bind(expires).bind(&share.token);
        let taken = take.bind(share.bytes).fetch_all(connection).await?;
        taken.iter().map(fields::retaken).collect()
    }

    async fn take_jobs(
        &self,
        connection: &mut SqliteConnection,
        share: &Share,
    ) -> sqlx::Result<Vec<Claimed>> {
        let [now, expires] = rows::lifetime(share.ttl);
        let take = sqlx::query(queries::TAKE_JOBS).bind(time::text(share.now));
        let take = take.bind(share.most).bind(expires).bind(&share.token);
        let take = take.bind(now).bind(share.bytes);
        let taken = take.fetch_all(&mut *connection).await?;
        let taken = taken.iter().map(fields::taken);
        let taken: Vec<Claimed> = taken.collect::<sqlx::Result<_>>()?;
        let ids: Vec<&String> = taken.iter().map(|claimed| &claimed.job.job_id).collect();
        let delete = sqlx::query(queries::DELETE_JOBS).bind(json!(ids).to_string());
        delete.execute(connection).await?;
        Ok(taken)
    }

    async fn extend_jobs(
        &self,
        connection: &mut SqliteConnection,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> sqlx::Result<Vec<String>> {
        let [now, expires] = rows::lifetime(ttl);
        let extend = sqlx::query_scalar(queries::EXTEND_JOBS).bind(json!(ids).to_string());
        let extend = extend.bind(expires).bind(now).bind(attempts);
        extend.fetch_all(connection).await
    }

    async fn close_jobs(
        &self,
        connection: &mut SqliteConnection,
        ids: &[String],
    ) -> sqlx::Result<()> {
        let close = sqlx::query(queries::CLOSE_JOBS).bind(json!(ids).to_string());
        close.execute(connection).await?;
        Ok(())
    }

    async fn fail_job(
        &self,
        connection: &mut SqliteConnection,
        id: &str,
        error: &str,
        attempts: u32,
    ) -> sqlx::Result<()> {
        let fail = sqlx::query(queries::FAIL_JOB).bind(id).bind(error);
        let fail = fail.bind(time::text(rows::now())).bind(attempts);
        fail.execute(connection).await?;
        Ok(())
    }

    async fn pending_jobs(
        &self,
        connection: &mut SqliteConnection,
        most: i64,
    ) -> sqlx::Result<Vec<Job>> {
        let pending = sqlx::query(queries::PENDING_JOBS).bind(most);
        let found = pending.fetch_all(connection).await?;
        found.iter().map(|row| fields::job(row, 0)).collect()
    }

    async fn failed_jobs(
        &self,
        connection: &mut SqliteConnection,
        most: i64,
    ) -> sqlx::Result<Vec<Failed>> {
        let failed = sqlx::query(queries::FAILED_JOBS).bind(most);
        let found = failed.fetch_all(connection).await?;
        found.iter().map(fields::failed).collect()
    }

    async fn retry_job(&self, connection: &mut SqliteConnection, id: &str) -> sqlx::Result<bool> {
        let retry = sqlx::query(queries::RETRY_JOB).bind(id);
        let retry = retry.bind(time::text(rows::now()));
        Ok(retry.fetch_optional(connection).await?.is_some())
    }

    async fn discard_job(&self, connection: &mut SqliteConnection, id: &str) -> sqlx::Result<bool> {
        let discard = sqlx::query(queries::DISCARD_JOB).bind(id);
        Ok(discard.fetch_optional(connection).await?.is_some())
    }

    async fn count_jobs(&self, connection: &mut SqliteConnection) -> sqlx::Result<Counts> {
        let counts = sqlx::query(queries::COUNT_JOBS);
        fields::counts(&counts.fetch_one(connection).await?)
    }
}

impl Fields for SqliteRow {
    fn text(&self, place: usize) -> sqlx::Result<Option<String>> {
        self.try_get(place)
    }

    fn number(&self, place: usize) -> sqlx::Result<i64> {
        self.try_get(place)
    }

    fn time(&self, place: usize) -> sqlx::Result<Option<i64>> {
        let text: Option<String> = self.try_get_unchecked(place)?;
        let time = text.as_deref().and_then(time::parse);
        Ok(time.map(jiff::Timestamp::as_microsecond))
    }
}
