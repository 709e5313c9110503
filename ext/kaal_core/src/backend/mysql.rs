//! MySQL and MariaDB: leases by named locks, as Kaal's, or by rows of `kaal_locks`.

mod claims;
mod delayed;
mod intervals;
mod leases;
mod options;
mod records;
mod rows;
mod session;

use std::sync::OnceLock;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlConnection;
use sqlx::{ConnectOptions, Connection, Executor, MySql, Row as _, Transaction};

use super::database::engine::Engine;
use super::database::names::{self, Lease};
use super::database::shape::Shape;
use super::database::{Filter, Place, Row, ours, server_error, time};
use crate::claim::Holder;
use crate::definition::Definition;
use crate::dispatch::Record;
use crate::key::{Key, Occurrence};
use crate::lease::Ttl;
use crate::{Error, Result};
pub use options::Options;

/// How long we wait for the server, with the connecting.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many rows or names a statement has. One of that many and one of a single one are kept by the
/// server, others are said once.
const CHUNK: usize = 100;

/// `ER_DUP_ENTRY`
const DUPLICATE: u16 = 1062;

/// Strict, so that nothing is cut; without gap locks, which get two nodes stuck that insert side by
/// side; without long waits. A connection of which the server hears no more ends within a minute, and with
/// it the locks of rows that a machine had which has vanished; one that was just idle is made anew.
const SETTINGS: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
    SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), \
    innodb_lock_wait_timeout = 5, lock_wait_timeout = 5, wait_timeout = 60";

/// A server.
pub(crate) struct Mysql {
    place: Place,
    locks: Shape,
    dispatches: Shape,
    /// Whether the server knows SKIP LOCKED.
    skips_locked: OnceLock<bool>,
    /// The hint for the index of the ids of delayed jobs.
    job_id_index: OnceLock<String>,
}

impl Mysql {
    /// The server that the options name. It is first connected to when it is needed.
    ///
    /// # Errors
    ///
    /// An argument error when an option cannot be used.
    pub fn new(options: &Options) -> Result<Self> {
        options.server.check(options::of)?;
        Ok(Self {
            place: Place::new(options.server.clone()),
            locks: Shape::default(),
            dispatches: Shape::default(),
            skips_locked: OnceLock::new(),
            job_id_index: OnceLock::new(),
        })
    }

    /// The collation under which keys are the same only if their bytes are: MySQL's, MariaDB's, or
    /// where a server is too old for both, one that takes trailing spaces for nothing.
    async fn collation(connection: &mut MySqlConnection) -> sqlx::Result<&'static str> {
        let found = sqlx::query(include_str!("mysql/queries/collations.sql"));
        let found = found.fetch_all(connection).await?;
        let names = found.iter().map(|row| row.try_get_unchecked(0));
        let names = names.collect::<sqlx::Result<Vec<String>>>()?;
        let wanted = ["utf8mb4_0900_bin", "utf8mb4_nopad_bin"];
        let wanted = wanted
            .into_iter()
            .find(|name| names.iter().any(|found| found == name));
        Ok(wanted.unwrap_or("utf8mb4_bin"))
    }
}

impl Engine for Mysql {
    type Db = MySql;

    const PATIENCE: Option<Duration> = Some(PATIENCE);

    const RECORDS_AT_ONCE: usize = CHUNK;

    const ADVANCES_IN_STEPS: bool = true;

    async fn connect(&self) -> sqlx::Result<MySqlConnection> {
        let server = self.place.server(PATIENCE).await.map_err(ours)?;
        let options = options::of(&server).map_err(ours)?;
        let mut connection = options.connect().await?;
        connection.execute(SETTINGS).await?;
        Ok(connection)
    }

    async fn begin<'c>(
        &self,
        connection: &'c mut MySqlConnection,
    ) -> sqlx::Result<Transaction<'c, MySql>> {
        connection.begin().await
    }

    fn explain(&self, error: &sqlx::Error) -> String {
        let cure = match number(error) {
            Some(1146) => {
                "; in Rails run bin/rails db:migrate, elsewhere Kaal.create_tables! makes the tables that are missing"
            }
            // ER_DATA_TOO_LONG
            Some(1406) => "; a column of the type mediumtext has room for more",
            _ => "",
        };
        server_error(&self.place.shown(), error) + cure
    }

    fn is_collision(error: &sqlx::Error) -> bool {
        // ER_LOCK_DEADLOCK
        matches!(number(error), Some(DUPLICATE | 1213))
    }

    fn is_farewell(error: &sqlx::Error) -> bool {
        // ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED (MariaDB), ER_CLIENT_INTERACTION_TIMEOUT (MySQL)
        matches!(number(error), Some(1053 | 1927 | 4031))
    }

    fn is_read_only(error: &sqlx::Error) -> bool {
        let said = error.as_database_error().map(DatabaseError::message);
        match number(error) {
            // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE
            Some(1792 | 1836) => true,
            // ER_OPTION_PREVENTS_STATEMENT, which other options do as well
            Some(1290) => said.is_some_and(|said| said.contains("read-only")),
            _ => false,
        }
    }

    fn lease_text(key: &Key) -> String {
        names::short_text(key)
    }

    async fn insert_leases(
        &self,
        connection: &mut MySqlConnection,
        leases: &[Lease],
        ttl: Ttl,
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let has_times = self.locks_have_times(connection).await?;
        let mut won = Vec::with_capacity(leases.len());
        for leases in leases.chunks(CHUNK) {
            won.extend(leases::insert(connection, leases, ttl, repeated, has_times).await?);
        }
        Ok(won)
    }

    async fn delete_leases(
        &self,
        connection: &mut MySqlConnection,
        leases: &[Lease],
    ) -> sqlx::Result<Vec<bool>> {
        let mut deleted = Vec::with_capacity(leases.len());
        for leases in leases.chunks(CHUNK) {
            deleted.extend(leases::delete(connection, leases).await?);
        }
        Ok(deleted)
    }

    async fn delete_ended_leases(
        &self,
        connection: &mut MySqlConnection,
        most: i64,
    ) -> sqlx::Result<()> {
        let delete = sqlx::query(include_str!("mysql/queries/delete_ended_leases.sql"));
        delete.bind(most).execute(connection).await?;
        Ok(())
    }

    async fn insert_records(
        &self,
        connection: &mut MySqlConnection,
        rows: &[Row],
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let has_times = self.dispatches_have_times(connection).await?;
        let mut inserted = Vec::with_capacity(rows.len());
        for rows in rows.chunks(CHUNK) {
            inserted.extend(records::insert(connection, rows, repeated, has_times).await?);
        }
        Ok(inserted)
    }

    async fn put_records(
        &self,
        connection: &mut MySqlConnection,
        records: &[Record],
    ) -> sqlx::Result<()> {
        let has_times = self.dispatches_have_times(connection).await?;
        for records in records.chunks(CHUNK) {
            records::put(connection, records, has_times).await?;
        }
        Ok(())
    }

    async fn find_records(
        &self,
        connection: &mut MySqlConnection,
        filter: &Filter,
    ) -> sqlx::Result<Vec<Record>> {
        let select = include_str!("mysql/queries/find_records.sql");
        let mut query = filter.query::<MySql>(select, "`key`", "datetime(6)");
        let found = query.build().fetch_all(connection).await?;
        let mut found: Vec<Record> = found
            .iter()
            .map(rows::record)
            .collect::<sqlx::Result<_>>()?;
        // The collation may take other keys for this one.
        if let Some(key) = &filter.key {
            let prefixed = format!("{}:{key}", filter.namespace);
            found.retain(|record| record.key == *key || record.key == prefixed);
        }
        Ok(found)
    }

    async fn delete_records(
        &self,
        connection: &mut MySqlConnection,
        fire_time: i64,
        most: i64,
    ) -> sqlx::Result<u64> {
        let delete = sqlx::query(include_str!("mysql/queries/delete_records.sql"));
        let delete = delete.bind(time::seconds_text(fire_time)).bind(most);
        Ok(delete.execute(connection).await?.rows_affected())
    }

    async fn open_claims(
        &self,
        connection: &mut MySqlConnection,
        runs: &[Occurrence],
        holder: &Holder,
    ) -> sqlx::Result<()> {
        for runs in runs.chunks(CHUNK) {
            claims::open(connection, runs, holder).await?;
        }
        Ok(())
    }

    async fn ended_claims(
        &self,
        connection: &mut MySqlConnection,
        namespace: &str,
        skip: i64,
        most: i64,
    ) -> sqlx::Result<Vec<Occurrence>> {
        let ended = sqlx::query(include_str!("mysql/queries/ended_claims.sql")).bind(namespace);
        let found = ended.bind(most).bind(skip).fetch_all(connection).await?;
        found.iter().map(rows::occurrence).collect()
    }

    async fn extend_claims(
        &self,
        connection: &mut MySqlConnection,
        runs: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let mut extended = Vec::with_capacity(runs.len());
        for runs in runs.chunks(CHUNK) {
            extended.extend(claims::extend(connection, runs, holder, take_over).await?);
        }
        Ok(extended)
    }

    async fn close_claims(
        &self,
        connection: &mut MySqlConnection,
        namespace: &str,
        runs: &[Occurrence],
    ) -> sqlx::Result<()> {
        for runs in runs.chunks(CHUNK) {
            claims::close(connection, namespace, runs).await?;
        }
        Ok(())
    }

    async fn advance(
        &self,
        connection: &mut MySqlConnection,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> sqlx::Result<Vec<bool>> {
        let mut advanced = Vec::with_capacity(runs.len());
        for runs in runs.chunks(CHUNK) {
            advanced.extend(intervals::advance(connection, namespace, holder, runs).await?);
        }
        Ok(advanced)
    }

    async fn definitions(
        &self,
        connection: &mut MySqlConnection,
        key: Option<&str>,
    ) -> sqlx::Result<Vec<Definition>> {
        let select = sqlx::query(include_str!("mysql/queries/definitions.sql"));
        let found = select.bind(key).bind(key).fetch_all(connection).await?;
        found.iter().map(rows::definition).collect()
    }

    async fn definitions_version(&self, connection: &mut MySqlConnection) -> sqlx::Result<String> {
        let version = sqlx::query(include_str!("mysql/queries/definitions_version.sql"));
        version.fetch_one(connection).await?.try_get_unchecked(0)
    }

    async fn lock_definition(
        &self,
        connection: &mut MySqlConnection,
        key: &str,
    ) -> sqlx::Result<()> {
        let lock = sqlx::query(include_str!("mysql/queries/lock_definition.sql")).bind(key);
        lock.fetch_optional(connection).await?;
        Ok(())
    }

    async fn insert_definition(
        &self,
        connection: &mut MySqlConnection,
        definition: &Definition,
    ) -> sqlx::Result<()> {
        let insert = sqlx::query(include_str!("mysql/queries/insert_definition.sql"));
        let insert = rows::bind(insert, definition)
            .bind(rows::text(definition.created_at))
            .bind(&definition.key);
        insert.execute(connection).await?;
        Ok(())
    }

    async fn update_definition(
        &self,
        connection: &mut MySqlConnection,
        definition: &Definition,
    ) -> sqlx::Result<()> {
        let update = sqlx::query(include_str!("mysql/queries/update_definition.sql"));
        let update = rows::bind(update, definition).bind(&definition.key);
        update.execute(connection).await?;
        Ok(())
    }

    async fn delete_definition(
        &self,
        connection: &mut MySqlConnection,
        key: &str,
    ) -> sqlx::Result<()> {
        let delete = sqlx::query(include_str!("mysql/queries/delete_definition.sql")).bind(key);
        delete.execute(connection).await?;
        Ok(())
    }

    async fn time(&self, connection: &mut MySqlConnection) -> sqlx::Result<Option<f64>> {
        let time = sqlx::query("SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) AS CHAR)");
        let time: String = time.fetch_one(connection).await?.try_get_unchecked(0)?;
        Ok(time.parse().ok())
    }

    async fn create_tables(&self, connection: &mut MySqlConnection) -> sqlx::Result<()> {
        let collation = Self::collation(connection).await?;
        let schema = include_str!("mysql/queries/schema.sql").replace("COLLATION", collation);
        connection.execute(schema.as_str()).await?;
        Ok(())
    }

    fn same_key(&self, key: &str, stored: &str) -> String {
        format!(
            "key {key:?} is the same to MySQL as the registered {stored:?}, by the collation of \
             kaal_definitions.key; give the column one that compares bytes, in a migration: \
             change_column :kaal_definitions, :key, :string, null: false, collation: 'utf8mb4_nopad_bin' \
             (MariaDB) or 'utf8mb4_0900_bin' (MySQL 8); likewise :kaal_dispatches"
        )
    }
}

impl Mysql {
    async fn dispatches_have_times(&self, connection: &mut MySqlConnection) -> sqlx::Result<bool> {
        if let Some(known) = self.dispatches.known() {
            return Ok(known);
        }
        let columns = columns(connection, "kaal_dispatches").await?;
        Ok(self.dispatches.learn(&columns))
    }

    /// Refuses a table whose times have no fraction: no lease would ever be known to be ours.
    async fn locks_have_times(&self, connection: &mut MySqlConnection) -> sqlx::Result<bool> {
        if let Some(known) = self.locks.known() {
            return Ok(known);
        }
        let coarse = sqlx::query(include_str!("mysql/queries/coarse_times.sql"));
        if let Some(coarse) = coarse.fetch_optional(&mut *connection).await? {
            let column: String = coarse.try_get_unchecked(0)?;
            return Err(sqlx::Error::Configuration(
                format!(
                    "the times of kaal_locks.{column} have no microseconds, by which leases are told apart; \
                     give them to all its times, in a migration: \
                     change_column :kaal_locks, :{column}, :datetime, precision: 6, null: false"
                )
                .into(),
            ));
        }
        let columns = columns(connection, "kaal_locks").await?;
        Ok(self.locks.learn(&columns))
    }
}

async fn columns(connection: &mut MySqlConnection, table: &str) -> sqlx::Result<Vec<String>> {
    let columns = sqlx::query(include_str!("mysql/queries/columns.sql")).bind(table);
    let columns = columns.fetch_all(connection).await?;
    columns.iter().map(|row| row.try_get_unchecked(0)).collect()
}

/// What the server numbers its errors with.
fn number(error: &sqlx::Error) -> Option<u16> {
    use sqlx::mysql::MySqlDatabaseError;
    let error = error.as_database_error()?;
    Some(error.try_downcast_ref::<MySqlDatabaseError>()?.number())
}

/// A refusal of an option, without its value where that may be secret.
fn unusable(what: &str) -> Error {
    Error::argument(format!("MySQL: {what}"))
}

/// Whether the server shall keep a statement of so many rows: those that come again.
fn kept(rows: usize) -> bool {
    rows == 1 || rows == CHUNK
}
