//! What tells the others that this server lives, and that its jobs are its own.

use std::time::Duration;

use tokio::time::sleep;

use super::{Queue, pause};
use crate::Result;

impl Queue {
    /// Until the first heartbeat is written: what is taken before could be taken away at once. False: closed.
    pub(super) async fn begin_beating(&self) -> bool {
        let mut failures = 0;
        loop {
            let beaten = self.beat_once().await;
            self.heard(&beaten);
            if beaten.is_ok() {
                return true;
            }
            failures += 1;
            tokio::select! {
                () = sleep(pause(failures)) => {}
                () = self.desk.closed() => return false,
            }
        }
    }

    pub(super) async fn beat(&self) {
        let mut failures = 0;
        loop {
            let wait = if failures == 0 {
                self.options.beat_every()
            } else {
                pause(failures).min(self.options.beat_every())
            };
            sleep(wait).await;
            let beaten = self.beat_once().await;
            self.heard(&beaten);
            failures = if beaten.is_ok() { 0 } else { failures + 1 };
        }
    }

    async fn beat_once(&self) -> Result<()> {
        let script = &self.scripts.beat;
        let call = script.call(
            &[
                self.keys.heartbeat(&self.id).as_bytes(),
                self.keys.servers.as_bytes(),
            ],
            &[
                self.id.as_bytes(),
                self.uptime().as_bytes(),
                millis(self.options.lease).to_string().as_bytes(),
            ],
        );
        script.run_one(&self.commands, call).await
    }

    /// What nodes of `Async::Job` write there too.
    pub(super) fn uptime(&self) -> String {
        format!("{{\"uptime\":{:.3}}}", self.started.elapsed().as_secs_f64())
    }

    /// Takes leave. Where a request that waited in Redis was given up, the others forget the server later: it
    /// may have been given a job.
    pub(super) async fn leave(&self, forget: bool) {
        let mut delete = redis::cmd("DEL");
        delete.arg(self.keys.heartbeat(&self.id));
        if self.query::<()>(&delete).await.is_err() {
            return; // it ends by its time
        }
        while self
            .reclaim(&self.id, forget)
            .await
            .is_ok_and(|moved| moved == super::CHUNK)
        {}
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
