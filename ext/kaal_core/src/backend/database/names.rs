//! Keys and tokens as the tables hold them.

use std::collections::HashSet;
use std::fmt::Write;

use crate::backend::attempts::Attempt;
use crate::key::Key;

/// What proves that a lease or a record is ours: the column `acquired_at` or `dispatched_at`, in
/// microseconds since 1970. The second is true, its fraction random.
pub(crate) type Token = i64;

/// A row of `kaal_locks`.
#[derive(Clone)]
pub(crate) struct Lease {
    pub text: String,
    pub token: Token,
}

/// A token of this second.
pub(crate) fn token() -> Token {
    let second = jiff::Timestamp::now().as_second();
    second * 1_000_000 + random_micros()
}

/// A random fraction of a second: 20 bits.
pub(crate) fn random_micros() -> i64 {
    let mut random = [0; 4];
    getrandom::fill(&mut random).expect("the system gives random bytes");
    i64::from(u32::from_ne_bytes(random) % 1_000_000)
}

/// The items without those that were there before, and for each item whether it is the first such.
pub(super) fn once<T: Clone + Eq + std::hash::Hash>(items: &[T]) -> (Vec<T>, Vec<bool>) {
    let mut named = HashSet::new();
    let first: Vec<bool> = items.iter().map(|item| named.insert(item)).collect();
    let firsts = std::iter::zip(items, &first).filter(|(_, first)| **first);
    (firsts.map(|(item, _)| item.clone()).collect(), first)
}

/// The answers to [`once`]'s items for all items: what is named twice is won once.
pub(super) fn for_all(first: &[bool], answers: Vec<bool>) -> Vec<bool> {
    let mut answers = answers.into_iter();
    let answer = |first: &bool| *first && answers.next().unwrap_or(false);
    first.iter().map(answer).collect()
}

/// The leases of our tries, those with a new token apart from those with one that may have won
/// unnoticed, each with its place.
pub(super) fn by_novelty<T>(
    tries: &[Attempt<Token>],
    make: impl Fn(usize, Token) -> T,
) -> [(bool, Vec<usize>, Vec<T>); 2] {
    [false, true].map(|repeated| {
        let places = (0..tries.len()).filter(|place| tries[*place].repeated == repeated);
        let places: Vec<usize> = places.collect();
        let made = places.iter().map(|place| make(*place, tries[*place].token));
        let made = made.collect();
        (repeated, places, made)
    })
}

/// What stands before hexadecimal digits: the character for what is no character.
const DIGITS: char = '\u{fffd}';

/// A key as a text column takes it. What is no UTF-8, or has a NUL, at which text ends for some
/// (SQLite's JSON among them), is written in hexadecimal digits; so is what could be taken for that.
pub(crate) fn text(key: &Key) -> String {
    match std::str::from_utf8(key.as_bytes()) {
        Ok(text) if !text.contains('\0') && !text.starts_with(DIGITS) => text.to_owned(),
        _ => hexadecimal(key),
    }
}

/// As [`text`], where the column has room for 255 characters. What is longer is told apart by its
/// SHA-256.
pub(crate) fn short_text(key: &Key) -> String {
    const ROOM: usize = 255;
    let text = text(key);
    if text.chars().count() <= ROOM {
        return text;
    }
    let digest = crate::backend::database::digest::sha256_hex(key.as_bytes());
    let start: String = text.chars().take(ROOM - digest.len() - 1).collect();
    format!("{start}:{digest}")
}

fn hexadecimal(key: &Key) -> String {
    let mut text = DIGITS.to_string();
    for byte in key.as_bytes() {
        let _ = write!(text, "{byte:02x}"); // a String takes everything
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &[u8]) -> Key {
        Key::new(bytes).unwrap()
    }

    #[test]
    fn keys_that_no_column_takes_are_told_apart() {
        assert_eq!(short_text(&key(b"kaal:job")), "kaal:job");
        assert_eq!(short_text(&key(b"a\xff")), "\u{fffd}61ff");
        assert_eq!(text(&key(b"a\0")), "\u{fffd}6100");
        let spelled = key("\u{fffd}61ff".as_bytes());
        assert_eq!(text(&spelled), "\u{fffd}efbfbd36316666");
        let [one, other] = ["1", "2"].map(|end| {
            let long = "é".repeat(300) + end;
            short_text(&key(long.as_bytes()))
        });
        assert_eq!(
            (one.chars().count(), one == other, &one[..2]),
            (255, false, "é")
        );
    }

    #[test]
    fn what_is_named_twice_is_won_once() {
        let (firsts, first) = once(&["a", "b", "a"]);
        assert_eq!(firsts, ["a", "b"]);
        assert_eq!(for_all(&first, vec![true, true]), [true, true, false]);
    }

    #[test]
    fn tokens_are_of_this_second_and_seldom_the_same() {
        let tokens: HashSet<Token> = (0..100).map(|_| token()).collect();
        assert!(tokens.len() > 97);
        let now = jiff::Timestamp::now().as_second();
        assert!(
            tokens
                .iter()
                .all(|token| (now - token / 1_000_000).abs() <= 1)
        );
    }
}
