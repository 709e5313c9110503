//! Open claims: rows of `kaal_claims`.

use super::engine::{Connection, Engine};
use super::names;
use super::{Tables, Trouble, Work, statements};
use crate::Result;
use crate::claim::{Holder, OpenClaims};
use crate::key::Occurrence;

impl<E: Engine> OpenClaims for Tables<E> {
    async fn ended_claims(
        &self,
        namespace: &str,
        skip: usize,
        most: usize,
    ) -> Result<Vec<Occurrence>> {
        let count = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let ended = Ended {
            namespace: namespace.to_owned(),
            skip: count(skip),
            most: count(most),
        };
        self.perform(ended).await
    }

    async fn extend_claims(
        &self,
        occurrences: &[Occurrence],
        holder: &Holder,
        take_over: bool,
    ) -> Result<Vec<bool>> {
        let (runs, first) = names::once(occurrences);
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let extend = Extend {
            runs,
            holder: holder.clone(),
            take_over,
        };
        Ok(names::for_all(&first, self.perform(extend).await?))
    }

    async fn close_claims(&self, namespace: &str, occurrences: &[Occurrence]) -> Result<()> {
        let (runs, _) = names::once(occurrences);
        if runs.is_empty() {
            return Ok(());
        }
        let namespace = namespace.to_owned();
        self.perform(Close { namespace, runs }).await
    }
}

statements! { Engine:
    Ended { namespace: String, skip: i64, most: i64 } -> Vec<Occurrence> = ended_claims(namespace, *skip, *most);
    Extend { runs: Vec<Occurrence>, holder: Holder, take_over: bool } -> Vec<bool> =
        extend_claims(runs, holder, *take_over), in transaction if |_| true;
    Close { namespace: String, runs: Vec<Occurrence> } -> () =
        close_claims(namespace, runs), in transaction if |close| close.runs.len() > 1;
}
