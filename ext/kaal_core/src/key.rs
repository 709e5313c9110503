//! The keys that go over the wire.

use crate::{Error, Result};

/// The longest lock key, in bytes. Every store takes keys of this length; a longer one is a
/// mistake of the caller.
pub const MAX_KEY_BYTES: usize = 65_536;

/// The key of a lease: any bytes, at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// Takes the bytes as they are; they need not be UTF-8.
    ///
    /// # Errors
    ///
    /// An argument error when there are no bytes or more than [`MAX_KEY_BYTES`].
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Result<Self> {
        let bytes = bytes.into();
        match bytes.len() {
            0 => Err(Error::argument("lock key cannot be empty")),
            1..=MAX_KEY_BYTES => Ok(Self(bytes)),
            length => Err(Error::argument(format!(
                "lock key is {length} bytes long, the longest is {MAX_KEY_BYTES}"
            ))),
        }
    }

    /// The bytes that go over the wire.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// One run of a job: the cron key and the nominal time that it fires for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Occurrence {
    /// Unix seconds.
    pub fire_time: i64,
    /// The job's key.
    pub key: String,
}

impl Occurrence {
    /// The key of the lease for this run: `<namespace>:dispatch:<key>:<unix seconds>`.
    pub fn lock_key(&self, namespace: &str) -> Key {
        let text = format!("{namespace}:dispatch:{}:{}", self.key, self.fire_time);
        Key(text.into_bytes().into())
    }

    /// Reads a lock key back. Namespace and cron key may themselves hold colons, so the known
    /// namespace is taken off the front first and the time off the end; under any other
    /// namespace the first `:dispatch:` divides. `None` when it is no lock key.
    pub fn from_lock_key(lock_key: &str, namespace: &str) -> Option<Self> {
        const MARK: &str = ":dispatch:";
        let rest = lock_key
            .strip_prefix(namespace)
            .and_then(|rest| rest.strip_prefix(MARK))
            .or_else(|| lock_key.split_once(MARK).map(|(_, rest)| rest))?;
        let (key, fire_time) = rest.rsplit_once(':')?;
        Some(Self {
            fire_time: fire_time.parse().ok()?,
            key: (!key.is_empty()).then(|| key.to_owned())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence(key: &str) -> Occurrence {
        Occurrence {
            fire_time: 1_700_000_000,
            key: key.to_owned(),
        }
    }

    #[test]
    fn a_lock_key_reads_back_whatever_colons_it_holds() {
        for (namespace, key) in [
            ("kaal", "job"),
            ("kaal", "a:b:c"),
            ("my:app", "job"),
            ("my:app", "team:dispatch:mail"),
            ("a:dispatch:b", "x:dispatch:y"),
        ] {
            let lock_key = occurrence(key).lock_key(namespace);
            let text = std::str::from_utf8(lock_key.as_bytes()).unwrap();
            assert_eq!(
                Occurrence::from_lock_key(text, namespace),
                Some(occurrence(key)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_foreign_namespace_reads_from_the_first_mark() {
        assert_eq!(
            Occurrence::from_lock_key("other:dispatch:job:1700000000", "kaal"),
            Some(occurrence("job"))
        );
    }

    #[test]
    fn what_is_no_lock_key_reads_as_nothing() {
        for text in [
            "",
            "job",
            "kaal:dispatch:",
            "kaal:dispatch::12",
            "kaal:dispatch:job:soon",
        ] {
            assert_eq!(Occurrence::from_lock_key(text, "kaal"), None, "{text}");
        }
    }

    #[test]
    fn keys_have_a_first_and_a_last_length() {
        assert!(Key::new(*b"").unwrap_err().is_argument());
        assert!(Key::new(vec![0xff; MAX_KEY_BYTES]).is_ok());
        assert!(
            Key::new(vec![b'k'; MAX_KEY_BYTES + 1])
                .unwrap_err()
                .is_argument()
        );
    }
}
