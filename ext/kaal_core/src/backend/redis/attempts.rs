//! What this instance knows of its leases: the tokens of those it holds, and of attempts whose
//! answer never came.

use std::hash::{BuildHasher, RandomState};

use crate::clock::{Clock, MonotonicClock};
use crate::expiring::{Expiring, Lapses};
use crate::key::Key;
use crate::lease::{Token, Tokens, Ttl};

/// Keys are kept as 64-bit hashes under a random seed: a process that takes tens of thousands
/// of leases a second then needs megabytes, not tens of them. Should two keys ever share a hash,
/// the older lease cannot be released early and ends by its time.
#[derive(Default)]
pub(super) struct Attempts {
    seed: RandomState,
    tokens: Tokens,
    clock: MonotonicClock,
    held: Expiring<Fingerprint, Ours>,
    unanswered: Expiring<Fingerprint, Ours>,
}

/// One try at a lease.
#[derive(Clone, Copy)]
pub(super) struct Attempt {
    pub token: Token,
    /// Whether an earlier try with this token may have won unnoticed.
    pub repeated: bool,
}

/// Bytes, not an integer, so that an entry has no padding.
type Fingerprint = [u8; 8];

struct Ours {
    token: Token,
    until_s: [u8; 4],
}

impl Lapses for Ours {
    fn lapses_at(&self) -> i64 {
        i64::from(u32::from_ne_bytes(self.until_s)) * 1000
    }
}

impl Attempts {
    /// Begins a try: with the token of an unanswered one, if there was one, else a new one.
    pub fn begin(&mut self, key: &Key) -> Attempt {
        let earlier = self
            .unanswered
            .remove(&self.fingerprint(key), self.clock.now_ms());
        Attempt {
            repeated: earlier.is_some(),
            token: match earlier {
                Some(ours) => ours.token,
                None => self.tokens.take(),
            },
        }
    }

    /// The lease was won.
    pub fn won(&mut self, key: &Key, token: Token, ttl: Ttl) {
        let now_ms = self.clock.now_ms();
        self.held
            .insert(self.fingerprint(key), Ours::new(token, now_ms, ttl), now_ms);
    }

    /// No answer came.
    pub fn unanswered(&mut self, key: &Key, token: Token, ttl: Ttl) {
        let now_ms = self.clock.now_ms();
        self.unanswered
            .insert(self.fingerprint(key), Ours::new(token, now_ms, ttl), now_ms);
    }

    /// The lease was won, but nobody has heard of it.
    pub fn unhear(&mut self, key: &Key, ttl: Ttl) {
        if let Some(token) = self.take_held(key) {
            self.unanswered(key, token, ttl);
        }
    }

    /// Takes out the token of a lease that this instance holds.
    pub fn take_held(&mut self, key: &Key) -> Option<Token> {
        self.held
            .remove(&self.fingerprint(key), self.clock.now_ms())
            .map(|ours| ours.token)
    }

    fn fingerprint(&self, key: &Key) -> Fingerprint {
        self.seed.hash_one(key).to_ne_bytes()
    }
}

impl Ours {
    /// Forgotten at the first whole second after the lease's end: the store judges leases, this
    /// only bounds what is remembered.
    fn new(token: Token, now_ms: i64, ttl: Ttl) -> Self {
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

    fn key(text: &str) -> Key {
        Key::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_unanswered_try_keeps_its_token_for_the_next_one_only() {
        let ttl = Ttl::from_seconds(5.0).unwrap();
        let mut attempts = Attempts::default();
        let first = attempts.begin(&key("a"));
        attempts.unanswered(&key("a"), first.token, ttl);
        let second = attempts.begin(&key("a"));
        assert_eq!((second.token, second.repeated), (first.token, true));
        let third = attempts.begin(&key("a"));
        assert!(third.token != first.token && !third.repeated);
    }

    #[test]
    fn an_entry_is_28_bytes() {
        assert_eq!(size_of::<(Fingerprint, Ours)>(), 28);
    }
}
