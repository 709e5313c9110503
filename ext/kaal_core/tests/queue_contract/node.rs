//! A server of a queue with a thread that keeps it, and a plain connection to look at what is there.

use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use kaal_core::backend::redis::{Address, Options as RedisOptions};
use kaal_core::queue::{Backoff, Job, NewJob, Options, Outcome, Queue};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::servers;

/// As short as a lease may be that outlasts what a busy machine does.
pub const LEASE: Duration = Duration::from_millis(600);

/// The Redis of all tests that do not stop it.
pub fn shared() -> u16 {
    static REDIS: OnceLock<servers::Redis> = OnceLock::new();
    REDIS.get_or_init(servers::Redis::start).port
}

pub fn options(prefix: &str) -> Options {
    let mut options = Options::new(prefix).unwrap();
    options.lease = LEASE;
    options.backoff = Backoff {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(100),
    };
    options
}

pub fn job(payload: &str) -> NewJob {
    NewJob {
        id: None,
        due: None,
        payload: payload.into(),
    }
}

pub fn named(id: &str) -> NewJob {
    NewJob {
        id: Some(id.into()),
        ..job("{}")
    }
}

pub struct Node {
    pub queue: Arc<Queue>,
    runtime: Arc<Runtime>,
    keeper: Option<(JoinHandle<()>, Arc<Notify>)>,
}

impl Node {
    /// One that adds jobs and takes none.
    pub fn idle(port: u16, options: Options) -> Self {
        let redis = RedisOptions::at(Address::Tcp("127.0.0.1".into(), port));
        Self {
            queue: Arc::new(Queue::new(redis, options).unwrap()),
            runtime: Arc::new(Builder::new_current_thread().enable_all().build().unwrap()),
            keeper: None,
        }
    }

    pub fn start(port: u16, options: Options) -> Self {
        let mut node = Self::idle(port, options);
        let (queue, runtime) = (Arc::clone(&node.queue), Arc::clone(&node.runtime));
        let death = Arc::new(Notify::new());
        let its_death = Arc::clone(&death);
        let keep = async move {
            tokio::select! {
                () = queue.keep() => {}
                () = its_death.notified() => {}
            }
        };
        let keeper = thread::spawn(move || runtime.block_on(keep));
        node.keeper = Some((keeper, death));
        node
    }

    /// Dies without a word.
    pub fn kill(mut self) {
        let (keeper, death) = self.keeper.take().unwrap();
        death.notify_one();
        keeper.join().unwrap();
    }

    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub fn add(&self, jobs: Vec<NewJob>) {
        self.wait(self.queue.enqueue(jobs)).unwrap();
    }

    /// At least one.
    pub fn take(&self, most: usize) -> Vec<Job> {
        let taken = self.take_within(most, Duration::from_secs(10));
        assert!(!taken.is_empty(), "waited 10 s in vain for a job");
        taken
    }

    /// None after that time.
    pub fn take_within(&self, most: usize, patience: Duration) -> Vec<Job> {
        let taken = async { tokio::time::timeout(patience, self.queue.take(most)).await };
        self.wait(taken).ok().flatten().unwrap_or_default()
    }

    pub fn settle(&self, job: &Job, outcome: Outcome) -> bool {
        self.queue.settle(job.id.clone(), job.token, outcome)
    }

    pub fn stop(mut self) {
        self.queue.close();
        self.queue.abandon();
        if let Some((keeper, _)) = self.keeper.take() {
            keeper.join().unwrap();
        }
    }
}

/// What is in Redis.
pub struct Look {
    connection: redis::Connection,
    prefix: String,
}

impl Look {
    pub fn at(port: u16, prefix: &str) -> Self {
        let client = redis::Client::open(("127.0.0.1", port)).unwrap();
        Self {
            connection: client.get_connection().unwrap(),
            prefix: prefix.into(),
        }
    }

    pub fn ask<T: redis::FromRedisValue>(&mut self, command: &str, key: &str, rest: &[&str]) -> T {
        let key = format!("{}:{key}", self.prefix);
        let mut cmd = redis::cmd(command);
        cmd.arg(key).arg(rest).query(&mut self.connection).unwrap()
    }

    /// Changes how Redis works.
    pub fn set(&mut self, setting: &str, value: &str) {
        let mut cmd = redis::cmd("CONFIG");
        cmd.arg("SET").arg(setting).arg(value);
        cmd.query::<()>(&mut self.connection).unwrap();
    }

    pub fn ready(&mut self) -> usize {
        self.ask("LLEN", "ready", &[])
    }

    pub fn payloads(&mut self) -> usize {
        self.ask("HLEN", "jobs", &[])
    }

    pub fn pending(&mut self, node: &Node) -> usize {
        self.ask(
            "LLEN",
            &format!("processing:{}:pending", node.queue.id()),
            &[],
        )
    }
}

pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(15);
    while !condition() {
        assert!(Instant::now() < limit, "waited in vain for {what}");
        sleep(Duration::from_millis(5));
    }
}
