//! A queue of jobs on Redis, on the keys of `Async::Job`'s Redis processor, so that nodes of both kinds share it.
//!
//! A job is in one place at a time: ready, delayed, dead, or pending at the server that has taken it. It moves
//! as a whole, in a script or a transaction, so whatever dies in between, it is somewhere. A server that has taken
//! a job has a lease on it, which lasts as long as the server's heartbeat does and carries a fencing token: an
//! outcome counts only under the token that the job was taken with, and only while it is pending there. What is
//! pending at a server whose heartbeat has ended goes back among the ready ones; what is pending here and not known
//! here, because the answer got lost, is taken again.
//!
//! [`Queue::keep`] does all this on one thread: it beats, moves delayed jobs, recovers, takes what is wanted and
//! tells outcomes. Those that run jobs only meet it at the [`desk`].

mod backoff;
mod dead;
mod delayed;
mod desk;
mod enqueue;
mod fetch;
mod heartbeat;
mod job;
mod keys;
mod options;
mod pace;
mod recovery;
mod scripts;
mod settle;
mod status;

use std::sync::Mutex;
use std::time::{Duration, Instant};

pub use backoff::Backoff;
pub use dead::DeadJob;
pub use desk::Counts;
pub use job::{Job, NewJob, Notice, Outcome, elements};
pub use options::Options;
pub use status::Status;

use crate::Result;
use crate::backend::redis;
use crate::backend::redis::connection::{Connections, store_error};
use crate::backend::redis::link::check;
use crate::lease::Tokens;
use desk::Desk;
use keys::Keys;
use scripts::Scripts;
use tokio::sync::{Notify, watch};

/// How many ids a script goes through: about a millisecond's work, for others have to wait meanwhile.
const CHUNK: usize = 1_000;

/// How many bytes of payloads a script moves, but for one that is larger by itself.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// From how many attempts on jobs are taken before they are wanted: one that lies at a server that dies has lost one.
const EARLY_ATTEMPTS: u32 = 10;

/// How long Redis holds a request that waits for something. It is also for how long a server that died with
/// its machine may still be given a job, which then is recovered.
const BLOCK: Duration = Duration::from_secs(2);

/// One server of a queue, or a client that only adds jobs.
pub struct Queue {
    id: String,
    keys: Keys,
    options: Options,
    commands: Connections,
    /// Connections whose requests wait in Redis.
    blocking: Connections,
    scripts: Scripts,
    desk: Desk,
    tokens: Mutex<Tokens>,
    /// There may be a delayed job that is due earlier than was known.
    delayed_earlier: Notify,
    failing: Failing,
    kept: watch::Sender<bool>,
    started: Instant,
}

impl Queue {
    /// A queue on the Redis that `redis` describes; does not connect yet.
    ///
    /// # Errors
    ///
    /// An argument error when the options contradict each other or a certificate cannot be read.
    pub fn new(redis: redis::Options, options: Options) -> Result<Self> {
        check(&redis)?;
        let mut patient = redis.clone();
        patient.response_timeout = redis.response_timeout.saturating_add(BLOCK);
        let early = options.max_attempts >= EARLY_ATTEMPTS;
        let mut tokens = Tokens::default();
        Ok(Self {
            id: tokens.take().to_string(),
            keys: Keys::new(&options.prefix),
            options,
            commands: Connections::following(redis.into()),
            blocking: Connections::following(patient.into()),
            scripts: Scripts::new(),
            desk: Desk::new(early),
            tokens: Mutex::new(tokens),
            delayed_earlier: Notify::new(),
            failing: Failing::default(),
            kept: watch::Sender::new(false),
            started: Instant::now(),
        })
    }

    /// The name of this server, in this process.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How this queue works.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Serves until [`Queue::close`] was called and all outcomes are told. Without it nothing is taken.
    pub async fn keep(&self) {
        self.kept.send_replace(true);
        Box::pin(self.serve()).await; // it is large
        self.kept.send_replace(false);
    }

    /// Ends when nobody keeps it.
    pub async fn left(&self) {
        // It fails when the sender is gone, which is here.
        let _ = self.kept.subscribe().wait_for(|kept| !kept).await;
    }

    async fn serve(&self) {
        if !self.begin_beating().await {
            return;
        }
        let serving = async {
            tokio::join!(
                self.beat(),
                self.move_delayed(),
                self.listen(),
                self.recover()
            )
        };
        let working = async { tokio::join!(self.feed(), self.settle_all()) };
        let is_sure = tokio::select! {
            _ = serving => false,
            (is_sure, ()) = working => is_sure,
        };
        self.leave(is_sure).await;
    }

    /// Up to `most` jobs, as soon as there is one; `None`: closed.
    pub async fn take(&self, most: usize) -> Option<Vec<Job>> {
        self.desk.take(most).await
    }

    /// As [`Queue::take`], of what has come already; may be none.
    pub fn try_take(&self, most: usize) -> Option<Vec<Job>> {
        self.desk.try_take(most)
    }

    /// Notes what became of a job, and has Redis told soon. False where it is not this server's any more.
    pub fn settle(&self, id: Vec<u8>, token: u64, outcome: Outcome) -> bool {
        self.desk.settle(id, token, outcome)
    }

    /// What comes of a failed attempt: another one after a pause, or none.
    pub fn after_failure(&self, attempt: u32, reason: String) -> Outcome {
        if attempt >= self.options.max_attempts {
            Outcome::Dead(reason)
        } else {
            Outcome::Retry(self.options.backoff.after(attempt))
        }
    }

    /// Takes no more jobs, and gives back those that nobody has begun.
    pub fn close(&self) {
        self.desk.close();
    }

    /// Gives back all jobs that have no outcome yet.
    pub fn abandon(&self) {
        self.desk.abandon();
    }

    /// What this process has done.
    pub fn counts(&self) -> Counts {
        self.desk.counts()
    }

    /// What the app should hear of, since it was asked last.
    pub fn notices(&self) -> Vec<Notice> {
        self.desk.notices()
    }

    async fn query<T: ::redis::FromRedisValue>(&self, cmd: &::redis::Cmd) -> Result<T> {
        let answer = self.commands.send(cmd).await;
        answer.map_err(|error| store_error(&error))
    }

    /// Notes whether Redis works, for the app to hear of it when that changes.
    fn heard<T>(&self, result: &Result<T>) {
        if let Some(notice) = self.failing.note(result) {
            self.desk.notice(notice);
        }
    }
}

/// Whether Redis fails, as far as the last request of any loop knew.
#[derive(Default)]
struct Failing(std::sync::atomic::AtomicBool);

impl Failing {
    fn note<T>(&self, result: &Result<T>) -> Option<Notice> {
        let fails = result.is_err();
        let failed = self.0.swap(fails, std::sync::atomic::Ordering::Relaxed);
        match result {
            Err(error) if !failed => Some(Notice::Failing(error.to_string())),
            Ok(_) if failed => Some(Notice::Working),
            _ => None,
        }
    }
}

/// The pause after so many failures in a row.
fn pause(failures: u32) -> Duration {
    match failures {
        0 => Duration::ZERO,
        1 => Duration::from_millis(10),
        2..=5 => Duration::from_millis(100),
        _ => Duration::from_millis(500),
    }
}
