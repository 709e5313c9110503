//! Any bytes are a key, and no two are the same.

use kaal_core::key::Key;

use crate::stores::World;

on_each!(all:
    any_bytes_are_a_key
    any_bytes_are_a_key_in_a_batch
    keys_that_differ_in_bytes_are_different
);

fn strange(world: &World) -> Vec<Key> {
    let long = "k".repeat(10_000);
    let long_too = "k".repeat(9_999) + "l";
    let keys: [&[u8]; 15] = [
        b"\xff",
        b"\xff\xfe",
        b"caf\xe9",
        b"nul\0",
        b"nul\0a",
        b"nul\0b",
        b"'quotes'",
        b"\"quotes\"",
        b"back\\slash`%_",
        b"a, b) --",
        "\u{1f980}".as_bytes(),
        "\u{fffd}ff".as_bytes(),
        b"a\nb",
        long.as_bytes(),
        long_too.as_bytes(),
    ];
    let folds = world.is_mariadb() && world.is_session(); // what follows a NUL: see `names`
    let keys = keys.into_iter().filter(|key| !folds || !key.contains(&0));
    keys.map(|key| world.key(key)).collect()
}

fn any_bytes_are_a_key(world: &World) {
    let (one, other) = (world.node(), world.node());
    for key in strange(world) {
        assert!(one.acquire(&key, 60.0), "{key:?}");
        assert!(!other.acquire(&key, 60.0), "{key:?}");
    }
    for key in strange(world) {
        assert!(one.release(&key), "{key:?}");
        assert!(other.acquire(&key, 60.0), "{key:?}");
    }
}

fn any_bytes_are_a_key_in_a_batch(world: &World) {
    let (one, other) = (world.node(), world.node());
    let keys = strange(world);
    let count = keys.len();
    assert_eq!(one.acquire_many(&keys, 60.0), vec![true; count]);
    for key in &keys {
        assert!(!other.acquire(key, 60.0), "{key:?}");
    }
    assert_eq!(other.acquire_many(&keys, 60.0), vec![false; count]);
    assert_eq!(one.release_many(&keys), vec![true; count]);
    for key in &keys {
        assert!(other.acquire(key, 60.0), "{key:?}");
    }
}

fn keys_that_differ_in_bytes_are_different(world: &World) {
    let nodes = [(); 5].map(|()| world.node());
    let keys = ["Job", "job", "j\u{f3}b", "job ", "job\t"].map(|key| world.key(key));
    for (node, key) in std::iter::zip(&nodes, &keys) {
        assert!(node.acquire(key, 60.0), "{key:?}");
    }
    for (node, key) in std::iter::zip(nodes.iter().rev(), keys.iter().rev()) {
        assert_eq!(node.acquire_many(&keys, 60.0), [false; 5]);
        assert!(node.release(key), "{key:?}");
        assert!(node.acquire(key, 60.0), "{key:?}");
    }
}
