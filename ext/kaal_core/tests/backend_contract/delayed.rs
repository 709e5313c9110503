//! Delayed jobs: pending until they are due, then taken by one node, which closes, extends or fails its claim.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use kaal_core::delayed::{Claimed, Counts, Job, LARGEST, NextDue};

use crate::node::Node;
use crate::proxy::{End, Proxy};
use crate::stores::{FIRE_TIME, World, wait_until};

on_each!(all:
    a_job_is_taken_when_it_is_due_and_not_before
    what_is_pending_has_its_id_for_itself
    jobs_are_taken_by_time_and_id_and_no_more_than_asked_for
    a_job_is_as_it_was_enqueued
    a_claim_whose_lease_has_ended_is_taken_again
    who_had_a_claim_before_has_no_say
    calls_are_counted_and_not_what_is_taken
    an_extended_claim_is_not_taken_again
    a_closed_claim_is_gone
    what_was_given_up_is_listed_and_tried_again_or_discarded
    the_next_time_is_that_of_the_first_job_or_lease
);
on_each!(shared:
    many_nodes_take_each_job_once
    what_is_taken_at_once_has_a_bound
);
on_each!([redis postgres_table mariadb_table]
    a_job_whose_answer_was_lost_is_no_duplicate
);
on_each!(databases:
    a_text_that_has_no_room_is_refused
);

const LONG: f64 = 60.0;
const SHORT: f64 = 0.05;
const NOW: i64 = FIRE_TIME * 1_000_000;

fn job(job_id: &str, run_at: i64) -> Job {
    Job {
        job_id: job_id.into(),
        run_at,
        job_class: "Billing::Job".into(),
        args: r#"[1,{"é":null}]"#.into(),
        queue: None,
        created_at: Some(NOW - 5),
    }
}

fn add(node: &Node, world: &World, jobs: &[Job]) {
    for job in jobs {
        assert!(node.enqueue(&world.namespace, job));
    }
}

fn ids(claims: &[Claimed]) -> Vec<String> {
    claims.iter().map(|claimed| claimed.id.clone()).collect()
}

fn job_ids(claims: &[Claimed]) -> Vec<&str> {
    claims
        .iter()
        .map(|claimed| claimed.job.job_id.as_str())
        .collect()
}

fn wait_for_end(node: &Node, world: &World) {
    wait_until(Duration::from_secs(5), || {
        let ends = node.next_due(&world.namespace).lease_ends_in;
        ends.is_some_and(|milliseconds| milliseconds < 0)
    });
}

fn a_job_is_taken_when_it_is_due_and_not_before(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    add(&node, world, &[job("a", NOW + 1)]);
    assert_eq!(node.take(space, NOW, 10, LONG), []);
    let taken = node.take(space, NOW + 1, 10, LONG);
    assert_eq!(job_ids(&taken), ["a"]);
    assert_eq!((taken[0].attempts, taken[0].retaken), (0, false));
    assert_eq!(node.take(space, NOW + 1, 10, LONG), []);
    let counts = Counts {
        pending: 0,
        claimed: 1,
        failed: 0,
    };
    assert_eq!(node.count_jobs(space), counts);
}

fn what_is_pending_has_its_id_for_itself(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    add(&node, world, &[job("a", NOW), job("A", NOW)]);
    let mut another = job("a", NOW);
    another.created_at = Some(NOW);
    assert!(!node.enqueue(space, &another));
    assert_eq!(node.take(space, NOW, 10, LONG).len(), 2);
    assert!(node.enqueue(space, &another));
    let taken = node.take(space, NOW, 10, LONG);
    assert_eq!(taken[0].job, another);
}

fn jobs_are_taken_by_time_and_id_and_no_more_than_asked_for(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    let jobs = [
        job("c", NOW),
        job("b", NOW),
        job("a", NOW - 1),
        job("d", NOW - 2_000_000),
    ];
    add(&node, world, &jobs);
    assert_eq!(job_ids(&node.take(space, NOW, 3, LONG)), ["d", "a", "b"]);
    assert_eq!(node.pending_jobs(space, 10), jobs[..1]);
    assert_eq!(node.pending_jobs(space, 0), []);
    assert_eq!(job_ids(&node.take(space, NOW, 3, LONG)), ["c"]);
}

fn a_job_is_as_it_was_enqueued(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    let mut odd = job("team:\"job\" 1", NOW + 123_456);
    odd.queue = Some("low".into());
    odd.args = r#"["\u0000", 12345678901234567890, ":"]"#.into();
    add(&node, world, &[odd.clone(), job("plain", NOW)]);
    assert_eq!(
        node.pending_jobs(space, 10),
        [job("plain", NOW), odd.clone()]
    );
    let taken = node.take(space, NOW + 1_000_000, 10, LONG);
    assert_eq!((&taken[1].job, &taken[1].flaw), (&odd, &None));
}

fn a_claim_whose_lease_has_ended_is_taken_again(world: &World) {
    let (one, other, space) = (world.node(), world.node(), &world.namespace);
    add(&one, world, &[job("a", NOW), job("b", NOW)]);
    let taken = one.take(space, NOW, 1, SHORT);
    wait_for_end(&other, world);
    let again = other.take(space, NOW, 10, LONG);
    assert_eq!(job_ids(&again), ["a", "b"]);
    assert_ne!(again[0].id, taken[0].id);
    assert_eq!(
        again.iter().map(|claim| claim.retaken).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(one.take(space, NOW, 10, LONG), []);
}

fn who_had_a_claim_before_has_no_say(world: &World) {
    let (paused, other, space) = (world.node(), world.node(), &world.namespace);
    add(&paused, world, &[job("a", NOW)]);
    let before = ids(&paused.take(space, NOW, 1, SHORT));
    wait_for_end(&other, world);
    let now = ids(&other.take(space, NOW, 1, LONG));
    assert_eq!(paused.extend_jobs(space, &before, SHORT), [false]);
    assert!(!paused.note_call(space, &before[0], 9, SHORT));
    paused.fail_job(space, &before[0], "not his", 9);
    paused.close_jobs(space, &before);
    assert!(!paused.retry_job(space, &before[0]));
    let claimed = Counts {
        claimed: 1,
        ..Counts::default()
    };
    assert_eq!(other.count_jobs(space), claimed);
    assert!(other.next_due(space).lease_ends_in.unwrap() > 50_000);
    assert_eq!(other.extend_jobs(space, &now, SHORT), [true]);
    wait_for_end(&other, world);
    assert_eq!(other.take(space, NOW, 1, LONG)[0].attempts, 0);
}

fn calls_are_counted_and_not_what_is_taken(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    add(&node, world, &[job("a", NOW)]);
    let take = || {
        let taken = node.take(space, NOW, 1, SHORT).remove(0);
        wait_for_end(&node, world);
        taken
    };
    assert_eq!(take().attempts, 0);
    let taken = take();
    assert_eq!(taken.attempts, 0);
    assert!(node.note_call(space, &taken.id, 3, SHORT));
    wait_for_end(&node, world);
    let taken = take();
    assert_eq!(taken.attempts, 3);
    assert_eq!(
        node.extend_jobs(space, &ids(std::slice::from_ref(&taken)), LONG),
        [true]
    );
    node.fail_job(space, &taken.id, "why", 4);
    assert_eq!(node.failed_jobs(space, 1)[0].claimed.attempts, 4);
}

fn what_is_taken_at_once_has_a_bound(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    let mut large = job("", NOW);
    large.args = format!("[\"{}\"]", "x".repeat(LARGEST / 4));
    let large: Vec<Job> = (0..6)
        .map(|n| Job {
            job_id: n.to_string(),
            ..large.clone()
        })
        .collect();
    add(&node, world, &large);
    assert_eq!(
        job_ids(&node.take(space, NOW, 100, SHORT)),
        ["0", "1", "2", "3"]
    );
    wait_for_end(&node, world);
    assert_eq!(node.take(space, NOW, 100, LONG).len(), 4);
    assert_eq!(job_ids(&node.take(space, NOW, 100, LONG)), ["4", "5"]);
}

/// The connection has been used before, so that the node asks once more.
fn a_job_whose_answer_was_lost_is_no_duplicate(world: &World) {
    let (space, proxy) = (&world.namespace, Proxy::to(world.port(), End::Both));
    let node = world.node_through(proxy.port);
    add(&node, world, &[job("a", NOW)]);
    proxy.lose_after(0);
    assert!(node.enqueue(space, &job("b", NOW)));
    assert!(proxy.has_lost());
    assert!(!node.enqueue(space, &job("a", NOW + 1)));
    assert_eq!(node.count_jobs(space).pending, 2);
}

fn an_extended_claim_is_not_taken_again(world: &World) {
    let (one, other, space) = (world.node(), world.node(), &world.namespace);
    add(&one, world, &[job("a", NOW)]);
    let mut claims = ids(&one.take(space, NOW, 1, SHORT));
    wait_for_end(&other, world);
    claims.push("no-claim".into());
    assert_eq!(one.extend_jobs(space, &claims, LONG), [true, false]);
    assert_eq!(other.take(space, NOW, 10, LONG), []);
    assert_eq!(one.extend_jobs(space, &claims, 0.001), [true, false]);
    wait_for_end(&other, world);
    assert_eq!(other.take(space, NOW, 10, LONG).len(), 1);
}

fn a_closed_claim_is_gone(world: &World) {
    let (one, other, space) = (world.node(), world.node(), &world.namespace);
    let jobs: Vec<Job> = (0..203).map(|n| job(&format!("{n}"), NOW)).collect();
    add(&one, world, &jobs);
    let claims = ids(&one.take(space, NOW, 203, SHORT));
    one.close_jobs(space, &claims);
    one.close_jobs(space, &claims[..1]);
    one.close_jobs(space, &[]);
    assert_eq!(one.extend_jobs(space, &claims, SHORT), [false; 203]);
    assert!(one.extend_jobs(space, &[], SHORT).is_empty());
    assert_eq!(other.count_jobs(space), Counts::default());
    assert_eq!(other.next_due(space), NextDue::default());
}

fn what_was_given_up_is_listed_and_tried_again_or_discarded(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    add(&node, world, &[job("a", NOW), job("b", NOW + 1)]);
    let claims = ids(&node.take(space, NOW + 1, 10, LONG));
    for (claim, error) in std::iter::zip(&claims, ["first", "second é"]) {
        node.fail_job(space, claim, error, 1);
        thread::sleep(Duration::from_millis(2)); // memory counts milliseconds
    }
    node.fail_job(space, &claims[0], "too late", 1);
    node.close_jobs(space, &claims);
    assert_eq!(node.extend_jobs(space, &claims, LONG), [false, false]);
    let failed = node.failed_jobs(space, 10);
    let errors: Vec<&str> = failed.iter().map(|failed| failed.error.as_str()).collect();
    assert_eq!(errors, ["second é", "first"]);
    assert_eq!(failed[1].claimed.job, job("a", NOW));
    assert_eq!(node.failed_jobs(space, 1), failed[..1]);
    assert_eq!(node.next_due(space), NextDue::default());

    assert!(node.discard_job(space, &claims[1]));
    assert!(!node.discard_job(space, &claims[1]));
    assert!(node.retry_job(space, &claims[0]));
    assert!(!node.retry_job(space, &claims[0]));
    assert!(!node.discard_job(space, &claims[0]));
    thread::sleep(Duration::from_millis(2));
    let again = node.take(space, NOW, 10, LONG);
    assert_eq!(job_ids(&again), ["a"]);
    assert_eq!(again[0].attempts, 0);
}

fn the_next_time_is_that_of_the_first_job_or_lease(world: &World) {
    let (node, space) = (world.node(), &world.namespace);
    assert_eq!(node.next_due(space), NextDue::default());
    add(&node, world, &[job("a", NOW), job("b", NOW + 250_000)]);
    let first = NextDue {
        run_at: Some(NOW),
        lease_ends_in: None,
    };
    assert_eq!(node.next_due(space), first);
    node.take(space, NOW, 1, LONG);
    let next = node.next_due(space);
    assert_eq!(next.run_at, Some(NOW + 250_000));
    assert!((50_000..=60_001).contains(&next.lease_ends_in.unwrap()));
}

fn many_nodes_take_each_job_once(world: &World) {
    const NODES: usize = 6;
    let space = &world.namespace;
    let jobs: Vec<Job> = (0..600).map(|n| job(&format!("{n}"), NOW)).collect();
    add(&world.node(), world, &jobs);
    let taken: Vec<String> = thread::scope(|scope| {
        let nodes: Vec<_> = (0..NODES)
            .map(|_| {
                scope.spawn(move || {
                    let node = world.node();
                    let mut taken = Vec::new();
                    while node.next_due(space).run_at.is_some() {
                        let claims = node.take(space, NOW, 7, LONG);
                        node.close_jobs(space, &ids(&claims));
                        taken.extend(claims.into_iter().map(|claimed| claimed.job.job_id));
                    }
                    taken
                })
            })
            .collect();
        let nodes = nodes.into_iter().map(|node| node.join().unwrap());
        nodes.flatten().collect()
    });
    assert_eq!(taken.len(), jobs.len());
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), jobs.len());
    assert_eq!(world.node().count_jobs(space), Counts::default());
}

fn a_text_that_has_no_room_is_refused(world: &World) {
    let node = world.node();
    let error = node.try_enqueue(&world.namespace, &job(&"x".repeat(256), NOW));
    assert!(error.unwrap_err().is_argument());
}
