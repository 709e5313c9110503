//! Which session locks this process holds, and until when.

use std::collections::{BTreeSet, HashMap};

use crate::key::Key;

/// Times are in milliseconds of the owner's clock. A lock belongs to the session that took it, named
/// by its number: those of a session that was lost stay until their leases end, so that we do not
/// claim again what another may hold by now.
#[derive(Default)]
pub(super) struct Held {
    locks: HashMap<Key, Lock>,
    ends: BTreeSet<(i64, Key)>,
}

struct Lock {
    until_ms: i64,
    session: u64,
    /// Whether whoever took it has not heard that it did.
    unheard: bool,
}

impl Held {
    pub fn hold(&mut self, key: Key, until_ms: i64, session: u64) {
        self.remove(&key);
        self.ends.insert((until_ms, key.clone()));
        let lock = Lock {
            until_ms,
            session,
            unheard: false,
        };
        self.locks.insert(key, lock);
    }

    /// Whether the lock is not to be asked for: it is held, or was by a session that was lost. What
    /// nobody heard of and was lost is to be had again.
    pub fn is_taken(&self, key: &Key, session: u64) -> bool {
        let lock = self.locks.get(key);
        lock.is_some_and(|lock| !lock.unheard || lock.session == session)
    }

    /// Nobody has heard that the lock was taken: the next one who wants it has it.
    pub fn unhear(&mut self, key: &Key) {
        if let Some(lock) = self.locks.get_mut(key) {
            lock.unheard = true;
        }
    }

    /// Whether the lock of `session` is there for whoever asks first.
    pub fn is_unheard(&self, key: &Key, session: u64) -> bool {
        let lock = self.locks.get(key);
        lock.is_some_and(|lock| lock.session == session && lock.unheard)
    }

    /// Somebody has heard of it.
    pub fn hear(&mut self, key: &Key) {
        if let Some(lock) = self.locks.get_mut(key) {
            lock.unheard = false;
        }
    }

    /// Takes out a lock; true where `session` has it and it has not ended.
    pub fn release(&mut self, key: &Key, now_ms: i64, session: u64) -> Released {
        match self.remove(key) {
            Some(lock) if lock.session != session => Released::Gone,
            Some(lock) if lock.until_ms <= now_ms => Released::Ended,
            Some(_) => Released::Live,
            None => Released::Gone,
        }
    }

    /// Takes out the locks that have ended; answers with those that `session` still has.
    pub fn take_ended(&mut self, now_ms: i64, session: u64) -> Vec<Key> {
        let mut ended = Vec::new();
        while let Some((until_ms, _)) = self.ends.first() {
            if *until_ms > now_ms {
                break;
            }
            let (_, key) = self.ends.pop_first().expect("seen above");
            let lock = self.locks.remove(&key);
            if lock.is_some_and(|lock| lock.session == session) {
                ended.push(key);
            }
        }
        ended
    }

    /// When the next lock ends.
    pub fn next_end(&self) -> Option<i64> {
        self.ends.first().map(|(until_ms, _)| *until_ms)
    }

    /// Whether `session` has a lock.
    pub fn any_of(&self, session: u64) -> bool {
        self.locks.values().any(|lock| lock.session == session)
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
    /// The server must be told.
    Live,
    /// As [`Released::Live`], but it was no longer ours to release.
    Ended,
    /// The server has nothing of it.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn locks_are_taken_out_as_they_end() {
        let mut held = Held::default();
        held.hold(key("a"), 30, 1);
        held.hold(key("b"), 10, 1);
        held.hold(key("c"), 20, 1);
        assert_eq!(held.next_end(), Some(10));
        assert_eq!(held.take_ended(20, 1), [key("b"), key("c")]);
        assert_eq!(
            (held.is_taken(&key("a"), 1), held.next_end()),
            (true, Some(30))
        );
        assert_eq!(held.release(&key("a"), 29, 1), Released::Live);
        assert_eq!((held.next_end(), held.locks.len()), (None, 0));
    }

    #[test]
    fn what_a_lost_session_held_stays_until_its_end_and_is_nobodys_to_release() {
        let mut held = Held::default();
        held.hold(key("a"), 30, 1);
        held.hold(key("b"), 30, 1);
        assert_eq!((held.any_of(1), held.any_of(2)), (true, false));
        assert!(held.is_taken(&key("a"), 2));
        assert_eq!(held.release(&key("b"), 0, 2), Released::Gone);
        assert_eq!(held.take_ended(30, 2), Vec::<Key>::new());
        assert!(!held.is_taken(&key("a"), 2));
    }

    #[test]
    fn a_lock_that_nobody_heard_of_is_had_once() {
        let mut held = Held::default();
        held.hold(key("a"), 30, 1);
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
        held.hold(key("a"), 30, 1);
        assert_eq!(held.release(&key("a"), 30, 1), Released::Ended);
        assert_eq!(held.release(&key("a"), 30, 1), Released::Gone);
    }
}
