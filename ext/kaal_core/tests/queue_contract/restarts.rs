//! A Redis that dies and comes back.

use std::collections::HashSet;
use std::thread::sleep;
use std::time::Duration;

use kaal_core::queue::{Notice, Outcome};

use crate::node::{LEASE, Look, Node, job, options, wait_until};
use crate::servers::Redis;

#[test]
fn a_redis_that_was_killed_costs_no_job_and_no_lease() {
    let mut redis = Redis::start_with(&["--appendonly", "yes"]);
    let (one, other) = (
        Node::start(redis.port, options("restart")),
        Node::start(redis.port, options("restart")),
    );
    one.add((0..100).map(|_| job("x")).collect());
    let held = one.take(1);
    let mut done = HashSet::new();
    for node in [&one, &other] {
        for job in node.take(10) {
            node.settle(&job, Outcome::Done);
            assert!(done.insert(job.id));
        }
    }
    redis.server.stop();
    sleep(LEASE * 2); // whatever has a time to live is gone when it comes back
    redis.server.launch();
    // Its scripts are gone as well.
    while done.len() < 99 {
        for node in [&one, &other] {
            for job in node.take_within(10, Duration::from_millis(200)) {
                assert_ne!(job.id, held[0].id, "its server lives");
                node.settle(&job, Outcome::Done);
                assert!(done.insert(job.id));
            }
        }
    }
    assert!(one.settle(&held[0], Outcome::Done));
    let mut look = Look::at(redis.port, "restart");
    wait_until("all to be told", || look.payloads() == 0);
    let notices = one.queue.notices();
    assert!(matches!(notices[0], Notice::Failing(_)), "{notices:?}");
    assert!(notices.contains(&Notice::Working), "{notices:?}");
    one.stop();
    other.stop();
}
