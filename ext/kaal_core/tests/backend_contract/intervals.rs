//! The last runs of jobs that run in intervals.

use std::collections::HashSet;
use std::thread;

use kaal_core::key::Occurrence;

use crate::stores::{FIRE_TIME, World, run};

on_each!(all:
    a_later_run_is_ones_own_and_an_earlier_one_is_not
    who_asks_again_hears_the_same
    the_runs_of_a_job_come_in_their_order
    last_runs_of_another_namespace_are_others
);
on_each!(shared: many_nodes_get_each_run_once);

fn at(key: &str, later: i64) -> Occurrence {
    Occurrence {
        fire_time: FIRE_TIME + later,
        ..run(key)
    }
}

fn a_later_run_is_ones_own_and_an_earlier_one_is_not(world: &World) {
    let (one, other) = (world.node(), world.node());
    let ask = |node: &crate::node::Node, holder, later| {
        node.advance(&world.namespace, holder, &[at("team:job", later)])[0]
    };
    assert!(ask(&one, "one", 60));
    assert!(!ask(&other, "other", 60));
    assert!(!ask(&other, "other", 0));
    assert!(ask(&other, "other", 61));
    assert!(!ask(&one, "one", 60));
    assert!(!ask(&one, "one", 61));
    assert!(ask(&one, "one", 86_400_000));
}

fn who_asks_again_hears_the_same(world: &World) {
    let node = world.node();
    let jobs = [at("a", 0), at("b", 0)];
    for _ in 0..2 {
        assert_eq!(node.advance(&world.namespace, "one", &jobs), [true, true]);
    }
    let jobs = [at("a", 0), at("b", 1)];
    let answers = node.advance(&world.namespace, "other", &jobs);
    assert_eq!(answers, [false, true]);
}

fn the_runs_of_a_job_come_in_their_order(world: &World) {
    let node = world.node();
    let runs = [at("a", 0), at("b", 9), at("a", 1), at("a", 2), at("b", 8)];
    let answers = node.advance(&world.namespace, "one", &runs);
    assert_eq!(answers, [true, true, true, true, false]);
    let runs = [at("a", 2), at("a", 3)];
    let answers = node.advance(&world.namespace, "other", &runs);
    assert_eq!(answers, [false, true]);
}

fn last_runs_of_another_namespace_are_others(world: &World) {
    let node = world.node();
    let other = format!("{}-of-another", world.namespace);
    assert_eq!(node.advance(&world.namespace, "one", &[at("a", 5)]), [true]);
    assert_eq!(node.advance(&other, "two", &[at("a", 0)]), [true]);
}

fn many_nodes_get_each_run_once(world: &World) {
    const NODES: usize = 6;
    const JOBS: usize = 120;
    let node_of = |number: usize| {
        move || {
            let (node, holder) = (world.node(), number.to_string());
            let mut ours = Vec::new();
            for round in 0..3 {
                let mut jobs: Vec<Occurrence> =
                    (0..JOBS).map(|job| at(&job.to_string(), round)).collect();
                jobs.rotate_left(number * JOBS / NODES);
                for some in jobs.chunks(7) {
                    let answers = node.advance(&world.namespace, &holder, some);
                    let won = std::iter::zip(some, answers).filter(|(_, is_ours)| *is_ours);
                    ours.extend(won.map(|(run, _)| run.clone()));
                }
            }
            ours
        }
    };
    let won: Vec<Occurrence> = thread::scope(|scope| {
        let nodes: Vec<_> = (0..NODES)
            .map(|number| scope.spawn(node_of(number)))
            .collect();
        let won = nodes.into_iter().flat_map(|node| node.join().unwrap());
        won.collect()
    });
    let distinct: HashSet<&Occurrence> = won.iter().collect();
    assert_eq!(won.len(), distinct.len());
    // A run that is asked for after a later one of its job is nobody's.
    assert!(
        won.len() >= JOBS
            && won
                .iter()
                .filter(|run| run.fire_time == FIRE_TIME + 2)
                .count()
                == JOBS
    );
}
