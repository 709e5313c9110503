//! Named locks.

use std::time::Duration;

use sqlx::mysql::MySqlConnection;
use sqlx::{Connection, Executor, MySql, QueryBuilder, Row as _};

use super::{CHUNK, Mysql, kept, number};
use crate::backend::database::digest::sha256_hex;
use crate::backend::database::engine::SessionEngine;
use crate::backend::database::names::text;
use crate::backend::database::read_only;
use crate::key::Key;

/// The longest name of a lock, in characters.
const ROOM: usize = 64;

/// Of a name that is longer: what is left of it, and of the digest that tells it from others.
const START: usize = 47;
const DIGEST: usize = 16;

/// Whether the server takes no writes. Some versions name the setting's values, others number them.
const READ_ONLY: &str = "CONCAT(@@read_only) NOT IN ('0', 'OFF') OR @@innodb_read_only";

/// Which server it is.
const SERVER: &str = "SELECT CONCAT_WS(' ', @@server_id, @@hostname, @@port)";

/// How far two readings of when the server was started may be apart, in seconds.
const JITTER: i64 = 2;

impl SessionEngine for Mysql {
    type Name = String;

    /// For each lock MariaDB goes through those that the session has (`MDL_context::find_ticket`), which at so many
    /// takes about as long as all the rest of it.
    const LOCKS_A_SESSION: usize = 1_000;

    fn lock_name(key: &Key) -> String {
        let text = text(key);
        if text.chars().count() <= ROOM {
            return text;
        }
        let start: String = text.chars().take(START).collect();
        format!("{start}:{}", &sha256_hex(key.as_bytes())[..DIGEST])
    }

    /// The session's id, which other servers know too, and this one when it is started again; so which
    /// server it is, and when it was started.
    async fn session(&self, connection: &mut MySqlConnection) -> sqlx::Result<String> {
        let id = value(connection, "SELECT CAST(CONNECTION_ID() AS CHAR)").await?;
        let start = started_at(connection).await?;
        Ok(format!("{id} {start} {}", value(connection, SERVER).await?))
    }

    async fn end_session(
        &self,
        connection: &mut MySqlConnection,
        session: &str,
    ) -> sqlx::Result<bool> {
        let mut parts = session.splitn(3, ' ');
        let id: Option<u64> = parts.next().and_then(|id| id.parse().ok());
        let start: Option<i64> = parts.next().and_then(|start| start.parse().ok());
        let (Some(id), Some(start), Some(server)) = (id, start, parts.next()) else {
            return Ok(false);
        };
        if value(connection, SERVER).await? != server
            || (started_at(connection).await? - start).abs() > JITTER
        {
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
            let answers = call(connection, READ_ONLY, ("GET_LOCK(", ", 0)"), names).await?;
            let answers = answers.ok_or_else(read_only)?;
            locked.extend(answers.bytes().map(|answer| answer == b'1'));
        }
        Ok(locked)
    }

    async fn unlock(&self, connection: &mut MySqlConnection, names: &[String]) -> sqlx::Result<()> {
        for names in names.chunks(CHUNK) {
            call(connection, "FALSE", ("RELEASE_LOCK(", ")"), names).await?;
        }
        Ok(())
    }

    async fn ping(&self, connection: &mut MySqlConnection) -> sqlx::Result<()> {
        connection.ping().await
    }
}

/// Calls a function for each name, in one statement, which gives one column, for the server describes each.
///
/// Answers with a digit for each; `None`: `unless` holds, and nothing was called.
async fn call(
    connection: &mut MySqlConnection,
    unless: &str,
    (before, after): (&str, &str),
    names: &[String],
) -> sqlx::Result<Option<String>> {
    let mut query = QueryBuilder::<MySql>::new(format!("SELECT IF({unless}, NULL, CONCAT("));
    for (place, name) in names.iter().enumerate() {
        query.push(if place == 0 { "" } else { ", " });
        query.push("IFNULL(").push(before);
        query.push_bind(name).push(after).push(", 0)");
    }
    query.push(")) AS answers");
    let query = query.build().persistent(kept(names.len()));
    query.fetch_one(connection).await?.try_get_unchecked(0)
}

/// When the server was started, in unix seconds.
async fn started_at(connection: &mut MySqlConnection) -> sqlx::Result<i64> {
    let uptime = connection
        .fetch_one("SHOW GLOBAL STATUS LIKE 'Uptime'")
        .await?;
    let uptime: String = uptime.try_get_unchecked(1)?;
    let now = value(connection, "SELECT CAST(UNIX_TIMESTAMP() AS CHAR)").await?;
    let [now, uptime] = [now, uptime].map(|text| text.parse().unwrap_or(0));
    Ok(now - uptime)
}

/// The one value that a statement gives.
async fn value(connection: &mut MySqlConnection, statement: &str) -> sqlx::Result<String> {
    connection.fetch_one(statement).await?.try_get_unchecked(0)
}
