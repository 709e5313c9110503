//! What a lease is, whatever it is made of.

use std::time::Duration;

use crate::stores::{Place, World, wait_until};

on_each!(all:
    a_held_key_is_not_acquired_again
    a_lease_ends_by_itself
    a_batch_of_leases_ends_by_itself
    a_released_key_is_free
    a_key_that_is_named_twice_is_won_once
    nothing_is_asked_of_an_empty_list
    a_short_lease_can_be_followed_by_a_long_one
);

on_each!(shared:
    only_the_holder_releases
    what_a_batch_names_is_won_or_lost_key_by_key
    a_lease_that_has_ended_is_not_the_old_holders_to_release
);

on_each!([postgres_session mariadb_session] a_lease_ends_with_the_process_that_holds_it);

const LIMIT: Duration = Duration::from_secs(10);

fn a_held_key_is_not_acquired_again(world: &World) {
    let (one, other) = (world.node(), world.node());
    let key = world.key("a");
    assert!(one.acquire(&key, 60.0));
    assert!(!one.acquire(&key, 60.0));
    assert!(!other.acquire(&key, 60.0));
    let keys = [key, world.key("b")];
    assert_eq!(one.acquire_many(&keys, 60.0), [false, true]);
    assert_eq!(other.acquire_many(&keys, 60.0), [false, false]);
}

fn a_lease_ends_by_itself(world: &World) {
    let (one, other) = (world.node(), world.node());
    let key = world.key("a");
    other.acquire(&world.key("to connect"), 60.0);
    assert!(one.acquire(&key, 2.0));
    assert!(!other.acquire(&key, 60.0));
    wait_until(LIMIT, || other.acquire(&key, 60.0));
    assert!(!one.acquire(&key, 60.0));
    assert!(!one.release(&key) || matches!(world.place, Place::Memory(_)));
}

fn a_batch_of_leases_ends_by_itself(world: &World) {
    let (one, other) = (world.node(), world.node());
    let keys = world.keys(250);
    assert_eq!(one.acquire_many(&keys, 0.5), [true; 250]);
    let mut left = keys.clone();
    wait_until(LIMIT, || {
        let mut won = other.acquire_many(&left, 60.0).into_iter();
        left.retain(|_| won.next() == Some(false));
        left.is_empty()
    });
    assert_eq!(one.acquire_many(&keys, 60.0), [false; 250]);
}

fn a_released_key_is_free(world: &World) {
    let (one, other) = (world.node(), world.node());
    let keys = world.keys(3);
    assert_eq!(one.acquire_many(&keys, 60.0), [true; 3]);
    assert!(one.release(&keys[0]));
    assert!(!one.release(&keys[0]));
    assert_eq!(one.release_many(&keys), [false, true, true]);
    assert_eq!(other.acquire_many(&keys, 60.0), [true; 3]);
    assert_eq!(other.release_many(&keys), [true; 3]);
    assert!(one.acquire(&keys[0], 60.0));
}

fn a_key_that_is_named_twice_is_won_once(world: &World) {
    let node = world.node();
    let [a, b] = ["a", "b"].map(|key| world.key(key));
    let won = node.acquire_many(&[a.clone(), b, a.clone()], 60.0);
    assert_eq!(won, [true, true, false]);
    assert_eq!(node.release_many(&[a.clone(), a]), [true, false]);
}

fn nothing_is_asked_of_an_empty_list(world: &World) {
    let node = world.node();
    assert!(node.acquire_many(&[], 60.0).is_empty());
    assert!(node.release_many(&[]).is_empty());
    assert!(node.claim_many(&[], &world.terms(60.0)).is_empty());
    assert!(node.claim_many(&[], &world.terms_with_log(60.0)).is_empty());
}

fn a_short_lease_can_be_followed_by_a_long_one(world: &World) {
    let (one, other) = (world.node(), world.node());
    let key = world.key("a");
    assert!(one.acquire(&key, 0.2));
    wait_until(LIMIT, || one.acquire(&key, 60.0));
    std::thread::sleep(Duration::from_millis(300));
    assert!(!other.acquire(&key, 60.0));
}

fn only_the_holder_releases(world: &World) {
    let (one, other) = (world.node(), world.node());
    let key = world.key("a");
    assert!(!one.release(&key));
    assert!(one.acquire(&key, 60.0));
    assert!(!other.release(&key));
    assert!(!other.acquire(&key, 60.0));
}

fn what_a_batch_names_is_won_or_lost_key_by_key(world: &World) {
    let (one, other) = (world.node(), world.node());
    let keys = world.keys(10);
    let even: Vec<_> = keys.iter().step_by(2).cloned().collect();
    assert_eq!(one.acquire_many(&even, 60.0), [true; 5]);
    let won: Vec<bool> = (0..10).map(|number| number % 2 == 1).collect();
    assert_eq!(other.acquire_many(&keys, 60.0), won);
}

fn a_lease_that_has_ended_is_not_the_old_holders_to_release(world: &World) {
    let (one, other) = (world.node(), world.node());
    let key = world.key("a");
    assert!(one.acquire(&key, 0.1));
    std::thread::sleep(Duration::from_millis(150));
    assert!(!one.release(&key));
    assert!(other.acquire(&key, 60.0));
}

fn a_lease_ends_with_the_process_that_holds_it(world: &World) {
    let (one, other) = (world.node(), world.node());
    let key = world.key("a");
    assert!(one.acquire(&key, 60.0));
    assert!(!other.acquire(&key, 60.0));
    drop(one);
    wait_until(LIMIT, || other.acquire(&key, 60.0));
}
