//! A Redis that has no memory left: nothing is added, and what there is is run, for that is what makes room.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use kaal_core::queue::{NewJob, Outcome};

use crate::node::{Look, Node, job, named, options, wait_until};
use crate::servers::Redis;

#[test]
fn a_redis_that_is_full_takes_no_jobs_and_gives_all() {
    let redis = Redis::start();
    let mut look = Look::at(redis.port, "full");
    let adding = Node::idle(redis.port, options("full"));
    adding.add((0..20).map(|_| job("ready")).collect());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    adding.add(vec![NewJob {
        due: Some(now.as_secs_f64() + 0.5),
        ..named("delayed")
    }]);
    let _: usize = look.ask("HSET", "jobs", &["recovered", "{}"]);
    let _: usize = look.ask("LPUSH", "processing:gone:pending", &["recovered"]);
    let _: usize = look.ask("SADD", "servers", &["gone"]);
    look.set("maxmemory", "1");
    for new in [job("x"), named("x")] {
        let refused = adding.wait(adding.queue.enqueue(vec![new])).unwrap_err();
        assert!(refused.to_string().contains("memory"), "{refused}");
    }
    assert_eq!(look.payloads(), 22);

    let node = Node::start(redis.port, options("full"));
    let mut done = HashSet::new();
    while done.len() < 22 {
        for job in node.take(5) {
            if job.attempt == 1 {
                node.settle(&job, Outcome::Retry(std::time::Duration::ZERO));
            } else {
                node.settle(&job, Outcome::Done);
                done.insert(job.id);
            }
        }
    }
    wait_until("all to be told", || look.payloads() == 0);
    look.set("maxmemory", "0");
    node.stop();
}
