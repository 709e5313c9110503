//! Which session locks this process holds, and until when.

use std::collections::{BTreeSet, HashMap};

use crate::key::Key;

/// Times are in milliseconds of the owner's clock. A lock belongs to the session that took it: those of
/// sessions that were lost stay until their leases end, so that we do not claim again what another may
/// hold by now.
#[derive(Default)]
pub(super) struct Held {
    locks: HashMap<Key, Lock>,
    ends: BTreeSet<(i64, Key)>,
}

/// A session, by its place among those of its generation, which are lost together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taker {
    pub generation: u64,
    pub place: usize,
}

struct Lock {
    until_ms: i64,
    taker: Taker,
    /// Whether whoever took it has not heard that it did.
    unheard: bool,
}

impl Held {
    pub fn hold(&mut self, key: Key, until_ms: i64, taker: Taker) {
        self.remove(&key);
        self.ends.insert((until_ms, key.clone()));
        let lock = Lock {
            until_ms,
            taker,
            unheard: false,
        };
        self.locks.insert(key, lock);
    }

    /// Whether the lock is not to be asked for: it is held, or was by a session that was lost. What
    /// nobody heard of and was lost is to be had again.
    pub fn is_taken(&self, key: &Key, generation: u64) -> bool {
        let lock = self.locks.get(key);
        lock.is_some_and(|lock| !lock.unheard || lock.taker.generation == generation)
    }

    /// Nobody has heard that the lock was taken: the next one who wants it has it.
    pub fn unhear(&mut self, key: &Key) {
        if let Some(lock) = self.locks.get_mut(key) {
            lock.unheard = true;
        }
    }

    /// Whether the lock, of a session of `generation`, is there for whoever asks first.
    pub fn is_unheard(&self, key: &Key, generation: u64) -> bool {
        let lock = self.locks.get(key);
        lock.is_some_and(|lock| lock.taker.generation == generation && lock.unheard)
    }

    /// Somebody has heard of it.
    pub fn hear(&mut self, key: &Key) {
        if let Some(lock) = self.locks.get_mut(key) {
            lock.unheard = false;
        }
    }

    /// Takes out a lock.
    pub fn release(&mut self, key: &Key, now_ms: i64, generation: u64) -> Released {
        match self.remove(key) {
            Some(lock) if lock.taker.generation != generation => Released::Gone,
            Some(lock) if lock.until_ms <= now_ms => Released::Ended(lock.taker.place),
            Some(lock) => Released::Live(lock.taker.place),
            None => Released::Gone,
        }
    }

    /// Takes out the locks that have ended; answers with those that a session of `generation` still has, and
    /// its place.
    pub fn take_ended(&mut self, now_ms: i64, generation: u64) -> Vec<(usize, Key)> {
        let mut ended = Vec::new();
        while let Some((until_ms, _)) = self.ends.first() {
            if *until_ms > now_ms {
                break;
            }
            let (_, key) = self.ends.pop_first().expect("seen above");
            let lock = self.locks.remove(&key);
            if let Some(lock) = lock.filter(|lock| lock.taker.generation == generation) {
                ended.push((lock.taker.place, key));
            }
        }
        ended
    }

    /// When the next lock ends.
    pub fn next_end(&self) -> Option<i64> {
        self.ends.first().map(|(until_ms, _)| *until_ms)
    }

    fn remove(&mut self, key: &Key) -> Option<Lock> {
        let lock = self.locks.remove(key)?;
        self.ends.remove(&(lock.until_ms, key.clone()));
        Some(lock)
    }
}

/// What became of a lock that is released.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Released {
    /// The server must be told, by the session of that place.
    Live(usize),
    /// As [`Released::Live`], but it was no longer ours to release.
    Ended(usize),
    /// The server has nothing of it.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new(text.as_bytes()).unwrap()
    }

    fn taker(generation: u64) -> Taker {
        Taker {
            generation,
            place: 7,
        }
    }

    #[test]
    fn locks_are_taken_out_as_they_end() {
        let mut held = Held::default();
        held.hold(key("a"), 30, taker(1));
        held.hold(key("b"), 10, taker(1));
        held.hold(key("c"), 20, taker(1));
        assert_eq!(held.next_end(), Some(10));
        assert_eq!(held.take_ended(20, 1), [(7, key("b")), (7, key("c"))]);
        assert_eq!(
            (held.is_taken(&key("a"), 1), held.next_end()),
            (true, Some(30))
        );
        assert_eq!(held.release(&key("a"), 29, 1), Released::Live(7));
        assert_eq!((held.next_end(), held.locks.len()), (None, 0));
    }

    #[test]
    fn what_a_lost_session_held_stays_until_its_end_and_is_nobodys_to_release() {
        let mut held = Held::default();
        held.hold(key("a"), 30, taker(1));
        held.hold(key("b"), 30, taker(1));
        assert!(held.is_taken(&key("a"), 2));
        assert_eq!(held.release(&key("b"), 0, 2), Released::Gone);
        assert_eq!(held.take_ended(30, 2), Vec::new());
        assert!(!held.is_taken(&key("a"), 2));
    }

    #[test]
    fn a_lock_that_nobody_heard_of_is_had_once() {
        let mut held = Held::default();
        held.hold(key("a"), 30, taker(1));
        assert!(!held.is_unheard(&key("a"), 1));
        held.unhear(&key("a"));
        assert!(!held.is_unheard(&key("a"), 2));
        assert!(!held.is_taken(&key("a"), 2));
        assert!(held.is_unheard(&key("a"), 1));
        held.hear(&key("a"));
        assert!(!held.is_unheard(&key("a"), 1));
    }

    #[test]
    fn a_lock_is_released_late() {
        let mut held = Held::default();
        held.hold(key("a"), 30, taker(1));
        assert_eq!(held.release(&key("a"), 30, 1), Released::Ended(7));
        assert_eq!(held.release(&key("a"), 30, 1), Released::Gone);
    }
}
