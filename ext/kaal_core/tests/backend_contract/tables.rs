//! Tables that others made: those of Kaal 0.6 have no `created_at` and `updated_at` on leases and records,
//! and metadata as text.

use kaal_core::backend::database::Filter;
use kaal_core::definition::{Definition, Draft};

use crate::stores::{World, run};

on_each!([sqlite postgres_table] leases_go_into_tables_of_kaal_06);
on_each!([sqlite postgres_session postgres_table mariadb_session] claims_go_into_tables_of_kaal_06);
on_each!(databases:
    definitions_go_into_tables_of_kaal_06
    creating_the_tables_again_changes_nothing
);
on_each!([postgres_session postgres_table mariadb_session mariadb_table]
    a_missing_table_is_named_with_its_cure
);

fn as_kaal_06(world: &World) {
    let mut plain = world.plain();
    for table in ["kaal_locks", "kaal_dispatches"] {
        for column in ["created_at", "updated_at"] {
            plain.run(&format!("ALTER TABLE {table} DROP COLUMN {column}"));
        }
    }
    if world.is_mariadb() {
        plain.run("ALTER TABLE kaal_definitions MODIFY metadata text NOT NULL");
    } else if !world.is_sqlite() {
        plain.run(
            "ALTER TABLE kaal_definitions ALTER metadata DROP DEFAULT, ALTER metadata TYPE text",
        );
    }
}

fn leases_go_into_tables_of_kaal_06(world: &World) {
    as_kaal_06(world);
    let (one, other) = (world.node(), world.node());
    let keys = world.keys(150);
    assert!(one.acquire(&keys[0], 60.0));
    assert!(!other.acquire(&keys[0], 60.0));
    let won = other.acquire_many(&keys, 60.0);
    assert_eq!((won[0], &won[1..]), (false, &[true; 149][..]));
    assert!(one.release(&keys[0]));
    assert_eq!(other.release_many(&keys)[1..], [true; 149]);
    assert_eq!(one.acquire_many(&keys, 60.0), [true; 150]);
}

fn claims_go_into_tables_of_kaal_06(world: &World) {
    as_kaal_06(world);
    let (one, other) = (world.node(), world.node());
    let (runs, terms) = (["a", "b"].map(run), world.terms_with_log(60.0));
    assert_eq!(one.claim_many(&runs, &terms), [true, true]);
    assert_eq!(other.claim_many(&runs, &terms), [false, false]);
    let database = one.database();
    let found = one.wait(database.dispatches(Filter::default())).unwrap();
    one.wait(database.log_many(&found)).unwrap();
    assert_eq!(found.len(), 2);
}

fn definitions_go_into_tables_of_kaal_06(world: &World) {
    as_kaal_06(world);
    let node = world.node();
    let database = node.database();
    let draft = Draft {
        key: "job".into(),
        cron: "@daily".into(),
        enabled: true,
        source: "code".into(),
        metadata: r#"{"owner":"ops"}"#.into(),
    };
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let definition = Definition::upserted(None, draft, now);
    let replace = database.replace_definition(None, definition.clone());
    assert!(node.wait(replace).unwrap());
    let mut plain = world.plain();
    let written = plain.value("SELECT metadata FROM kaal_definitions");
    assert_eq!(written.as_deref(), Some(r#"{"owner":"ops"}"#));
    // What Kaal 0.2 wrote into a column of text: Ruby's way to show a Hash.
    for inspected in ["{}", r#"{"owner"=>"ops"}"#, "nil", ""] {
        plain.run(&format!(
            "UPDATE kaal_definitions SET metadata = '{inspected}'"
        ));
        let stored = node.wait(database.definitions(Some("job"))).unwrap();
        assert_eq!(stored[0].metadata, "{}", "{inspected}");
    }
}

fn creating_the_tables_again_changes_nothing(world: &World) {
    let node = world.node();
    assert!(node.claim(&run("job"), &world.terms_with_log(60.0)));
    node.wait(node.database().create_tables()).unwrap();
    assert!(!node.claim(&run("job"), &world.terms_with_log(60.0)));
}

fn a_missing_table_is_named_with_its_cure(world: &World) {
    let mut plain = world.plain();
    plain.run("DROP TABLE kaal_dispatches");
    let (one, other) = (world.node(), world.node());
    let (job, terms) = (run("job"), world.terms_with_log(60.0));
    for _ in 0..2 {
        let error = one
            .try_claim_many(std::slice::from_ref(&job), &terms)
            .unwrap_err();
        let message = error.to_string();
        assert!(error.is_store(), "{message}");
        assert!(message.contains("Kaal.create_tables!"), "{message}");
        // What could not be recorded is not held either.
        assert!(other.acquire(&job.lock_key(&world.namespace), 60.0));
        assert!(other.release(&job.lock_key(&world.namespace)));
    }
    one.wait(one.database().create_tables()).unwrap();
    assert!(one.claim(&job, &terms));
    assert!(!other.claim(&job, &terms));
}
