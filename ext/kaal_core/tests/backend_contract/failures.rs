//! Failures, caused for real: sessions that are ended, a password that is wrong, a lock table that is full.

use std::time::Duration;

use kaal_core::backend::database::LeaseKind;

use crate::leftovers::advisory_locks;
use crate::servers;
use crate::stores::{World, run, wait_until};

on_each!(sessions:
    a_node_whose_session_is_ended_goes_on
    a_claim_after_the_session_is_ended_is_won
);
on_each!([postgres_table mariadb_table] a_node_whose_connections_are_ended_goes_on);
on_each!([postgres_session postgres_table mariadb_session mariadb_table] no_password_is_ever_shown);

/// Ends all connections of our nodes.
fn end_connections(world: &World) {
    let mut plain = world.plain();
    if !world.is_mariadb() {
        plain.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = current_database() AND usename = 'kaal'",
        );
        return;
    }
    let ours =
        "SELECT id FROM information_schema.processlist WHERE user = 'kaal' AND db = DATABASE()";
    for row in plain.rows(ours) {
        let _ = plain.try_rows(&format!("KILL {}", row[0].as_ref().unwrap()));
    }
    wait_until(Duration::from_secs(5), || plain.rows(ours).is_empty());
}

fn a_node_whose_session_is_ended_goes_on(world: &World) {
    let (one, other) = (world.node(), world.node());
    let [short, long, next] = ["short", "long", "next"].map(|rest| world.key(rest));
    assert!(one.acquire(&short, 1.5));
    assert!(one.acquire(&long, 60.0));
    assert_eq!(one.database().losses(), 0);
    end_connections(world);
    assert!(one.acquire(&next, 60.0));
    assert_eq!(one.database().losses(), 1);
    // It does not know what has become of what it held; another node may have it.
    assert!(!one.acquire(&long, 60.0));
    assert!(!one.release(&long));
    assert!(other.acquire(&long, 60.0));
    assert!(!other.acquire(&next, 60.0));
    wait_until(Duration::from_secs(5), || one.acquire(&short, 60.0));
    assert_eq!(one.database().losses(), 1);
}

fn a_claim_after_the_session_is_ended_is_won(world: &World) {
    let node = world.node();
    let terms = world.terms_with_log(60.0);
    for key in ["a", "b", "c"] {
        assert!(node.claim(&run(key), &terms));
        end_connections(world);
    }
    assert_eq!(
        world.node().claim_many(&["a", "b", "c"].map(run), &terms),
        [false; 3]
    );
}

fn a_node_whose_connections_are_ended_goes_on(world: &World) {
    let (one, other) = (world.node(), world.node());
    let keys = world.keys(3);
    let terms = world.terms_with_log(60.0);
    assert!(one.acquire(&keys[0], 60.0));
    end_connections(world);
    assert!(one.acquire(&keys[1], 60.0));
    end_connections(world);
    assert!(one.release(&keys[0]));
    end_connections(world);
    assert!(one.claim(&run("a"), &terms));
    assert!(!other.claim(&run("a"), &terms));
    assert_eq!(other.acquire_many(&keys, 60.0), [true, false, true]);
}

fn no_password_is_ever_shown(world: &World) {
    let node = world.node_by(None, "a-wrong-pass");
    let message = node
        .try_acquire(&world.key("a"), 60.0)
        .unwrap_err()
        .to_string();
    assert!(!message.contains("a-wrong-pass"), "{message}");
    assert!(message.contains("127.0.0.1"), "{message}");
    assert!(world.node().acquire(&world.key("a"), 60.0));
}

#[test]
fn a_full_lock_table_of_postgres_is_survived() {
    let settings = ["max_locks_per_transaction=10", "max_connections=10"];
    let server = servers::Postgres::start_with(&settings);
    let world = World::on_postgres(server.port, LeaseKind::Session);
    let (node, mut plain) = (world.node(), world.plain());
    let keys = world.keys(20_000);
    let mut won = Vec::new();
    let error = keys.chunks(100).find_map(|batch| {
        let answers = node.try_acquire_many(batch, 600.0);
        won.extend(answers.iter().flatten().copied());
        answers.err()
    });
    let message = error.unwrap().to_string();
    assert!(message.contains("max_locks_per_transaction"), "{message}");
    assert!(won.iter().all(|won| *won));
    assert_eq!(
        advisory_locks(&mut plain),
        i64::try_from(won.len()).unwrap()
    );
    assert_eq!(node.release_many(&keys[..won.len()]), vec![true; won.len()]);
    assert_eq!(advisory_locks(&mut plain), 0);
    assert_eq!(node.acquire_many(&keys[..100], 60.0), [true; 100]);
    assert_eq!(node.database().losses(), 0);
}
