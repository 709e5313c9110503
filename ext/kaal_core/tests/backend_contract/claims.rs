//! Claims: lease and record, both or neither.

use std::time::Duration;

use kaal_core::claim::Terms;
use kaal_core::key::Occurrence;

use crate::stores::{FIRE_TIME, World, run, wait_until};

on_each!(all:
    a_claim_without_the_log_is_a_lease
    a_claim_with_the_log_is_won_once_for_ever
    a_run_that_is_named_twice_is_claimed_once
    a_lost_claim_leaves_no_lease
);
on_each!(shared:
    a_claim_whose_lease_is_held_writes_nothing
    a_claim_that_nobody_heard_of_is_won_again_by_the_same_node
    a_claim_without_the_log_that_nobody_heard_of_is_won_again
    a_large_batch_is_claimed_run_by_run
);

fn runs(count: usize) -> Vec<Occurrence> {
    (0..count)
        .map(|number| run(&format!("job {number}")))
        .collect()
}

fn a_claim_without_the_log_is_a_lease(world: &World) {
    let (one, other) = (world.node(), world.node());
    let (job, terms) = (run("job"), world.terms(2.0));
    other.claim(&run("to connect"), &terms);
    assert!(one.claim(&job, &terms));
    assert!(!other.claim(&job, &terms));
    assert!(!other.acquire(&job.lock_key(&world.namespace), 60.0));
    wait_until(Duration::from_secs(10), || other.claim(&job, &terms));
}

fn a_claim_with_the_log_is_won_once_for_ever(world: &World) {
    let (one, other) = (world.node(), world.node());
    let (job, terms) = (run("job"), world.terms_with_log(2.0));
    other.claim(&run("to connect"), &terms);
    let lock_key = job.lock_key(&world.namespace);
    assert!(one.claim(&job, &terms));
    assert!(!other.acquire(&lock_key, 60.0));
    wait_until(Duration::from_secs(10), || other.acquire(&lock_key, 60.0));
    assert!(other.release(&lock_key));
    assert!(!one.claim(&job, &terms));
    assert!(!other.claim(&job, &terms));
    let next = Occurrence {
        fire_time: FIRE_TIME + 60,
        ..job
    };
    assert!(other.claim(&next, &terms));
}

fn a_run_that_is_named_twice_is_claimed_once(world: &World) {
    let node = world.node();
    let [a, b] = ["a", "b"].map(run);
    let named = [a.clone(), a.clone(), b];
    assert_eq!(
        node.claim_many(&named, &world.terms_with_log(60.0)),
        [true, false, true]
    );
    let named = ["c", "c"].map(run);
    assert_eq!(node.claim_many(&named, &world.terms(60.0)), [true, false]);
}

fn a_lost_claim_leaves_no_lease(world: &World) {
    let (one, other) = (world.node(), world.node());
    let (job, terms) = (run("job"), world.terms_with_log(60.0));
    let lock_key = job.lock_key(&world.namespace);
    assert!(one.claim(&job, &terms));
    assert!(one.release(&lock_key));
    assert!(!other.claim(&job, &terms));
    assert!(one.acquire(&lock_key, 60.0));
}

fn a_claim_whose_lease_is_held_writes_nothing(world: &World) {
    let (one, other) = (world.node(), world.node());
    let (job, terms) = (run("job"), world.terms_with_log(60.0));
    let lock_key = job.lock_key(&world.namespace);
    assert!(one.acquire(&lock_key, 60.0));
    assert!(!other.claim(&job, &terms));
    assert!(!one.claim(&job, &terms));
    assert!(one.release(&lock_key));
    assert!(other.claim(&job, &terms));
}

fn won_again(world: &World, terms: &Terms) {
    let (one, other) = (world.node(), world.node());
    let runs = runs(2);
    assert_eq!(one.claim_many(&runs, terms), [true, true]);
    one.unhear(&runs[..1], terms);
    assert_eq!(other.claim_many(&runs, terms), [false, false]);
    assert_eq!(one.claim_many(&runs, terms), [true, false]);
    assert_eq!(one.claim_many(&runs, terms), [false, false]);
    assert_eq!(other.claim_many(&runs, terms), [false, false]);
}

fn a_claim_that_nobody_heard_of_is_won_again_by_the_same_node(world: &World) {
    won_again(world, &world.terms_with_log(60.0));
}

fn a_claim_without_the_log_that_nobody_heard_of_is_won_again(world: &World) {
    won_again(world, &world.terms(60.0));
}

fn a_large_batch_is_claimed_run_by_run(world: &World) {
    let (one, other) = (world.node(), world.node());
    let (runs, terms) = (runs(1_001), world.terms_with_log(60.0));
    let third: Vec<Occurrence> = runs.iter().step_by(3).cloned().collect();
    assert!(one.claim_many(&third, &terms).iter().all(|won| *won));
    let won = other.claim_many(&runs, &terms);
    let expected: Vec<bool> = (0..1_001).map(|place| place % 3 != 0).collect();
    assert_eq!(won, expected);
}
