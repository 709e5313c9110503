//! Taking jobs from Redis: as many as are wanted or will be at once, no more.

use std::time::Instant;

use redis::{Cmd, RedisResult};
use tokio::time::sleep;

use super::heartbeat::millis;
use super::{BLOCK, CHUNK, CHUNK_BYTES, Job, Notice, Queue, pause, store_error};
use crate::Result;

/// What the script answers with: jobs, and those that it found dead.
type Taken = (Vec<(Vec<u8>, u64, u32, Vec<u8>)>, Vec<(Vec<u8>, Vec<u8>)>);

impl Queue {
    /// Lays out what is wanted until the desk is closed. False: something may come to be pending here even so.
    pub(super) async fn feed(&self) -> bool {
        let is_sure = self.supply_desk().await;
        self.desk.end_supply();
        is_sure
    }

    async fn supply_desk(&self) -> bool {
        let mut failures = 0;
        // Until when a job may come to be pending here without this process knowing: an answer got lost, and
        // Redis may go on to hold a request for somebody who has gone.
        let mut unsure: Option<Instant> = None;
        let mut looked_at = Instant::now();
        while let Some(wanted) = self.desk.demand().await {
            // A network that was cut delivers what it held when it works again, whenever that is, and a Redis
            // that has lost its last second has jobs pending that were completed.
            if looked_at.elapsed() >= self.options.lease {
                looked_at = Instant::now();
                unsure.get_or_insert(looked_at);
            }
            let fetched = self.fetch(wanted.min(CHUNK), &mut unsure).await;
            self.heard(&fetched);
            if let Ok(jobs) = fetched {
                failures = 0;
                self.desk.supply(jobs);
                continue;
            }
            unsure = Some(Instant::now() + BLOCK * 2);
            failures += 1;
            tokio::select! {
                () = sleep(pause(failures)) => {}
                () = self.desk.closed() => {}
            }
        }
        unsure.is_none()
    }

    async fn fetch(&self, wanted: usize, unsure: &mut Option<Instant>) -> Result<Vec<Job>> {
        let looked_at = Instant::now();
        let strays = if unsure.is_some() {
            self.strays().await?
        } else {
            Vec::new()
        };
        let jobs = self.take_from_redis(wanted, &strays).await?;
        if unsure.is_some_and(|until| looked_at >= until) && strays.len() < CHUNK {
            *unsure = None;
        }
        if !jobs.is_empty() {
            return Ok(jobs);
        }
        tokio::select! {
            moved = self.wait_for_one() => match moved.map_err(|error| store_error(&error))? {
                Some(id) => self.take_from_redis(wanted, &[id]).await,
                None => Ok(Vec::new()),
            },
            () = self.desk.closed() => {
                *unsure = Some(looked_at); // the request is given up
                Ok(Vec::new())
            }
        }
    }

    /// Moves a job here as soon as there is one.
    async fn wait_for_one(&self) -> RedisResult<Option<Vec<u8>>> {
        let mut wait = redis::cmd("BRPOPLPUSH");
        wait.arg(&self.keys.ready)
            .arg(self.keys.pending(&self.id))
            .arg(BLOCK.as_secs());
        self.blocking.send_once(&wait).await
    }

    /// What is pending here and not known here.
    async fn strays(&self) -> Result<Vec<Vec<u8>>> {
        let mut range = redis::cmd("LRANGE");
        range.arg(self.keys.pending(&self.id)).arg(0).arg(CHUNK - 1);
        let mut pending: Vec<Vec<u8>> = self.query(&range).await?;
        pending.retain(|id| !self.desk.is_held(id));
        Ok(pending)
    }

    async fn take_from_redis(&self, wanted: usize, strays: &[Vec<u8>]) -> Result<Vec<Job>> {
        let call = self.take_call(wanted, strays);
        let (taken, dead): Taken = self.scripts.take.run_once(&self.commands, call).await?;
        for (id, reason) in dead {
            let reason = String::from_utf8_lossy(&reason).into_owned();
            self.desk.notice(Notice::Dead(id, reason));
        }
        let job = |(id, token, attempt, payload)| Job {
            id,
            token,
            attempt,
            payload,
        };
        Ok(taken.into_iter().map(job).collect())
    }

    fn take_call(&self, wanted: usize, strays: &[Vec<u8>]) -> Cmd {
        let (pending, heartbeat) = (self.keys.pending(&self.id), self.keys.heartbeat(&self.id));
        let keys = [
            &self.keys.ready,
            &pending,
            &self.keys.payloads,
            &self.keys.leases,
            &self.keys.dead,
            &self.keys.reasons,
            &heartbeat,
            &self.keys.tokens,
        ];
        let options = [
            wanted.to_string(),
            self.id.clone(),
            self.options.max_attempts.to_string(),
            self.options.max_payload.to_string(),
            CHUNK_BYTES.to_string(),
            self.uptime(),
            millis(self.options.lease).to_string(),
        ];
        let arguments: Vec<&[u8]> = options
            .iter()
            .map(String::as_bytes)
            .chain(strays.iter().map(Vec::as_slice))
            .collect();
        self.scripts
            .take
            .call(&keys.map(String::as_bytes), &arguments)
    }
}
