//! A map whose entries lapse, without a timer and without a queue.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// A value with a moment from which on it no longer counts.
pub trait Lapses {
    /// The first millisecond, on the map owner's clock, at which the value is gone.
    fn lapses_at(&self) -> i64;
}

/// A hash map that forgets what has lapsed.
///
/// Lapsed entries are swept when the table is full, just before it would grow. A sweep that
/// frees less than half of the table lets it double, so between two sweeps there are at least
/// as many insertions as half the table holds: insertion stays amortised O(1), and the memory
/// stays within a small multiple of the most entries that were ever live at once. A table that
/// a sweep leaves nearly empty is given back.
#[derive(Debug)]
pub struct Expiring<K, V> {
    entries: HashMap<K, V>,
}

impl<K, V> Default for Expiring<K, V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash, V: Lapses> Expiring<K, V> {
    /// The live value of `key`.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now_ms: i64) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries
            .get(key)
            .filter(|value| value.lapses_at() > now_ms)
    }

    /// Sets the value of `key`, whatever it was.
    pub fn insert(&mut self, key: K, value: V, now_ms: i64) {
        if self.entries.len() == self.entries.capacity() {
            self.sweep(now_ms);
        }
        self.entries.insert(key, value);
    }

    /// Takes the value of `key` out, if it is live.
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q, now_ms: i64) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.entries
            .remove(key)
            .filter(|value| value.lapses_at() > now_ms)
    }

    /// How many entries are live; looks at each.
    pub fn live(&self, now_ms: i64) -> usize {
        self.entries
            .values()
            .filter(|value| value.lapses_at() > now_ms)
            .count()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries = HashMap::new();
    }

    fn sweep(&mut self, now_ms: i64) {
        let full = self.entries.capacity();
        self.entries.retain(|_, value| value.lapses_at() > now_ms);
        let left = self.entries.len();
        if left > full / 2 {
            self.entries.reserve(full + 1 - left);
        } else if left < full / 8 {
            self.entries.shrink_to(left * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Lapses for i64 {
        fn lapses_at(&self) -> i64 {
            *self
        }
    }

    #[test]
    fn a_lapsed_value_is_neither_read_nor_removed() {
        let mut map = Expiring::default();
        map.insert("a", 10_i64, 0);
        assert_eq!(map.get("a", 9), Some(&10));
        assert_eq!(map.get("a", 10), None);
        assert_eq!(map.remove("a", 10), None);
        map.insert("a", 20, 10);
        assert_eq!(map.remove("a", 19), Some(20));
        assert_eq!(map.live(0), 0);
    }

    #[test]
    fn the_table_stays_near_the_live_entries() {
        let mut map = Expiring::default();
        for now in 0..1_000_000_i64 {
            map.insert(now, now + 1_000, now);
        }
        assert!(map.entries.capacity() < 8_000, "{}", map.entries.capacity());
    }

    #[test]
    fn a_table_that_was_once_large_is_given_back() {
        let mut map = Expiring::default();
        for key in 0..100_000_i64 {
            map.insert(key, 1, 0);
        }
        let large = map.entries.capacity();
        for key in 0..=i64::try_from(large).unwrap() {
            map.insert(-1 - key, key + 10, key);
        }
        assert!(map.entries.capacity() < large / 8);
    }

    #[test]
    fn nothing_live_is_ever_dropped() {
        let mut map = Expiring::default();
        for key in 0..50_000_i64 {
            map.insert(key, if key % 3 == 0 { i64::MAX } else { key + 5 }, key);
        }
        assert!(
            (0..50_000)
                .step_by(3)
                .all(|key| map.get(&key, 50_000).is_some())
        );
    }
}
