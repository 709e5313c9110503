//! Servers that die and come back.

use std::time::Duration;

use kaal_core::backend::database::LeaseKind;

use crate::servers::{Mariadb, Postgres, Server};
use crate::stores::{World, run, wait_until};

#[test]
fn postgres_comes_back() {
    let mut postgres = Postgres::start();
    for lease in [LeaseKind::Session, LeaseKind::Table] {
        let world = World::on_postgres(postgres.port, lease);
        survives(&world, &mut postgres.server);
    }
}

#[test]
fn mariadb_comes_back() {
    let mut mariadb = Mariadb::start();
    for lease in [LeaseKind::Session, LeaseKind::Table] {
        let world = World::on_mariadb(mariadb.port, lease);
        survives(&world, &mut mariadb.server);
    }
}

/// Records last, and so do leases in a table; locks of sessions end with the server.
fn survives(world: &World, server: &mut Server) {
    let (one, other) = (world.node(), world.node());
    let [held, next] = ["held", "next"].map(|rest| world.key(rest));
    let terms = world.terms_with_log(60.0);
    assert!(one.claim(&run("a"), &terms));
    assert!(one.acquire(&held, 60.0));
    server.stop();
    assert!(one.try_acquire(&next, 60.0).unwrap_err().is_store());
    assert!(one.try_claim_many(&[run("b")], &terms).is_err());
    server.launch();
    wait_until(Duration::from_secs(5), || {
        one.try_acquire(&next, 60.0).is_ok_and(|won| won)
    });
    assert_eq!(one.claim_many(&["a", "b"].map(run), &terms), [false, true]);
    assert_eq!(
        other.claim_many(&["a", "b"].map(run), &terms),
        [false, false]
    );
    assert!(!one.acquire(&held, 60.0));
    assert_eq!(other.acquire(&held, 60.0), world.is_session());
    assert!(!other.acquire(&next, 60.0));
    let losses = u64::from(world.is_session());
    assert_eq!(one.database().losses(), losses);
}
