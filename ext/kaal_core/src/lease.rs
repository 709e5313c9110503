//! Leases: the right to a key for a time.

use std::fmt;
use std::future::Future;

use uuid::{Builder, Uuid};

use crate::key::Key;
use crate::{Error, Result};

/// A store of leases.
///
/// A lease is exclusive among all processes that share the store, ends by itself after its
/// time, by the store's clock, and can be released only by the instance that acquired it. A key
/// that is held is not acquired again, not even by its holder.
pub trait Leases {
    /// Acquires each key for `ttl`; the answers are in the order of the keys.
    ///
    /// # Errors
    ///
    /// A store error. Which keys were acquired is then unknown; the tokens of the attempt are
    /// kept, so that the next attempt at a key counts a lease that carries its token as won.
    fn acquire_many(
        &self,
        keys: &[Key],
        ttl: Ttl,
    ) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Gives each key back; true where this instance held it.
    ///
    /// # Errors
    ///
    /// A store error; the keys can be released again.
    fn release_many(&self, keys: &[Key]) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Acquires one key: as [`Leases::acquire_many`].
    ///
    /// # Errors
    ///
    /// As [`Leases::acquire_many`].
    fn acquire(&self, key: &Key, ttl: Ttl) -> impl Future<Output = Result<bool>> + Send
    where
        Self: Sync,
    {
        async move {
            let answers = self.acquire_many(std::slice::from_ref(key), ttl).await?;
            Ok(answers[0])
        }
    }

    /// Releases one key: as [`Leases::release_many`].
    ///
    /// # Errors
    ///
    /// As [`Leases::release_many`].
    fn release(&self, key: &Key) -> impl Future<Output = Result<bool>> + Send
    where
        Self: Sync,
    {
        async move {
            let answers = self.release_many(std::slice::from_ref(key)).await?;
            Ok(answers[0])
        }
    }
}

/// How long a lease lasts: whole milliseconds, at least one, at most [`Ttl::MAX_SECONDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl(i64);

impl Ttl {
    /// A hundred years of 365.25 days. What is longer is a mistake, and stores refuse it.
    pub const MAX_SECONDS: f64 = 3_155_760_000.0;

    /// A time in seconds, rounded up to the next millisecond.
    ///
    /// # Errors
    ///
    /// An argument error unless it is a number above 0 and at most [`Ttl::MAX_SECONDS`].
    pub fn from_seconds(seconds: f64) -> Result<Self> {
        if seconds > 0.0 && seconds <= Self::MAX_SECONDS {
            #[allow(clippy::cast_possible_truncation)] // in range by the check above
            return Ok(Self((seconds * 1000.0).ceil() as i64));
        }
        Err(Error::argument(format!(
            "ttl must be a number of seconds above 0 and at most {:.0}, got {seconds}",
            Self::MAX_SECONDS
        )))
    }

    /// A time in milliseconds, for constants: above 0 by the caller's word.
    pub(crate) const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The millisecond at which it is over that begins at `now_ms`.
    pub(crate) fn after(self, now_ms: i64) -> i64 {
        now_ms.saturating_add(self.0)
    }
}

/// What proves that a lease is ours: a random UUID (version 4), new for every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 16]);

/// A supply of tokens that nobody has. The system is asked for randomness for many of them at once:
/// asking each time is a noticeable part of taking a lease.
///
/// Not to be shared with a forked child, which would give out the same tokens.
#[derive(Debug, Default)]
pub struct Tokens {
    supply: Vec<Token>,
}

impl Tokens {
    const SUPPLY: usize = 32;

    /// The next token.
    ///
    /// # Panics
    ///
    /// When the system has no randomness to give, as [`Uuid::new_v4`] does.
    pub fn take(&mut self) -> Token {
        if self.supply.is_empty() {
            let mut random = [[0; 16]; Self::SUPPLY];
            getrandom::fill(random.as_flattened_mut()).expect("the system gives random bytes");
            let uuid = |bytes| Builder::from_random_bytes(bytes).into_uuid();
            self.supply
                .extend(random.map(|bytes| Token(uuid(bytes).into_bytes())));
        }
        self.supply.pop().expect("filled above")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes(self.0).hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_rounded_up_so_that_it_is_never_nothing() {
        assert_eq!(Ttl::from_seconds(0.000_1).unwrap().as_millis(), 1);
        assert_eq!(Ttl::from_seconds(1.5).unwrap().as_millis(), 1_500);
        assert_eq!(
            Ttl::from_seconds(Ttl::MAX_SECONDS).unwrap().as_millis(),
            3_155_760_000_000
        );
    }

    #[test]
    fn a_ttl_that_is_no_time_is_refused() {
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY, Ttl::MAX_SECONDS + 1.0] {
            assert!(
                Ttl::from_seconds(seconds).unwrap_err().is_argument(),
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_token_is_a_version_4_uuid() {
        let mut tokens = Tokens::default();
        let texts: Vec<String> = (0..100).map(|_| tokens.take().to_string()).collect();
        assert!(
            texts
                .iter()
                .all(|text| (text.len(), &text[14..15]) == (36, "4"))
        );
        let distinct: std::collections::HashSet<&String> = texts.iter().collect();
        assert_eq!(distinct.len(), 100);
    }
}
