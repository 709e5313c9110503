//! What this instance knows of its leases: the tokens of those it holds, and of attempts whose
//! answer never came.

use std::hash::{BuildHasher, RandomState};

use crate::Result;
use crate::clock::{Clock, MonotonicClock};
use crate::expiring::{Expiring, Lapses};
use crate::key::Key;
use crate::lease::Ttl;

/// Keys are kept as 64-bit hashes under a random seed: a process that takes tens of thousands
/// of leases a second then needs megabytes, not tens of them. Should two keys ever share a hash,
/// the older lease cannot be released early and ends by its time.
///
/// `T` is what proves to the store that a lease is ours.
pub(super) struct Attempts<T> {
    seed: RandomState,
    clock: MonotonicClock,
    held: Expiring<Fingerprint, Ours<T>>,
    unanswered: Expiring<Fingerprint, Ours<T>>,
}

/// For how long a lease is remembered whose release failed: its end is not known any more. An hour.
const KEEP: Ttl = Ttl::from_millis(3_600_000);

/// One try at a lease.
#[derive(Clone, Copy)]
pub(super) struct Attempt<T> {
    pub token: T,
    /// Whether an earlier try with this token may have won unnoticed.
    pub repeated: bool,
}

/// Bytes, not an integer, so that an entry has no padding.
type Fingerprint = [u8; 8];

struct Ours<T> {
    token: T,
    until_s: [u8; 4],
}

impl<T> Lapses for Ours<T> {
    fn lapses_at(&self) -> i64 {
        i64::from(u32::from_ne_bytes(self.until_s)) * 1000
    }
}

impl<T> Default for Attempts<T> {
    fn default() -> Self {
        Self {
            seed: RandomState::default(),
            clock: MonotonicClock::default(),
            held: Expiring::default(),
            unanswered: Expiring::default(),
        }
    }
}

impl<T: Copy> Attempts<T> {
    /// Begins a try: with the token of an unanswered one, if there was one, else a new one.
    pub fn begin(&mut self, key: &Key, new: impl FnOnce() -> T) -> Attempt<T> {
        let earlier = self
            .unanswered
            .remove(&self.fingerprint(key), self.clock.now_ms());
        Attempt {
            repeated: earlier.is_some(),
            token: match earlier {
                Some(ours) => ours.token,
                None => new(),
            },
        }
    }

    /// The lease was won.
    fn won(&mut self, key: &Key, token: T, ttl: Ttl) {
        let now_ms = self.clock.now_ms();
        self.held
            .insert(self.fingerprint(key), Ours::new(token, now_ms, ttl), now_ms);
    }

    /// No answer came.
    pub fn unanswered(&mut self, key: &Key, token: T, ttl: Ttl) {
        let now_ms = self.clock.now_ms();
        self.unanswered
            .insert(self.fingerprint(key), Ours::new(token, now_ms, ttl), now_ms);
    }

    /// What became of tries: keeps the tokens of what was won and, where no answer came, of what may
    /// have been.
    pub fn note(
        &mut self,
        keys: &[Key],
        tries: &[Attempt<T>],
        ttl: Ttl,
        answers: &Result<Vec<bool>>,
    ) {
        for (index, (key, attempt)) in std::iter::zip(keys, tries).enumerate() {
            match answers {
                Ok(won) if won[index] => self.won(key, attempt.token, ttl),
                Ok(_) => {}
                Err(_) => self.unanswered(key, attempt.token, ttl),
            }
        }
    }

    /// Puts tokens back that a failed release took out. Their end is not known here any more.
    pub fn keep(&mut self, keys: &[Key], tokens: &[Option<T>]) {
        for (key, token) in std::iter::zip(keys, tokens) {
            if let Some(token) = token {
                self.won(key, *token, KEEP);
            }
        }
    }

    /// The lease was won, but nobody has heard of it.
    pub fn unhear(&mut self, key: &Key, ttl: Ttl) {
        if let Some(token) = self.take_held(key) {
            self.unanswered(key, token, ttl);
        }
    }

    /// Takes out the token of a lease that this instance holds.
    pub fn take_held(&mut self, key: &Key) -> Option<T> {
        self.held
            .remove(&self.fingerprint(key), self.clock.now_ms())
            .map(|ours| ours.token)
    }

    fn fingerprint(&self, key: &Key) -> Fingerprint {
        self.seed.hash_one(key).to_ne_bytes()
    }
}

impl<T> Ours<T> {
    /// Forgotten at the first whole second after the lease's end: the store judges leases, this
    /// only bounds what is remembered.
    fn new(token: T, now_ms: i64, ttl: Ttl) -> Self {
        let until_s = now_ms.saturating_add(ttl.as_millis()) / 1000 + 1;
        Self {
            token,
            until_s: u32::try_from(until_s).unwrap_or(u32::MAX).to_ne_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lease::Token;

    fn key(text: &str) -> Key {
        Key::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_unanswered_try_keeps_its_token_for_the_next_one_only() {
        let ttl = Ttl::from_seconds(5.0).unwrap();
        let mut attempts = Attempts::default();
        let first = attempts.begin(&key("a"), || 1);
        attempts.unanswered(&key("a"), first.token, ttl);
        let second = attempts.begin(&key("a"), || 2);
        assert_eq!((second.token, second.repeated), (1, true));
        let third = attempts.begin(&key("a"), || 3);
        assert_eq!((third.token, third.repeated), (3, false));
    }

    #[test]
    fn an_entry_is_28_bytes() {
        assert_eq!(size_of::<(Fingerprint, Ours<Token>)>(), 28);
    }
}
