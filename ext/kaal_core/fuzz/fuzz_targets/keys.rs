//! The names that locks go by: what is written is read back, different locks have different names, and
//! every store takes them. Lines: the namespace, the time, the key.

#![no_main]

use kaal_core::backend::database::lock_names;
use kaal_core::dispatch::Record;
use kaal_core::key::{Key, MAX_KEY_BYTES, Occurrence};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    bound(bytes);
    if let Ok(key) = Key::new(bytes) {
        assert_eq!(key.as_bytes(), bytes);
        name(&key);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        read_back(text);
    }
});

/// The bytes so often that they are as long as the longest key, or a little longer.
fn bound(bytes: &[u8]) {
    if bytes.is_empty() {
        assert!(Key::new(bytes).is_err());
        return;
    }
    let long = bytes.repeat(MAX_KEY_BYTES.div_ceil(bytes.len()));
    assert!(Key::new(&long[..MAX_KEY_BYTES]).is_ok());
    assert_eq!(Key::new(&long[..]).is_ok(), long.len() == MAX_KEY_BYTES);
}

fn name(key: &Key) {
    let text = lock_names::table(key);
    assert!(!text.is_empty() && !text.contains('\0'));
    // The name of a key is that of no other key, least of all of the one that it spells.
    let spelled = Key::new(text.as_bytes()).expect("it is short");
    assert!(
        spelled == *key || lock_names::table(&spelled) != text,
        "{text:?}"
    );
    assert!(lock_names::server_table(key).chars().count() <= 255);
    let name = lock_names::mysql(key);
    assert!((1..=64).contains(&name.chars().count()), "{name:?}");
    assert_eq!(lock_names::postgres(key), lock_names::postgres(key));
}

fn read_back(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (namespace, time, key) = (line(), line(), line());
    let run = Occurrence {
        fire_time: time.parse().unwrap_or(0),
        key: key.to_owned(),
    };
    let lock_key = run.lock_key(namespace);
    let written = std::str::from_utf8(lock_key.as_bytes()).expect("it is made of text");
    let expected = (!key.is_empty()).then(|| run.clone());
    assert_eq!(
        Occurrence::from_lock_key(written, namespace),
        expected,
        "{written:?}"
    );
    // Whatever is taken for a lock key stands for a run that has one.
    if let Some(run) = Occurrence::from_lock_key(text, namespace) {
        let lock_key = run.lock_key(namespace);
        let written = std::str::from_utf8(lock_key.as_bytes()).expect("it is made of text");
        assert_eq!(Occurrence::from_lock_key(written, namespace), Some(run));
    }
    assert!(
        Record::redis_key(namespace, key, run.fire_time)
            .ends_with(&format!("{key}:{}", run.fire_time))
    );
}
