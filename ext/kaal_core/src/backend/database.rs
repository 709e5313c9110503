//! Leases, claims, dispatch log, definitions and delayed jobs in the tables of a database: `kaal_locks`,
//! `kaal_dispatches`, `kaal_definitions` and `kaal_delayed_jobs`, those of Kaal's migrations, `kaal_claims`,
//! `kaal_intervals` and `kaal_delayed_claims`.
//!
//! What is done is written once, as [`Work`]; what differs between the databases is an
//! [`Engine`](engine::Engine).

mod any;
mod claim;
mod definitions;
pub(crate) mod delayed;
pub(crate) mod digest;
pub(crate) mod engine;
mod filter;
mod intervals;
mod lease;
#[cfg(fuzzing)]
pub mod lock_names;
mod log;
pub(crate) mod names;
mod open;
mod pool;
mod promptly;
mod server;
mod session;
pub(crate) mod shape;
mod statements;
pub(crate) mod time;

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Connection as _;

pub use any::{Database, Lease as LeaseKind};
pub use filter::Filter;
pub(crate) use server::Place;
pub use server::Server;

use super::attempts::{Attempt, Attempts};
use crate::key::Key;
use crate::{Error, Result};
pub(crate) use claim::Row;
use engine::{Connection, Engine};
pub(crate) use names::Lease;
use names::Token;
use pool::Pool;
use promptly::promptly;
use statements::statements;

/// Whether work that failed is begun again at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    /// The connection had died while it was idle.
    Reconnected,
    /// Another transaction came in the way.
    Collided,
}

impl Again {
    /// Whether to begin the next round, after a pause where one is due: those who have collided would
    /// meet again. One of them gets on each time, so with many of them the last waits for many rounds.
    async fn after(self, round: u32) -> bool {
        match self {
            Self::Never => false,
            Self::Reconnected => round < 3,
            Self::Collided => {
                let longest = 1_000 * i64::from(round.min(10));
                let pause = names::random_micros() % longest;
                tokio::time::sleep(Duration::from_micros(pause.unsigned_abs())).await;
                round < 50
            }
        }
    }
}

/// The tables of one database, as one process uses them.
pub(crate) struct Tables<E: Engine> {
    engine: E,
    pool: Pool<Connection<E>>,
    attempts: Mutex<Attempts<Token>>,
}

/// Something to do with a connection.
trait Work<E: Engine>: Sync {
    type Output: Send;

    /// Whether it is more than one statement that writes.
    fn in_transaction(&self) -> bool {
        false
    }

    fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> impl Future<Output = std::result::Result<Self::Output, Trouble>> + Send;

    /// It is going to be run once more, and may have been done unnoticed.
    fn again(&mut self) {}
}

/// Why work was not done.
enum Trouble {
    /// The database failed.
    Failed(sqlx::Error),
    /// It cannot be done.
    Refused(Error),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

impl<E: Engine> Tables<E> {
    /// Of a database that is first connected to when it is needed, by at most `connections` at once.
    pub fn new(engine: E, connections: usize) -> Self {
        Self {
            engine,
            pool: Pool::new(connections),
            attempts: Mutex::default(),
        }
    }

    /// Creates the tables that are missing.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn create_tables(&self) -> Result<()> {
        self.perform(CreateTables {}).await
    }

    /// The time by the database's clock, in unix seconds; `None`: it has none of its own.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn time(&self) -> Result<Option<f64>> {
        self.perform(Time {}).await
    }

    /// Closes all connections, and lends none until [`Tables::resume`].
    async fn pause(&self) {
        self.pool.pause(Connection::<E>::close).await;
    }

    fn resume(&self) {
        self.pool.resume();
    }

    /// Does the work, in a transaction where it needs one, as often as [`Again`] says.
    async fn perform<W: Work<E>>(&self, mut work: W) -> Result<W::Output> {
        let mut round = 1;
        loop {
            let (trouble, again) = match self.within_patience(&work).await {
                Ok(output) => return Ok(output),
                Err(failed) => failed,
            };
            if !again.after(round).await {
                return Err(match trouble {
                    Trouble::Failed(error) => self.error(&error),
                    Trouble::Refused(error) => error,
                });
            }
            work.again();
            round += 1;
        }
    }

    /// Does the work once; answers a failure with whether it is begun again.
    async fn within_patience<W: Work<E>>(
        &self,
        work: &W,
    ) -> std::result::Result<W::Output, (Trouble, Again)> {
        let Some(patience) = E::PATIENCE else {
            return promptly(self.attempt(work)).await;
        };
        match tokio::time::timeout(patience, self.attempt(work)).await {
            Ok(done) => done,
            Err(_) => Err((Trouble::Failed(unanswered(patience)), Again::Never)),
        }
    }

    async fn attempt<W: Work<E>>(
        &self,
        work: &W,
    ) -> std::result::Result<W::Output, (Trouble, Again)> {
        let lent = self.pool.lend(self.engine.connect()).await;
        let mut lent = lent.map_err(|error| (error.into(), Again::Never))?;
        let done = if work.in_transaction() || self.engine.always_in_transaction() {
            in_transaction(&self.engine, lent.get(), work).await
        } else {
            work.run(&self.engine, lent.get()).await
        };
        match done {
            Err(Trouble::Failed(error)) if is_broken::<E>(&error) => {
                self.pool.close_idle();
                let again = if lent.reused {
                    Again::Reconnected
                } else {
                    Again::Never
                };
                Err((error.into(), again))
            }
            Err(trouble) => {
                if !lent.get().is_in_transaction() {
                    lent.give_back();
                }
                let again = match &trouble {
                    Trouble::Failed(error) if E::is_collision(error) => Again::Collided,
                    _ => Again::Never,
                };
                Err((trouble, again))
            }
            Ok(output) => {
                lent.give_back();
                Ok(output)
            }
        }
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts<Token>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a try at each key.
    fn begin(&self, keys: &[Key]) -> Vec<Attempt<Token>> {
        let mut attempts = self.attempts();
        let begin = |key| attempts.begin(key, names::token);
        keys.iter().map(begin).collect()
    }

    fn error(&self, error: &sqlx::Error) -> Error {
        let mut explained = self.engine.explain(error);
        if is_read_only::<E>(error) {
            explained += "; it is no primary: give the address of the primary";
        }
        Error::store(explained)
    }
}

/// Runs the work in a transaction that is over when this ends, whatever comes of it: one that is left
/// open would keep its locks.
async fn in_transaction<E: Engine, W: Work<E>>(
    engine: &E,
    connection: &mut Connection<E>,
    work: &W,
) -> std::result::Result<W::Output, Trouble> {
    let mut transaction = engine.begin(connection).await?;
    let done = work.run(engine, &mut transaction).await;
    match done {
        Ok(output) => {
            transaction.commit().await?;
            Ok(output)
        }
        Err(Trouble::Failed(error)) if is_broken::<E>(&error) => Err(error.into()),
        Err(trouble) => {
            // Where that fails, as after SQLite has undone all by itself, the connection is not used again.
            let _ = transaction.rollback().await;
            Err(trouble)
        }
    }
}

/// Whether the connection is of no more use. A server that takes no writes is left: it may be a primary
/// that has been replaced, and whoever connects anew finds the one that has taken its place.
fn is_broken<E: Engine>(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, Protocol, Tls, WorkerCrashed};
    match error {
        Io(_) | Tls(_) | Protocol(_) | WorkerCrashed => true,
        other => E::is_farewell(other) || is_read_only::<E>(other),
    }
}

fn is_read_only<E: Engine>(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Configuration(cause) if cause.is::<ReadOnly>())
        || E::is_read_only(error)
}

/// What an engine answers with that was to take locks on a server that would take no writes. A server
/// itself does not mind: locks of a session write nothing.
#[derive(Debug, thiserror::Error)]
#[error("the server takes no writes")]
struct ReadOnly;

/// As an error of sqlx.
pub(crate) fn read_only() -> sqlx::Error {
    ours(ReadOnly)
}

/// An error of ours on the way to a connection.
pub(crate) fn ours(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Configuration(Box::new(error))
}

fn unanswered(patience: Duration) -> sqlx::Error {
    let message = format!("no answer within {} s", patience.as_secs());
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, message))
}

statements! { Engine:
    Time {} -> Option<f64> = time();
    CreateTables {} -> () = create_tables(), in transaction if |_| true;
}

/// What a server or the way to it has to say. Nothing of how we log in is in it.
pub(crate) fn server_error(server: &str, error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(cause) => format!("{server}: {}", cause.message()),
        sqlx::Error::Io(cause) => format!("{server}: {cause}"),
        sqlx::Error::Configuration(cause) => format!("{server}: {cause}"),
        other => format!("{server}: {other}"),
    }
}
