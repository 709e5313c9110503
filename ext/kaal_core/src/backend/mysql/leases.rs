//! Rows of `kaal_locks`.
//!
//! MySQL tells neither which rows an insertion has changed nor takes a condition for it. So a row carries
//! two random fractions of a second, of `acquired_at` and of `created_at`, by which it is known to be
//! ours: 40 bits. Where there is no `created_at`, `expires_at` serves.

use std::collections::HashSet;

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{MySql, QueryBuilder, Row as _};

use super::kept;
use crate::backend::database::names::{Lease, Token, random_micros};
use crate::backend::database::time;
use crate::lease::Ttl;

pub(super) async fn insert(
    connection: &mut MySqlConnection,
    leases: &[Lease],
    ttl: Ttl,
    repeated: bool,
    has_times: bool,
) -> sqlx::Result<Vec<bool>> {
    let mark = if has_times {
        Mark::created(leases[0].token)
    } else {
        Mark::end(connection, ttl).await?
    };
    let (times, columns) = if has_times {
        (
            ", created_at, updated_at",
            ["created_at", "updated_at", "acquired_at", "expires_at"].as_slice(),
        )
    } else {
        ("", ["acquired_at", "expires_at"].as_slice())
    };
    let mut insert = QueryBuilder::<MySql>::new(format!(
        "INSERT INTO kaal_locks (`key`, acquired_at, expires_at{times}) "
    ));
    insert.push_values(leases, |mut row, lease| {
        row.push_bind(&lease.text)
            .push_bind(time::text(lease.token));
        if has_times {
            row.push("UTC_TIMESTAMP(6) + INTERVAL ")
                .push_bind_unseparated(ttl.as_millis());
            row.push_unseparated(" * 1000 MICROSECOND");
            row.push_bind(&mark.text).push("UTC_TIMESTAMP(6)");
        } else {
            row.push_bind(&mark.text);
        }
    });
    insert.push(" ON DUPLICATE KEY UPDATE ");
    // `expires_at` is the last: the conditions are about it.
    for (place, column) in columns.iter().enumerate() {
        insert
            .push(if place == 0 { "" } else { ", " })
            .push(column)
            .push(" = IF(expires_at <= UTC_TIMESTAMP(6) OR (");
        insert
            .push_bind(repeated)
            .push(" AND acquired_at = VALUES(acquired_at)), VALUES(");
        insert.push(column).push("), ").push(column).push(")");
    }
    let insert = insert.build().persistent(kept(leases.len()));
    insert.execute(&mut *connection).await?;
    held(connection, leases, Some(&mark)).await
}

/// What the rows of one insertion have in common, beside the tokens.
struct Mark {
    column: &'static str,
    text: String,
}

impl Mark {
    fn created(token: Token) -> Self {
        Self {
            column: "created_at",
            text: time::text(token / 1_000_000 * 1_000_000 + random_micros()),
        }
    }

    /// Tables that Kaal 0.6 has made have no more than the end of the lease: by the server's clock, and up
    /// to a millisecond later.
    async fn end(connection: &mut MySqlConnection, ttl: Ttl) -> sqlx::Result<Self> {
        let micros = ttl.as_millis().saturating_mul(1_000) + random_micros() % 1_000;
        let end = sqlx::query("SELECT CAST(UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND AS CHAR)");
        let end = end.bind(micros).fetch_one(connection).await?;
        Ok(Self {
            column: "expires_at",
            text: end.try_get_unchecked(0)?,
        })
    }
}

pub(super) async fn delete(
    connection: &mut MySqlConnection,
    leases: &[Lease],
) -> sqlx::Result<Vec<bool>> {
    let held = held(connection, leases, None).await?; // what has ended is nobody's to release
    let mut delete = QueryBuilder::<MySql>::new("DELETE FROM kaal_locks WHERE ");
    those(&mut delete, leases);
    let delete = delete.build().persistent(kept(leases.len()));
    delete.execute(connection).await?;
    Ok(held)
}

/// Which of the leases are there, with their tokens and, if given, the mark.
async fn held(
    connection: &mut MySqlConnection,
    leases: &[Lease],
    mark: Option<&Mark>,
) -> sqlx::Result<Vec<bool>> {
    let mut select = QueryBuilder::<MySql>::new("SELECT `key` FROM kaal_locks WHERE ");
    those(&mut select, leases);
    if let Some(mark) = mark {
        select.push(" AND ").push(mark.column).push(" = ");
        select.push_bind(&mark.text);
    } else {
        select.push(" AND expires_at > UTC_TIMESTAMP(6)");
    }
    let select = select.build().persistent(kept(leases.len()));
    let found = select.fetch_all(connection).await?;
    let key = |row: &MySqlRow| row.try_get_unchecked(0);
    let keys = found
        .iter()
        .map(key)
        .collect::<sqlx::Result<HashSet<String>>>()?;
    Ok(leases
        .iter()
        .map(|lease| keys.contains(&lease.text))
        .collect())
}

fn those<'a>(query: &mut QueryBuilder<'a, MySql>, leases: &'a [Lease]) {
    query.push("(`key`, acquired_at) IN ");
    query.push_tuples(leases, |mut row, lease| {
        row.push_bind(&lease.text)
            .push_bind(time::text(lease.token));
    });
}
