//! The dispatch log: what is written, to the byte, and how it is found and deleted.

use kaal_core::backend::database::Filter;
use kaal_core::dispatch::Record;

use crate::plain::Plain;
use crate::stores::{FIRE_TIME, World, postgres_table, redis, run};

on_each!([sqlite postgres_session postgres_table mariadb_session mariadb_table]
    a_claim_writes_the_record_that_kaal_writes
    a_record_of_kaal_06_loses_the_claim
);
on_each!(databases:
    what_is_logged_replaces_what_was
    records_are_found_by_each_of_their_fields
    old_records_are_deleted_and_counted
);

fn a_claim_writes_the_record_that_kaal_writes(world: &World) {
    let (node, mut plain) = (world.node(), world.plain());
    assert!(node.claim(&run("t\u{e9}am:mail \"1'"), &world.terms_with_log(60.0)));
    let columns = "\"key\", fire_time, dispatched_at, node_id, status, created_at, updated_at";
    let found = plain.rows(&format!("SELECT {columns} FROM kaal_dispatches"));
    let mut row: Vec<String> = found[0]
        .iter()
        .map(|value| value.clone().unwrap())
        .collect();
    assert_eq!(row.pop(), row.pop());
    if !world.is_sqlite() {
        row[1].truncate(19); // the server's way to write a time
    }
    row[2].truncate(19); // the fraction is ours
    let expected = [
        "t\u{e9}am:mail \"1'",
        "2023-11-14 22:14:00",
        "2023-11-14 22:14:01",
        "web-1",
        "dispatched",
    ];
    assert_eq!(
        (found.len(), row),
        (1, expected.map(str::to_owned).to_vec())
    );
}

#[test]
fn on_redis_the_record_is_json_that_lives_as_long_as_it_shall() {
    let world = redis();
    let node = world.node();
    assert!(node.claim(&run("team:mail"), &world.terms_with_log(60.0)));
    let url = format!("redis://127.0.0.1:{}", world.port());
    let mut plain = ::redis::Client::open(url)
        .unwrap()
        .get_connection()
        .unwrap();
    let key = format!("{}:cron_dispatch:team:mail:{FIRE_TIME}", world.namespace);
    let json: String = ::redis::cmd("GET").arg(&key).query(&mut plain).unwrap();
    let expected = r#"{"key":"team:mail","fire_time":1700000040,"dispatched_at":1700000041,"node_id":"web-1","status":"dispatched"}"#;
    assert_eq!(json, expected);
    let ttl: i64 = ::redis::cmd("TTL").arg(&key).query(&mut plain).unwrap();
    assert!((604_790..=604_800).contains(&ttl));
}

/// Also where a batch has other runs that are won.
fn a_record_of_kaal_06_loses_the_claim(world: &World) {
    let (node, mut plain) = (world.node(), world.plain());
    insert(&mut plain, &format!("{}:old", world.namespace), FIRE_TIME);
    insert(&mut plain, "foreign:new", FIRE_TIME);
    let terms = world.terms_with_log(60.0);
    let runs = ["old", "new"].map(run);
    assert_eq!(node.claim_many(&runs, &terms), [false, true]);
    assert!(!node.claim(&runs[0], &terms));
    let other = world.node();
    assert!(other.acquire(&runs[0].lock_key(&world.namespace), 60.0));
    assert!(!other.acquire(&runs[1].lock_key(&world.namespace), 60.0));
}

fn insert(plain: &mut Plain, key: &str, fire_time: i64) {
    let at = jiff::Timestamp::from_second(fire_time).unwrap();
    let at = at.strftime("%Y-%m-%d %H:%M:%S");
    plain.run(&format!(
        "INSERT INTO kaal_dispatches (\"key\", fire_time, dispatched_at, node_id, status, created_at, updated_at) \
         VALUES ('{key}', '{at}', '{at}', 'old', 'dispatched', '{at}', '{at}')"
    ));
}

fn record(key: &str, minute: i64, node_id: &str, status: &str) -> Record {
    let fire_time = FIRE_TIME + 60 * minute;
    Record {
        key: key.into(),
        fire_time,
        dispatched_at: fire_time + 1,
        node_id: node_id.into(),
        status: status.into(),
    }
}

fn log(world: &World, records: &[Record]) {
    let node = world.node();
    node.wait(node.database().log_many(records)).unwrap();
}

fn find(world: &World, filter: Filter) -> Vec<Record> {
    let node = world.node();
    let namespace = world.namespace.clone();
    let filter = Filter {
        namespace,
        ..filter
    };
    node.wait(node.database().dispatches(filter)).unwrap()
}

fn what_is_logged_replaces_what_was(world: &World) {
    let [first, second, third] = [0, 1, 2].map(|minute| record("a", minute, "web-1", "dispatched"));
    log(world, &[first.clone(), second.clone()]);
    let failed = record("a", 0, "web-2", Record::FAILED);
    log(world, &[third.clone(), first, failed.clone()]);
    log(world, &[]);
    assert_eq!(find(world, Filter::default()), [third, second, failed]);
    let long = record(&"k".repeat(256), 0, "web-1", "dispatched");
    let node = world.node();
    let refused = node.wait(node.database().log_many(&[long])).unwrap_err();
    assert!(refused.is_argument());
}

fn records_are_found_by_each_of_their_fields(world: &World) {
    let prefixed = format!("{}:a", world.namespace);
    let records = [
        record("A", 4, "web-1", "dispatched"),
        record("a", 3, "web-1", "dispatched"),
        record("b", 2, "web-1", Record::FAILED),
        record("a", 1, "web-2", "dispatched"),
        record(&prefixed, 0, "web-2", Record::FAILED),
    ];
    log(world, &records);
    let places = |filter| {
        let found = find(world, filter);
        let place = |found: &Record| records.iter().position(|record| record == found).unwrap();
        found.iter().map(place).collect::<Vec<_>>()
    };
    let any = Filter::default;
    assert_eq!(places(any()), [0, 1, 2, 3, 4]);
    let key = Some("a".to_owned());
    assert_eq!(
        places(Filter {
            key: key.clone(),
            ..any()
        }),
        [1, 3, 4]
    );
    let fire_time = Some(FIRE_TIME + 60);
    assert_eq!(places(Filter { fire_time, ..any() }), [3]);
    let node_id = Some("web-2".to_owned());
    assert_eq!(
        places(Filter {
            node_id: node_id.clone(),
            ..any()
        }),
        [3, 4]
    );
    let status = Some("failed".to_owned());
    assert_eq!(
        places(Filter {
            status: status.clone(),
            ..any()
        }),
        [2, 4]
    );
    let filter = Filter {
        key,
        node_id,
        status,
        fire_time: Some(FIRE_TIME),
        ..any()
    };
    assert_eq!(places(filter), [4]);
}

fn old_records_are_deleted_and_counted(world: &World) {
    let records: Vec<_> = (0..2_510)
        .map(|minute| record("a", minute, "web-1", "dispatched"))
        .collect();
    log(world, &records);
    let node = world.node();
    let before = FIRE_TIME + 60 * 2_500;
    let delete = || {
        node.wait(node.database().delete_dispatches_before(before))
            .unwrap()
    };
    assert_eq!((delete(), delete()), (2_500, 0));
    let left: Vec<i64> = find(world, Filter::default())
        .iter()
        .map(|left| left.fire_time)
        .collect();
    assert_eq!((left.len(), left[9]), (10, before));
}

#[test]
fn no_statement_deletes_more_than_a_thousand_records() {
    let world = postgres_table();
    let mut plain = world.plain();
    plain.run(
        "CREATE TABLE deletions (rows bigint); GRANT ALL ON deletions TO kaal;
         CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS
           'BEGIN INSERT INTO deletions SELECT count(*) FROM gone; RETURN NULL; END';
         CREATE TRIGGER counted AFTER DELETE ON kaal_dispatches
           REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_rows()",
    );
    old_records_are_deleted_and_counted(&world);
    assert_eq!(plain.number("SELECT max(rows) FROM deletions"), 1_000);
    assert_eq!(plain.number("SELECT sum(rows) FROM deletions"), 2_500);
}
