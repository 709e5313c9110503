//! A SQLite file of kaal-rs's own, shared by the processes of one machine.
//!
//! Not for a database that the app has open itself: this brings its own copy of SQLite, and two
//! copies in one process do not see each other's file locks.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, Row as _, SqliteConnection, Transaction};

use super::database::engine::Engine;
use super::database::names::{self, Lease};
use super::database::shape::{Shape, shaped};
use super::database::{Filter, Row, time};
use crate::claim::Holder;
use crate::definition::Definition;
use crate::dispatch::Record;
use crate::key::{Key, Occurrence};
use crate::lease::Ttl;
use crate::{Error, Result};

mod delayed;
pub mod lent;
pub mod queries;
mod rows;

/// How long a writer waits for the others. SQLite's writers do not queue: under load one may be
/// passed over for a while.
const BUSY: Duration = Duration::from_secs(15);

/// A file. Leases are judged by the machine's clock, which all processes on the file share.
pub(crate) struct Sqlite {
    path: PathBuf,
    locks: Shape,
    dispatches: Shape,
}

impl Sqlite {
    /// The file at `path`, which is created with its tables when it is first used.
    ///
    /// # Errors
    ///
    /// An argument error when the path names no file, such as `:memory:`.
    pub fn new(path: PathBuf) -> Result<Self> {
        let text = path.to_string_lossy();
        if text.trim().is_empty() || text.contains(":memory:") || text.contains('\0') {
            return Err(Error::argument(format!(
                "SQLite needs the path of a file, such as storage/kaal.sqlite3, got {text:?}"
            )));
        }
        Ok(Self {
            path,
            locks: Shape::default(),
            dispatches: Shape::default(),
        })
    }

    async fn shaped(
        connection: &mut SqliteConnection,
        shape: &Shape,
        table: &str,
        sql: &'static str,
    ) -> sqlx::Result<std::borrow::Cow<'static, str>> {
        let has_times = if let Some(known) = shape.known() {
            known
        } else {
            let columns = sqlx::query_scalar(queries::COLUMNS).bind(table);
            shape.learn(&columns.fetch_all(connection).await?)
        };
        Ok(shaped(sql, has_times))
    }
}

impl Engine for Sqlite {
    type Db = sqlx::Sqlite;

    /// Its own limit is [`BUSY`].
    const PATIENCE: Option<Duration> = None;

    const ADVANCES_IN_STEPS: bool = false;

    async fn connect(&self) -> sqlx::Result<SqliteConnection> {
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .busy_timeout(BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .disable_statement_logging();
        let mut connection = options.connect().await?;
        self.create_tables(&mut connection).await?;
        Ok(connection)
    }

    /// It waits for its turn at the start, for one that only becomes a writer later cannot wait.
    async fn begin<'c>(
        &self,
        connection: &'c mut SqliteConnection,
    ) -> sqlx::Result<Transaction<'c, sqlx::Sqlite>> {
        connection.begin_with("BEGIN IMMEDIATE").await
    }

    fn explain(&self, error: &sqlx::Error) -> String {
        let cause = match error {
            sqlx::Error::Database(cause) => cause.message().to_owned(),
            other => other.to_string(),
        };
        let folder = self.path.parent().filter(|folder| !folder.is_dir());
        let hint = folder.map_or("", |_| " (the folder does not exist)");
        format!("{}: {cause}{hint}", self.path.display())
    }

    fn is_collision(_error: &sqlx::Error) -> bool {
        false // who writes is alone
    }

    /// There is no server, but a file that was opened when nobody might write to it stays read-only until it is
    /// opened again.
    fn is_farewell(error: &sqlx::Error) -> bool {
        const SQLITE_READONLY: i32 = 8;
        let code = error.as_database_error().and_then(DatabaseError::code);
        let code = code.and_then(|code| code.parse::<i32>().ok());
        code.is_some_and(|extended| extended & 0xff == SQLITE_READONLY)
    }

    fn lease_text(key: &Key) -> String {
        names::text(key)
    }

    async fn insert_leases(
        &self,
        connection: &mut SqliteConnection,
        leases: &[Lease],
        ttl: Ttl,
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let [now, expires] = rows::lifetime(ttl);
        if let [lease] = leases {
            // Without rows to wait for, an answer costs half as much.
            let sql = queries::INSERT_LEASE;
            let sql = Self::shaped(connection, &self.locks, "kaal_locks", sql).await?;
            let insert = sqlx::query(&sql)
                .bind(&lease.text)
                .bind(time::text(lease.token))
                .bind(expires)
                .bind(now)
                .bind(repeated);
            return Ok(vec![insert.execute(connection).await?.rows_affected() > 0]);
        }
        let sql = queries::INSERT_LEASES;
        let sql = Self::shaped(connection, &self.locks, "kaal_locks", sql).await?;
        let insert = sqlx::query(&sql)
            .bind(rows::leases(leases))
            .bind(expires)
            .bind(now)
            .bind(repeated);
        rows::keys_among(&insert.fetch_all(connection).await?, leases)
    }

    async fn delete_leases(
        &self,
        connection: &mut SqliteConnection,
        leases: &[Lease],
    ) -> sqlx::Result<Vec<bool>> {
        let delete = sqlx::query(queries::DELETE_LEASES).bind(rows::leases(leases));
        rows::keys_among(&delete.fetch_all(connection).await?, leases)
    }

    async fn delete_ended_leases(
        &self,
        connection: &mut SqliteConnection,
        most: i64,
    ) -> sqlx::Result<()> {
        let delete = sqlx::query(queries::DELETE_ENDED_LEASES);
        let delete = delete.bind(time::text(rows::now())).bind(most);
        delete.execute(connection).await?;
        Ok(())
    }

    async fn insert_records(
        &self,
        connection: &mut SqliteConnection,
        rows: &[Row],
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let sql = queries::INSERT_RECORDS;
        let sql = Self::shaped(connection, &self.dispatches, "kaal_dispatches", sql).await?;
        let insert = sqlx::query(&sql)
            .bind(rows::claims(rows))
            .bind(time::text(rows::now()))
            .bind(repeated);
        rows::runs_among(&insert.fetch_all(connection).await?, rows)
    }

    async fn put_records(
        &self,
        connection: &mut SqliteConnection,
        records: &[Record],
    ) -> sqlx::Result<()> {
        let sql = queries::PUT_RECORDS;
        let sql = Self::shaped(connection, &self.dispatches, "kaal_dispatches", sql).await?;
        let put = sqlx::query(&sql).bind(rows::records(records));
        put.bind(time::text(rows::now()))
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn find_records(
        &self,
        connection: &mut SqliteConnection,
        filter: &Filter,
    ) -> sqlx::Result<Vec<Record>> {
        let mut query = filter.query::<sqlx::Sqlite>(queries::FIND_RECORDS, "key", "text");
        let found = query.build().fetch_all(connection).await?;
        found.iter().map(rows::record).collect()
    }

    async fn delete_records(
        &self,
        connection: &mut SqliteConnection,
        fire_time: i64,
        most: i64,
    ) -> sqlx::Result<u64> {
        let delete = sqlx::query(queries::DELETE_RECORDS);
        let delete = delete.bind(time::seconds_text(fire_time)).bind(most);
        Ok(delete.execute(connection).await?.rows_affected())
    }

    async fn open_claims(
        &self,
        connection: &mut SqliteConnection,
        runs: &[Occurrence],
        holder: &Holder,
    ) -> sqlx::Result<()> {
        let [now, expires] = rows::lifetime(holder.ttl);
        let open = sqlx::query(queries::OPEN_CLAIMS).bind(&holder.namespace);
        let open = open.bind(rows::runs(runs)).bind(&holder.node_id);
        open.bind(expires).bind(now).execute(connection).await?;
        Ok(())
    }

    async fn ended_claims(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        skip: i64,
        most: i64,
    ) -> sqlx::Result<Vec<Occurrence>> {
        let ended = sqlx::query(queries::ENDED_CLAIMS).bind(namespace);
        let ended = ended.bind(time::text(rows::now())).bind(skip).bind(most);
        let found = ended.fetch_all(connection).await?;
        found.iter().map(rows::occurrence).collect()
    }

    async fn extend_claims(
        &self,
        connection: &mut SqliteConnection,
        runs: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let [now, expires] = rows::lifetime(holder.ttl);
        let extend = sqlx::query(queries::EXTEND_CLAIMS).bind(&holder.namespace);
        let extend = extend.bind(rows::runs(runs)).bind(&holder.node_id);
        let extend = extend.bind(expires).bind(now).bind(take_over);
        rows::among(&extend.fetch_all(connection).await?, runs)
    }

    async fn close_claims(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        runs: &[Occurrence],
    ) -> sqlx::Result<()> {
        let close = sqlx::query(queries::CLOSE_CLAIMS).bind(namespace);
        close.bind(rows::runs(runs)).execute(connection).await?;
        Ok(())
    }

    async fn advance(
        &self,
        connection: &mut SqliteConnection,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> sqlx::Result<Vec<bool>> {
        let advance = sqlx::query(queries::ADVANCE).bind(namespace);
        let advance = advance.bind(rows::runs(runs)).bind(holder);
        let advanced = advance.bind(time::text(rows::now()));
        let advanced = advanced.fetch_all(connection).await?;
        rows::among(&advanced, runs)
    }

    async fn definitions(
        &self,
        connection: &mut SqliteConnection,
        key: Option<&str>,
    ) -> sqlx::Result<Vec<Definition>> {
        let select = sqlx::query(queries::DEFINITIONS).bind(key);
        let found = select.fetch_all(connection).await?;
        found.iter().map(rows::definition).collect()
    }

    async fn definitions_version(&self, connection: &mut SqliteConnection) -> sqlx::Result<String> {
        let version = sqlx::query(queries::DEFINITIONS_VERSION);
        version.fetch_one(connection).await?.try_get(0)
    }

    /// Who writes is alone.
    async fn lock_definition(
        &self,
        _connection: &mut SqliteConnection,
        _key: &str,
    ) -> sqlx::Result<()> {
        Ok(())
    }

    async fn insert_definition(
        &self,
        connection: &mut SqliteConnection,
        definition: &Definition,
    ) -> sqlx::Result<()> {
        rows::bind(queries::INSERT_DEFINITION, definition)
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn update_definition(
        &self,
        connection: &mut SqliteConnection,
        definition: &Definition,
    ) -> sqlx::Result<()> {
        rows::bind(queries::UPDATE_DEFINITION, definition)
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn delete_definition(
        &self,
        connection: &mut SqliteConnection,
        key: &str,
    ) -> sqlx::Result<()> {
        let delete = sqlx::query(queries::DELETE_DEFINITION).bind(key);
        delete.execute(connection).await?;
        Ok(())
    }

    /// That of the machine.
    async fn time(&self, _connection: &mut SqliteConnection) -> sqlx::Result<Option<f64>> {
        Ok(None)
    }

    async fn create_tables(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        connection.execute(queries::SCHEMA).await?;
        Ok(())
    }
}
