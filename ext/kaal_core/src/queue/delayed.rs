//! Jobs that are due later.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{BLOCK, CHUNK, Queue, pause, store_error};
use crate::Result;

impl Queue {
    /// Moves delayed jobs to the ready ones when they are due, by the clock of Redis. Sleeps until the next is,
    /// or until somebody adds an earlier one.
    pub(super) async fn move_delayed(&self) {
        let mut failures = 0;
        loop {
            let moved = self.move_due().await;
            self.heard(&moved);
            let wait = match moved {
                Ok((CHUNK, _)) => continue,
                Ok((_, next)) => next.map_or(self.options.resolution, |next| {
                    next.min(self.options.resolution)
                }),
                Err(_) => pause(failures + 1),
            };
            failures = if moved.is_ok() { 0 } else { failures + 1 };
            let _ = timeout(wait, self.delayed_earlier.notified()).await;
        }
    }

    /// How many jobs were moved, and until the next one is due.
    async fn move_due(&self) -> Result<(usize, Option<Duration>)> {
        let script = &self.scripts.move_due;
        let call = script.call(
            &[self.keys.delayed.as_bytes(), self.keys.ready.as_bytes()],
            &[CHUNK.to_string().as_bytes()],
        );
        let (moved, next): (usize, i64) = script.run_one(&self.commands, call).await?;
        Ok((moved, u64::try_from(next).ok().map(Duration::from_millis)))
    }

    /// Waits for what other nodes of ours leave when they add a delayed job that is due before all others. It
    /// wakes one server, which is enough.
    pub(super) async fn listen(&self) {
        let mut failures = 0;
        loop {
            let mut wait = redis::cmd("BRPOP");
            wait.arg(&self.keys.wake).arg(BLOCK.as_secs());
            let heard = self.blocking.send::<redis::Value>(&wait).await;
            failures = if heard.is_ok() { 0 } else { failures + 1 };
            match heard.map_err(|error| store_error(&error)) {
                Ok(redis::Value::Nil) => {}
                Ok(_) => self.delayed_earlier.notify_one(),
                Err(_) => sleep(pause(failures)).await,
            }
        }
    }
}
