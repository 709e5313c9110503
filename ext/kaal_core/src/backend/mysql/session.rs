//! Named locks.

use std::time::Duration;

use sqlx::mysql::MySqlConnection;
use sqlx::{Connection, Executor, MySql, QueryBuilder, Row as _};

use super::{CHUNK, Mysql, kept, number};
use crate::backend::database::digest::sha256_hex;
use crate::backend::database::engine::SessionEngine;
use crate::backend::database::names::text;
use crate::key::Key;

/// The longest name of a lock, in characters.
const ROOM: usize = 64;

/// Of a name that is longer: what is left of it, and of the digest that tells it from others.
const START: usize = 47;
const DIGEST: usize = 16;

/// How far two readings of when the server was started may be apart, in seconds.
const JITTER: i64 = 2;

impl SessionEngine for Mysql {
    type Name = String;

    fn lock_name(key: &Key) -> String {
        let text = text(key);
        if text.chars().count() <= ROOM {
            return text;
        }
        let start: String = text.chars().take(START).collect();
        format!("{start}:{}", &sha256_hex(key.as_bytes())[..DIGEST])
    }

    /// The session's id, which comes again when the server is started again, and when that was.
    async fn session(&self, connection: &mut MySqlConnection) -> sqlx::Result<String> {
        let id = sqlx::query("SELECT CAST(CONNECTION_ID() AS CHAR)");
        let id: String = id.fetch_one(&mut *connection).await?.try_get_unchecked(0)?;
        Ok(format!("{id} {}", started_at(connection).await?))
    }

    async fn end_session(
        &self,
        connection: &mut MySqlConnection,
        session: &str,
    ) -> sqlx::Result<bool> {
        let parts = session
            .split_once(' ')
            .map(|(id, at)| (id.parse(), at.parse()));
        let Some((Ok(id), Ok(start))) = parts as Option<(Result<u64, _>, Result<i64, _>)> else {
            return Ok(false);
        };
        if (started_at(connection).await? - start).abs() > JITTER {
            return Ok(false);
        }
        match connection.execute(format!("KILL {id}").as_str()).await {
            // ER_NO_SUCH_THREAD
            Err(error) if number(&error) == Some(1094) => Ok(false),
            killed => killed.map(|_| true),
        }
    }

    async fn end_when_idle(
        &self,
        connection: &mut MySqlConnection,
        after: Duration,
    ) -> sqlx::Result<()> {
        // The setting goes up to a year.
        let seconds = after.as_secs().saturating_add(1).min(31_536_000);
        let set = format!("SET SESSION wait_timeout = {seconds}");
        connection.execute(set.as_str()).await?;
        Ok(())
    }

    async fn lock(
        &self,
        connection: &mut MySqlConnection,
        names: &[String],
    ) -> sqlx::Result<Vec<bool>> {
        let mut locked = Vec::with_capacity(names.len());
        for names in names.chunks(CHUNK) {
            locked.extend(call(connection, "GET_LOCK(", ", 0)", names).await?);
        }
        Ok(locked)
    }

    async fn unlock(&self, connection: &mut MySqlConnection, names: &[String]) -> sqlx::Result<()> {
        for names in names.chunks(CHUNK) {
            call(connection, "RELEASE_LOCK(", ")", names).await?;
        }
        Ok(())
    }

    async fn ping(&self, connection: &mut MySqlConnection) -> sqlx::Result<()> {
        connection.ping().await
    }
}

/// Calls a function for each name, in one statement; true where it gave 1.
async fn call(
    connection: &mut MySqlConnection,
    before: &str,
    after: &str,
    names: &[String],
) -> sqlx::Result<Vec<bool>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<MySql>::new("SELECT ");
    for (place, name) in names.iter().enumerate() {
        query.push(if place == 0 { "" } else { ", " }).push(before);
        query.push_bind(name).push(after);
    }
    let query = query.build().persistent(kept(names.len()));
    let row = query.fetch_one(connection).await?;
    let answers = (0..names.len()).map(|place| {
        let answer: Option<i64> = row.try_get_unchecked(place)?;
        Ok(answer == Some(1))
    });
    answers.collect()
}

/// When the server was started, in unix seconds.
async fn started_at(connection: &mut MySqlConnection) -> sqlx::Result<i64> {
    let uptime = connection
        .fetch_one("SHOW GLOBAL STATUS LIKE 'Uptime'")
        .await?;
    let uptime: String = uptime.try_get_unchecked(1)?;
    let now = connection
        .fetch_one("SELECT CAST(UNIX_TIMESTAMP() AS CHAR)")
        .await?;
    let now: String = now.try_get_unchecked(0)?;
    let [now, uptime] = [now, uptime].map(|text| text.parse().unwrap_or(0));
    Ok(now - uptime)
}
