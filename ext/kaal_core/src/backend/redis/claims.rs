//! Claims on Redis: a lease alone, or with the log on a lease and a record in one script.

use super::super::attempts::Attempt;
use super::{Redis, open};
use crate::Result;
use crate::claim::{Claims, Log, Terms};
use crate::dispatch::Record;
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Token};

impl Claims for Redis {
    async fn claim_many(&self, occurrences: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        let keys: Vec<Key> = occurrences
            .iter()
            .map(|occurrence| occurrence.lock_key(&terms.namespace))
            .collect();
        let Some(log) = &terms.log else {
            return self.acquire_many(&keys, terms.ttl).await;
        };
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let attempts = self.begin(&keys);
        let calls = (0..keys.len())
            .map(|i| self.claim_call(&keys[i], attempts[i], &occurrences[i], log, terms))
            .collect();
        let answers = self.scripts.claim.run(&self.connections, calls).await;
        self.attempts().note(&keys, &attempts, terms.ttl, &answers);
        answers
    }

    fn unhear(&self, won: &[Occurrence], terms: &Terms) {
        let mut attempts = self.attempts();
        for occurrence in won {
            attempts.unhear(&occurrence.lock_key(&terms.namespace), terms.ttl);
        }
    }
}

impl Redis {
    fn claim_call(
        &self,
        key: &Key,
        attempt: Attempt<Token>,
        occurrence: &Occurrence,
        log: &Log,
        terms: &Terms,
    ) -> redis::Cmd {
        let record_key = Record::redis_key(&log.namespace, &occurrence.key, occurrence.fire_time);
        let open = log.open.then(|| open::key(&terms.namespace));
        let keys = [key.as_bytes(), record_key.as_bytes()];
        let keys: Vec<&[u8]> = keys
            .into_iter()
            .chain(open.as_ref().map(String::as_bytes))
            .collect();
        self.scripts.claim.call(
            &keys,
            &[
                attempt.token.to_string().as_bytes(),
                terms.ttl.as_millis().to_string().as_bytes(),
                log.record(occurrence).to_json().as_bytes(),
                log.ttl_seconds.to_string().as_bytes(),
                open::member(occurrence).as_bytes(),
            ],
        )
    }
}
