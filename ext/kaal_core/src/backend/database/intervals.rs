//! The last runs of jobs that run in intervals: rows of `kaal_intervals`.

use std::collections::HashMap;

use super::engine::{Connection, Engine};
use super::log::fits;
use super::{Tables, Trouble, Work};
use crate::Result;
use crate::interval::Intervals;
use crate::key::Occurrence;

impl<E: Engine> Intervals for Tables<E> {
    async fn advance(
        &self,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> Result<Vec<bool>> {
        fits("namespace", namespace)?;
        for run in runs {
            fits("job key", &run.key)?;
        }
        let mut answers = vec![false; runs.len()];
        for places in rounds(runs) {
            let advance = Advance {
                namespace: namespace.to_owned(),
                holder: holder.to_owned(),
                runs: places.iter().map(|place| runs[*place].clone()).collect(),
            };
            let advanced = self.perform(advance).await?;
            for (place, done) in std::iter::zip(places, advanced) {
                answers[place] = done;
            }
        }
        Ok(answers)
    }
}

/// The places of the runs: the first of each job, then the second of each that has one, and so on, for a
/// statement changes a row once.
fn rounds(runs: &[Occurrence]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut named: HashMap<&str, usize> = HashMap::new();
    for (place, run) in runs.iter().enumerate() {
        let round = named.entry(&run.key).or_default();
        if *round == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[*round].push(place);
        *round += 1;
    }
    rounds
}

struct Advance {
    namespace: String,
    holder: String,
    runs: Vec<Occurrence>,
}

impl<E: Engine> Work<E> for Advance {
    type Output = Vec<bool>;

    fn in_transaction(&self) -> bool {
        E::ADVANCES_IN_STEPS
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<bool>, Trouble> {
        let advance = engine.advance(connection, &self.namespace, &self.holder, &self.runs);
        Ok(advance.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_names_each_job_once() {
        let run = |key: &str, fire_time| Occurrence {
            fire_time,
            key: key.into(),
        };
        let runs = [run("a", 1), run("b", 1), run("a", 2), run("a", 3)];
        assert_eq!(rounds(&runs), [vec![0, 1], vec![2], vec![3]]);
        assert_eq!(rounds(&[]), [] as [Vec<usize>; 0]);
    }
}
