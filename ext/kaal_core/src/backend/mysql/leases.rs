//! Rows of `kaal_locks`.
//!
//! MySQL tells neither which rows an insertion has changed nor takes a condition for it. So a row carries
//! two random fractions of a second, of `acquired_at` and of `created_at`, by which it is known to be
//! ours: 40 bits.

use std::collections::HashSet;

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{MySql, QueryBuilder, Row as _};

use super::kept;
use crate::backend::database::names::{Lease, random_micros};
use crate::backend::database::time;
use crate::lease::Ttl;

pub(super) async fn insert(
    connection: &mut MySqlConnection,
    leases: &[Lease],
    ttl: Ttl,
    repeated: bool,
) -> sqlx::Result<Vec<bool>> {
    let mark = leases[0].token / 1_000_000 * 1_000_000 + random_micros();
    let millis = ttl.as_millis();
    let mut insert = QueryBuilder::<MySql>::new(
        "INSERT INTO kaal_locks (`key`, acquired_at, expires_at, created_at, updated_at) ",
    );
    insert.push_values(leases, |mut row, lease| {
        row.push_bind(&lease.text)
            .push_bind(time::text(lease.token));
        row.push("UTC_TIMESTAMP(6) + INTERVAL ")
            .push_bind_unseparated(millis);
        row.push_unseparated(" * 1000 MICROSECOND");
        row.push_bind(time::text(mark)).push("UTC_TIMESTAMP(6)");
    });
    insert.push(" ON DUPLICATE KEY UPDATE ");
    for (column, end) in [
        ("created_at", ", "),
        ("updated_at", ", "),
        ("acquired_at", ", "),
        ("expires_at", ""), // last: the conditions are about it
    ] {
        insert
            .push(column)
            .push(" = IF(expires_at <= UTC_TIMESTAMP(6) OR (");
        insert
            .push_bind(repeated)
            .push(" AND acquired_at = VALUES(acquired_at)), VALUES(");
        insert
            .push(column)
            .push("), ")
            .push(column)
            .push(")")
            .push(end);
    }
    let insert = insert.build().persistent(kept(leases.len()));
    insert.execute(&mut *connection).await?;
    held(connection, leases, Some(mark)).await
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
    mark: Option<i64>,
) -> sqlx::Result<Vec<bool>> {
    let mut select = QueryBuilder::<MySql>::new("SELECT `key` FROM kaal_locks WHERE ");
    those(&mut select, leases);
    if let Some(mark) = mark {
        select
            .push(" AND created_at = ")
            .push_bind(time::text(mark));
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
