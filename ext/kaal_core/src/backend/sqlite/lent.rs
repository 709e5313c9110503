//! For whoever runs the statements on a connection of its own, as an app does whose SQLite we must
//! not open a second time: what goes into them and what their answers mean.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::queries;
use crate::Error;
use crate::backend::attempts::{Attempt, Attempts};
use crate::backend::database::names::{self, Token};
use crate::backend::database::shape::shaped;
use crate::backend::database::time;
use crate::key::Key;
use crate::lease::Ttl;

/// All statements by the names of their files; for tables with or without `created_at` and
/// `updated_at`.
pub fn statements(has_times: bool) -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
    let statements = queries::ALL.iter();
    statements.map(move |(name, sql)| (*name, shaped(sql, has_times)))
}

/// The key of a lease as `kaal_locks` has it.
pub fn lease_text(key: &Key) -> String {
    names::text(key)
}

/// Microseconds since 1970 as the tables have them.
pub fn time_text(micros: i64) -> String {
    time::text(micros)
}

/// Reads what [`time_text`] or Rails wrote; `None` when it is something else.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    time::parse(text)
}

/// What one process knows of its leases. A token is what `acquired_at` says, in microseconds since
/// 1970: the second is true, its fraction random.
#[derive(Default)]
pub struct Tries(Mutex<Attempts<Token>>);

impl Tries {
    /// Begins a try at each key: its token, and whether an earlier try with that may have won
    /// unnoticed.
    pub fn begin(&self, keys: &[Key]) -> Vec<(i64, bool)> {
        let mut attempts = self.attempts();
        let begin = |key| attempts.begin(key, names::token);
        let begun = keys.iter().map(begin);
        begun.map(|begun| (begun.token, begun.repeated)).collect()
    }

    /// What became of tries; `None`: nobody knows.
    pub fn note(&self, keys: &[Key], tokens: &[i64], ttl: Ttl, won: Option<Vec<bool>>) {
        let tries: Vec<Attempt<Token>> = tokens
            .iter()
            .map(|token| Attempt {
                token: *token,
                repeated: false,
            })
            .collect();
        let answers = won.ok_or_else(|| Error::store("no answer"));
        self.attempts().note(keys, &tries, ttl, &answers);
    }

    /// Takes out the tokens of the leases that are held.
    pub fn take_held(&self, keys: &[Key]) -> Vec<Option<i64>> {
        let mut attempts = self.attempts();
        keys.iter().map(|key| attempts.take_held(key)).collect()
    }

    /// Puts tokens back that a failed release took out.
    pub fn keep(&self, keys: &[Key], tokens: &[Option<i64>]) {
        self.attempts().keep(keys, tokens);
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts<Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_there_for_both_shapes() {
        let of = |has_times| {
            let mut statements = statements(has_times);
            let (_, sql) = statements
                .find(|(name, _)| *name == "insert_leases.sql")
                .unwrap();
            sql.contains("created_at")
        };
        assert_eq!((of(true), of(false)), (true, false));
    }

    #[test]
    fn what_is_won_is_held_and_what_is_unknown_is_tried_again_with_its_token() {
        let tries = Tries::default();
        let keys = ["a", "b"].map(|key| Key::new(key.as_bytes()).unwrap());
        let ttl = Ttl::from_seconds(5.0).unwrap();
        let tokens: Vec<i64> = tries.begin(&keys).iter().map(|begun| begun.0).collect();
        tries.note(&keys, &tokens, ttl, None);
        let again: Vec<(i64, bool)> = tokens.iter().map(|token| (*token, true)).collect();
        assert_eq!(tries.begin(&keys), again);
        tries.note(&keys, &tokens, ttl, Some(vec![true, false]));
        assert_eq!(tries.take_held(&keys), [Some(tokens[0]), None]);
        tries.keep(&keys, &[Some(tokens[0]), None]);
        assert_eq!(tries.take_held(&keys), [Some(tokens[0]), None]);
    }
}
