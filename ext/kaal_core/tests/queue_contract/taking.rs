//! Adding and taking.

use std::time::Duration;

use kaal_core::queue::{NewJob, Outcome};

use crate::node::{Look, Node, job, named, options, shared, wait_until};

#[test]
fn jobs_are_taken_in_order_and_gone_when_they_are_done() {
    let node = Node::start(shared(), options("order"));
    let mut look = Look::at(shared(), "order");
    node.add(["a", "b", "c"].map(job).into());
    for payload in ["a", "b", "c"] {
        let taken = node.take(1);
        assert_eq!(taken[0].payload, payload.as_bytes());
        assert_eq!(taken[0].attempt, 1);
        assert!(node.settle(&taken[0], Outcome::Done));
    }
    wait_until("all to be told", || look.payloads() == 0);
    assert_eq!(look.pending(&node), 0);
    assert_eq!(look.ask::<usize>("HLEN", "leases", &[]), 0);
    node.stop();
}

#[test]
fn what_waits_is_woken_and_no_more_is_taken_than_is_wanted() {
    let node = Node::start(shared(), options("wanted"));
    let mut look = Look::at(shared(), "wanted");
    let adding = Node::idle(shared(), options("wanted"));
    let adder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        adding.add((0..100).map(|_| job("x")).collect());
    });
    assert!((1..=3).contains(&node.take(3).len()));
    adder.join().unwrap();
    assert!((1..=3).contains(&node.take(3).len()));
    assert!(look.ready() >= 90);
    node.stop();
    assert_eq!(look.ready(), 100);
}

#[test]
fn an_id_is_added_once_as_long_as_its_job_is_there() {
    let node = Node::start(shared(), options("ids"));
    let mut look = Look::at(shared(), "ids");
    node.add(vec![named("one"), named("one"), named("two")]);
    node.add(vec![named("one")]);
    assert_eq!(look.ready(), 2);
    let taken = node.take(1);
    node.add(vec![named("one")]);
    node.settle(&taken[0], Outcome::Done);
    wait_until("the outcome", || look.payloads() == 1);
    node.add(vec![named("one")]);
    assert_eq!(look.ready(), 2);
    node.stop();
}

#[test]
fn an_id_whose_job_was_lost_begins_anew() {
    let mut once = options("anew");
    once.max_attempts = 1;
    let node = Node::start(shared(), once);
    let mut look = Look::at(shared(), "anew");
    let _: usize = look.ask("HSET", "leases", &["nightly", "1 1 -"]);
    let _: usize = look.ask("LPUSH", "ready", &["nightly"]);
    let want = Duration::from_millis(50);
    wait_until("it to be dead", || {
        assert!(node.take_within(1, want).is_empty());
        look.ask::<usize>("ZCARD", "dead", &[]) == 1
    });
    node.add(vec![named("nightly")]);
    let taken = node.take(1);
    assert_eq!(taken[0].attempt, 1);
    assert_eq!(node.wait(node.queue.discard(None)).unwrap(), 0);
    assert_eq!(look.payloads(), 1);
    assert_eq!(look.ask::<usize>("HLEN", "reasons", &[]), 0);
    node.settle(&taken[0], Outcome::Done);
    node.stop();
}

#[test]
fn what_is_too_large_is_refused_and_nothing_added() {
    let mut small = options("large");
    small.max_payload = 10;
    let node = Node::idle(shared(), small);
    let jobs = vec![job("small"), job("much too large")];
    let error = node.wait(node.queue.enqueue(jobs)).unwrap_err();
    assert!(error.is_argument());
    assert_eq!(
        error.to_string(),
        "the job has 14 bytes, more than max_payload, which is 10: keep its data elsewhere and give the job the place"
    );
    assert_eq!(Look::at(shared(), "large").ready(), 0);
}

#[test]
fn a_time_that_is_none_is_refused() {
    let node = Node::idle(shared(), options("times"));
    for due in [f64::NAN, f64::INFINITY] {
        let never = NewJob {
            due: Some(due),
            ..job("x")
        };
        let error = node.wait(node.queue.enqueue(vec![never])).unwrap_err();
        assert!(error.is_argument());
    }
}

#[test]
fn what_is_no_list_leaves_no_payload_behind() {
    let node = Node::idle(shared(), options("strange"));
    let mut look = Look::at(shared(), "strange");
    let _: () = look.ask("SET", "ready", &["x"]);
    let error = node.wait(node.queue.enqueue(vec![job("x")])).unwrap_err();
    assert!(error.is_store());
    assert_eq!(look.payloads(), 0);
}

#[test]
fn stopping_gives_back_what_runs_to_the_front() {
    let (one, other) = (
        Node::start(shared(), options("back")),
        Node::start(shared(), options("back")),
    );
    one.add(["a", "b", "c", "d"].map(job).into());
    let mut taken = Vec::new();
    while taken.len() < 3 {
        taken.extend(one.take(1));
    }
    one.stop();
    for payload in ["a", "b", "c", "d"] {
        let again = other.take(1);
        assert_eq!(again[0].payload, payload.as_bytes());
        assert_eq!(again[0].attempt, 1, "being given back is no attempt");
        assert!(again[0].token > taken[2].token);
        other.settle(&again[0], Outcome::Done);
    }
    other.stop();
}
