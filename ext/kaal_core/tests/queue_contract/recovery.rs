//! Servers that are gone.

use kaal_core::queue::{Notice, Outcome};

use crate::node::{LEASE, Look, Node, job, options, shared, wait_until};
use crate::proxy::{End, Proxy};

#[test]
fn the_jobs_of_a_server_that_was_killed_are_taken_by_another() {
    let one = Node::start(shared(), options("killed"));
    one.add(["a", "b", "c"].map(job).into());
    one.take(2);
    let other = Node::start(shared(), options("killed"));
    one.kill();
    let mut payloads = Vec::new();
    let mut attempts = Vec::new();
    while payloads.len() < 3 {
        for job in other.take(3) {
            attempts.push(job.attempt);
            payloads.push(String::from_utf8(job.payload.clone()).unwrap());
            other.settle(&job, Outcome::Done);
        }
    }
    payloads.sort_unstable();
    assert_eq!(payloads, ["a", "b", "c"]);
    assert!(attempts.contains(&2), "{attempts:?}");
    let mut look = Look::at(shared(), "killed");
    wait_until("all to be told", || look.payloads() == 0);
    wait_until("the dead one to be forgotten", || {
        look.ask::<usize>("SCARD", "servers", &[]) == 1
    });
    other.stop();
}

#[test]
fn a_node_of_async_job_that_nobody_has_listed_is_found() {
    let mut look = Look::at(shared(), "[foreign]*");
    for number in 0..2_500 {
        let id = number.to_string();
        let _: usize = look.ask("HSET", "jobs", &[&id, "{}"]);
        let _: usize = look.ask("LPUSH", "processing:gone:pending", &[&id]);
    }
    let _: usize = look.ask("LPUSH", "processing:alive:pending", &["alive"]);
    let _: () = look.ask("SET", "processing:alive", &["{\"uptime\":1}"]);
    let node = Node::start(shared(), options("[foreign]*"));
    wait_until("the jobs of the one that is gone", || look.ready() == 2_500);
    assert_eq!(
        look.ask::<usize>("LLEN", "processing:alive:pending", &[]),
        1
    );
    // Told when Redis has answered, which is later than it is so.
    let mut notices = Vec::new();
    wait_until("the notice", || {
        notices.extend(node.queue.notices());
        notices.contains(&Notice::Recovered("gone".into(), 2_500))
    });
    node.stop();
}

#[test]
fn leases_of_jobs_that_a_node_of_async_job_has_completed_are_forgotten() {
    let mut look = Look::at(shared(), "leases");
    let _: usize = look.ask("HSET", "jobs", &["waits", "{}"]);
    let _: usize = look.ask("ZADD", "delayed", &["9999999999", "waits"]);
    let _: usize = look.ask("ZADD", "dead", &["1", "dead"]);
    for id in ["waits", "dead", "completed"] {
        let _: usize = look.ask("HSET", "leases", &[id, "1 1 -"]);
    }
    let node = Node::start(shared(), options("leases"));
    wait_until("it to be forgotten", || {
        !look.ask::<bool>("HEXISTS", "leases", &["completed"])
    });
    assert_eq!(look.ask::<usize>("HLEN", "leases", &[]), 2);
    node.stop();
}

#[test]
fn a_job_that_kills_its_server_each_time_is_dead_in_the_end() {
    let mut few = options("poison");
    few.max_attempts = 2;
    Node::idle(shared(), few.clone()).add(vec![job("poison")]);
    for attempt in 1..=2 {
        let node = Node::start(shared(), few.clone());
        assert_eq!(node.take(1)[0].attempt, attempt);
        node.kill();
    }
    let node = Node::start(shared(), few);
    // Not before it wants one.
    let want = std::time::Duration::from_millis(100);
    wait_until("it to be dead", || {
        assert!(node.take_within(1, want).is_empty());
        !node.wait(node.queue.dead(0, 10)).unwrap().is_empty()
    });
    let dead = node.wait(node.queue.dead(0, 10)).unwrap();
    assert_eq!(
        dead[0].reason.as_deref(),
        Some("given up after 2 attempts: the process of the last one ended before the job")
    );
    assert_eq!(dead[0].attempts, 2);
    node.stop();
}

/// Its request waits in Redis, and is given the job that was just put back; nobody hears of it.
#[test]
fn a_job_that_goes_to_a_server_that_is_gone_is_recovered_again() {
    let proxy = Proxy::to(shared(), End::Client);
    let one = Node::start(proxy.port, options("gone"));
    let mut look = Look::at(shared(), "gone");
    assert!(one.take_within(1, LEASE).is_empty()); // it waits in Redis now
    let pending = format!("processing:{}:pending", one.queue.id());
    one.kill(); // Redis does not learn of it
    let other = Node::start(shared(), options("gone"));
    Node::idle(shared(), options("gone")).add(vec![job("x")]);
    assert_eq!(look.ask::<usize>("LLEN", &pending, &[]), 1);
    assert_eq!(other.take(1).len(), 1);
    other.stop();
}
