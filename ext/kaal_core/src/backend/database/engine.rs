//! What differs between the databases: how to connect, and the statements.

use std::future::Future;
use std::time::Duration;

use sqlx::Transaction;

use super::{Filter, Lease, Row};
use crate::claim::Holder;
use crate::definition::Definition;
use crate::dispatch::Record;
use crate::key::{Key, Occurrence};
use crate::lease::Ttl;

/// A connection to the database of an engine.
pub(crate) type Connection<E> = <<E as Engine>::Db as sqlx::Database>::Connection;

/// The statements of one kind of database. Each method is one statement or few; those that write
/// much are called within a transaction.
pub(crate) trait Engine: Send + Sync + 'static {
    type Db: sqlx::Database<Connection: Send>;

    /// How long a piece of work may take, with the connecting; `None`: as long as it takes.
    const PATIENCE: Option<Duration>;

    /// How many rows [`Engine::put_records`] writes in one statement, and [`Engine::insert_records`] when it is
    /// no repetition.
    const RECORDS_AT_ONCE: usize = usize::MAX;

    /// Whether [`Engine::advance`] is more than one statement.
    const ADVANCES_IN_STEPS: bool;

    /// A new connection, ready for use.
    fn connect(&self) -> impl Future<Output = sqlx::Result<Connection<Self>>> + Send;

    /// A transaction that writes.
    fn begin<'c>(
        &self,
        connection: &'c mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<Transaction<'c, Self::Db>>> + Send;

    /// Whether nothing may be said outside a transaction, since each may reach another session.
    fn always_in_transaction(&self) -> bool {
        false
    }

    /// A failure in words for whoever has to act on it.
    fn explain(&self, error: &sqlx::Error) -> String;

    /// Whether another transaction came in the way, and trying again helps: a deadlock, a key that is
    /// there by now.
    fn is_collision(error: &sqlx::Error) -> bool;

    /// Whether it is what a server says before it hangs up, or a proxy whose server did.
    fn is_farewell(error: &sqlx::Error) -> bool;

    /// Whether the server refuses to write: a standby, or a primary that has become one.
    fn is_read_only(_error: &sqlx::Error) -> bool {
        false
    }

    /// The key of a lease as the table takes it.
    fn lease_text(key: &Key) -> String;

    /// Inserts rows of `kaal_locks`, or takes over those that have ended; where `repeated`, also
    /// those that an earlier try with the same token left. True where the row is now ours. No key is
    /// named twice.
    fn insert_leases(
        &self,
        connection: &mut Connection<Self>,
        leases: &[Lease],
        ttl: Ttl,
        repeated: bool,
    ) -> impl Future<Output = sqlx::Result<Vec<bool>>> + Send;

    /// Deletes rows of `kaal_locks` by key and token. True where there was one.
    fn delete_leases(
        &self,
        connection: &mut Connection<Self>,
        leases: &[Lease],
    ) -> impl Future<Output = sqlx::Result<Vec<bool>>> + Send;

    /// Deletes at most `most` rows of `kaal_locks` that have ended.
    fn delete_ended_leases(
        &self,
        connection: &mut Connection<Self>,
        most: i64,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Inserts rows of `kaal_dispatches` for runs that have none, neither as Kaal 0.2 nor as 0.6 writes
    /// it. True where the row is now ours; where `repeated`, also where an earlier try with the same
    /// token left it. No run is named twice.
    fn insert_records(
        &self,
        connection: &mut Connection<Self>,
        rows: &[Row],
        repeated: bool,
    ) -> impl Future<Output = sqlx::Result<Vec<bool>>> + Send;

    /// Writes rows of `kaal_dispatches`, each in place of one of that run. No run is named twice.
    fn put_records(
        &self,
        connection: &mut Connection<Self>,
        records: &[Record],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The records that the filter lets through, newest fire time first.
    fn find_records(
        &self,
        connection: &mut Connection<Self>,
        filter: &Filter,
    ) -> impl Future<Output = sqlx::Result<Vec<Record>>> + Send;

    /// Deletes at most `most` records of runs before `fire_time` (unix seconds); answers how many.
    fn delete_records(
        &self,
        connection: &mut Connection<Self>,
        fire_time: i64,
        most: i64,
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Inserts rows of `kaal_claims`, or makes those that are there last anew. No run is named twice.
    fn open_claims(
        &self,
        connection: &mut Connection<Self>,
        runs: &[Occurrence],
        holder: &Holder,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Rows of `kaal_claims` whose lease has ended, longest ago first.
    fn ended_claims(
        &self,
        connection: &mut Connection<Self>,
        namespace: &str,
        skip: i64,
        most: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Occurrence>>> + Send;

    /// Makes rows of `kaal_claims` last anew, where `take_over` those that have ended. True where there
    /// was such a row. No run is named twice.
    fn extend_claims(
        &self,
        connection: &mut Connection<Self>,
        runs: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> impl Future<Output = sqlx::Result<Vec<bool>>> + Send;

    /// Deletes rows of `kaal_claims`.
    fn close_claims(
        &self,
        connection: &mut Connection<Self>,
        namespace: &str,
        runs: &[Occurrence],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Inserts rows of `kaal_intervals`, or moves those whose last run was earlier. True where the row is
    /// now ours, or an earlier try of the holder made it so. No job is named twice.
    fn advance(
        &self,
        connection: &mut Connection<Self>,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> impl Future<Output = sqlx::Result<Vec<bool>>> + Send;

    /// The definitions, by key: those of `key`, which the column's collation may take for that of
    /// others, or all.
    fn definitions(
        &self,
        connection: &mut Connection<Self>,
        key: Option<&str>,
    ) -> impl Future<Output = sqlx::Result<Vec<Definition>>> + Send;

    /// A text that differs after each change of a definition.
    fn definitions_version(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<String>> + Send;

    /// Keeps others from changing the definition of `key` until the transaction ends.
    fn lock_definition(
        &self,
        connection: &mut Connection<Self>,
        key: &str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Inserts a definition.
    fn insert_definition(
        &self,
        connection: &mut Connection<Self>,
        definition: &Definition,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Overwrites a definition, all but its time of creation.
    fn update_definition(
        &self,
        connection: &mut Connection<Self>,
        definition: &Definition,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Deletes the definition of `key`.
    fn delete_definition(
        &self,
        connection: &mut Connection<Self>,
        key: &str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// The time by the database's clock, in unix seconds; `None`: it has none of its own.
    fn time(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<Option<f64>>> + Send;

    /// Creates the tables that are missing.
    fn create_tables(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// What to say to somebody whose `key` the collation takes for `stored`.
    fn same_key(&self, key: &str, stored: &str) -> String {
        format!("key {key:?} is the same to the database as the registered {stored:?}")
    }
}

/// What a database with session locks has besides.
pub(crate) trait SessionEngine: Engine {
    /// The name of a lock on the wire.
    type Name: Clone + Send + Sync + 'static;

    /// When a session has so many locks another one takes further ones: where the server looks through
    /// all that a session has.
    const LOCKS_A_SESSION: usize = usize::MAX;

    /// The name of a key's lock: Kaal's.
    fn lock_name(key: &Key) -> Self::Name;

    /// What the server calls the session, to end it from another.
    fn session(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<String>> + Send;

    /// Tells the server to end a session of ours that we have lost. True if it was still there: it has
    /// its locks until it has ended.
    fn end_session(
        &self,
        connection: &mut Connection<Self>,
        session: &str,
    ) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// Lets the server end the session when it has heard nothing of us for so long.
    fn end_when_idle(
        &self,
        connection: &mut Connection<Self>,
        after: Duration,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Tries to take locks, without waiting. Where the server takes no writes it takes none and fails with
    /// [`read_only`](super::read_only): others may take the same ones on the server that does.
    fn lock(
        &self,
        connection: &mut Connection<Self>,
        names: &[Self::Name],
    ) -> impl Future<Output = sqlx::Result<Vec<bool>>> + Send;

    /// Gives locks back.
    fn unlock(
        &self,
        connection: &mut Connection<Self>,
        names: &[Self::Name],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Sends something and waits for the answer.
    fn ping(
        &self,
        connection: &mut Connection<Self>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}
