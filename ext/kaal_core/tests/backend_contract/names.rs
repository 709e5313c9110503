//! What a session lock is called on the wire. The server itself computes what we expect.

use kaal_core::key::Key;

use crate::plain::Plain;
use crate::stores::{World, mariadb_session, postgres_session};

fn text(key: &Key) -> &str {
    std::str::from_utf8(key.as_bytes()).unwrap()
}

/// Kaal's: the first eight bytes of the MD5, as a signed number.
fn advisory_id(plain: &mut Plain, key: &Key) -> String {
    let id = "SELECT ('x' || left(md5('KEY'), 16))::bit(64)::bigint";
    plain.value(&id.replace("KEY", text(key))).unwrap()
}

/// Kaal's: what is longer than 64 characters is cut and told apart by its SHA-256.
fn lock_name(plain: &mut Plain, key: &Key) -> String {
    let name = "SELECT IF(CHAR_LENGTH('KEY') <= 64, 'KEY', \
                CONCAT(LEFT('KEY', 47), ':', LEFT(SHA2('KEY', 256), 16)))";
    plain.value(&name.replace("KEY", text(key))).unwrap()
}

/// Keys of 64 and of 65 characters among them.
fn keys(world: &World) -> Vec<Key> {
    let fill = |length| {
        let start = world.namespace.chars().count() + 1;
        "\u{e9}".repeat(length - start)
    };
    let long = format!("{}:{}", "a".repeat(50), "b".repeat(500));
    ["a", &fill(64), &fill(65), "dispatch:job:1700000040", &long]
        .map(|key| world.key(key))
        .to_vec()
}

#[test]
fn postgres_shows_the_lock_under_its_id() {
    let world = postgres_session();
    let (node, mut plain) = (world.node(), world.plain());
    for key in keys(&world) {
        let id = advisory_id(&mut plain, &key);
        let held = format!(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND (classid::bigint << 32) | objid::bigint = {id}"
        );
        assert_eq!(plain.number(&held), 0);
        assert!(node.acquire(&key, 60.0));
        assert_eq!(plain.number(&held), 1);
        assert!(node.release(&key));
        assert_eq!(plain.number(&held), 0);
    }
}

#[test]
fn mariadb_shows_the_lock_under_its_name() {
    let world = mariadb_session();
    let (node, mut plain) = (world.node(), world.plain());
    for key in keys(&world) {
        let name = lock_name(&mut plain, &key);
        assert!(name.chars().count() <= 64);
        let holder = format!("SELECT IS_USED_LOCK('{name}')");
        assert_eq!(plain.value(&holder), None);
        assert!(node.acquire(&key, 60.0));
        assert!(plain.value(&holder).is_some(), "{name}");
        assert!(node.release(&key));
        assert_eq!(plain.value(&holder), None);
    }
}

#[test]
fn postgres_and_whoever_else_knows_the_id_exclude_each_other() {
    let world = postgres_session();
    let (node, mut plain) = (world.node(), world.plain());
    for key in keys(&world) {
        let id = advisory_id(&mut plain, &key);
        let lock = format!("SELECT pg_try_advisory_lock({id})");
        assert_eq!(plain.value(&lock).as_deref(), Some("t"));
        assert!(!node.acquire(&key, 60.0));
        plain.run(&format!("SELECT pg_advisory_unlock({id})"));
        assert!(node.acquire(&key, 60.0));
        assert_eq!(plain.value(&lock).as_deref(), Some("f"));
    }
}

#[test]
fn mariadb_and_whoever_else_knows_the_name_exclude_each_other() {
    let world = mariadb_session();
    let (node, mut plain) = (world.node(), world.plain());
    for key in keys(&world) {
        let name = lock_name(&mut plain, &key);
        let lock = format!("SELECT GET_LOCK('{name}', 0)");
        assert_eq!(plain.number(&lock), 1);
        assert!(!node.acquire(&key, 60.0));
        plain.run(&format!("SELECT RELEASE_LOCK('{name}')"));
        assert!(node.acquire(&key, 60.0));
        assert_eq!(plain.number(&lock), 0);
    }
}

/// Found with `MariaDB` 10.11: names are compared by their bytes, but end at a NUL; so a key that has one
/// goes by its hexadecimal digits.
#[test]
fn mariadb_takes_no_two_names_for_the_same() {
    let world = mariadb_session();
    let (one, other) = (world.node(), world.node());
    assert!(one.acquire(&world.key("job"), 60.0));
    let won = |rest: &str| other.acquire(&world.key(rest), 60.0);
    let rests = ["Job", "j\u{f3}b", "job ", "jo", "job\0", "job\0a"];
    assert_eq!(rests.map(won), [true; 6]);
}
