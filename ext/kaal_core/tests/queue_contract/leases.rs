//! Leases, heartbeats and fencing tokens.

use std::thread::sleep;
use std::time::Duration;

use kaal_core::queue::{Notice, Outcome};

use crate::node::{LEASE, Look, Node, job, options, shared, wait_until};

#[test]
fn a_job_that_runs_for_many_leases_is_nobody_elses() {
    let (one, other) = (
        Node::start(shared(), options("long")),
        Node::start(shared(), options("long")),
    );
    one.add(vec![job("x")]);
    let taken = one.take(1);
    assert!(other.take_within(1, LEASE * 5).is_empty());
    assert!(one.settle(&taken[0], Outcome::Done));
    let mut look = Look::at(shared(), "long");
    wait_until("it to be done", || look.payloads() == 0);
    one.stop();
    other.stop();
}

#[test]
fn the_outcome_of_a_holder_of_long_ago_counts_for_nothing() {
    let one = Node::start(shared(), options("fenced"));
    let mut look = Look::at(shared(), "fenced");
    for outcome in [
        Outcome::Done,
        Outcome::Retry(Duration::ZERO),
        Outcome::Dead("because".into()),
    ] {
        one.add(vec![job("x")]);
        let first = one.take(1);
        // As if it had been recovered: the server had stood still.
        let pending = format!("processing:{}:pending", one.queue.id());
        let _: usize = look.ask("DEL", &pending, &[]);
        let id = String::from_utf8(first[0].id.clone()).unwrap();
        let _: usize = look.ask("LPUSH", "ready", &[&id]);
        let other = Node::start(shared(), options("fenced"));
        let second = other.take(1);
        assert!(second[0].token > first[0].token);
        one.settle(&first[0], outcome);
        let mut notices = Vec::new();
        wait_until("the refusal", || {
            notices.extend(one.queue.notices());
            !notices.is_empty()
        });
        assert_eq!(notices, [Notice::Lost(first[0].id.clone())]);
        assert_eq!(look.payloads(), 1);
        assert_eq!(look.pending(&other), 1);
        assert!(other.settle(&second[0], Outcome::Done));
        wait_until("the second one's outcome", || look.payloads() == 0);
        other.stop();
    }
    assert_eq!(look.ready(), 0);
    assert_eq!(look.ask::<usize>("ZCARD", "dead", &[]), 0);
    one.stop();
}

#[test]
fn a_heartbeat_is_what_nodes_of_async_job_look_for() {
    let node = Node::start(shared(), options("beat"));
    let mut look = Look::at(shared(), "beat");
    let key = format!("processing:{}", node.queue.id());
    wait_until("the heartbeat", || look.ask("EXISTS", &key, &[]));
    for _ in 0..5 {
        let beat: String = look.ask("GET", &key, &[]);
        assert!(beat.starts_with("{\"uptime\":"), "{beat}");
        assert!(look.ask::<i64>("PTTL", &key, &[]) > 0);
        sleep(LEASE / 2);
    }
    node.stop();
    assert!(!look.ask::<bool>("EXISTS", &key, &[]));
    assert_eq!(look.ask::<usize>("SCARD", "servers", &[]), 0);
}
