//! Claims in SQLite: lease and record in one transaction.

use sqlx::SqliteConnection;

use super::super::attempts::Attempt;
use super::connection::write;
use super::leases::{delete_one, insert, sweep, texts};
use super::{Sqlite, Token, now, time};
use crate::Result;
use crate::claim::{Claims, Log, Terms};
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Ttl};

impl Claims for Sqlite {
    async fn claim_many(&self, occurrences: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        let lock_key = |occurrence: &Occurrence| occurrence.lock_key(&terms.namespace);
        let keys: Vec<Key> = occurrences.iter().map(lock_key).collect();
        let Some(log) = &terms.log else {
            return self.acquire_many(&keys, terms.ttl).await;
        };
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let now = now();
        let attempts = self.begin(&keys, now);
        let batch = Batch {
            occurrences,
            texts: texts(&keys),
            attempts: &attempts,
            log,
            namespace: &terms.namespace,
            ttl: terms.ttl,
            now,
        };
        let claimed = async {
            let mut connection = self.connection.get().await?;
            let claimed = batch.claim(&mut connection).await;
            claimed.map_err(|error| self.connection.error(&error))
        };
        let answers = claimed.await;
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

/// Claims that are made together.
struct Batch<'a> {
    occurrences: &'a [Occurrence],
    texts: Vec<String>,
    attempts: &'a [Attempt<Token>],
    log: &'a Log,
    namespace: &'a str,
    ttl: Ttl,
    now: i64,
}

impl Batch<'_> {
    async fn claim(&self, connection: &mut SqliteConnection) -> sqlx::Result<Vec<bool>> {
        let mut transaction = write(connection).await?;
        sweep(&mut transaction, self.now, self.texts.len()).await?;
        // A try that was committed without our learning of it has left lease and record.
        let mut claimed = self.made_before(&mut transaction).await?;
        let leased = insert(
            &mut transaction,
            &self.texts,
            self.attempts,
            self.now,
            self.ttl,
        )
        .await?;
        for index in 0..self.texts.len() {
            if !leased[index] || claimed[index] {
                continue;
            }
            claimed[index] = self
                .record(&mut transaction, &self.occurrences[index])
                .await?;
            if !claimed[index] {
                let token = self.attempts[index].token;
                delete_one(&mut transaction, &self.texts[index], token).await?;
            }
        }
        transaction.commit().await?;
        Ok(claimed)
    }

    async fn made_before(&self, connection: &mut SqliteConnection) -> sqlx::Result<Vec<bool>> {
        let mut made = vec![false; self.texts.len()];
        for (index, attempt) in self.attempts.iter().enumerate() {
            if attempt.repeated {
                let find = sqlx::query(include_str!("queries/find_lock.sql"));
                let find = find
                    .bind(&self.texts[index])
                    .bind(time::text(attempt.token));
                made[index] = find.fetch_optional(&mut *connection).await?.is_some();
            }
        }
        Ok(made)
    }

    /// Writes the record of a run that has none, neither as Kaal 0.2 nor as 0.6 writes it.
    async fn record(
        &self,
        connection: &mut SqliteConnection,
        occurrence: &Occurrence,
    ) -> sqlx::Result<bool> {
        let record = self.log.record(occurrence);
        let now = time::text(self.now);
        let insert = sqlx::query(include_str!("queries/claim_dispatch.sql"))
            .bind(&record.key)
            .bind(time::seconds_text(record.fire_time))
            .bind(time::seconds_text(record.dispatched_at))
            .bind(&record.node_id)
            .bind(&record.status)
            .bind(&now)
            .bind(format!("{}:{}", self.namespace, record.key));
        Ok(insert.execute(connection).await?.rows_affected() > 0)
    }
}
