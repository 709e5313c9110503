//! The scripts, sent by their hash and loaded where the server does not know them.

use redis::{Cmd, FromRedisValue, RedisResult, Script};

use super::connection::{Connections, is_read_only, store_error};
use super::delayed::Scripts as Delayed;
use crate::{Error, Result};

pub(super) struct Scripts {
    pub release: Lua,
    pub reacquire: Lua,
    pub claim: Lua,
    pub replace_fields: Lua,
    pub delete_field: Lua,
    pub ended_claims: Lua,
    pub extend_claims: Lua,
    pub close_claims: Lua,
    pub advance: Lua,
    pub poll: Lua,
    pub delayed: Delayed,
}

/// To how many servers one call may come that do not know its script: the first may turn out to be
/// read-only, and is left for another.
const SERVERS: usize = 2;

/// A script and the hash that the server knows it by.
pub(crate) struct Lua {
    code: &'static str,
    hash: String,
}

impl Scripts {
    pub fn new() -> Self {
        Self {
            release: Lua::new(super::RELEASE_SCRIPT),
            reacquire: Lua::new(include_str!("scripts/reacquire.lua")),
            claim: Lua::new(include_str!("scripts/claim.lua")),
            replace_fields: Lua::new(include_str!("scripts/replace_fields.lua")),
            delete_field: Lua::new(include_str!("scripts/delete_field.lua")),
            ended_claims: Lua::new(super::ENDED_CLAIMS_SCRIPT),
            extend_claims: Lua::new(super::EXTEND_CLAIMS_SCRIPT),
            close_claims: Lua::new(super::CLOSE_CLAIMS_SCRIPT),
            advance: Lua::new(super::ADVANCE_SCRIPT),
            poll: Lua::new(super::POLL_SCRIPT),
            delayed: Delayed::new(),
        }
    }
}

impl Lua {
    pub fn new(code: &'static str) -> Self {
        Self {
            code,
            hash: Script::new(code).get_hash().to_owned(),
        }
    }

    /// A call with these keys and arguments.
    pub fn call(&self, keys: &[&[u8]], arguments: &[&[u8]]) -> Cmd {
        let mut cmd = redis::cmd("EVALSHA");
        cmd.arg(&self.hash).arg(keys.len()).arg(keys).arg(arguments);
        cmd
    }

    /// Sends one call, without the cost of a pipeline.
    pub async fn run_one<T: FromRedisValue>(
        &self,
        connections: &Connections,
        call: Cmd,
    ) -> Result<T> {
        let mut answer = connections.send(&call).await;
        for _ in 0..SERVERS {
            if !is_refused(&answer) {
                break;
            }
            self.load(connections).await?;
            answer = connections.send(&call).await;
        }
        answer.map_err(|error| store_error(&error))
    }

    /// As [`Self::run_one`], for what must not be carried out twice: on an error nobody knows whether it was.
    pub async fn run_once<T: FromRedisValue>(
        &self,
        connections: &Connections,
        call: Cmd,
    ) -> Result<T> {
        let mut answer = connections.send_once(&call).await;
        for _ in 0..SERVERS {
            if !is_refused(&answer) {
                break;
            }
            self.load(connections).await?;
            answer = connections.send_once(&call).await;
        }
        answer.map_err(|error| store_error(&error))
    }

    /// Sends calls of this script in one pipeline. What the server refused because it did not
    /// know the script is sent again after loading it.
    pub async fn run(&self, connections: &Connections, calls: Vec<Cmd>) -> Result<Vec<bool>> {
        let mut answers = pipeline(connections, &calls).await?;
        for _ in 0..SERVERS {
            let (places, refused): (Vec<usize>, Vec<Cmd>) = std::iter::zip(&calls, &answers)
                .enumerate()
                .filter(|(_, (_, answer))| is_refused(answer))
                .map(|(place, (call, _))| (place, call.clone()))
                .unzip();
            if refused.is_empty() {
                break;
            }
            self.load(connections).await?;
            let again = pipeline(connections, &refused).await?;
            for (place, answer) in std::iter::zip(places, again) {
                answers[place] = answer;
            }
        }
        let answers = answers.into_iter();
        answers
            .map(|answer| answer.map_err(|error| store_error(&error)))
            .collect()
    }

    async fn load(&self, connections: &Connections) -> Result<()> {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(self.code);
        let loaded = connections.send::<String>(&load).await;
        loaded.map(drop).map_err(|error| store_error(&error))
    }
}

/// What a script says of each of so many things. Where there are more or fewer answers, nobody knows which
/// belongs to which.
pub(super) fn of_each(answers: Vec<bool>, count: usize) -> Result<Vec<bool>> {
    if answers.len() == count {
        return Ok(answers);
    }
    let answered = answers.len();
    Err(Error::store(format!(
        "Redis gave {answered} answers where {count} were asked for"
    )))
}

/// Each of our scripts may run twice, so the pipeline may be sent twice: the second run finds
/// what the first one did.
async fn pipeline(connections: &Connections, calls: &[Cmd]) -> Result<Vec<RedisResult<bool>>> {
    let mut pipeline = redis::Pipeline::with_capacity(calls.len());
    pipeline.ignore_errors();
    for cmd in calls {
        pipeline.add_command(cmd.clone());
    }
    let mut answers: RedisResult<Vec<RedisResult<bool>>> = connections.send(&pipeline).await;
    if answers
        .as_ref()
        .is_ok_and(|answers| answers.iter().any(is_read_only_answer))
    {
        connections.close_idle(); // which that connection is by now
        answers = connections.send(&pipeline).await;
    }
    answers.map_err(|error| store_error(&error))
}

fn is_read_only_answer(result: &RedisResult<bool>) -> bool {
    result.as_ref().is_err_and(is_read_only)
}

fn is_refused<T>(result: &RedisResult<T>) -> bool {
    result
        .as_ref()
        .is_err_and(|error| error.code() == Some("NOSCRIPT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_nobody_can_assign_are_an_error() {
        assert_eq!(of_each(vec![true, false], 2).unwrap(), [true, false]);
        for answers in [vec![], vec![true], vec![true; 3]] {
            assert!(of_each(answers, 2).unwrap_err().is_store());
        }
    }
}
