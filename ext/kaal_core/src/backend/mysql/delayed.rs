//! Delayed jobs. A statement that changes rows does not tell which, so they are looked up first, and kept
//! from others until the transaction ends.

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{MySql, QueryBuilder, Row as _};

use super::{CHUNK, Mysql, kept};
use crate::backend::database::delayed::fields::{self, Fields};
use crate::backend::database::delayed::{DelayedEngine, Share};
use crate::backend::database::time;
use crate::delayed::{Claimed, Counts, Failed, Job, NextDue};
use crate::lease::Ttl;

const JOB: &str = "job_id, CAST(run_at AS CHAR), job_class, args, queue, CAST(created_at AS CHAR)";

impl DelayedEngine for Mysql {
    async fn insert_job(&self, connection: &mut MySqlConnection, job: &Job) -> sqlx::Result<bool> {
        let inserted = sqlx::query(include_str!("queries/insert_job.sql"))
            .bind(&job.job_id)
            .bind(time::text(job.run_at))
            .bind(&job.job_class)
            .bind(&job.args)
            .bind(&job.queue)
            .bind(job.created_at.map(time::text))
            .execute(connection)
            .await;
        match inserted {
            // ER_DUP_ENTRY
            Err(error) if super::number(&error) == Some(super::DUPLICATE) => Ok(false),
            inserted => inserted.map(|_| true),
        }
    }

    async fn find_job(
        &self,
        connection: &mut MySqlConnection,
        job_id: &str,
    ) -> sqlx::Result<Option<Job>> {
        let select = format!("SELECT {JOB} FROM kaal_delayed_jobs WHERE job_id = ?");
        let find = sqlx::query(&select).bind(job_id);
        let found = find.fetch_optional(connection).await?;
        found.map(|row| fields::job(&row, 0)).transpose()
    }

    async fn next_due(&self, connection: &mut MySqlConnection) -> sqlx::Result<NextDue> {
        let next = sqlx::query(include_str!("queries/next_due.sql"));
        let next = next.fetch_one(connection).await?;
        Ok(NextDue {
            run_at: next.time(0)?,
            lease_ends_in: next.try_get_unchecked(1)?,
        })
    }

    async fn take_claims(
        &self,
        connection: &mut MySqlConnection,
        share: &Share,
    ) -> sqlx::Result<Vec<Claimed>> {
        let skip = self.skip_locked(connection).await?;
        let select = format!(
            "SELECT id, OCTET_LENGTH(args) FROM kaal_delayed_claims \
             WHERE expires_at <= UTC_TIMESTAMP(6) ORDER BY expires_at, id LIMIT ? FOR UPDATE {skip}"
        );
        let ended = sqlx::query(&select).bind(share.most);
        let ended = ended.fetch_all(&mut *connection).await?;
        let ended: Vec<i64> = fitting(&ended, share.bytes)?;
        let mut taken = Vec::with_capacity(ended.len());
        for numbers in ended.chunks(CHUNK) {
            name_anew(connection, numbers, share).await?;
            let mut select = QueryBuilder::<MySql>::new(format!(
                "SELECT claim_id, attempts, {JOB} FROM kaal_delayed_claims WHERE id IN "
            ));
            in_list(&mut select, numbers);
            let select = select.build().persistent(kept(numbers.len()));
            for row in &select.fetch_all(&mut *connection).await? {
                taken.push(fields::retaken(row)?);
            }
        }
        Ok(taken)
    }

    async fn take_jobs(
        &self,
        connection: &mut MySqlConnection,
        share: &Share,
    ) -> sqlx::Result<Vec<Claimed>> {
        let due = sqlx::query(include_str!("queries/due_jobs.sql"));
        let due = due.bind(time::text(share.now)).bind(share.most);
        let due = due.fetch_all(&mut *connection).await?;
        let due: Vec<String> = fitting(&due, share.bytes)?;
        let mut taken = Vec::with_capacity(due.len());
        for job_ids in due.chunks(CHUNK) {
            let found = self.lock_jobs(connection, job_ids, share).await?;
            let numbers = found.iter().map(|row| row.try_get_unchecked(8));
            let numbers: Vec<i64> = numbers.collect::<sqlx::Result<_>>()?;
            if !numbers.is_empty() {
                move_to_claims(connection, &numbers, share).await?;
            }
            for row in &found {
                taken.push(fields::taken(row)?);
            }
        }
        Ok(taken)
    }

    async fn extend_jobs(
        &self,
        connection: &mut MySqlConnection,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> sqlx::Result<Vec<String>> {
        let mut extended = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CHUNK) {
            let mut select = QueryBuilder::<MySql>::new(
                "SELECT claim_id FROM kaal_delayed_claims WHERE failed_at IS NULL AND claim_id IN ",
            );
            in_list(&mut select, ids);
            select.push(" FOR UPDATE");
            let select = select.build().persistent(kept(ids.len()));
            let found = select.fetch_all(&mut *connection).await?;
            let found = found.iter().map(|row| row.try_get_unchecked(0));
            let found: Vec<String> = found.collect::<sqlx::Result<_>>()?;
            if !found.is_empty() {
                last_anew(connection, &found, ttl, attempts).await?;
            }
            extended.extend(found);
        }
        Ok(extended)
    }

    async fn close_jobs(
        &self,
        connection: &mut MySqlConnection,
        ids: &[String],
    ) -> sqlx::Result<()> {
        for ids in ids.chunks(CHUNK) {
            let mut delete = QueryBuilder::<MySql>::new(
                "DELETE FROM kaal_delayed_claims WHERE failed_at IS NULL AND claim_id IN ",
            );
            in_list(&mut delete, ids);
            let delete = delete.build().persistent(kept(ids.len()));
            delete.execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn fail_job(
        &self,
        connection: &mut MySqlConnection,
        id: &str,
        error: &str,
        attempts: u32,
    ) -> sqlx::Result<()> {
        let fail = sqlx::query(include_str!("queries/fail_job.sql"));
        let fail = fail.bind(error).bind(attempts).bind(id);
        fail.execute(connection).await?;
        Ok(())
    }

    async fn pending_jobs(
        &self,
        connection: &mut MySqlConnection,
        most: i64,
    ) -> sqlx::Result<Vec<Job>> {
        let select = format!("SELECT {JOB} FROM kaal_delayed_jobs ORDER BY run_at, job_id LIMIT ?");
        let found = sqlx::query(&select)
            .bind(most)
            .fetch_all(connection)
            .await?;
        found.iter().map(|row| fields::job(row, 0)).collect()
    }

    async fn failed_jobs(
        &self,
        connection: &mut MySqlConnection,
        most: i64,
    ) -> sqlx::Result<Vec<Failed>> {
        let select = format!(
            "SELECT claim_id, attempts, {JOB}, error, CAST(failed_at AS CHAR) FROM kaal_delayed_claims \
             WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, id DESC LIMIT ?"
        );
        let found = sqlx::query(&select)
            .bind(most)
            .fetch_all(connection)
            .await?;
        found.iter().map(fields::failed).collect()
    }

    async fn retry_job(&self, connection: &mut MySqlConnection, id: &str) -> sqlx::Result<bool> {
        let retry = sqlx::query(include_str!("queries/retry_job.sql")).bind(id);
        Ok(retry.execute(connection).await?.rows_affected() > 0)
    }

    async fn discard_job(&self, connection: &mut MySqlConnection, id: &str) -> sqlx::Result<bool> {
        let discard = sqlx::query(include_str!("queries/discard_job.sql")).bind(id);
        Ok(discard.execute(connection).await?.rows_affected() > 0)
    }

    async fn count_jobs(&self, connection: &mut MySqlConnection) -> sqlx::Result<Counts> {
        let counts = sqlx::query(include_str!("queries/count_jobs.sql"));
        fields::counts(&counts.fetch_one(connection).await?)
    }
}

impl Mysql {
    /// Locks rows by the index of their job ids and then themselves, as Kaal 0.6 does when it deletes one: in
    /// another order, two would wait for each other, and one would fail.
    async fn lock_jobs(
        &self,
        connection: &mut MySqlConnection,
        job_ids: &[String],
        share: &Share,
    ) -> sqlx::Result<Vec<MySqlRow>> {
        let skip = self.skip_locked(connection).await?;
        let index = self.job_id_index(connection).await?;
        let mut select = QueryBuilder::<MySql>::new("SELECT CONCAT(");
        select.push_bind(&share.token).push(format!(
            ", '-', id), 0, {JOB}, id FROM kaal_delayed_jobs {index} WHERE job_id IN "
        ));
        in_list(&mut select, job_ids);
        // Another may have taken one meanwhile, and the job have asked for its next time under its own id.
        select
            .push(" AND run_at <= ")
            .push_bind(time::text(share.now));
        select.push(format!(" FOR UPDATE {skip}"));
        let select = select.build().persistent(kept(job_ids.len()));
        select.fetch_all(connection).await
    }

    /// What has a statement use the unique index of job ids.
    async fn job_id_index(&self, connection: &mut MySqlConnection) -> sqlx::Result<String> {
        if let Some(known) = self.job_id_index.get() {
            return Ok(known.clone());
        }
        let index = sqlx::query(include_str!("queries/job_id_index.sql"));
        let Some(index) = index.fetch_optional(connection).await? else {
            return Ok(String::new());
        };
        let name: String = index.try_get_unchecked(0)?;
        let hint = format!("FORCE INDEX (`{}`)", name.replace('`', "``"));
        Ok(self.job_id_index.get_or_init(|| hint).clone())
    }

    /// What lets a SELECT … FOR UPDATE pass over what others have: MySQL 8 and MariaDB 10.6 know it. Others
    /// wait for each other.
    async fn skip_locked(&self, connection: &mut MySqlConnection) -> sqlx::Result<&'static str> {
        let known = if let Some(known) = self.skips_locked.get() {
            *known
        } else {
            let version = sqlx::query("SELECT VERSION()")
                .fetch_one(connection)
                .await?;
            let version: String = version.try_get_unchecked(0)?;
            *self.skips_locked.get_or_init(|| skips_locked(&version))
        };
        Ok(if known { "SKIP LOCKED" } else { "" })
    }
}

fn skips_locked(version: &str) -> bool {
    let is_mariadb = version.contains("MariaDB");
    // Behind what MariaDB says to clients that take it for an old MySQL.
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = version.split(['.', '-']).map(str::parse::<u32>);
    let mut number = || numbers.next().and_then(Result::ok).unwrap_or_default();
    (number(), number()) >= if is_mariadb { (10, 6) } else { (8, 0) }
}

async fn move_to_claims(
    connection: &mut MySqlConnection,
    numbers: &[i64],
    share: &Share,
) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::<MySql>::new(
        "INSERT INTO kaal_delayed_claims \
         (claim_id, job_id, run_at, job_class, args, queue, created_at, attempts, expires_at, updated_at) \
         SELECT CONCAT(",
    );
    insert.push_bind(&share.token).push(
        ", '-', id), job_id, run_at, job_class, args, queue, created_at, 0, UTC_TIMESTAMP(6) + INTERVAL ",
    );
    insert
        .push_bind(share.ttl.as_millis())
        .push(" * 1000 MICROSECOND, UTC_TIMESTAMP(6) FROM kaal_delayed_jobs WHERE id IN ");
    in_list(&mut insert, numbers);
    let insert = insert.build().persistent(kept(numbers.len()));
    insert.execute(&mut *connection).await?;
    let mut delete = QueryBuilder::<MySql>::new("DELETE FROM kaal_delayed_jobs WHERE id IN ");
    in_list(&mut delete, numbers);
    let delete = delete.build().persistent(kept(numbers.len()));
    delete.execute(connection).await?;
    Ok(())
}

async fn name_anew(
    connection: &mut MySqlConnection,
    numbers: &[i64],
    share: &Share,
) -> sqlx::Result<()> {
    let mut update =
        QueryBuilder::<MySql>::new("UPDATE kaal_delayed_claims SET claim_id = CONCAT(");
    update
        .push_bind(&share.token)
        .push(
            ", '-c', id), updated_at = UTC_TIMESTAMP(6), expires_at = UTC_TIMESTAMP(6) + INTERVAL ",
        )
        .push_bind(share.ttl.as_millis())
        .push(" * 1000 MICROSECOND WHERE id IN ");
    in_list(&mut update, numbers);
    let update = update.build().persistent(kept(numbers.len()));
    update.execute(connection).await?;
    Ok(())
}

async fn last_anew(
    connection: &mut MySqlConnection,
    ids: &[String],
    ttl: Ttl,
    attempts: Option<u32>,
) -> sqlx::Result<()> {
    let mut update = QueryBuilder::<MySql>::new(
        "UPDATE kaal_delayed_claims SET updated_at = UTC_TIMESTAMP(6), attempts = COALESCE(",
    );
    update
        .push_bind(attempts)
        .push(", attempts), expires_at = UTC_TIMESTAMP(6) + INTERVAL ")
        .push_bind(ttl.as_millis())
        .push(" * 1000 MICROSECOND WHERE claim_id IN ");
    in_list(&mut update, ids);
    let update = update.build().persistent(kept(ids.len()));
    update.execute(connection).await?;
    Ok(())
}

/// Of rows that begin with what names them and their bytes, those that fit.
fn fitting<'a, T>(rows: &'a [MySqlRow], bytes: i64) -> sqlx::Result<Vec<T>>
where
    T: sqlx::Decode<'a, MySql>,
{
    let mut left = bytes;
    let mut names = Vec::with_capacity(rows.len());
    for row in rows {
        if left <= 0 {
            break;
        }
        names.push(row.try_get_unchecked(0)?);
        left -= row.try_get_unchecked::<i64, _>(1)?;
    }
    Ok(names)
}

fn in_list<'a, T>(query: &mut QueryBuilder<'a, MySql>, values: &'a [T])
where
    T: sqlx::Encode<'a, MySql> + sqlx::Type<MySql> + Clone,
{
    query.push("(");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    query.push(")");
}

impl Fields for MySqlRow {
    fn text(&self, place: usize) -> sqlx::Result<Option<String>> {
        self.try_get_unchecked(place)
    }

    fn number(&self, place: usize) -> sqlx::Result<i64> {
        self.try_get_unchecked(place)
    }

    fn time(&self, place: usize) -> sqlx::Result<Option<i64>> {
        let text: Option<String> = self.try_get_unchecked(place)?;
        let time = text.as_deref().and_then(time::parse);
        Ok(time.map(jiff::Timestamp::as_microsecond))
    }
}

#[cfg(test)]
mod tests {
    use super::skips_locked;

    #[test]
    fn servers_that_skip_locked_rows_are_known_by_their_version() {
        for (version, skips) in [
            ("8.0.36", true),
            ("5.7.44-log", false),
            ("10.5.23-MariaDB", false),
            ("10.11.6-MariaDB-0+deb12u1", true),
            ("5.5.5-11.8.1-MariaDB", true),
            ("unknown", false),
        ] {
            assert_eq!(skips_locked(version), skips, "{version}");
        }
    }
}
