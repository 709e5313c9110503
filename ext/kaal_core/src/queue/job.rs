//! A job that was taken, and what becomes of it.

use std::time::Duration;

/// A job that this server has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name; a UUID unless the app gave another.
    pub id: Vec<u8>,
    /// The fencing token: of two holders the later one has the higher number.
    pub token: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// What a coder made of it.
    pub payload: Vec<u8>,
}

/// A job to be added.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// `None`: a UUID. A job whose id is taken is not added again.
    pub id: Option<Vec<u8>>,
    /// When it is due, in unix seconds; `None`: now.
    pub due: Option<f64>,
    /// What a coder made of it.
    pub payload: Vec<u8>,
}

/// What became of a job that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and deleted.
    Done,
    /// It is to be tried again after a pause.
    Retry(Duration),
    /// It is not tried again, for this reason.
    Dead(String),
    /// It was not begun, or was cut short through no fault of its own: the attempt does not count.
    Back,
}

/// What the app should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The job's lease had ended before its outcome was written down: it is run by somebody else.
    Lost(Vec<u8>),
    /// The job went among the dead without having been run, for this reason.
    Dead(Vec<u8>, String),
    /// So many jobs of a server that is gone are ready again.
    Recovered(String, usize),
    /// Redis fails, with this message.
    Failing(String),
    /// Redis works again.
    Working,
}
