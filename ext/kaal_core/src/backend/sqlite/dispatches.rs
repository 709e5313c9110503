//! The dispatch log in SQLite: rows of `kaal_dispatches`.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row};

use super::connection::write;
use super::{Sqlite, now, time};
use crate::Result;
use crate::dispatch::Record;

/// How many rows a statement writes.
const ROWS: usize = 100;

const INSERT: &str = "INSERT INTO kaal_dispatches \
    (key, fire_time, dispatched_at, node_id, status, created_at, updated_at) ";
const UPDATE: &str = " ON CONFLICT (key, fire_time) DO UPDATE SET \
    dispatched_at = excluded.dispatched_at, node_id = excluded.node_id, status = excluded.status, \
    updated_at = excluded.updated_at";

/// How many rows are deleted at once, so that others get their turn.
const CHUNK: i64 = 1_000;

/// Which records are looked for; `None` stands for any.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The job's key.
    pub key: Option<String>,
    /// The namespace that Kaal 0.6 puts before the key.
    pub namespace: String,
    /// Unix seconds.
    pub fire_time: Option<i64>,
    /// The node that dispatched.
    pub node_id: Option<String>,
    /// The status.
    pub status: Option<String>,
}

impl Sqlite {
    /// Writes records, each in place of one of that run, all or none.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn log_many(&self, records: &[Record]) -> Result<()> {
        let mut connection = self.connection.get().await?;
        let now = time::text(now());
        let written = async {
            let mut transaction = write(&mut connection).await?;
            for records in records.chunks(ROWS) {
                let mut insert = QueryBuilder::new(INSERT);
                insert.push_values(records, |mut row, record| {
                    row.push_bind(&record.key)
                        .push_bind(time::seconds_text(record.fire_time))
                        .push_bind(time::seconds_text(record.dispatched_at))
                        .push_bind(&record.node_id)
                        .push_bind(&record.status)
                        .push_bind(&now)
                        .push_bind(&now);
                });
                insert.push(UPDATE);
                insert.build().execute(&mut *transaction).await?;
            }
            transaction.commit().await
        };
        written.await.map_err(|error| self.connection.error(&error))
    }

    /// The records that the filter lets through, newest fire time first.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn dispatches(&self, filter: &Filter) -> Result<Vec<Record>> {
        let mut connection = self.connection.get().await?;
        let prefixed = filter
            .key
            .as_ref()
            .map(|key| format!("{}:{key}", filter.namespace));
        let found = sqlx::query(include_str!("queries/find_dispatches.sql"))
            .bind(&filter.key)
            .bind(prefixed)
            .bind(filter.fire_time.map(time::seconds_text))
            .bind(&filter.node_id)
            .bind(&filter.status)
            .fetch_all(&mut *connection)
            .await;
        let records = found.and_then(|rows| rows.iter().map(record).collect());
        records.map_err(|error| self.connection.error(&error))
    }

    /// Deletes the records of runs before `fire_time` (unix seconds); answers how many.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn delete_dispatches_before(&self, fire_time: i64) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let mut connection = self.connection.get().await?;
            let delete = sqlx::query(include_str!("queries/delete_old_dispatches.sql"))
                .bind(time::seconds_text(fire_time))
                .bind(CHUNK);
            let done = delete.execute(&mut *connection).await;
            let done = done
                .map_err(|error| self.connection.error(&error))?
                .rows_affected();
            deleted += done;
            if done < CHUNK.unsigned_abs() {
                return Ok(deleted);
            }
        }
    }
}

fn record(row: &SqliteRow) -> sqlx::Result<Record> {
    let seconds = |text: &str| time::parse(text).map_or(0, jiff::Timestamp::as_second);
    Ok(Record {
        key: row.try_get(0)?,
        fire_time: seconds(row.try_get(1)?),
        dispatched_at: seconds(row.try_get(2)?),
        node_id: row.try_get(3)?,
        status: row.try_get(4)?,
    })
}
