//! One type for all databases.

use std::path::PathBuf;
use std::thread::Thread;
use std::time::Duration;

use super::session::Sessions;
use super::{Filter, Tables};
use crate::Result;
use crate::backend::mysql::{self, Mysql};
use crate::backend::postgres::{self, Postgres};
use crate::backend::sqlite::Sqlite;
use crate::claim::{Claims, Holder, OpenClaims, Terms};
use crate::definition::Definition;
use crate::delayed::{Claimed, Counts, DelayedJobs, Failed, Job, NextDue};
use crate::dispatch::Record;
use crate::interval::Intervals;
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Ttl};

/// What a lease is in a server's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// A lock of a session, as Kaal's.
    Session,
    /// A row of `kaal_locks`, judged by the database's clock.
    Table,
}

/// A database that coordinates nodes.
pub struct Database(Kind);

enum Kind {
    Sqlite(Tables<Sqlite>),
    Postgres(Tables<Postgres>),
    PostgresSessions(Sessions<Postgres>),
    Mysql(Tables<Mysql>),
    MysqlSessions(Sessions<Mysql>),
}

/// What all have that can take leases.
macro_rules! store {
    ($self:expr, $store:ident => $body:expr) => {
        match &$self.0 {
            Kind::Sqlite($store) => $body,
            Kind::Postgres($store) => $body,
            Kind::PostgresSessions($store) => $body,
            Kind::Mysql($store) => $body,
            Kind::MysqlSessions($store) => $body,
        }
    };
}

/// The tables, which all have.
macro_rules! tables {
    ($self:expr, $tables:ident => $body:expr) => {
        match &$self.0 {
            Kind::Sqlite($tables) => $body,
            Kind::Postgres($tables) => $body,
            Kind::PostgresSessions(Sessions {
                tables: $tables, ..
            }) => $body,
            Kind::Mysql($tables) => $body,
            Kind::MysqlSessions(Sessions {
                tables: $tables, ..
            }) => $body,
        }
    };
}

/// The sessions, or what is said of those that have none.
macro_rules! sessions {
    ($self:expr, $sessions:ident => $body:expr, else $without:expr) => {
        match &$self.0 {
            Kind::PostgresSessions($sessions) => $body,
            Kind::MysqlSessions($sessions) => $body,
            Kind::Sqlite(_) | Kind::Postgres(_) | Kind::Mysql(_) => $without,
        }
    };
}

impl Database {
    /// A SQLite file of kaal-rs's own, which is created with its tables when it is first used.
    ///
    /// # Errors
    ///
    /// An argument error when the path names no file, such as `:memory:`.
    pub fn sqlite(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self(Kind::Sqlite(Tables::new(
            Sqlite::new(path.into())?,
            1,
        ))))
    }

    /// A PostgreSQL server, by at most `connections` at once.
    ///
    /// # Errors
    ///
    /// An argument error when an option cannot be used.
    pub fn postgres(options: &postgres::Options, lease: Lease, connections: usize) -> Result<Self> {
        let engine = Postgres::new(options)?;
        Ok(Self(match lease {
            Lease::Table => Kind::Postgres(Tables::new(engine, connections)),
            Lease::Session => {
                Kind::PostgresSessions(Sessions::new(engine, beside_session(connections)))
            }
        }))
    }

    /// A MySQL or MariaDB server, by at most `connections` at once.
    ///
    /// # Errors
    ///
    /// An argument error when an option cannot be used.
    pub fn mysql(options: &mysql::Options, lease: Lease, connections: usize) -> Result<Self> {
        let engine = Mysql::new(options)?;
        Ok(Self(match lease {
            Lease::Table => Kind::Mysql(Tables::new(engine, connections)),
            Lease::Session => {
                Kind::MysqlSessions(Sessions::new(engine, beside_session(connections)))
            }
        }))
    }

    /// Creates the tables that are missing.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn create_tables(&self) -> Result<()> {
        tables!(self, tables => tables.create_tables().await)
    }

    /// The time by the database's clock, in unix seconds; `None`: it has none of its own.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn time(&self) -> Result<Option<f64>> {
        tables!(self, tables => tables.time().await)
    }

    /// Writes records, each in place of one of that run, all or none.
    ///
    /// # Errors
    ///
    /// A store error; an argument error when a text is too long.
    pub async fn log_many(&self, records: &[Record]) -> Result<()> {
        tables!(self, tables => tables.log_many(records).await)
    }

    /// The records that the filter lets through, newest fire time first.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn dispatches(&self, filter: Filter) -> Result<Vec<Record>> {
        tables!(self, tables => tables.dispatches(filter).await)
    }

    /// Deletes the records of runs before `fire_time` (unix seconds); answers how many.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn delete_dispatches_before(&self, fire_time: i64) -> Result<u64> {
        tables!(self, tables => tables.delete_dispatches_before(fire_time).await)
    }

    /// The definition of that key, or all, by key.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn definitions(&self, key: Option<&str>) -> Result<Vec<Definition>> {
        tables!(self, tables => tables.definitions(key).await)
    }

    /// A text that differs after each change of a definition that a node of ours made.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn definitions_version(&self) -> Result<String> {
        tables!(self, tables => tables.definitions_version().await)
    }

    /// Writes `after` if what is stored is still `before`, which is as [`Definition::to_json`] gave
    /// it; `None`: if nothing is. True when it was.
    ///
    /// # Errors
    ///
    /// A store error; an argument error when a text is too long, or the database takes the key for
    /// that of another definition.
    pub async fn replace_definition(
        &self,
        before: Option<String>,
        after: Definition,
    ) -> Result<bool> {
        tables!(self, tables => tables.replace_definition(before, after).await)
    }

    /// Removes the definition of a key; answers with what was removed.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn remove_definition(&self, key: &str) -> Result<Option<Definition>> {
        tables!(self, tables => tables.remove_definition(key).await)
    }

    /// Whether it is a file, which forks need [`Database::pause`] for.
    pub fn is_file(&self) -> bool {
        matches!(&self.0, Kind::Sqlite(_))
    }

    /// Before a fork: closes what SQLite has open, when what is going on there has ended, and begins
    /// nothing there until [`Database::resume`]. SQLite keeps in memory which locks its process has on a
    /// file: a child would take those of its parent for its own. See "How to corrupt", 2.6, in SQLite's
    /// documentation.
    pub async fn pause(&self) {
        if let Kind::Sqlite(tables) = &self.0 {
            tables.pause().await;
        }
    }

    /// After a fork, in the parent.
    pub fn resume(&self) {
        if let Kind::Sqlite(tables) = &self.0 {
            tables.resume();
        }
    }

    /// How often the session was lost while it held locks.
    pub fn losses(&self) -> u64 {
        sessions!(self, sessions => sessions.losses(), else 0)
    }

    /// True once, where leases are locks of a session: for whoever shall start the keeper, a thread
    /// that calls [`Database::tend`], and says who it is by [`Database::kept_by`].
    pub fn wants_keeper(&self) -> bool {
        sessions!(self, sessions => sessions.wants_keeper(), else false)
    }

    /// The keeper's thread, which parks between its rounds.
    pub fn kept_by(&self, keeper: Thread) {
        sessions!(self, sessions => sessions.kept_by(keeper), else ());
    }

    /// Gives back the locks whose leases have ended and shows the server that we are there. Answers
    /// when to come again; `None`: when unparked.
    pub async fn tend(&self) -> Option<Duration> {
        sessions!(self, sessions => sessions.tend().await, else None)
    }
}

impl Leases for Database {
    async fn acquire_many(&self, keys: &[Key], ttl: Ttl) -> Result<Vec<bool>> {
        store!(self, store => store.acquire_many(keys, ttl).await)
    }

    async fn release_many(&self, keys: &[Key]) -> Result<Vec<bool>> {
        store!(self, store => store.release_many(keys).await)
    }
}

impl Claims for Database {
    async fn claim_many(&self, occurrences: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        store!(self, store => store.claim_many(occurrences, terms).await)
    }

    fn unhear(&self, won: &[Occurrence], terms: &Terms) {
        store!(self, store => store.unhear(won, terms));
    }
}

impl OpenClaims for Database {
    async fn ended_claims(
        &self,
        namespace: &str,
        skip: usize,
        most: usize,
    ) -> Result<Vec<Occurrence>> {
        tables!(self, tables => tables.ended_claims(namespace, skip, most).await)
    }

    async fn extend_claims(
        &self,
        occurrences: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> Result<Vec<bool>> {
        tables!(self, tables => tables.extend_claims(occurrences, holder, take_over).await)
    }

    async fn close_claims(&self, namespace: &str, occurrences: &[Occurrence]) -> Result<()> {
        tables!(self, tables => tables.close_claims(namespace, occurrences).await)
    }
}

impl Intervals for Database {
    async fn advance(
        &self,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> Result<Vec<bool>> {
        tables!(self, tables => tables.advance(namespace, holder, runs).await)
    }
}

impl DelayedJobs for Database {
    async fn enqueue(&self, namespace: &str, job: &Job) -> Result<bool> {
        tables!(self, tables => tables.enqueue(namespace, job).await)
    }

    async fn next_due(&self, namespace: &str) -> Result<NextDue> {
        tables!(self, tables => tables.next_due(namespace).await)
    }

    async fn take(&self, namespace: &str, now: i64, most: usize, ttl: Ttl) -> Result<Vec<Claimed>> {
        tables!(self, tables => tables.take(namespace, now, most, ttl).await)
    }

    async fn extend(
        &self,
        namespace: &str,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> Result<Vec<bool>> {
        tables!(self, tables => tables.extend(namespace, ids, ttl, attempts).await)
    }

    async fn close(&self, namespace: &str, ids: &[String]) -> Result<()> {
        tables!(self, tables => tables.close(namespace, ids).await)
    }

    async fn fail(&self, namespace: &str, id: &str, error: &str, attempts: u32) -> Result<()> {
        tables!(self, tables => tables.fail(namespace, id, error, attempts).await)
    }

    async fn pending(&self, namespace: &str, most: usize) -> Result<Vec<Job>> {
        tables!(self, tables => tables.pending(namespace, most).await)
    }

    async fn failed(&self, namespace: &str, most: usize) -> Result<Vec<Failed>> {
        tables!(self, tables => tables.failed(namespace, most).await)
    }

    async fn retry(&self, namespace: &str, id: &str) -> Result<bool> {
        tables!(self, tables => tables.retry(namespace, id).await)
    }

    async fn discard(&self, namespace: &str, id: &str) -> Result<bool> {
        tables!(self, tables => tables.discard(namespace, id).await)
    }

    async fn counts(&self, namespace: &str) -> Result<Counts> {
        tables!(self, tables => tables.counts(namespace).await)
    }
}

/// One of the connections is the session's.
fn beside_session(connections: usize) -> usize {
    connections.saturating_sub(1).max(1)
}
