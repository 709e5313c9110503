//! Polling as Allora does.

use std::sync::atomic::{AtomicU64, Ordering};

use kaal_core::Result;
use kaal_core::interval::{Absent, Poll, Polled, Polls};

use crate::node::Node;
use crate::proxy::{End, Proxy};
use crate::stores::World;

on_each!([redis]
    a_poll_takes_what_is_due_and_tells_what_is_absent
    a_next_run_that_is_set_late_may_be_due_at_once
    a_reset_waits_until_nobody_polls
    one_call_does_for_any_number_of_jobs
    what_is_moved_is_kept_for_a_while
    where_a_job_has_no_next_run_nothing_else_is_done
    what_was_taken_is_said_again_until_it_was_heard
    whichever_answer_is_lost_each_run_is_taken_once
);

const NOW: i64 = 1_700_000_000;

/// Of a poller that has heard each answer.
fn ask(world: &World, now: i64, jobs: &[(&str, i64)], absent: Absent) -> Result<Polled> {
    static TURN: AtomicU64 = AtomicU64::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    poll(&world.node(), &of(world, "one", turn, now, jobs, absent))
}

fn poll(node: &Node, poll: &Poll) -> Result<Polled> {
    node.wait(node.redis().poll(poll))
}

fn of(
    world: &World,
    poller: &str,
    turn: u64,
    now: i64,
    jobs: &[(&str, i64)],
    absent: Absent,
) -> Poll {
    Poll {
        prefix: world.namespace.clone().into_bytes(),
        poller: poller.to_owned(),
        turn,
        now,
        ttl: None,
        jobs: jobs
            .iter()
            .map(|(name, next_run)| (name.as_bytes().to_vec(), *next_run))
            .collect(),
        absent,
    }
}

fn stored(world: &World, rest: &str) -> Option<String> {
    let key = format!("{}_{rest}", world.namespace);
    let node = world.node();
    let value = node.wait(node.redis().get(key.as_bytes())).unwrap();
    value.map(|value| String::from_utf8(value).unwrap())
}

fn a_poll_takes_what_is_due_and_tells_what_is_absent(world: &World) {
    let jobs = [("a", NOW + 10), ("b", NOW + 20)];
    let first = ask(world, NOW, &jobs, Absent::Tell).unwrap();
    assert_eq!((first.last_run, first.absent), (None, vec![0, 1]));
    assert_eq!(stored(world, "job_a"), None);

    let set = Absent::Set(vec![NOW + 10, NOW + 20]);
    let set = ask(world, NOW, &jobs, set).unwrap();
    assert_eq!((set.taken, set.absent), (vec![], vec![]));
    assert_eq!(stored(world, "job_a").unwrap(), (NOW + 10).to_string());

    let early = ask(world, NOW + 9, &jobs, Absent::Tell).unwrap();
    assert_eq!((early.last_run, early.taken), (Some(NOW), vec![]));
    let jobs = [("a", NOW + 30), ("b", NOW + 40)];
    let due = ask(world, NOW + 10, &jobs, Absent::Tell).unwrap();
    assert_eq!(due.taken, [0]);
    assert_eq!(
        [
            stored(world, "job_a"),
            stored(world, "job_b"),
            stored(world, "last_run")
        ],
        [NOW + 30, NOW + 20, NOW + 10].map(|time| Some(time.to_string()))
    );
    let again = ask(world, NOW + 10, &jobs, Absent::Tell).unwrap();
    assert_eq!(again.taken, [0_usize; 0]);
}

fn a_next_run_that_is_set_late_may_be_due_at_once(world: &World) {
    let set = Absent::Set(vec![NOW - 50]);
    let polled = ask(world, NOW, &[("a", NOW + 10)], set).unwrap();
    assert_eq!(polled.taken, [0]);
    assert_eq!(stored(world, "job_a").unwrap(), (NOW + 10).to_string());
}

fn a_reset_waits_until_nobody_polls(world: &World) {
    let jobs = [("a", NOW + 10)];
    ask(world, NOW, &jobs, Absent::Set(vec![NOW + 10])).unwrap();
    let polled = ask(world, NOW + 59, &[], Absent::Reset(60)).unwrap();
    assert!(!polled.is_reset);
    let jobs = [("a", NOW + 500)];
    let polled = ask(world, NOW + 119, &jobs, Absent::Reset(60)).unwrap();
    assert!(polled.is_reset);
    assert_eq!((polled.absent, polled.last_run), (vec![0], Some(NOW + 59)));
    assert_eq!(stored(world, "job_a"), None);
}

fn one_call_does_for_any_number_of_jobs(world: &World) {
    let names: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
    let jobs: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), NOW + 9)).collect();
    let all: Vec<usize> = (0..jobs.len()).collect();
    let first = ask(world, NOW, &jobs, Absent::Reset(60)).unwrap();
    assert_eq!(first.absent, all);
    ask(world, NOW, &jobs, Absent::Set(vec![NOW + 1; jobs.len()])).unwrap();
    let due = ask(world, NOW + 1, &jobs, Absent::Tell).unwrap();
    assert_eq!(due.taken, all);
    assert_eq!(stored(world, "job_9999").unwrap(), (NOW + 9).to_string());
}

fn what_is_moved_is_kept_for_a_while(world: &World) {
    let jobs = [("a", NOW + 10)];
    let mut short = of(world, "one", 1, NOW, &jobs, Absent::Set(vec![NOW]));
    short.ttl = Some(1);
    poll(&world.node(), &short).unwrap();
    crate::stores::wait_until(std::time::Duration::from_secs(5), || {
        stored(world, "job_a").is_none()
    });
}

fn where_a_job_has_no_next_run_nothing_else_is_done(world: &World) {
    ask(world, NOW, &[("a", NOW)], Absent::Set(vec![NOW + 5])).unwrap();
    let jobs = [("a", NOW + 30), ("new", NOW + 30)];
    let told = ask(world, NOW + 10, &jobs, Absent::Tell).unwrap();
    assert_eq!((told.taken, told.absent), (vec![], vec![1]));
    assert_eq!(stored(world, "job_a").unwrap(), (NOW + 5).to_string());
    assert_eq!(stored(world, "last_run").unwrap(), NOW.to_string());

    let set = Absent::Set(vec![NOW + 99, NOW + 20]);
    let polled = ask(world, NOW + 10, &jobs, set).unwrap();
    assert_eq!((polled.last_run, polled.taken), (Some(NOW), vec![0]));
    assert_eq!(stored(world, "job_new").unwrap(), (NOW + 20).to_string());
    assert_eq!(stored(world, "last_run").unwrap(), (NOW + 10).to_string());
}

fn what_was_taken_is_said_again_until_it_was_heard(world: &World) {
    let node = world.node();
    let take = |poller, turn, now| {
        let jobs = [("a", now + 100), ("b", now + 100), ("c", now + 100)];
        let asked = of(world, poller, turn, now, &jobs, Absent::Tell);
        poll(&node, &asked).unwrap().taken
    };
    let jobs = [("a", NOW), ("b", NOW), ("c", NOW)];
    let set = Absent::Set(vec![NOW + 10, NOW + 20, NOW + 5]);
    ask(world, NOW, &jobs, set).unwrap();

    assert_eq!(take("us", 1, NOW + 10), [0, 2]);
    assert_eq!(take("other", 1, NOW + 10), [0_usize; 0]);
    assert_eq!(take("us", 1, NOW + 11), [0, 2]);
    assert_eq!(take("us", 1, NOW + 20), [0, 1, 2]); // and what is due since
    assert_eq!(take("us", 1, NOW + 110), [0, 1, 2]); // both runs of two are one
    assert_eq!(take("us", 2, NOW + 111), [0_usize; 0]);
    assert_eq!(take("us", 3, NOW + 120), [1]);
    assert_eq!(take("us", 4, NOW + 121), [0_usize; 0]);
}

fn whichever_answer_is_lost_each_run_is_taken_once(world: &World) {
    let proxy = Proxy::to(world.port(), End::Both);
    let other = world.node();
    for lost in 0_i32.. {
        let node = world.node_through(proxy.port);
        let name = format!("job {lost}");
        let (turn, jobs) = (lost.unsigned_abs().into(), [(name.as_str(), NOW + 60)]);
        ask(world, NOW, &jobs, Absent::Set(vec![NOW + 1])).unwrap();

        let asked = of(world, "us", turn, NOW + 1, &jobs, Absent::Tell);
        proxy.lose_after(lost);
        let first = poll(&node, &asked);
        let has_lost = proxy.has_lost();
        let others = poll(
            &other,
            &of(world, "other", turn, NOW + 1, &jobs, Absent::Tell),
        );
        let heard = match first {
            Ok(polled) => polled.taken,
            Err(_) => poll(&node, &asked).unwrap().taken,
        };
        assert_eq!(
            heard.len() + others.unwrap().taken.len(),
            1,
            "answer {lost}"
        );
        if !has_lost {
            assert!(lost > 0);
            break;
        }
    }
}
