//! Leases as rows of `kaal_locks`.

use super::engine::{Connection, Engine};
use super::names::{self, Lease, Token};
use super::{Attempt, Tables, Trouble, Work, statements};
use crate::Result;
use crate::key::Key;
use crate::lease::{Leases, Ttl};

/// After so many acquired leases those that have ended are deleted, four times as many at most.
const SWEEP_EVERY: i64 = 64;

impl<E: Engine> Leases for Tables<E> {
    async fn acquire_many(&self, keys: &[Key], ttl: Ttl) -> Result<Vec<bool>> {
        let (keys, first) = names::once(keys);
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let tries = self.begin(&keys);
        let acquire = Acquire {
            texts: keys.iter().map(E::lease_text).collect(),
            tries: tries.clone(),
            ttl,
        };
        let answers = self.perform(acquire).await;
        self.attempts().note(&keys, &tries, ttl, &answers);
        Ok(names::for_all(&first, answers?))
    }

    async fn release_many(&self, keys: &[Key]) -> Result<Vec<bool>> {
        let tokens: Vec<Option<Token>> = {
            let mut attempts = self.attempts();
            keys.iter().map(|key| attempts.take_held(key)).collect()
        };
        let leases: Vec<Lease> = std::iter::zip(keys, &tokens)
            .filter_map(|(key, token)| {
                token.map(|token| Lease {
                    text: E::lease_text(key),
                    token,
                })
            })
            .collect();
        if leases.is_empty() {
            return Ok(vec![false; keys.len()]);
        }
        let released = self.perform(Release { leases }).await;
        let released = released.inspect_err(|_| self.attempts().keep(keys, &tokens))?;
        let held: Vec<bool> = tokens.iter().map(Option::is_some).collect();
        Ok(names::for_all(&held, released))
    }
}

struct Acquire {
    texts: Vec<String>,
    tries: Vec<Attempt<Token>>,
    ttl: Ttl,
}

impl<E: Engine> Work<E> for Acquire {
    type Output = Vec<bool>;

    fn in_transaction(&self) -> bool {
        self.texts.len() > 1 || sweep_due(&self.tries)
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<bool>, Trouble> {
        if sweep_due(&self.tries) {
            sweep(engine, connection, self.tries.len()).await?;
        }
        Ok(acquire(engine, connection, &self.texts, &self.tries, self.ttl).await?)
    }

    fn again(&mut self) {
        repeat(&mut self.tries);
    }
}

statements! { Engine:
    Release { leases: Vec<Lease> } -> Vec<bool> = delete_leases(leases),
        in transaction if |release| release.leases.len() > 1;
}

/// Takes the leases, in the order of their keys, so that no two wait for each other; true for those that
/// are ours now.
pub(super) async fn acquire<E: Engine>(
    engine: &E,
    connection: &mut Connection<E>,
    texts: &[String],
    tries: &[Attempt<Token>],
    ttl: Ttl,
) -> sqlx::Result<Vec<bool>> {
    let mut won = vec![false; tries.len()];
    let lease = |place: usize, token| Lease {
        text: texts[place].clone(),
        token,
    };
    for (repeated, places, leases) in names::by_novelty(tries, lease) {
        if leases.is_empty() {
            continue;
        }
        let mut leases: Vec<(Lease, usize)> = std::iter::zip(leases, places).collect();
        leases.sort_unstable_by(|(one, _), (other, _)| one.text.cmp(&other.text));
        let (leases, places): (Vec<Lease>, Vec<usize>) = leases.into_iter().unzip();
        let answers = engine
            .insert_leases(connection, &leases, ttl, repeated)
            .await?;
        for (place, answer) in std::iter::zip(places, answers) {
            won[place] = answer;
        }
    }
    Ok(won)
}

/// What was tried may have been done.
pub(super) fn repeat(tries: &mut [Attempt<Token>]) {
    for attempt in tries {
        attempt.repeated = true;
    }
}

/// Tokens are random, so one in so many makes a sweep.
fn sweep_due(tries: &[Attempt<Token>]) -> bool {
    tries.len() > 1 || tries[0].token % SWEEP_EVERY == 0
}

/// Deletes rows that have ended, in proportion to those that come.
pub(super) async fn sweep<E: Engine>(
    engine: &E,
    connection: &mut Connection<E>,
    coming: usize,
) -> sqlx::Result<()> {
    let coming = i64::try_from(coming).unwrap_or(i64::MAX);
    let most = coming.saturating_add(SWEEP_EVERY).saturating_mul(4);
    engine.delete_ended_leases(connection, most).await
}
