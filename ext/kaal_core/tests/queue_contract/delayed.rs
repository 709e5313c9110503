//! Delayed jobs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kaal_core::queue::{NewJob, Outcome};

use crate::node::{Look, Node, job, options, shared, wait_until};

fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

fn at(due: f64) -> NewJob {
    NewJob {
        due: Some(due),
        ..job("{}")
    }
}

#[test]
fn a_hundred_thousand_that_are_due_move_without_loss() {
    let node = Node::start(shared(), options("many"));
    let mut look = Look::at(shared(), "many");
    let due = now() - 10.0;
    for _ in 0..10 {
        node.add((0..10_000).map(|_| at(due)).collect());
    }
    wait_until("all to be ready", || look.ready() == 100_000);
    assert_eq!(look.ask::<usize>("ZCARD", "delayed", &[]), 0);
    assert_eq!(look.payloads(), 100_000);
    let ids: std::collections::HashSet<String> = look
        .ask::<Vec<String>>("LRANGE", "ready", &["0", "-1"])
        .into_iter()
        .collect();
    assert_eq!(ids.len(), 100_000);
    node.stop();
}

#[test]
fn one_that_another_process_adds_is_not_late() {
    let mut slow = options("earlier");
    slow.resolution = Duration::from_secs(3_600);
    let node = Node::start(shared(), slow.clone());
    let adding = Node::idle(shared(), slow);
    adding.add(vec![at(now() + 3_600.0)]);
    // Whoever listens may not do so yet: a token that nobody has heard waits for it.
    adding.add(vec![at(now() + 0.3)]);
    let taken = node.take(1);
    assert_eq!(taken.len(), 1);
    node.settle(&taken[0], Outcome::Done);
    node.stop();
}

#[test]
fn a_job_that_failed_is_tried_again_after_those_that_are_ready() {
    let node = Node::start(shared(), options("again"));
    node.add(["fails", "other"].map(job).into());
    let failed = node.take(1);
    let outcome = node.queue.after_failure(1, "because".into());
    assert!(matches!(outcome, Outcome::Retry(_)));
    node.settle(&failed[0], outcome);
    assert_eq!(node.take(1)[0].payload, b"other");
    let again = node.take(1);
    assert_eq!(again[0].payload, b"fails");
    assert_eq!(again[0].attempt, 2);
    node.stop();
}
