//! Jobs of servers that are gone, and what nodes of `Async::Job` do not know of.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{BLOCK, CHUNK, Notice, Queue, store_error};
use crate::Result;

/// How rarely is searched for what nodes of `Async::Job` leave, by any of ours: every five minutes.
const SEARCH_EVERY_MS: u64 = 300_000;

/// A server without a heartbeat.
#[derive(Clone, Copy)]
struct Missing {
    since: Instant,
    /// Until when it may come back.
    until: Instant,
}

impl Missing {
    fn now(grace: Duration) -> Self {
        let since = Instant::now();
        Self {
            since,
            until: since + grace,
        }
    }
}

impl Queue {
    pub(super) async fn recover(&self) {
        let mut missing = HashMap::new();
        let mut grace = Duration::ZERO;
        loop {
            let looked = self.look(&missing, grace).await;
            self.heard(&looked);
            // A Redis that was away has forgotten the heartbeats of all: those that live have a lease to beat again.
            grace = if looked.is_err() {
                self.options.lease
            } else {
                Duration::ZERO
            };
            missing = looked.unwrap_or_default();
            let searched = self.search().await;
            self.heard(&searched);
            sleep(self.options.look_every()).await;
        }
    }

    /// Recovers the jobs of servers that have no heartbeat and had none before; those that have none now. Where they
    /// had one before, they have `grace` to come back.
    async fn look(
        &self,
        before: &HashMap<String, Missing>,
        grace: Duration,
    ) -> Result<HashMap<String, Missing>> {
        let mut missing = HashMap::new();
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SSCAN");
            scan.arg(&self.keys.servers)
                .arg(cursor)
                .arg("COUNT")
                .arg(CHUNK);
            let servers: Vec<String>;
            (cursor, servers) = self.query(&scan).await?;
            for server in self.without_heartbeat(servers).await? {
                let seen = before.get(&server).copied();
                if let Some(seen) = seen.filter(|seen| seen.until <= Instant::now()) {
                    self.recover_server(&server, seen.since).await?;
                }
                missing.insert(server, seen.unwrap_or_else(|| Missing::now(grace)));
            }
            if cursor == 0 {
                return Ok(missing);
            }
        }
    }

    async fn without_heartbeat(&self, mut servers: Vec<String>) -> Result<Vec<String>> {
        if servers.is_empty() {
            return Ok(servers);
        }
        let mut pipeline = redis::Pipeline::with_capacity(servers.len());
        for server in &servers {
            pipeline.cmd("EXISTS").arg(self.keys.heartbeat(server));
        }
        let sent = self.commands.send::<Vec<bool>>(&pipeline).await;
        let mut lives = sent.map_err(|error| store_error(&error))?.into_iter();
        servers.retain(|_| !lives.next().unwrap_or(true));
        Ok(servers)
    }

    async fn recover_server(&self, server: &str, missing_since: Instant) -> Result<()> {
        // A request of its own may still wait in Redis, and be given what was just put back.
        let forget = missing_since.elapsed() > BLOCK * 2;
        let mut recovered = 0;
        loop {
            let moved = self.reclaim(server, forget).await?;
            recovered += moved;
            if moved < CHUNK {
                break;
            }
        }
        if recovered > 0 {
            self.desk
                .notice(Notice::Recovered(server.to_owned(), recovered));
        }
        Ok(())
    }

    /// Up to a thousand jobs of a server that has no heartbeat; how many.
    pub(super) async fn reclaim(&self, server: &str, forget: bool) -> Result<usize> {
        let script = &self.scripts.reclaim;
        let (heartbeat, pending) = (self.keys.heartbeat(server), self.keys.pending(server));
        let keys = [&heartbeat, &pending, &self.keys.ready, &self.keys.servers];
        let call = script.call(
            &keys.map(String::as_bytes),
            &[
                server.as_bytes(),
                CHUNK.to_string().as_bytes(),
                if forget { b"1" } else { b"0" },
            ],
        );
        let moved: i64 = script.run_one(&self.commands, call).await?;
        Ok(usize::try_from(moved).unwrap_or(0))
    }

    /// Looks after what nodes of `Async::Job` leave. One of our servers does so every five minutes.
    async fn search(&self) -> Result<()> {
        let mut first = redis::cmd("SET");
        first
            .arg(&self.keys.searched)
            .arg(&self.id)
            .arg("NX")
            .arg("PX")
            .arg(SEARCH_EVERY_MS);
        if !self.query::<bool>(&first).await? {
            return Ok(());
        }
        self.list_servers().await?;
        self.forget_leases().await
    }

    /// Lists servers that have jobs and that nobody has listed.
    async fn list_servers(&self) -> Result<()> {
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg(self.keys.any_pending())
                .arg("COUNT")
                .arg(CHUNK);
            let found: Vec<String>;
            (cursor, found) = self.query(&scan).await?;
            let servers: Vec<&str> = found
                .iter()
                .filter_map(|pending| self.keys.server_of(pending))
                .collect();
            if !servers.is_empty() {
                let mut add = redis::cmd("SADD");
                add.arg(&self.keys.servers).arg(servers);
                self.query::<()>(&add).await?;
            }
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    /// Forgets leases of jobs that others have completed.
    async fn forget_leases(&self) -> Result<()> {
        let script = &self.scripts.forget_leases;
        let keys = [&self.keys.leases, &self.keys.payloads, &self.keys.dead];
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("HSCAN");
            scan.arg(&self.keys.leases)
                .arg(cursor)
                .arg("COUNT")
                .arg(CHUNK);
            let leases: Vec<(Vec<u8>, Vec<u8>)>;
            (cursor, leases) = self.query(&scan).await?;
            for leases in leases.chunks(CHUNK) {
                let ids: Vec<&[u8]> = leases.iter().map(|(id, _)| &id[..]).collect();
                let call = script.call(&keys.map(String::as_bytes), &ids);
                let _: () = script.run_one(&self.commands, call).await?;
            }
            if cursor == 0 {
                return Ok(());
            }
        }
    }
}
