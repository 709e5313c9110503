//! A SQLite file of kaal-rs's own, shared by the processes of one machine.
//!
//! Not for a database that the app has open itself: this brings its own copy of SQLite, and two
//! copies in one process do not see each other's file locks.

mod claims;
mod connection;
mod definitions;
mod dispatches;
mod leases;
mod time;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

pub use dispatches::Filter;

use super::attempts::{Attempt, Attempts};
use crate::Result;
use crate::key::Key;
use connection::Connection;

/// When a lease was acquired, in microseconds since 1970: with its key it is what proves that a
/// lease is ours, and the column `acquired_at`.
type Token = i64;

/// Leases, claims, dispatch log and definitions in one file.
///
/// Leases are judged by the machine's clock, which all processes on the file share.
pub struct Sqlite {
    connection: Connection,
    attempts: Mutex<Attempts<Token>>,
    /// The last token given out: no two are the same.
    last: AtomicI64,
}

impl Sqlite {
    /// A store in the file at `path`, which is created with its tables when it is first used.
    ///
    /// # Errors
    ///
    /// An argument error when the path names no file, such as `:memory:`.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self {
            connection: Connection::new(path.into())?,
            attempts: Mutex::default(),
            last: AtomicI64::new(0),
        })
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts<Token>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a try at each key.
    fn begin(&self, keys: &[Key], now: i64) -> Vec<Attempt<Token>> {
        let mut attempts = self.attempts();
        let token = || {
            let next = |last: i64| (last + 1).max(now);
            let update = |last| Some(next(last));
            let before = self
                .last
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
            next(before.unwrap_or_else(|last| last))
        };
        keys.iter().map(|key| attempts.begin(key, token)).collect()
    }
}

/// Microseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}
