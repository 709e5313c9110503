//! Claims: lease and record in one transaction.

use super::engine::{Connection, Engine};
use super::lease::{acquire, repeat, sweep};
use super::names::{self, Lease, Token};
use super::{Attempt, Tables, Trouble, Work};
use crate::Result;
use crate::claim::{Claims, Holder, Log, Terms};
use crate::crash;
use crate::dispatch::Record;
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Ttl};

/// A row of `kaal_dispatches`.
#[derive(Clone)]
pub(crate) struct Row {
    pub record: Record,
    /// The key as Kaal 0.6 writes it.
    pub prefixed: String,
    /// The column `dispatched_at`, in microseconds.
    pub token: Token,
}

impl<E: Engine> Claims for Tables<E> {
    async fn claim_many(&self, occurrences: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        let (occurrences, first) = names::once(occurrences);
        let keys = lock_keys(&occurrences, terms);
        let Some(log) = &terms.log else {
            let answers = self.acquire_many(&keys, terms.ttl).await?;
            return Ok(names::for_all(&first, answers));
        };
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let tries = self.begin(&keys);
        let claim = Claim {
            texts: keys.iter().map(E::lease_text).collect(),
            entries: Entries::new(&occurrences, log, terms),
            tries: tries.clone(),
            ttl: terms.ttl,
        };
        let answers = self.perform(claim).await;
        self.attempts().note(&keys, &tries, terms.ttl, &answers);
        Ok(names::for_all(&first, answers?))
    }

    fn unhear(&self, won: &[Occurrence], terms: &Terms) {
        let mut attempts = self.attempts();
        for key in lock_keys(won, terms) {
            attempts.unhear(&key, terms.ttl);
        }
    }
}

pub(super) fn lock_keys(occurrences: &[Occurrence], terms: &Terms) -> Vec<Key> {
    let lock_key = |occurrence: &Occurrence| occurrence.lock_key(&terms.namespace);
    occurrences.iter().map(lock_key).collect()
}

/// The records of claims that are made together.
pub(super) struct Entries {
    records: Vec<Record>,
    namespace: String,
    /// Who keeps the claims open, if they stay so.
    holder: Option<Holder>,
}

impl Entries {
    pub fn new(occurrences: &[Occurrence], log: &Log, terms: &Terms) -> Self {
        let records = occurrences.iter().map(|occurrence| log.record(occurrence));
        Self {
            records: records.collect(),
            namespace: terms.namespace.clone(),
            holder: log.open.then(|| Holder {
                namespace: terms.namespace.clone(),
                node_id: log.node_id.clone(),
                ttl: terms.ttl,
            }),
        }
    }

    /// Whether [`Entries::write`] writes by one statement.
    pub fn at_once<E: Engine>(&self, tries: &[Attempt<Token>]) -> bool {
        self.holder.is_none()
            && tries.len() <= E::RECORDS_AT_ONCE
            && tries.iter().all(|attempt| !attempt.repeated)
    }

    /// Writes those of the claims in `wanted`; true where a record is now ours. A try that was done
    /// without our learning of it is known by the fraction of the second.
    pub async fn write<E: Engine>(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
        tries: &[Attempt<Token>],
        wanted: &[bool],
    ) -> sqlx::Result<Vec<bool>> {
        crash::point("before_record");
        let mut written = vec![false; tries.len()];
        let row = |place: usize, token: Token| {
            let record = self.records[place].clone();
            Row {
                prefixed: format!("{}:{}", self.namespace, record.key),
                token: record.dispatched_at.saturating_mul(1_000_000) + token % 1_000_000,
                record,
            }
        };
        for (repeated, places, rows) in names::by_novelty(tries, row) {
            let wanted = std::iter::zip(places, rows).filter(|(place, _)| wanted[*place]);
            let (places, rows): (Vec<usize>, Vec<Row>) = wanted.unzip();
            if rows.is_empty() {
                continue;
            }
            let known = self.known(engine, connection, &rows, repeated).await?;
            for repeated in [false, true] {
                let some = (0..rows.len()).filter(|number| known[*number] == repeated);
                let some: Vec<usize> = some.collect();
                if some.is_empty() {
                    continue;
                }
                let chosen: Vec<Row> = some.iter().map(|number| rows[*number].clone()).collect();
                let answers = engine.insert_records(connection, &chosen, repeated).await?;
                for (number, answer) in std::iter::zip(some, answers) {
                    written[places[number]] = answer;
                }
            }
        }
        if let Some(holder) = &self.holder {
            self.open(engine, connection, holder, &written).await?;
        }
        crash::point("after_record");
        Ok(written)
    }

    /// Which of the runs are ours if their record is. One that was to stay open and is not was taken over and
    /// done meanwhile.
    async fn known<E: Engine>(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
        rows: &[Row],
        repeated: bool,
    ) -> sqlx::Result<Vec<bool>> {
        match &self.holder {
            Some(holder) if repeated => {
                let runs: Vec<Occurrence> =
                    rows.iter().map(|row| row.record.occurrence()).collect();
                engine.extend_claims(connection, &runs, holder, false).await
            }
            _ => Ok(vec![repeated; rows.len()]),
        }
    }

    async fn open<E: Engine>(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
        holder: &Holder,
        written: &[bool],
    ) -> sqlx::Result<()> {
        let opened: Vec<Occurrence> = std::iter::zip(&self.records, written)
            .filter(|(_, written)| **written)
            .map(|(record, _)| record.occurrence())
            .collect();
        if opened.is_empty() {
            return Ok(());
        }
        engine.open_claims(connection, &opened, holder).await
    }
}

struct Claim {
    texts: Vec<String>,
    entries: Entries,
    tries: Vec<Attempt<Token>>,
    ttl: Ttl,
}

impl<E: Engine> Work<E> for Claim {
    type Output = Vec<bool>;

    fn in_transaction(&self) -> bool {
        true
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<bool>, Trouble> {
        sweep(engine, connection, self.tries.len()).await?;
        let leased = acquire(engine, connection, &self.texts, &self.tries, self.ttl).await?;
        let claimed = self
            .entries
            .write(engine, connection, &self.tries, &leased)
            .await?;
        let vain: Vec<Lease> = (0..self.tries.len())
            .filter(|place| leased[*place] && !claimed[*place])
            .map(|place| Lease {
                text: self.texts[place].clone(),
                token: self.tries[place].token,
            })
            .collect();
        if !vain.is_empty() {
            engine.delete_leases(connection, &vain).await?;
        }
        Ok(claimed)
    }

    fn again(&mut self) {
        repeat(&mut self.tries);
    }
}
