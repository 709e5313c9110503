//! Delayed jobs of one process.

use std::collections::{BTreeMap, HashMap};

use super::Memory;
use crate::Result;
use crate::delayed::{Claimed, Counts, DelayedJobs, Failed, Job, NextDue, in_order};
use crate::lease::Ttl;

/// The jobs. Claims are named by their number.
#[derive(Default)]
pub(super) struct Delayed {
    /// By time and id.
    pending: BTreeMap<(i64, String), Job>,
    /// When each pending job is due, by id.
    run_at: HashMap<String, i64>,
    claims: HashMap<String, Claim>,
    failed: Vec<Failed>,
    taken: u64,
}

struct Claim {
    claimed: Claimed,
    until_ms: i64,
}

impl Delayed {
    fn take_ended(&mut self, now_ms: i64, most: usize) -> Vec<Claimed> {
        let ended = self.claims.iter();
        let ended = ended.filter(|(_, claim)| claim.until_ms <= now_ms);
        let ids: Vec<String> = ended.map(|(id, _)| id.clone()).take(most).collect();
        let ended = ids.iter().filter_map(|id| self.claims.remove(id));
        let ended: Vec<Claimed> = ended.map(|claim| claim.claimed).collect();
        let named = ended.into_iter().map(|claimed| Claimed {
            id: self.name(),
            retaken: true,
            ..claimed
        });
        named.collect()
    }

    fn take_due(&mut self, now: i64) -> Option<Claimed> {
        let first = self.pending.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let job = first.remove();
        self.run_at.remove(&job.job_id);
        Some(Claimed {
            id: self.name(),
            attempts: 0,
            retaken: false,
            job,
            flaw: None,
        })
    }

    /// Of a claim.
    fn name(&mut self) -> String {
        self.taken += 1;
        self.taken.to_string()
    }

    fn take_failed(&mut self, id: &str) -> Option<Claimed> {
        let place = self
            .failed
            .iter()
            .position(|failed| failed.claimed.id == id)?;
        Some(self.failed.remove(place).claimed)
    }
}

impl DelayedJobs for Memory {
    async fn enqueue(&self, _namespace: &str, job: &Job) -> Result<bool> {
        let delayed = &mut self.state().delayed;
        if delayed.run_at.contains_key(&job.job_id) {
            return Ok(false);
        }
        delayed.run_at.insert(job.job_id.clone(), job.run_at);
        let key = (job.run_at, job.job_id.clone());
        delayed.pending.insert(key, job.clone());
        Ok(true)
    }

    async fn next_due(&self, _namespace: &str) -> Result<NextDue> {
        let now_ms = self.clock.now_ms();
        let delayed = &self.state().delayed;
        let ends = delayed.claims.values().map(|claim| claim.until_ms).min();
        Ok(NextDue {
            run_at: delayed.pending.keys().next().map(|(run_at, _)| *run_at),
            lease_ends_in: ends.map(|until_ms| until_ms - now_ms),
        })
    }

    async fn take(
        &self,
        _namespace: &str,
        now: i64,
        most: usize,
        ttl: Ttl,
    ) -> Result<Vec<Claimed>> {
        let now_ms = self.clock.now_ms();
        let delayed = &mut self.state().delayed;
        let mut taken = delayed.take_ended(now_ms, most);
        while taken.len() < most {
            let Some(claimed) = delayed.take_due(now) else {
                break;
            };
            taken.push(claimed);
        }
        for claimed in &taken {
            let claim = Claim {
                claimed: claimed.clone(),
                until_ms: ttl.after(now_ms),
            };
            delayed.claims.insert(claimed.id.clone(), claim);
        }
        Ok(in_order(taken))
    }

    async fn extend(
        &self,
        _namespace: &str,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> Result<Vec<bool>> {
        let until_ms = ttl.after(self.clock.now_ms());
        let delayed = &mut self.state().delayed;
        let extend = |id: &String| {
            let Some(claim) = delayed.claims.get_mut(id) else {
                return false;
            };
            claim.until_ms = until_ms;
            claim.claimed.attempts = attempts.unwrap_or(claim.claimed.attempts);
            true
        };
        Ok(ids.iter().map(extend).collect())
    }

    async fn close(&self, _namespace: &str, ids: &[String]) -> Result<()> {
        let delayed = &mut self.state().delayed;
        for id in ids {
            delayed.claims.remove(id);
        }
        Ok(())
    }

    async fn fail(&self, _namespace: &str, id: &str, error: &str, attempts: u32) -> Result<()> {
        let failed_at = self.clock.now_ms().saturating_mul(1000);
        let delayed = &mut self.state().delayed;
        if let Some(claim) = delayed.claims.remove(id) {
            delayed.failed.push(Failed {
                claimed: Claimed {
                    attempts,
                    ..claim.claimed
                },
                error: error.to_owned(),
                failed_at,
            });
        }
        Ok(())
    }

    async fn pending(&self, _namespace: &str, most: usize) -> Result<Vec<Job>> {
        let delayed = &self.state().delayed;
        Ok(delayed.pending.values().take(most).cloned().collect())
    }

    async fn failed(&self, _namespace: &str, most: usize) -> Result<Vec<Failed>> {
        let delayed = &self.state().delayed;
        Ok(delayed.failed.iter().rev().take(most).cloned().collect())
    }

    async fn retry(&self, _namespace: &str, id: &str) -> Result<bool> {
        let now_ms = self.clock.now_ms();
        let delayed = &mut self.state().delayed;
        let Some(mut claimed) = delayed.take_failed(id) else {
            return Ok(false);
        };
        claimed.attempts = 0;
        let claim = Claim {
            claimed,
            until_ms: now_ms,
        };
        delayed.claims.insert(id.to_owned(), claim);
        Ok(true)
    }

    async fn discard(&self, _namespace: &str, id: &str) -> Result<bool> {
        Ok(self.state().delayed.take_failed(id).is_some())
    }

    async fn counts(&self, _namespace: &str) -> Result<Counts> {
        let delayed = &self.state().delayed;
        let count = |length| u64::try_from(length).unwrap_or(u64::MAX);
        Ok(Counts {
            pending: count(delayed.pending.len()),
            claimed: count(delayed.claims.len()),
            failed: count(delayed.failed.len()),
        })
    }
}
