//! PostgreSQL: leases by advisory locks, as Kaal's, or by rows of `kaal_locks`.

mod delayed;
mod instant;
mod options;
mod queries;
mod rows;
mod session;

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection};
use sqlx::query::Query;
use sqlx::{ConnectOptions, Connection, Executor, Row as _, Transaction};

use super::database::engine::Engine;
use super::database::names::{self, Lease};
use super::database::shape::{Shape, shaped};
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

/// How long the server lets us wait for the lock of a row or a table.
const LOCK_TIMEOUT: &str = "5s";

const PROXY: &str =
    "; behind a proxy that pools transactions use lease: :table, prepared_statements: false";

/// How long the server keeps a transaction of which it hears no more, and with it the locks of its rows:
/// that of a machine that has vanished.
const IDLE_TIMEOUT: &str = "10s";

/// A server.
pub(crate) struct Postgres {
    /// What holds wherever the server is.
    base: Box<PgConnectOptions>,
    place: Place,
    /// Said at the start of each transaction, where the session may be another each time.
    begin: Option<String>,
    locks: Shape,
    dispatches: Shape,
}

impl Postgres {
    /// The server that the options name. It is first connected to when it is needed.
    ///
    /// # Errors
    ///
    /// An argument error when an option cannot be used.
    pub fn new(options: &Options) -> Result<Self> {
        let base = Box::new(options.base());
        options.server.check(|server| options::of(&base, server))?;
        Ok(Self {
            base,
            place: Place::new(options.server.clone()),
            begin: (!options.prepared_statements).then(|| options.begin()),
            locks: Shape::default(),
            dispatches: Shape::default(),
        })
    }

    fn query<'q>(&self, sql: &'q str) -> Query<'q, sqlx::Postgres, PgArguments> {
        sqlx::query(sql).persistent(self.begin.is_none())
    }

    async fn shaped(
        &self,
        connection: &mut PgConnection,
        shape: &Shape,
        table: &str,
        sql: &'static str,
    ) -> sqlx::Result<std::borrow::Cow<'static, str>> {
        let has_times = if let Some(known) = shape.known() {
            known
        } else {
            let columns = self.query(queries::COLUMNS).bind(table);
            shape.learn(&rows::texts(&columns.fetch_all(connection).await?)?)
        };
        Ok(shaped(sql, has_times))
    }
}

impl Engine for Postgres {
    type Db = sqlx::Postgres;

    const PATIENCE: Option<Duration> = Some(PATIENCE);

    const ADVANCES_IN_STEPS: bool = false;

    async fn connect(&self) -> sqlx::Result<PgConnection> {
        let server = self.place.server(PATIENCE).await.map_err(ours)?;
        let options = options::of(&self.base, &server).map_err(ours)?;
        options.connect().await
    }

    async fn begin<'c>(
        &self,
        connection: &'c mut PgConnection,
    ) -> sqlx::Result<Transaction<'c, sqlx::Postgres>> {
        match &self.begin {
            Some(begin) => connection.begin_with(begin.clone()).await,
            None => connection.begin().await,
        }
    }

    fn always_in_transaction(&self) -> bool {
        self.begin.is_some()
    }

    fn explain(&self, error: &sqlx::Error) -> String {
        let said = error.as_database_error();
        let code = said.and_then(DatabaseError::code);
        let cure = match code.as_deref() {
            Some("42P01") => {
                "; in Rails run bin/rails db:migrate, elsewhere Kaal.create_tables! makes the tables that are missing"
            }
            Some("53200") => {
                "; the server's lock table is full: raise max_locks_per_transaction, or use lease: :table"
            }
            Some("26000" | "42P05") => PROXY,
            // A proxy does not know of settings that begin a session.
            Some("08P01")
                if said.is_some_and(|said| said.message().contains("startup parameter")) =>
            {
                PROXY
            }
            _ => "",
        };
        server_error(&self.place.shown(), error) + cure
    }

    fn is_collision(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(DatabaseError::code);
        // unique_violation, serialization_failure, deadlock_detected
        matches!(code.as_deref(), Some("23505" | "40001" | "40P01"))
    }

    fn is_farewell(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(DatabaseError::code);
        // Operator intervention, such as a shutdown; connection exception; an idle session or transaction.
        code.is_some_and(|code| {
            code.starts_with("57P") || code.starts_with("08") || code == "25P03"
        })
    }

    fn is_read_only(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(DatabaseError::code);
        code.as_deref() == Some("25006") // read_only_sql_transaction
    }

    fn lease_text(key: &Key) -> String {
        names::short_text(key)
    }

    async fn insert_leases(
        &self,
        connection: &mut PgConnection,
        leases: &[Lease],
        ttl: Ttl,
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let sql = queries::INSERT_LEASES;
        let sql = self
            .shaped(connection, &self.locks, "kaal_locks", sql)
            .await?;
        let (keys, tokens) = rows::leases(leases);
        let insert = self.query(&sql).bind(keys).bind(tokens);
        let insert = insert.bind(ttl.as_millis()).bind(repeated);
        rows::keys_among(&insert.fetch_all(connection).await?, leases)
    }

    async fn delete_leases(
        &self,
        connection: &mut PgConnection,
        leases: &[Lease],
    ) -> sqlx::Result<Vec<bool>> {
        let (keys, tokens) = rows::leases(leases);
        let delete = self.query(queries::DELETE_LEASES).bind(keys).bind(tokens);
        rows::keys_among(&delete.fetch_all(connection).await?, leases)
    }

    async fn delete_ended_leases(
        &self,
        connection: &mut PgConnection,
        most: i64,
    ) -> sqlx::Result<()> {
        let delete = self.query(queries::DELETE_ENDED_LEASES).bind(most);
        delete.execute(connection).await?;
        Ok(())
    }

    async fn insert_records(
        &self,
        connection: &mut PgConnection,
        rows: &[Row],
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let sql = queries::INSERT_RECORDS;
        let sql = self
            .shaped(connection, &self.dispatches, "kaal_dispatches", sql)
            .await?;
        let insert = rows::bind_claims(self.query(&sql), rows);
        let inserted = insert.bind(repeated).fetch_all(connection).await?;
        rows::runs_among(&inserted, rows)
    }

    async fn put_records(
        &self,
        connection: &mut PgConnection,
        records: &[Record],
    ) -> sqlx::Result<()> {
        let sql = queries::PUT_RECORDS;
        let sql = self
            .shaped(connection, &self.dispatches, "kaal_dispatches", sql)
            .await?;
        let put = rows::bind_records(self.query(&sql), records);
        put.execute(connection).await?;
        Ok(())
    }

    async fn find_records(
        &self,
        connection: &mut PgConnection,
        filter: &Filter,
    ) -> sqlx::Result<Vec<Record>> {
        let mut query = filter.query::<sqlx::Postgres>(queries::FIND_RECORDS, "key", "timestamp");
        let query = query.build().persistent(self.begin.is_none());
        let found = query.fetch_all(connection).await?;
        found.iter().map(rows::record).collect()
    }

    async fn delete_records(
        &self,
        connection: &mut PgConnection,
        fire_time: i64,
        most: i64,
    ) -> sqlx::Result<u64> {
        let delete = self.query(queries::DELETE_RECORDS);
        let delete = delete.bind(time::seconds_text(fire_time)).bind(most);
        Ok(delete.execute(connection).await?.rows_affected())
    }

    async fn open_claims(
        &self,
        connection: &mut PgConnection,
        runs: &[Occurrence],
        holder: &Holder,
    ) -> sqlx::Result<()> {
        let (keys, fire_times) = rows::runs(runs);
        let open = self.query(queries::OPEN_CLAIMS).bind(&holder.namespace);
        let open = open.bind(keys).bind(fire_times).bind(&holder.node_id);
        open.bind(holder.ttl.as_millis())
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn ended_claims(
        &self,
        connection: &mut PgConnection,
        namespace: &str,
        skip: i64,
        most: i64,
    ) -> sqlx::Result<Vec<Occurrence>> {
        let ended = self.query(queries::ENDED_CLAIMS);
        let ended = ended.bind(namespace).bind(skip).bind(most);
        let found = ended.fetch_all(connection).await?;
        found.iter().map(rows::occurrence).collect()
    }

    async fn extend_claims(
        &self,
        connection: &mut PgConnection,
        runs: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> sqlx::Result<Vec<bool>> {
        let (keys, fire_times) = rows::runs(runs);
        let extend = self.query(queries::EXTEND_CLAIMS).bind(&holder.namespace);
        let extend = extend.bind(keys).bind(fire_times).bind(&holder.node_id);
        let extend = extend.bind(holder.ttl.as_millis()).bind(take_over);
        rows::among(&extend.fetch_all(connection).await?, runs)
    }

    async fn close_claims(
        &self,
        connection: &mut PgConnection,
        namespace: &str,
        runs: &[Occurrence],
    ) -> sqlx::Result<()> {
        let (keys, fire_times) = rows::runs(runs);
        let close = self.query(queries::CLOSE_CLAIMS).bind(namespace);
        close
            .bind(keys)
            .bind(fire_times)
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn advance(
        &self,
        connection: &mut PgConnection,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> sqlx::Result<Vec<bool>> {
        let (keys, last_runs) = rows::runs(runs);
        let advance = self.query(queries::ADVANCE).bind(namespace);
        let advance = advance.bind(keys).bind(last_runs).bind(holder);
        rows::among(&advance.fetch_all(connection).await?, runs)
    }

    async fn definitions(
        &self,
        connection: &mut PgConnection,
        key: Option<&str>,
    ) -> sqlx::Result<Vec<Definition>> {
        let select = self.query(queries::DEFINITIONS).bind(key);
        let found = select.fetch_all(connection).await?;
        found.iter().map(rows::definition).collect()
    }

    async fn definitions_version(&self, connection: &mut PgConnection) -> sqlx::Result<String> {
        let version = self.query(queries::DEFINITIONS_VERSION);
        version.fetch_one(connection).await?.try_get(0)
    }

    async fn lock_definition(&self, connection: &mut PgConnection, key: &str) -> sqlx::Result<()> {
        let lock = self.query(queries::LOCK_DEFINITION).bind(key);
        lock.fetch_optional(connection).await?;
        Ok(())
    }

    async fn insert_definition(
        &self,
        connection: &mut PgConnection,
        definition: &Definition,
    ) -> sqlx::Result<()> {
        let insert = self.query(queries::INSERT_DEFINITION);
        rows::bind(insert, definition).execute(connection).await?;
        Ok(())
    }

    async fn update_definition(
        &self,
        connection: &mut PgConnection,
        definition: &Definition,
    ) -> sqlx::Result<()> {
        let update = self.query(queries::UPDATE_DEFINITION);
        rows::bind(update, definition).execute(connection).await?;
        Ok(())
    }

    async fn delete_definition(
        &self,
        connection: &mut PgConnection,
        key: &str,
    ) -> sqlx::Result<()> {
        let delete = self.query(queries::DELETE_DEFINITION).bind(key);
        delete.execute(connection).await?;
        Ok(())
    }

    async fn time(&self, connection: &mut PgConnection) -> sqlx::Result<Option<f64>> {
        let time = self.query("SELECT extract(epoch FROM clock_timestamp())::float8");
        time.fetch_one(connection).await?.try_get(0).map(Some)
    }

    async fn create_tables(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        connection.execute(queries::SCHEMA).await?;
        Ok(())
    }
}

/// A refusal of an option, without its value where that may be secret.
fn unusable(what: &str) -> Error {
    Error::argument(format!("PostgreSQL: {what}"))
}
