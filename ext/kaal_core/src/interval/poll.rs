//! Allora's way: the store has the next run of each job, and who moves it runs the job.

use std::future::Future;

use crate::Result;

/// What a node asks about all its jobs at once.
#[derive(Debug, Clone)]
pub struct Poll {
    /// Before the keys.
    pub prefix: Vec<u8>,
    /// Who asks.
    pub poller: String,
    /// Which of its polls that is: the same one until an answer has been heard.
    pub turn: u64,
    /// The node's time, in unix seconds.
    pub now: i64,
    /// How long a next run is kept that has been moved, in seconds; `None`: for ever.
    pub ttl: Option<u64>,
    /// The name of each job, and when it runs after `now`, in unix seconds.
    pub jobs: Vec<(Vec<u8>, i64)>,
    /// What becomes of jobs whose next run nobody knows.
    pub absent: Absent,
}

/// What becomes of jobs whose next run the store does not have.
#[derive(Debug, Clone)]
pub enum Absent {
    /// They are named in the answer.
    Tell,
    /// As [`Absent::Tell`], and the jobs of this poll are made such, unless anybody has polled in the
    /// last so many seconds.
    Reset(i64),
    /// These are their next runs, in unix seconds, in the order of the jobs.
    Set(Vec<i64>),
}

/// What a poll gives. Where there are `absent` ones, nothing was moved and no poll noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// When anybody polled before, in unix seconds; `None`: nobody has.
    pub last_run: Option<i64>,
    /// Whether the jobs were reset, where that was asked for.
    pub is_reset: bool,
    /// The places of the jobs that this node is to run.
    pub taken: Vec<usize>,
    /// The places of the jobs whose next run is to be set.
    pub absent: Vec<usize>,
}

/// A store that nodes poll.
pub trait Polls {
    /// Notes that `poll.now` is the last poll, and moves the next run of each job whose time has come:
    /// only one node does.
    ///
    /// # Errors
    ///
    /// A store error. What was moved unnoticed is in the answer to the same poller's next try of this turn, if
    /// that comes within a day.
    fn poll(&self, poll: &Poll) -> impl Future<Output = Result<Polled>> + Send;
}
