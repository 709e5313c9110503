//! The scripts, sent by their hash and loaded where the server does not know them.

use redis::{Cmd, FromRedisValue, RedisError, RedisResult, Script};

use super::connection::{Connections, store_error};
use crate::Result;

pub(super) struct Scripts {
    pub release: Lua,
    pub reacquire: Lua,
    pub claim: Lua,
    pub replace_fields: Lua,
    pub delete_field: Lua,
    pub ended_claims: Lua,
    pub extend_claims: Lua,
    pub close_claims: Lua,
}

/// A script and the hash that the server knows it by.
pub(super) struct Lua {
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
        }
    }
}

impl Lua {
    fn new(code: &'static str) -> Self {
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
        let answer = match connections.send(&call).await {
            Err(error) if is_unknown(&error) => {
                self.load(connections).await?;
                connections.send(&call).await
            }
            answer => answer,
        };
        answer.map_err(|error| store_error(&error))
    }

    /// Sends calls of this script in one pipeline. What the server refused because it did not
    /// know the script is sent again after loading it.
    pub async fn run(&self, connections: &Connections, calls: Vec<Cmd>) -> Result<Vec<bool>> {
        let first = pipeline(connections, &calls).await?;
        if !first.iter().any(is_refused) {
            return first.into_iter().map(answer).collect();
        }
        self.load(connections).await?;
        let refused: Vec<Cmd> = std::iter::zip(calls, &first)
            .filter(|(_, result)| is_refused(result))
            .map(|(cmd, _)| cmd)
            .collect();
        let mut second = pipeline(connections, &refused).await?.into_iter();
        first
            .into_iter()
            .filter_map(|result| {
                if is_refused(&result) {
                    second.next()
                } else {
                    Some(result)
                }
            })
            .map(answer)
            .collect()
    }

    async fn load(&self, connections: &Connections) -> Result<()> {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(self.code);
        let loaded = connections.send::<String>(&load).await;
        loaded.map(drop).map_err(|error| store_error(&error))
    }
}

/// Each of our scripts may run twice, so the pipeline may be sent twice: the second run finds
/// what the first one did.
async fn pipeline(connections: &Connections, calls: &[Cmd]) -> Result<Vec<RedisResult<bool>>> {
    let mut pipeline = redis::Pipeline::with_capacity(calls.len());
    pipeline.ignore_errors();
    for cmd in calls {
        pipeline.add_command(cmd.clone());
    }
    connections
        .send(&pipeline)
        .await
        .map_err(|error| store_error(&error))
}

fn is_refused(result: &RedisResult<bool>) -> bool {
    result.as_ref().is_err_and(is_unknown)
}

fn is_unknown(error: &RedisError) -> bool {
    error.code() == Some("NOSCRIPT")
}

fn answer(result: RedisResult<bool>) -> Result<bool> {
    result.map_err(|error| store_error(&error))
}
