//! A claim whose answer got lost: nobody may dispatch the run but the node that asked, and it must not
//! be lost with the answer.

use kaal_core::claim::Terms;
use kaal_core::key::Occurrence;

use crate::node::Node;
use crate::proxy::{End, Proxy};
use crate::stores::{Place, World, run};

on_each!([redis postgres_session postgres_table mariadb_session mariadb_table]
    whichever_answer_is_lost_the_run_is_not
);
on_each!(sessions: a_run_is_not_lost_where_the_server_does_not_learn_of_it);

/// More than a claim with its connecting needs.
const MOST_ANSWERS: i32 = 60;

fn whichever_answer_is_lost_the_run_is_not(world: &World) {
    each_answer(world, End::Both);
}

fn a_run_is_not_lost_where_the_server_does_not_learn_of_it(world: &World) {
    each_answer(world, End::Client);
}

/// Loses the first answer, of another claim the second, and so on until a claim has no more.
fn each_answer(world: &World, end: End) {
    let proxy = Proxy::to(world.port(), end);
    for fresh in [true, false] {
        let mut lost = 0;
        loop {
            assert!(lost < MOST_ANSWERS, "it never ends");
            let node = world.node_through(proxy.port);
            let first = [run(&format!("first {fresh} {lost}"))];
            if !fresh {
                let terms = world.terms_with_log(60.0);
                assert_eq!(node.claim_many(&first, &terms), [true]);
            }
            let runs = ["a", "b"].map(|key| run(&format!("{key} {fresh} {lost}")));
            proxy.lose_after(lost);
            if !claim_survives(world, &node, &proxy, &runs) {
                break;
            }
            lost += 1;
        }
        assert!(lost > 0);
    }
}

/// False where the answer that should have been lost was never sent.
fn claim_survives(world: &World, node: &Node, proxy: &Proxy, runs: &[Occurrence]) -> bool {
    let terms = world.terms_with_log(60.0);
    let answer = node.try_claim_many(runs, &terms);
    let has_lost = proxy.has_lost();
    if let Ok(won) = answer {
        assert_eq!(won, [true, true], "{runs:?}");
    } else {
        assert!(has_lost);
        if is_written(world, &runs[0]) {
            assert_eq!(world.node().claim_many(runs, &terms), [false, false]);
        }
        let won = node.claim_many(runs, &later(&terms));
        assert_eq!(won, [true, true], "{runs:?}");
    }
    assert_eq!(world.node().claim_many(runs, &terms), [false, false]);
    assert_eq!(node.claim_many(runs, &terms), [false, false]);
    has_lost
}

/// The next try comes with the next tick.
fn later(terms: &Terms) -> Terms {
    let mut terms = terms.clone();
    if let Some(log) = &mut terms.log {
        log.dispatched_at += 5;
    }
    terms
}

fn is_written(world: &World, run: &Occurrence) -> bool {
    if let Place::Redis { .. } = world.place {
        return false;
    }
    let count = format!(
        "SELECT count(*) FROM kaal_dispatches WHERE \"key\" = '{}'",
        run.key
    );
    world.plain().number(&count) > 0
}
