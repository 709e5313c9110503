//! Answers that get lost after Redis has done what it was asked: whichever it is, no job is lost, and none is
//! run twice without need.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use kaal_core::queue::{NewJob, Outcome};

use crate::node::{Look, Node, job, options, shared, wait_until};
use crate::proxy::{End, Proxy};

/// More than the test has.
const ANSWERS: i32 = 60;

#[test]
fn whichever_answer_is_lost_every_job_is_run_once() {
    each_answer(End::Both);
}

#[test]
fn the_same_where_redis_does_not_learn_of_it() {
    each_answer(End::Client);
}

fn each_answer(end: End) {
    let mut losses = 0;
    for lost in (0..ANSWERS).step_by(3) {
        let prefix = format!("lost {lost} {end:?}");
        let proxy = Proxy::to(shared(), end);
        Node::idle(shared(), options(&prefix)).add((0..20).map(|_| job("x")).collect());
        proxy.lose_after(lost);
        let node = Node::start(proxy.port, options(&prefix));
        let mut look = Look::at(shared(), &prefix);
        let mut runs: HashMap<Vec<u8>, u32> = HashMap::new();
        while runs.len() < 20 {
            for job in node.take(3) {
                assert_eq!(job.attempt, 1, "after {lost} answers");
                *runs.entry(job.id.clone()).or_default() += 1;
                node.settle(&job, Outcome::Done);
            }
        }
        wait_until("all to be told", || look.payloads() == 0);
        assert!(runs.values().all(|runs| *runs == 1), "after {lost} answers");
        assert_eq!(look.pending(&node), 0);
        losses += i32::from(proxy.has_lost());
        node.stop();
    }
    assert!(losses > 5, "{losses} answers were lost");
}

/// A job that Redis moves here for a request of which nobody hears the answer, nor that it was given up.
#[test]
fn what_comes_for_a_request_that_was_given_up_is_found() {
    let proxy = Proxy::to(shared(), End::Client);
    let node = Node::start(proxy.port, options("zombie"));
    let patience = Duration::from_millis(300);
    assert!(node.take_within(1, patience).is_empty()); // it waits in Redis now
    proxy.lose_after(0);
    let adding = Node::idle(shared(), options("zombie"));
    adding.add((0..3).map(|_| job("x")).collect());
    let mut found = HashSet::new();
    while found.len() < 3 {
        for job in node.take(3) {
            node.settle(&job, Outcome::Done);
            assert!(found.insert(job.id));
        }
    }
    node.stop();
}

/// As when a network that was cut delivers, much later, a request that was given up.
#[test]
fn what_comes_to_be_pending_behind_its_back_is_found() {
    let node = Node::start(shared(), options("behind"));
    node.add(vec![job("x")]);
    node.settle(&node.take(1)[0], Outcome::Done);
    let mut look = Look::at(shared(), "behind");
    let pending = format!("processing:{}:pending", node.queue.id());
    let _: usize = look.ask("HSET", "jobs", &["stray", "{}"]);
    let _: usize = look.ask("LPUSH", &pending, &["stray"]);
    let found = node.take(1);
    assert_eq!(found[0].id, b"stray");
    node.settle(&found[0], Outcome::Done);
    wait_until("it to be told", || look.payloads() == 0);
    node.stop();
}

#[test]
fn what_is_added_again_after_a_lost_answer_is_there_once() {
    let proxy = Proxy::to(shared(), End::Both);
    let node = Node::idle(proxy.port, options("added"));
    node.add(vec![job("first")]);
    proxy.lose_after(0);
    let jobs: Vec<NewJob> = (0..100).map(|_| job("x")).collect();
    node.add(jobs); // which sends it again
    assert!(proxy.has_lost());
    assert_eq!(Look::at(shared(), "added").ready(), 101);
}
