//! How a queue is doing.

use super::{Counts, Queue, store_error};
use crate::Result;

/// Numbers of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Jobs that can be run now.
    pub ready: usize,
    /// Jobs that are due later.
    pub delayed: usize,
    /// Jobs that this server has taken.
    pub pending: usize,
    /// Jobs that are not tried again.
    pub dead: usize,
    /// Servers that were seen and have not left.
    pub servers: usize,
    /// What this process has done.
    pub counts: Counts,
}

impl Queue {
    /// How the queue is doing.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn status(&self) -> Result<Status> {
        let mut pipeline = redis::Pipeline::with_capacity(5);
        pipeline
            .cmd("LLEN")
            .arg(&self.keys.ready)
            .cmd("ZCARD")
            .arg(&self.keys.delayed)
            .cmd("LLEN")
            .arg(self.keys.pending(&self.id))
            .cmd("ZCARD")
            .arg(&self.keys.dead)
            .cmd("SCARD")
            .arg(&self.keys.servers);
        let sent = self.commands.send(&pipeline).await;
        let [ready, delayed, pending, dead, servers]: [usize; 5] =
            sent.map_err(|error| store_error(&error))?;
        Ok(Status {
            ready,
            delayed,
            pending,
            dead,
            servers,
            counts: self.counts(),
        })
    }
}
