//! How a queue works.

use std::time::Duration;

use super::backoff::Backoff;
use crate::{Error, Result};

/// How a queue works; all of it has a default.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the names of all keys begin with.
    pub prefix: String,
    /// How long the jobs of a server that is gone stay its own.
    pub lease: Duration,
    /// How long at most until delayed jobs of nodes that wake nobody are looked for.
    pub resolution: Duration,
    /// How often a job is tried before it is dead.
    pub max_attempts: u32,
    /// The pauses between attempts.
    pub backoff: Backoff,
    /// How many bytes a payload may have.
    pub max_payload: usize,
}

impl Options {
    /// What Redis gives up on a heartbeat in `Async::Job`: ten seconds.
    pub const LEASE: Duration = Duration::from_secs(10);

    /// A queue with this prefix and the defaults.
    ///
    /// # Errors
    ///
    /// An argument error when the prefix is empty.
    pub fn new(prefix: impl Into<String>) -> Result<Self> {
        let prefix = prefix.into();
        if prefix.is_empty() {
            return Err(Error::argument("the prefix of a queue must not be empty"));
        }
        Ok(Self {
            prefix,
            lease: Self::LEASE,
            resolution: Duration::from_secs(10),
            max_attempts: 25,
            backoff: Backoff::default(),
            max_payload: 32 * 1024 * 1024,
        })
    }

    /// Three in a lease: two may get lost.
    pub(super) fn beat_every(&self) -> Duration {
        self.lease / 3
    }

    /// Two looks in a row must find no heartbeat, so a server that only Redis forgot has half a lease to beat.
    pub(super) fn look_every(&self) -> Duration {
        self.lease / 2
    }
}
