//! Jobs that are not tried again.

use super::{CHUNK, Queue, store_error};
use crate::Result;
use crate::backend::redis::scripts::Lua;

/// A dead job.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadJob {
    /// Its name.
    pub id: Vec<u8>,
    /// When it died, in unix seconds.
    pub died_at: f64,
    /// Why.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
}

impl Queue {
    /// Dead jobs, the latest first.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn dead(&self, skip: usize, most: usize) -> Result<Vec<DeadJob>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let mut range = redis::cmd("ZREVRANGE");
        range
            .arg(&self.keys.dead)
            .arg(skip)
            .arg(skip.saturating_add(most - 1))
            .arg("WITHSCORES");
        let dead: Vec<(Vec<u8>, f64)> = self.query(&range).await?;
        if dead.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&[u8]> = dead.iter().map(|(id, _)| &id[..]).collect();
        let mut pipeline = redis::Pipeline::with_capacity(2);
        pipeline.cmd("HMGET").arg(&self.keys.reasons).arg(&ids);
        pipeline.cmd("HMGET").arg(&self.keys.leases).arg(&ids);
        let sent = self.commands.send(&pipeline).await;
        let (reasons, leases): (Vec<Option<Vec<u8>>>, Vec<Option<String>>) =
            sent.map_err(|error| store_error(&error))?;
        let known = std::iter::zip(reasons, leases);
        Ok(std::iter::zip(dead, known)
            .map(|((id, died_at), (reason, lease))| DeadJob {
                id,
                died_at,
                reason: reason.map(|reason| String::from_utf8_lossy(&reason).into_owned()),
                attempts: lease.as_deref().and_then(attempts).unwrap_or(0),
            })
            .collect())
    }

    /// Puts dead jobs back among the ready ones, `None`: all, as if they had never been tried; how many. One
    /// without a payload stays.
    ///
    /// # Errors
    ///
    /// A store error; some may have been put back.
    pub async fn requeue(&self, ids: Option<Vec<Vec<u8>>>) -> Result<usize> {
        let keys = [
            &self.keys.dead,
            &self.keys.reasons,
            &self.keys.leases,
            &self.keys.payloads,
            &self.keys.ready,
        ];
        self.change_dead(&self.scripts.requeue, &keys, ids).await
    }

    /// Deletes dead jobs, `None`: all; how many.
    ///
    /// # Errors
    ///
    /// A store error; some may have been deleted.
    pub async fn discard(&self, ids: Option<Vec<Vec<u8>>>) -> Result<usize> {
        let keys = [
            &self.keys.dead,
            &self.keys.reasons,
            &self.keys.leases,
            &self.keys.payloads,
        ];
        self.change_dead(&self.scripts.discard, &keys, ids).await
    }

    /// The payload of a job that is not done yet.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn payload(&self, id: &[u8]) -> Result<Option<Vec<u8>>> {
        self.query(redis::cmd("HGET").arg(&self.keys.payloads).arg(id))
            .await
    }

    async fn change_dead(
        &self,
        script: &Lua,
        keys: &[&String],
        ids: Option<Vec<Vec<u8>>>,
    ) -> Result<usize> {
        let ids = match ids {
            Some(ids) => ids,
            None => self.dead_ids().await?,
        };
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_bytes()).collect();
        let mut changed = 0;
        for ids in ids.chunks(CHUNK) {
            let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
            let call = script.call(&keys, &ids);
            changed += script.run_one::<usize>(&self.commands, call).await?;
        }
        Ok(changed)
    }

    async fn dead_ids(&self) -> Result<Vec<Vec<u8>>> {
        let mut ids = Vec::new();
        loop {
            let mut range = redis::cmd("ZRANGE");
            let next = ids.len();
            range.arg(&self.keys.dead).arg(next).arg(next + CHUNK - 1);
            let some: Vec<Vec<u8>> = self.query(&range).await?;
            if some.is_empty() {
                return Ok(ids);
            }
            ids.extend(some);
        }
    }
}

/// Of a lease: `<token> <attempts> <server>`.
fn attempts(lease: &str) -> Option<u32> {
    lease.split(' ').nth(1)?.parse().ok()
}
