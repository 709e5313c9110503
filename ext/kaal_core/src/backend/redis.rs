//! Redis and its kin, over a connection of our own.
//!
//! A lease is `SET <key> <uuid> NX PX <ms>`, as with Kaal, so that nodes of both kinds exclude
//! each other; a lease is released by a script that compares the uuid first.

mod claims;
mod commands;
pub(crate) mod connection;
pub mod delayed;
mod intervals;
mod leases;
pub(crate) mod link;
mod open;
mod options;
pub(crate) mod scripts;
mod spin;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use commands::FieldChange;
pub use options::{Address, Identity, Options, SentinelNode, Tls};

use super::Source;
use super::attempts::{Attempt, Attempts};
use crate::Result;
use crate::key::Key;
use crate::lease::{Token, Tokens};
use connection::Connections;
use scripts::Scripts;

/// The script that releases a lease: lock key as its key, token as its argument, 1 when released.
pub const RELEASE_SCRIPT: &str = include_str!("redis/scripts/release.lua");

/// The script that answers which open claims have ended; the scripts themselves say what they take.
pub const ENDED_CLAIMS_SCRIPT: &str = include_str!("redis/scripts/ended_claims.lua");

/// The script that opens, renews and takes over claims.
pub const EXTEND_CLAIMS_SCRIPT: &str = include_str!("redis/scripts/extend_claims.lua");

/// The script that closes claims.
pub const CLOSE_CLAIMS_SCRIPT: &str = include_str!("redis/scripts/close_claims.lua");

/// The script that makes runs the last ones of their jobs.
pub const ADVANCE_SCRIPT: &str = include_str!("redis/scripts/advance.lua");

/// The script that polls as Allora does.
pub const POLL_SCRIPT: &str = include_str!("redis/scripts/poll.lua");

/// Leases, claims and plain commands on one Redis.
///
/// Connects at the first command and again after a failure. An idle connection that the server
/// has closed, or whose server is no longer the primary, costs no error: what can be sent twice safely
/// is sent again.
pub struct Redis {
    connections: Connections,
    attempts: Mutex<Attempts<Token>>,
    tokens: Mutex<Tokens>,
    scripts: Scripts,
}

impl Redis {
    /// A client for the server that the source of options names; does not connect yet.
    ///
    /// # Errors
    ///
    /// An argument error when fixed options contradict each other or a certificate cannot be read.
    pub fn new(options: impl Into<Source<Options>>) -> Result<Self> {
        let source = options.into();
        source.check(link::check)?;
        Ok(Self {
            connections: Connections::new(source),
            attempts: Mutex::default(),
            tokens: Mutex::default(),
            scripts: Scripts::new(),
        })
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts<Token>> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a try at each key.
    fn begin(&self, keys: &[Key]) -> Vec<Attempt<Token>> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = self.attempts();
        keys.iter()
            .map(|key| attempts.begin(key, || tokens.take()))
            .collect()
    }
}
