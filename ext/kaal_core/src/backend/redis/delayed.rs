//! Delayed jobs on Redis. The pending ones are those of Kaal 0.6: payloads by job id in the hash
//! `<namespace>:delayed_jobs:payloads`, and when they are due in the sorted set `…:schedule`. What is taken is
//! in `…:claimed`, with the end of its lease in `…:claims` or, given up, with the time of that in `…:failed`
//! and the reason in `…:errors`.

use super::Redis;
use super::scripts::{Lua, of_each};
use crate::delayed::{self, Claimed, Counts, DelayedJobs, Failed, Job, NextDue};
use crate::lease::Ttl;
use crate::{Error, Result};

macro_rules! scripts {
    ($($name:ident $constant:ident $file:literal)*) => {
        $(
            #[doc = concat!("`", $file, "`, which says itself what it takes and answers.")]
            pub const $constant: &str = include_str!(concat!("scripts/", $file));
        )*

        pub(super) struct Scripts {
            $($name: Lua,)*
        }

        impl Scripts {
            pub fn new() -> Self {
                Self {
                    $($name: Lua::new($constant),)*
                }
            }
        }

        /// Each script by its name.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), $constant)),*];
    };
}

scripts! {
    enqueue_job ENQUEUE_JOB "enqueue_job.lua"
    next_due NEXT_DUE "next_due.lua"
    take_jobs TAKE_JOBS "take_jobs.lua"
    extend_jobs EXTEND_JOBS "extend_jobs.lua"
    close_jobs CLOSE_JOBS "close_jobs.lua"
    fail_job FAIL_JOB "fail_job.lua"
    retry_job RETRY_JOB "retry_job.lua"
    discard_job DISCARD_JOB "discard_job.lua"
    pending_jobs PENDING_JOBS "pending_jobs.lua"
    failed_jobs FAILED_JOBS "failed_jobs.lua"
    count_jobs COUNT_JOBS "count_jobs.lua"
}

/// A key of the delayed jobs.
fn key(namespace: &str, name: &str) -> String {
    format!("{namespace}:delayed_jobs:{name}")
}

/// Microseconds as Redis has them in a score, in unix seconds.
#[allow(clippy::cast_precision_loss)] // of times in the thousands of years
pub fn score(micros: i64) -> String {
    format!("{:.6}", micros as f64 / 1e6)
}

/// Reads what [`score`] wrote, or Redis made of it.
#[allow(clippy::cast_possible_truncation)] // it is cut at the ends of time
pub fn micros(score: &str) -> i64 {
    (score.parse::<f64>().unwrap_or_default() * 1e6).round() as i64
}

/// Reads a claim: its name, which ends with the job's id, and `<attempts>:<when it was due>:<payload>`.
pub fn claimed(id: &str, text: &str) -> Claimed {
    let job_id = id.split_once(':').map_or(id, |(_, job_id)| job_id);
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (attempts, run_at) = (part().parse().unwrap_or_default(), micros(part()));
    let (job, flaw) = Job::from_json(job_id, run_at, part());
    Claimed {
        id: id.to_owned(),
        attempts,
        retaken: false,
        job,
        flaw,
    }
}

/// Reads a pending job. What cannot be read of it is found out when it is taken.
pub fn pending(job_id: &str, score: &str, payload: &str) -> Job {
    Job::from_json(job_id, micros(score), payload).0
}

impl Redis {
    async fn run<T: redis::FromRedisValue>(
        &self,
        script: &Lua,
        namespace: &str,
        keys: &[&str],
        arguments: &[&[u8]],
    ) -> Result<T> {
        let keys: Vec<String> = keys.iter().map(|name| key(namespace, name)).collect();
        let keys: Vec<&[u8]> = keys.iter().map(String::as_bytes).collect();
        let call = script.call(&keys, arguments);
        script.run_one(&self.connections, call).await
    }
}

impl DelayedJobs for Redis {
    async fn enqueue(&self, namespace: &str, job: &Job) -> Result<bool> {
        let payload = job.to_json();
        let payload = payload.ok_or_else(|| Error::argument("the arguments are no JSON"))?;
        let due = score(job.run_at);
        let arguments = [job.job_id.as_bytes(), due.as_bytes(), payload.as_bytes()];
        let script = &self.scripts.delayed.enqueue_job;
        self.run(script, namespace, &["payloads", "schedule"], &arguments)
            .await
    }

    async fn next_due(&self, namespace: &str) -> Result<NextDue> {
        let script = &self.scripts.delayed.next_due;
        let keys = ["schedule", "claims"];
        let (due, left): (String, String) = self.run(script, namespace, &keys, &[]).await?;
        let micros_of = |text: &str| (!text.is_empty()).then(|| micros(text));
        Ok(NextDue {
            run_at: micros_of(&due),
            lease_ends_in: micros_of(&left).map(|micros| micros.div_euclid(1000)),
        })
    }

    async fn take(&self, namespace: &str, now: i64, most: usize, ttl: Ttl) -> Result<Vec<Claimed>> {
        let script = &self.scripts.delayed.take_jobs;
        let keys = ["schedule", "payloads", "claims", "claimed"];
        let ttl = ttl.as_millis();
        let arguments = [
            score(now),
            most.to_string(),
            ttl.to_string(),
            delayed::token(),
            delayed::LARGEST.to_string(),
        ];
        let arguments = arguments.each_ref().map(String::as_bytes);
        let taken: Vec<Vec<u8>> = self.run(script, namespace, &keys, &arguments).await?;
        let taken = taken.chunks_exact(3).map(|taken| Claimed {
            retaken: taken[2] == b"1",
            ..claimed(&text(&taken[0]), &text(&taken[1]))
        });
        Ok(delayed::in_order(taken.collect()))
    }

    async fn extend(
        &self,
        namespace: &str,
        ids: &[String],
        ttl: Ttl,
        attempts: Option<u32>,
    ) -> Result<Vec<bool>> {
        let script = &self.scripts.delayed.extend_jobs;
        let attempts = attempts.map_or_else(String::new, |attempts| attempts.to_string());
        let noted = [ttl.as_millis().to_string(), attempts];
        let arguments = noted.iter().chain(ids).map(String::as_bytes);
        let arguments: Vec<&[u8]> = arguments.collect();
        let keys = ["claims", "claimed"];
        let extended = self.run(script, namespace, &keys, &arguments).await?;
        of_each(extended, ids.len())
    }

    async fn close(&self, namespace: &str, ids: &[String]) -> Result<()> {
        let script = &self.scripts.delayed.close_jobs;
        let ids: Vec<&[u8]> = ids.iter().map(String::as_bytes).collect();
        self.run(script, namespace, &["claims", "claimed"], &ids)
            .await
    }

    async fn fail(&self, namespace: &str, id: &str, error: &str, attempts: u32) -> Result<()> {
        let script = &self.scripts.delayed.fail_job;
        let attempts = attempts.to_string();
        let arguments = [id.as_bytes(), error.as_bytes(), attempts.as_bytes()];
        let keys = ["claims", "failed", "errors", "claimed"];
        self.run(script, namespace, &keys, &arguments).await
    }

    async fn pending(&self, namespace: &str, most: usize) -> Result<Vec<Job>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let script = &self.scripts.delayed.pending_jobs;
        let most = most.to_string();
        let keys = ["schedule", "payloads"];
        let found: Vec<Vec<u8>> = self
            .run(script, namespace, &keys, &[most.as_bytes()])
            .await?;
        let found = found.chunks_exact(3);
        let found = found.map(|job| pending(&text(&job[0]), &text(&job[1]), &text(&job[2])));
        Ok(found.collect())
    }

    async fn failed(&self, namespace: &str, most: usize) -> Result<Vec<Failed>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let script = &self.scripts.delayed.failed_jobs;
        let most = most.to_string();
        let keys = ["failed", "errors", "claimed"];
        let found: Vec<Vec<u8>> = self
            .run(script, namespace, &keys, &[most.as_bytes()])
            .await?;
        let found = found.chunks_exact(4).map(|failed| Failed {
            claimed: claimed(&text(&failed[0]), &text(&failed[1])),
            error: text(&failed[2]),
            failed_at: micros(&text(&failed[3])),
        });
        Ok(found.collect())
    }

    async fn retry(&self, namespace: &str, id: &str) -> Result<bool> {
        let script = &self.scripts.delayed.retry_job;
        let keys = ["claims", "failed", "errors", "claimed"];
        self.run(script, namespace, &keys, &[id.as_bytes()]).await
    }

    async fn discard(&self, namespace: &str, id: &str) -> Result<bool> {
        let script = &self.scripts.delayed.discard_job;
        let keys = ["failed", "errors", "claimed"];
        self.run(script, namespace, &keys, &[id.as_bytes()]).await
    }

    async fn counts(&self, namespace: &str) -> Result<Counts> {
        let script = &self.scripts.delayed.count_jobs;
        let keys = ["schedule", "claims", "failed"];
        let (pending, claimed, failed) = self.run(script, namespace, &keys, &[]).await?;
        Ok(Counts {
            pending,
            claimed,
            failed,
        })
    }
}

/// What is no UTF-8 is no JSON either.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_read_back_to_the_microsecond() {
        for micros_since_1970 in [0, 1, -1, 1_700_000_040_123_457, -1_500_000] {
            assert_eq!(micros(&score(micros_since_1970)), micros_since_1970);
        }
        assert_eq!(micros("1700000040.1234570"), 1_700_000_040_123_457);
    }

    #[test]
    fn ids_and_payloads_may_hold_what_parts_them() {
        let payload = r#"{"job_class":"A::B","args":[]}"#;
        let claimed = claimed("token-1:team:job", &format!("2:1.5:{payload}"));
        assert_eq!((claimed.attempts, claimed.flaw), (2, None));
        let job = claimed.job;
        assert_eq!((job.job_id.as_str(), job.run_at), ("team:job", 1_500_000));
        assert_eq!((job.job_class.as_str(), job.args.as_str()), ("A::B", "[]"));
    }
}
