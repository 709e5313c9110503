//! Many at once: every key has one winner, and who has a lease is alone.

use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use kaal_core::key::Key;

use crate::node::Node;
use crate::stores::{World, run};

on_each!(all:
    each_key_is_won_once_in_batches
    each_key_is_won_once_one_by_one
    each_run_is_claimed_once
    a_counter_under_a_lease_loses_nothing
);

const NODES: usize = 8;
const KEYS: usize = 2_000;
const BATCH: usize = 100;

/// Each on a thread of its own, which starts with the others and stays until all have done: with a node end
/// its leases.
fn at_once(world: &World, work: impl Fn(usize, &Node) + Sync) {
    let start = Barrier::new(NODES);
    thread::scope(|scope| {
        let work_of = |number| {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                let node = world.node();
                start.wait();
                work(number, &node);
                node
            })
        };
        let threads: Vec<_> = (0..NODES).map(work_of).collect();
        let nodes: Vec<_> = threads
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        assert!(nodes.iter().all(Result::is_ok));
    });
}

/// How often each was won.
struct Wins(Vec<AtomicU32>);

impl Wins {
    fn new() -> Self {
        Self((0..KEYS).map(|_| AtomicU32::new(0)).collect())
    }

    fn count(&self, places: &[usize], won: &[bool]) {
        for (place, won) in std::iter::zip(places, won) {
            self.0[*place].fetch_add(u32::from(*won), Ordering::Relaxed);
        }
    }

    fn assert_once(&self) {
        let other = self.0.iter().map(|wins| wins.load(Ordering::Relaxed));
        let other: Vec<_> = other.enumerate().filter(|(_, wins)| *wins != 1).collect();
        assert!(other.is_empty(), "(key, winners): {other:?}");
    }
}

/// All places in batches, in another order for each node.
fn batches(number: usize) -> Vec<Vec<usize>> {
    let mut places: Vec<usize> = (0..KEYS).collect();
    places.rotate_left(number % 2 * BATCH / 2);
    if number >= NODES / 2 {
        places.reverse();
    }
    places.chunks(BATCH).map(<[usize]>::to_vec).collect()
}

fn each_key_is_won_once_in_batches(world: &World) {
    let (keys, wins) = (world.keys(KEYS), Wins::new());
    at_once(world, |number, node| {
        for places in batches(number) {
            let batch: Vec<Key> = places.iter().map(|place| keys[*place].clone()).collect();
            wins.count(&places, &node.acquire_many(&batch, 600.0));
        }
    });
    wins.assert_once();
}

fn each_key_is_won_once_one_by_one(world: &World) {
    let (keys, wins) = (world.keys(KEYS), Wins::new());
    at_once(world, |_, node| {
        for (place, key) in keys.iter().enumerate() {
            wins.count(&[place], &[node.acquire(key, 600.0)]);
        }
    });
    wins.assert_once();
}

/// The lease of a claim is given back at once, so that the log alone keeps the others out.
fn each_run_is_claimed_once(world: &World) {
    let terms = world.terms_with_log(600.0);
    let wins = Wins::new();
    at_once(world, |number, node| {
        for places in batches(number) {
            let names = places.iter().map(|place| run(&format!("job {place}")));
            let runs: Vec<_> = names.collect();
            wins.count(&places, &node.claim_many(&runs, &terms));
            let lock_keys = runs.iter().map(|run| run.lock_key(&terms.namespace));
            node.release_many(&lock_keys.collect::<Vec<_>>());
        }
    });
    wins.assert_once();
}

/// The test of `ShedLock`, a library of the same kind: read, add one, write, without any other care.
fn a_counter_under_a_lease_loses_nothing(world: &World) {
    const ROUNDS: usize = 100;
    let file = format!("kaal-counter-{}-{}", std::process::id(), world.namespace);
    let file = std::env::temp_dir().join(file);
    std::fs::write(&file, "0").unwrap();
    let read = |file: &Path| -> usize { std::fs::read_to_string(file).unwrap().parse().unwrap() };
    let key = world.key("counter");
    at_once(world, |_, node| {
        for _ in 0..ROUNDS {
            while !node.acquire(&key, 60.0) {
                thread::sleep(Duration::from_millis(1));
            }
            let count = read(&file);
            std::fs::write(&file, (count + 1).to_string()).unwrap();
            assert!(node.release(&key));
        }
    });
    assert_eq!(read(&file), NODES * ROUNDS);
    std::fs::remove_file(file).unwrap();
}
