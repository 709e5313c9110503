//! Claims leave nothing behind but their records.

use std::time::Duration;

use crate::plain::Plain;
use crate::stores::{Place, World, run, wait_until};

on_each!(shared: thousands_of_claims_leave_no_leases);

const CLAIMS: usize = 20_000;
const BATCH: usize = 100;
const FEW: i64 = 50;

fn thousands_of_claims_leave_no_leases(world: &World) {
    let node = world.node();
    let terms = world.terms_with_log(1.0);
    for batch in 0..CLAIMS / BATCH {
        let runs = (0..BATCH).map(|number| run(&format!("job {batch} {number}")));
        let won = node.claim_many(&runs.collect::<Vec<_>>(), &terms);
        assert_eq!(won, [true; BATCH]);
    }
    wait_until(Duration::from_secs(5), || {
        // Rows are deleted by those that come after.
        node.acquire_many(&world.keys(20), 0.001);
        leases(world) <= FEW
    });
}

fn leases(world: &World) -> i64 {
    if let Place::Redis { port } = &world.place {
        let url = format!("redis://127.0.0.1:{port}");
        let mut plain = redis::Client::open(url).unwrap().get_connection().unwrap();
        let pattern = format!("{}:dispatch:*", world.namespace);
        let found: Vec<String> = redis::cmd("KEYS").arg(pattern).query(&mut plain).unwrap();
        return i64::try_from(found.len()).unwrap();
    }
    let mut plain = world.plain();
    match (&world.place, world.is_session()) {
        (Place::Postgres { .. }, true) => advisory_locks(&mut plain),
        (Place::Mariadb { .. }, true) => (0..CLAIMS / BATCH)
            .map(|batch| is_used(&mut plain, &run(&format!("job {batch} 0")), world))
            .sum(),
        _ => plain.number("SELECT count(*) FROM kaal_locks"),
    }
}

pub fn advisory_locks(plain: &mut Plain) -> i64 {
    plain.number(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
}

fn is_used(plain: &mut Plain, run: &kaal_core::key::Occurrence, world: &World) -> i64 {
    let key = run.lock_key(&world.namespace);
    let name = std::str::from_utf8(key.as_bytes()).unwrap();
    plain.number(&format!("SELECT IS_USED_LOCK('{name}') IS NOT NULL"))
}
