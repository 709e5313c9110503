//! Leases in SQLite: rows of `kaal_locks` that end by their time.

use std::collections::HashSet;
use std::fmt::Write;

use sqlx::{QueryBuilder, Row, SqliteConnection};

use super::super::attempts::Attempt;
use super::connection::write;
use super::{Sqlite, Token, now, time};
use crate::Result;
use crate::key::Key;
use crate::lease::{Leases, Ttl};

/// How many rows a statement writes.
const CHUNK: usize = 100;

/// After so many acquired leases those that have ended are deleted, four times as many at most.
const SWEEP_EVERY: i64 = 16;

impl Leases for Sqlite {
    async fn acquire_many(&self, keys: &[Key], ttl: Ttl) -> Result<Vec<bool>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let texts = texts(keys);
        let now = now();
        let attempts = self.begin(keys, now);
        let answers = self.try_many(&texts, &attempts, now, ttl).await;
        self.attempts().note(keys, &attempts, ttl, &answers);
        answers
    }

    async fn release_many(&self, keys: &[Key]) -> Result<Vec<bool>> {
        let texts = texts(keys);
        let tokens: Vec<Option<Token>> = {
            let mut attempts = self.attempts();
            keys.iter().map(|key| attempts.take_held(key)).collect()
        };
        if tokens.iter().all(Option::is_none) {
            return Ok(vec![false; keys.len()]);
        }
        let released = self.delete(&texts, &tokens).await;
        released.inspect_err(|_| self.attempts().keep(keys, &tokens))
    }
}

impl Sqlite {
    async fn try_many(
        &self,
        texts: &[String],
        attempts: &[Attempt<Token>],
        now: i64,
        ttl: Ttl,
    ) -> Result<Vec<bool>> {
        let mut connection = self.connection.get().await?;
        let won = acquire(&mut connection, texts, attempts, now, ttl).await;
        won.map_err(|error| self.connection.error(&error))
    }

    async fn delete(&self, texts: &[String], tokens: &[Option<Token>]) -> Result<Vec<bool>> {
        let mut connection = self.connection.get().await?;
        let deleted = delete_many(&mut connection, texts, tokens).await;
        deleted.map_err(|error| self.connection.error(&error))
    }
}

async fn acquire(
    connection: &mut SqliteConnection,
    texts: &[String],
    attempts: &[Attempt<Token>],
    now: i64,
    ttl: Ttl,
) -> sqlx::Result<Vec<bool>> {
    if texts.len() <= CHUNK && attempts[0].token % SWEEP_EVERY != 0 {
        return insert(connection, texts, attempts, now, ttl).await;
    }
    let mut transaction = write(connection).await?;
    sweep(&mut transaction, now, texts.len()).await?;
    let won = insert(&mut transaction, texts, attempts, now, ttl).await?;
    transaction.commit().await?;
    Ok(won)
}

async fn delete_many(
    connection: &mut SqliteConnection,
    texts: &[String],
    tokens: &[Option<Token>],
) -> sqlx::Result<Vec<bool>> {
    let mut transaction = write(connection).await?;
    let mut deleted = Vec::with_capacity(texts.len());
    for (text, token) in std::iter::zip(texts, tokens) {
        let gone = match token {
            Some(token) => delete_one(&mut transaction, text, *token).await?,
            None => false,
        };
        deleted.push(gone);
    }
    transaction.commit().await?;
    Ok(deleted)
}

/// Inserts a row for each key, or takes over one that has ended or is of an earlier try of ours.
/// True where the row is now ours; a key that is named twice is won once.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    texts: &[String],
    attempts: &[Attempt<Token>],
    now: i64,
    ttl: Ttl,
) -> sqlx::Result<Vec<bool>> {
    let expires = time::text(now.saturating_add(ttl.as_millis().saturating_mul(1000)));
    let now = time::text(now);
    if let ([text], [attempt]) = (texts, attempts) {
        // Without rows to wait for, an answer costs half as much.
        let insert = sqlx::query(include_str!("queries/acquire.sql"))
            .bind(text)
            .bind(time::text(attempt.token))
            .bind(expires)
            .bind(now);
        return Ok(vec![insert.execute(connection).await?.rows_affected() > 0]);
    }
    let mut named = HashSet::new();
    let rows: Vec<(&str, Token)> = std::iter::zip(texts, attempts)
        .map(|(text, attempt)| (text.as_str(), attempt.token))
        .filter(|(text, _)| named.insert(*text))
        .collect();
    let mut won = HashSet::new();
    for rows in rows.chunks(CHUNK) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO kaal_locks (key, acquired_at, expires_at, created_at, updated_at) ",
        );
        insert.push_values(rows, |mut row, (text, token)| {
            row.push_bind(*text)
                .push_bind(time::text(*token))
                .push_bind(&expires)
                .push_bind(&now)
                .push_bind(&now);
        });
        insert.push(
            " ON CONFLICT (key) DO UPDATE SET acquired_at = excluded.acquired_at, \
             expires_at = excluded.expires_at, updated_at = excluded.updated_at \
             WHERE kaal_locks.expires_at <= excluded.updated_at \
             OR kaal_locks.acquired_at = excluded.acquired_at RETURNING key",
        );
        for row in insert.build().fetch_all(&mut *connection).await? {
            won.insert(row.try_get::<String, _>(0)?);
        }
    }
    Ok(texts.iter().map(|text| won.remove(text)).collect())
}

pub(super) async fn delete_one(
    connection: &mut SqliteConnection,
    text: &str,
    token: Token,
) -> sqlx::Result<bool> {
    let delete = sqlx::query(include_str!("queries/release.sql"));
    let done = delete
        .bind(text)
        .bind(time::text(token))
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes rows that have ended, in proportion to those that come.
pub(super) async fn sweep(
    connection: &mut SqliteConnection,
    now: i64,
    coming: usize,
) -> sqlx::Result<()> {
    let most = i64::try_from(coming)
        .unwrap_or(i64::MAX)
        .saturating_add(SWEEP_EVERY);
    sqlx::query(include_str!("queries/delete_expired_locks.sql"))
        .bind(time::text(now))
        .bind(most.saturating_mul(4))
        .execute(connection)
        .await?;
    Ok(())
}

/// Keys as text columns take them. What is no UTF-8 is written in hexadecimal digits, after the
/// character that stands for what is none.
pub(super) fn texts(keys: &[Key]) -> Vec<String> {
    let hexadecimal = |bytes: &[u8]| {
        bytes.iter().fold("\u{fffd}".to_owned(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // a String takes everything
            text
        })
    };
    let text = |key: &Key| match std::str::from_utf8(key.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => hexadecimal(key.as_bytes()),
    };
    keys.iter().map(text).collect()
}
