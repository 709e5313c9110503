//! The connection to the file: one a process, opened when it is first needed.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _, Executor, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use crate::{Error, Result};

/// How long a writer waits for the others. SQLite's writers do not queue: under load one may be
/// passed over for a while.
const BUSY: Duration = Duration::from_secs(15);

pub(super) struct Connection {
    path: PathBuf,
    open: Mutex<Option<SqliteConnection>>,
}

impl Connection {
    pub fn new(path: PathBuf) -> Result<Self> {
        let text = path.to_string_lossy();
        if text.trim().is_empty() || text.contains(":memory:") || text.contains('\0') {
            return Err(Error::argument(format!(
                "SQLite needs the path of a file, such as storage/kaal.sqlite3, got {text:?}"
            )));
        }
        Ok(Self {
            path,
            open: Mutex::const_new(None),
        })
    }

    /// The connection, for the caller alone.
    pub async fn get(&self) -> Result<MappedMutexGuard<'_, SqliteConnection>> {
        let mut open = self.open.lock().await;
        if open.is_none() {
            *open = Some(self.connect().await?);
        }
        Ok(MutexGuard::map(open, |open| {
            open.as_mut().expect("opened above")
        }))
    }

    async fn connect(&self) -> Result<SqliteConnection> {
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .busy_timeout(BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .disable_statement_logging();
        let mut connection = options
            .connect()
            .await
            .map_err(|error| self.error(&error))?;
        let made = connection.execute(include_str!("queries/schema.sql")).await;
        made.map_err(|error| self.error(&error))?;
        Ok(connection)
    }

    /// The failure in our words.
    pub fn error(&self, error: &sqlx::Error) -> Error {
        let cause = match error {
            sqlx::Error::Database(cause) => cause.message().to_owned(),
            other => other.to_string(),
        };
        let folder = self.path.parent().filter(|folder| !folder.is_dir());
        let hint = folder.map_or("", |_| " (the folder does not exist)");
        Error::store(format!("{}: {cause}{hint}", self.path.display()))
    }
}

/// A transaction that writes: it waits for its turn at the start, for one that only becomes a
/// writer later cannot wait.
pub(super) async fn write(
    connection: &mut SqliteConnection,
) -> sqlx::Result<Transaction<'_, Sqlite>> {
    connection.begin_with("BEGIN IMMEDIATE").await
}
