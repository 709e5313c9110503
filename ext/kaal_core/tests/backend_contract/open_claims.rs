//! Claims that stay open until they are closed, and are taken over when their lease has ended.

use std::thread;
use std::time::Duration;

use kaal_core::key::Occurrence;

use crate::node::Node;
use crate::stores::{FIRE_TIME, World, run, wait_until};

on_each!(all:
    an_open_claim_is_dispatched_to_all_others
    a_claim_without_that_wish_is_not_open
    a_claim_whose_lease_has_ended_is_taken_over_once
    a_renewed_claim_is_not_taken_over
    a_closed_claim_is_neither_renewed_nor_taken_over
    a_claim_that_is_given_up_is_taken_over_at_once
    claims_of_another_namespace_are_left_alone
    many_ended_claims_come_in_the_order_of_their_ends
);
on_each!(shared:
    an_open_claim_that_nobody_heard_of_is_won_again_and_still_open
    many_nodes_take_each_claim_over_once
);
on_each!([postgres_session postgres_table mariadb_session mariadb_table]
    a_claim_that_cannot_be_opened_leaves_no_record
);

const LONG: f64 = 60.0;
const SHORT: f64 = 0.05;

fn runs(count: usize) -> Vec<Occurrence> {
    (0..count)
        .map(|number| run(&format!("team:job {number}")))
        .collect()
}

fn wait_for_end(node: &Node, world: &World, count: usize) {
    wait_until(Duration::from_secs(5), || {
        node.ended_claims(&world.namespace, 0, 10_000).len() == count
    });
}

fn an_open_claim_is_dispatched_to_all_others(world: &World) {
    let (one, other) = (world.node(), world.node());
    let job = run("job");
    assert!(one.claim(&job, &world.open_terms(SHORT)));
    wait_for_end(&other, world, 1);
    assert!(!other.claim(&job, &world.open_terms(LONG)));
    assert!(!other.claim(&job, &world.terms_with_log(LONG)));
}

fn a_claim_without_that_wish_is_not_open(world: &World) {
    let node = world.node();
    let [plain, open] = ["plain", "open"].map(run);
    assert!(node.claim(&plain, &world.terms_with_log(SHORT)));
    assert!(node.claim(&open, &world.open_terms(SHORT)));
    wait_for_end(&node, world, 1);
    assert_eq!(node.ended_claims(&world.namespace, 0, 10), [open]);
}

fn a_claim_whose_lease_has_ended_is_taken_over_once(world: &World) {
    let (one, two, three) = (world.node(), world.node(), world.node());
    let jobs = runs(2);
    assert_eq!(one.claim_many(&jobs, &world.open_terms(2.0)), [true, true]);
    assert_eq!(two.ended_claims(&world.namespace, 0, 10), []);
    assert_eq!(two.take_over(&jobs, &world.holder(LONG)), [false, false]);
    wait_for_end(&two, world, 2);
    assert_eq!(two.take_over(&jobs, &world.holder(LONG)), [true, true]);
    assert_eq!(three.take_over(&jobs, &world.holder(LONG)), [false, false]);
    assert_eq!(three.ended_claims(&world.namespace, 0, 10), []);
}

fn a_renewed_claim_is_not_taken_over(world: &World) {
    let (one, other) = (world.node(), world.node());
    let jobs = runs(1);
    assert_eq!(one.claim_many(&jobs, &world.open_terms(SHORT)), [true]);
    wait_for_end(&one, world, 1);
    assert_eq!(one.renew(&jobs, &world.holder(LONG)), [true]);
    assert_eq!(other.ended_claims(&world.namespace, 0, 10), []);
    assert_eq!(other.take_over(&jobs, &world.holder(LONG)), [false]);
}

fn a_closed_claim_is_neither_renewed_nor_taken_over(world: &World) {
    let (one, other) = (world.node(), world.node());
    let jobs = runs(3);
    assert_eq!(one.claim_many(&jobs, &world.open_terms(SHORT)), [true; 3]);
    wait_for_end(&one, world, 3);
    one.close(&world.namespace, &jobs[..2]);
    one.close(&world.namespace, &jobs[..1]);
    assert_eq!(one.renew(&jobs, &world.holder(SHORT)), [false, false, true]);
    wait_for_end(&other, world, 1);
    assert_eq!(
        other.take_over(&jobs, &world.holder(LONG)),
        [false, false, true]
    );
}

fn a_claim_that_is_given_up_is_taken_over_at_once(world: &World) {
    let (one, other) = (world.node(), world.node());
    let jobs = runs(1);
    assert_eq!(one.claim_many(&jobs, &world.open_terms(LONG)), [true]);
    assert_eq!(one.renew(&jobs, &world.holder(0.001)), [true]);
    wait_for_end(&other, world, 1);
    assert_eq!(other.take_over(&jobs, &world.holder(LONG)), [true]);
}

fn claims_of_another_namespace_are_left_alone(world: &World) {
    let node = world.node();
    let jobs = runs(1);
    assert_eq!(node.claim_many(&jobs, &world.open_terms(SHORT)), [true]);
    wait_for_end(&node, world, 1);
    let mut foreign = world.holder(LONG);
    foreign.namespace.push_str("-of-another");
    assert_eq!(node.ended_claims(&foreign.namespace, 0, 10), []);
    assert_eq!(node.take_over(&jobs, &foreign), [false]);
    node.close(&foreign.namespace, &jobs);
    assert_eq!(node.take_over(&jobs, &world.holder(LONG)), [true]);
}

fn many_ended_claims_come_in_the_order_of_their_ends(world: &World) {
    let node = world.node();
    let jobs = runs(1_003);
    assert!(
        node.claim_many(&jobs, &world.open_terms(LONG))
            .iter()
            .all(|won| *won)
    );
    let oldest = Occurrence {
        fire_time: FIRE_TIME - 60,
        key: "oldest".into(),
    };
    assert!(node.claim(&oldest, &world.open_terms(0.001)));
    thread::sleep(Duration::from_millis(5)); // so that it ends before the others
    let given_up = node.renew(&jobs, &world.holder(0.001));
    assert!(given_up.iter().all(|renewed| *renewed));
    wait_for_end(&node, world, 1_004);
    assert_eq!(node.ended_claims(&world.namespace, 0, 1), [oldest]);
    let pages = [0, 500, 1_000].map(|skip| node.ended_claims(&world.namespace, skip, 500));
    assert_eq!(pages.each_ref().map(Vec::len), [500, 500, 4]);
    let distinct: std::collections::HashSet<&Occurrence> = pages.iter().flatten().collect();
    assert_eq!(distinct.len(), 1_004);
    assert_eq!(
        node.take_over(&jobs, &world.holder(LONG)),
        vec![true; 1_003]
    );
    node.close(&world.namespace, &jobs);
    assert_eq!(node.ended_claims(&world.namespace, 0, 10_000).len(), 1);
}

fn an_open_claim_that_nobody_heard_of_is_won_again_and_still_open(world: &World) {
    let (one, other) = (world.node(), world.node());
    let (jobs, terms) = (runs(1), world.open_terms(LONG));
    assert_eq!(one.claim_many(&jobs, &terms), [true]);
    one.unhear(&jobs, &terms);
    assert_eq!(other.claim_many(&jobs, &terms), [false]);
    assert_eq!(one.claim_many(&jobs, &terms), [true]);
    assert_eq!(one.renew(&jobs, &world.holder(0.001)), [true]);
    wait_for_end(&other, world, 1);
    assert_eq!(other.take_over(&jobs, &world.holder(LONG)), [true]);
}

fn a_claim_that_cannot_be_opened_leaves_no_record(world: &World) {
    let (node, mut plain) = (world.node(), world.plain());
    let job = run("job");
    assert!(node.claim(&run("to connect"), &world.open_terms(LONG)));
    plain.run("ALTER TABLE kaal_claims RENAME TO kaal_claims_away");
    let jobs = std::slice::from_ref(&job);
    assert!(node.try_claim_many(jobs, &world.open_terms(LONG)).is_err());
    assert_eq!(plain.number("SELECT count(*) FROM kaal_dispatches"), 1);
    plain.run("ALTER TABLE kaal_claims_away RENAME TO kaal_claims");
    assert!(node.claim(&job, &world.open_terms(LONG)));
}

fn many_nodes_take_each_claim_over_once(world: &World) {
    const NODES: usize = 8;
    let jobs = runs(300);
    let node = world.node();
    assert!(
        node.claim_many(&jobs, &world.open_terms(SHORT))
            .iter()
            .all(|won| *won)
    );
    wait_for_end(&node, world, jobs.len());
    let taken: usize = thread::scope(|scope| {
        let nodes: Vec<_> = (0..NODES)
            .map(|number| {
                let mut jobs = jobs.clone();
                let shift = number * jobs.len() / NODES;
                jobs.rotate_left(shift);
                scope.spawn(move || {
                    let node = world.node();
                    let taken = jobs.chunks(7).map(|some| {
                        let answers = node.take_over(some, &world.holder(LONG));
                        answers.iter().filter(|taken| **taken).count()
                    });
                    taken.sum::<usize>()
                })
            })
            .collect();
        nodes.into_iter().map(|node| node.join().unwrap()).sum()
    });
    assert_eq!(taken, jobs.len());
}
