//! Intervals on Redis. Kaal's: the hash `<namespace>:intervals`, of `<unix seconds> <holder>` by cron key.
//! Allora's: `<prefix>_job_<name>`, the next run in unix seconds, and `<prefix>_last_run`, the last poll; and
//! of a node of ours `<prefix>_taken_<poller>`, what it took the last time.

use redis::{FromRedisValue, ParsingError, Value};

use super::Redis;
use super::scripts::of_each;
use crate::interval::{Absent, Intervals, Poll, Polled, Polls};
use crate::key::Occurrence;
use crate::{Error, Result};

/// How many runs a script goes through: about a millisecond's work, for others have to wait meanwhile.
const CHUNK: usize = 500;

impl Intervals for Redis {
    async fn advance(
        &self,
        namespace: &str,
        holder: &str,
        runs: &[Occurrence],
    ) -> Result<Vec<bool>> {
        let script = &self.scripts.advance;
        let key = format!("{namespace}:intervals");
        let mut advanced = Vec::with_capacity(runs.len());
        for runs in runs.chunks(CHUNK) {
            let pairs: Vec<String> = runs
                .iter()
                .flat_map(|run| [run.key.clone(), run.fire_time.to_string()])
                .collect();
            let mut arguments = vec![holder.as_bytes()];
            arguments.extend(pairs.iter().map(String::as_bytes));
            let call = script.call(&[key.as_bytes()], &arguments);
            let answers: Vec<bool> = script.run_one(&self.connections, call).await?;
            advanced.extend(of_each(answers, runs.len())?);
        }
        Ok(advanced)
    }
}

/// In one call, however many jobs there are. It may be sent twice: the second one hears what the first did.
impl Polls for Redis {
    async fn poll(&self, poll: &Poll) -> Result<Polled> {
        let keys = keys(poll);
        let arguments = arguments(poll);
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let arguments: Vec<&[u8]> = arguments.iter().map(String::as_bytes).collect();
        let call = self.scripts.poll.call(&keys, &arguments);
        let polled: Polled = self.scripts.poll.run_one(&self.connections, call).await?;
        let places = || polled.taken.iter().chain(&polled.absent);
        match places().find(|place| **place >= poll.jobs.len()) {
            None => Ok(polled),
            Some(place) => Err(Error::store(format!(
                "Redis named job {place}, which was not asked about"
            ))),
        }
    }
}

fn keys(poll: &Poll) -> Vec<Vec<u8>> {
    let key = |kind: &[u8], name: &[u8]| [poll.prefix.as_slice(), kind, name].concat();
    let jobs = poll.jobs.iter().map(|(name, _)| key(b"_job_", name));
    let taken = key(b"_taken_", poll.poller.as_bytes());
    [key(b"_last_run", b""), taken]
        .into_iter()
        .chain(jobs)
        .collect()
}

/// As the script wants them.
fn arguments(poll: &Poll) -> Vec<String> {
    let (absent, first_runs) = match &poll.absent {
        Absent::Tell => ("tell".to_owned(), [].as_slice()),
        Absent::Reset(seconds) => (seconds.to_string(), [].as_slice()),
        Absent::Set(first_runs) => ("set".to_owned(), first_runs.as_slice()),
    };
    let ttl = poll.ttl.map(|ttl| ttl.to_string()).unwrap_or_default();
    let next_runs = poll.jobs.iter().map(|(_, next_run)| next_run);
    [poll.now.to_string(), ttl, absent, poll.turn.to_string()]
        .into_iter()
        .chain(next_runs.chain(first_runs).map(i64::to_string))
        .collect()
}

impl FromRedisValue for Polled {
    fn from_redis_value(value: Value) -> std::result::Result<Self, ParsingError> {
        type Answer = (Option<Vec<u8>>, bool, Vec<usize>, Vec<usize>);
        let (last_run, is_reset, taken, absent) = Answer::from_redis_value(value)?;
        let last_run = last_run.and_then(|text| String::from_utf8(text).ok());
        Ok(Self {
            last_run: last_run.and_then(|text| text.trim().parse().ok()),
            is_reset,
            taken,
            absent,
        })
    }
}
