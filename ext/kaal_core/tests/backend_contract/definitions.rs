//! Definitions: compared before they are replaced, and read whoever wrote them.

use std::sync::Barrier;
use std::thread;

use kaal_core::definition::{Definition, Draft};

use crate::node::Node;
use crate::stores::World;

on_each!(databases:
    a_definition_is_replaced_only_as_it_was_read
    a_definition_is_removed_once
    of_two_who_insert_one_wins
    of_those_who_replace_one_wins
    definitions_come_by_key
    metadata_is_read_whoever_wrote_it
    times_are_read_as_rails_writes_them
    keys_that_differ_in_case_are_different
);

fn definition(key: &str, cron: &str, enabled: bool) -> Definition {
    let draft = Draft {
        key: key.into(),
        cron: cron.into(),
        enabled,
        source: "code".into(),
        metadata: "{\"owner\":\"op's \u{e9} \u{1f980}\"}".into(),
    };
    let now = "2026-01-02T03:04:05.678901Z".parse().unwrap();
    Definition::upserted(None, draft, now)
}

fn replace(node: &Node, before: Option<&Definition>, after: &Definition) -> bool {
    let before = before.map(Definition::to_json);
    let replace = node.database().replace_definition(before, after.clone());
    node.wait(replace).unwrap()
}

fn read(node: &Node, key: Option<&str>) -> Vec<Definition> {
    node.wait(node.database().definitions(key)).unwrap()
}

fn a_definition_is_replaced_only_as_it_was_read(world: &World) {
    let node = world.node();
    let first = definition("job", "* * * * *", false);
    let second = definition("job", "@daily", true);
    assert!(!replace(&node, Some(&first), &second));
    assert!(read(&node, Some("job")).is_empty());
    assert!(replace(&node, None, &first));
    assert!(!replace(&node, None, &second));
    assert!(!replace(&node, Some(&second), &second));
    let stored = read(&node, Some("job")).remove(0);
    assert_eq!(stored.to_json(), first.to_json());
    assert_eq!(
        (stored.created_at, stored.disabled_at),
        (first.created_at, first.disabled_at)
    );
    assert!(stored.disabled_at.is_some());
    // The second is true, its fraction random: each change makes another version.
    let seconds = |definition: &Definition| definition.updated_at.map(jiff::Timestamp::as_second);
    assert_eq!(seconds(&stored), seconds(&first));
    let version = |node: &Node| node.wait(node.database().definitions_version()).unwrap();
    let before = version(&node);
    assert!(replace(&node, Some(&first), &second));
    assert_ne!(version(&node), before);
    let stored = read(&node, Some("job")).remove(0);
    assert_eq!(stored.to_json(), second.to_json());
    let long = definition(&"k".repeat(256), "@daily", true);
    let refused = node.wait(node.database().replace_definition(None, long));
    assert!(refused.unwrap_err().is_argument());
}

fn a_definition_is_removed_once(world: &World) {
    let node = world.node();
    let stored = definition("job", "@daily", true);
    assert!(replace(&node, None, &stored));
    let remove = || node.wait(node.database().remove_definition("job")).unwrap();
    assert_eq!(remove().unwrap().to_json(), stored.to_json());
    assert!(remove().is_none());
}

/// Each of two nodes tries; how often one won.
fn race(world: &World, work: impl Fn(&Node, usize, usize) -> bool + Sync) -> usize {
    const ROUNDS: usize = 50;
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let racer = |number| {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                let node = world.node();
                read(&node, None);
                let round = |round| {
                    start.wait();
                    work(&node, number, round)
                };
                (0..ROUNDS).map(round).collect::<Vec<bool>>()
            })
        };
        let [one, other] = [racer(0), racer(1)].map(|racer| racer.join().unwrap());
        assert!(std::iter::zip(&one, &other).all(|(one, other)| one != other));
        one.len()
    })
}

fn of_two_who_insert_one_wins(world: &World) {
    let rounds = race(world, |node, number, round| {
        let cron = ["@daily", "@hourly"][number];
        replace(node, None, &definition(&format!("job {round}"), cron, true))
    });
    assert_eq!(read(&world.node(), None).len(), rounds);
}

fn of_those_who_replace_one_wins(world: &World) {
    let cron = |round: usize, number: usize| format!("{number} {} * * *", round % 24);
    let first = definition("job", "@daily", true);
    assert!(replace(&world.node(), None, &first));
    let met = Barrier::new(2);
    race(world, |node, number, round| {
        let stored = read(node, Some("job")).remove(0);
        met.wait();
        replace(
            node,
            Some(&stored),
            &definition("job", &cron(round, number), true),
        )
    });
}

fn definitions_come_by_key(world: &World) {
    let node = world.node();
    for key in ["c", "a", "b"] {
        assert!(replace(&node, None, &definition(key, "@daily", true)));
    }
    let keys: Vec<String> = read(&node, None).into_iter().map(|read| read.key).collect();
    assert_eq!(keys, ["a", "b", "c"]);
    assert_eq!(read(&node, Some("b")).len(), 1);
    assert!(read(&node, Some("d")).is_empty());
}

/// As any version of Kaal does.
fn insert(world: &World, key: &str, metadata: &str) {
    world.plain().run(&format!(
        "INSERT INTO kaal_definitions (\"key\", cron, enabled, source, metadata, disabled_at, created_at, updated_at) \
         VALUES ('{key}', '@daily', FALSE, 'file', '{metadata}', '2026-01-01 00:00:00.000001', \
         '2026-01-01 00:00:00.123456', '2026-01-02 00:00:00')"
    ));
}

fn metadata_is_read_whoever_wrote_it(world: &World) {
    // In a string of MySQL a backslash is one only when it is doubled.
    let twice = if world.is_mariadb() {
        r#""{\\"a\\":1}""#
    } else {
        r#""{\"a\":1}""#
    };
    for (key, written, read_as) in [
        ("object", r#"{"a":1}"#, r#"{"a":1}"#),
        ("string", twice, r#"{"a":1}"#),
        ("list", "[1]", "{}"),
    ] {
        insert(world, key, written);
        assert_eq!(read(&world.node(), Some(key))[0].metadata, read_as, "{key}");
    }
}

fn times_are_read_as_rails_writes_them(world: &World) {
    insert(world, "job", "{}");
    let node = world.node();
    let stored = read(&node, Some("job")).remove(0);
    let at = |text: &str| Some(text.parse().unwrap());
    assert_eq!(stored.disabled_at, at("2026-01-01T00:00:00.000001Z"));
    assert_eq!(stored.created_at, at("2026-01-01T00:00:00.123456Z"));
    assert_eq!(stored.updated_at, at("2026-01-02T00:00:00Z"));
    assert_eq!((stored.enabled, stored.source.as_str()), (false, "file"));
    let enabled = stored.clone().switched(true, stored.updated_at.unwrap());
    assert!(replace(&node, Some(&stored), &enabled));
    let found = read(&node, Some("job")).remove(0);
    assert_eq!((found.enabled, found.disabled_at), (true, None));
    assert_eq!(found.created_at, stored.created_at);
}

fn keys_that_differ_in_case_are_different(world: &World) {
    let node = world.node();
    for key in ["Job", "job", "j\u{f3}b", "job "] {
        assert!(replace(&node, None, &definition(key, "@daily", true)));
    }
    assert_eq!(read(&node, Some("job")).len(), 1);
    assert_eq!(read(&node, None).len(), 4);
}
