//! Jobs that are not tried again.

use std::time::Duration;

use kaal_core::queue::{Notice, Outcome};

use crate::node::{Look, Node, job, named, options, shared, wait_until};

#[test]
fn the_last_attempt_that_fails_is_the_end() {
    let mut few = options("end");
    few.max_attempts = 3;
    let node = Node::start(shared(), few);
    node.add(vec![job("x")]);
    for attempt in 1..=3 {
        let taken = node.take(1);
        assert_eq!(taken[0].attempt, attempt);
        let outcome = node
            .queue
            .after_failure(attempt, format!("failure {attempt}"));
        node.settle(&taken[0], outcome);
    }
    wait_until("it to be dead", || {
        !node.wait(node.queue.dead(0, 1)).unwrap().is_empty()
    });
    let dead = node.wait(node.queue.dead(0, 10)).unwrap();
    assert_eq!(dead[0].reason.as_deref(), Some("failure 3"));
    assert_eq!(dead[0].attempts, 3);
    let payload = node.wait(node.queue.payload(&dead[0].id)).unwrap();
    assert_eq!(payload.as_deref(), Some(&b"x"[..]));
    assert_eq!(node.wait(node.queue.requeue(None)).unwrap(), 1);
    let again = node.take(1);
    assert_eq!(again[0].attempt, 1);
    node.stop();
}

#[test]
fn what_cannot_be_run_is_dead_and_the_rest_goes_on() {
    let mut small = options("unfit");
    small.max_payload = 100;
    let node = Node::start(shared(), small);
    let mut look = Look::at(shared(), "unfit");
    let large = "x".repeat(101);
    let _: usize = look.ask("HSET", "jobs", &["large", &large]);
    let _: usize = look.ask("LPUSH", "ready", &["large", "missing"]);
    node.add(vec![named("fine")]);
    assert_eq!(node.take(1)[0].id, b"fine");
    let mut notices = node.queue.notices();
    notices.sort_by_key(|notice| format!("{notice:?}"));
    let died = |id: &str, reason: &str| Notice::Dead(id.into(), reason.into());
    assert_eq!(
        notices,
        [
            died(
                "large",
                "its payload has 101 bytes, more than max_payload, which is 100"
            ),
            died(
                "missing",
                "its payload is missing: the job was completed or deleted meanwhile"
            ),
        ]
    );
    assert_eq!(look.pending(&node), 1);
    // One without a payload cannot be tried again.
    let both = vec![b"large".to_vec(), b"missing".to_vec()];
    assert_eq!(node.wait(node.queue.requeue(Some(both))).unwrap(), 1);
    assert!(node.take_within(1, Duration::from_millis(200)).is_empty());
    assert_eq!(node.wait(node.queue.discard(None)).unwrap(), 2);
    assert_eq!(look.payloads(), 1);
    node.stop();
}

#[test]
fn many_dead_jobs_are_requeued_in_chunks() {
    let node = Node::start(shared(), options("chunks"));
    let mut look = Look::at(shared(), "chunks");
    node.add((0..2_500).map(|_| job("x")).collect());
    let mut left = 2_500;
    while left > 0 {
        for job in node.take(1_000) {
            node.settle(&job, Outcome::Dead("all".into()));
            left -= 1;
        }
    }
    wait_until("all to be dead", || {
        look.ask::<usize>("ZCARD", "dead", &[]) == 2_500
    });
    assert_eq!(node.wait(node.queue.requeue(None)).unwrap(), 2_500);
    node.stop();
    assert_eq!(look.ready(), 2_500);
}
