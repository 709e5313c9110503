//! Open claims: rows of `kaal_claims`.

use super::engine::{Connection, Engine};
use super::names;
use super::{Tables, Trouble, Work};
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

struct Ended {
    namespace: String,
    skip: i64,
    most: i64,
}

impl<E: Engine> Work<E> for Ended {
    type Output = Vec<Occurrence>;

    fn in_transaction(&self) -> bool {
        false
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<Occurrence>, Trouble> {
        let ended = engine.ended_claims(connection, &self.namespace, self.skip, self.most);
        Ok(ended.await?)
    }
}

struct Extend {
    runs: Vec<Occurrence>,
    holder: Holder,
    take_over: bool,
}

impl<E: Engine> Work<E> for Extend {
    type Output = Vec<bool>;

    fn in_transaction(&self) -> bool {
        true
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<bool>, Trouble> {
        let extend = engine.extend_claims(connection, &self.runs, &self.holder, self.take_over);
        Ok(extend.await?)
    }
}

struct Close {
    namespace: String,
    runs: Vec<Occurrence>,
}

impl<E: Engine> Work<E> for Close {
    type Output = ();

    fn in_transaction(&self) -> bool {
        self.runs.len() > 1
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<(), Trouble> {
        let close = engine.close_claims(connection, &self.namespace, &self.runs);
        Ok(close.await?)
    }
}
