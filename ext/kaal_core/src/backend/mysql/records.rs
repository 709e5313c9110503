//! Rows of `kaal_dispatches`.

use std::collections::HashMap;

use sqlx::mysql::MySqlConnection;
use sqlx::{MySql, QueryBuilder, Row as _};

use super::{DUPLICATE, kept, number};
use crate::backend::database::{Row, time};
use crate::dispatch::Record;

/// Mostly none of the runs has a record, and all are inserted without a look; where one has, nothing is.
pub(super) async fn insert(
    connection: &mut MySqlConnection,
    rows: &[Row],
    repeated: bool,
    has_times: bool,
) -> sqlx::Result<Vec<bool>> {
    if !repeated && !any_prefixed(connection, rows).await? {
        match insert_all(connection, rows.iter(), has_times).await {
            Ok(()) => return Ok(vec![true; rows.len()]),
            Err(error) if number(&error) == Some(DUPLICATE) => {}
            Err(error) => return Err(error),
        }
    }
    insert_missing(connection, rows, repeated, has_times).await
}

/// Whoever has the lease is alone, so it may look first. Should somebody without one come between, the
/// insertion fails and all is looked at again.
async fn insert_missing(
    connection: &mut MySqlConnection,
    rows: &[Row],
    repeated: bool,
    has_times: bool,
) -> sqlx::Result<Vec<bool>> {
    let found = present(connection, rows).await?;
    let mut fresh = Vec::new();
    let mut ours = Vec::with_capacity(rows.len());
    for row in rows {
        let fire_time = time::seconds_text(row.record.fire_time);
        let records = [&row.record.key, &row.prefixed]
            .map(|key| found.get(&(key.clone(), fire_time.clone())));
        ours.push(match records {
            [None, None] => {
                fresh.push(row);
                true
            }
            [Some((token, node_id)), _] => {
                // The second is that of the try.
                let same = (*token - row.token) % 1_000_000 == 0;
                repeated && same && *node_id == row.record.node_id
            }
            [None, Some(_)] => false,
        });
    }
    if !fresh.is_empty() {
        insert_all(connection, fresh.into_iter(), has_times).await?;
    }
    Ok(ours)
}

async fn insert_all(
    connection: &mut MySqlConnection,
    rows: impl ExactSizeIterator<Item = &Row>,
    has_times: bool,
) -> sqlx::Result<()> {
    let count = rows.len();
    let mut insert = insertion(rows.map(|row| (&row.record, row.token)), has_times);
    let insert = insert.build().persistent(kept(count));
    insert.execute(connection).await?;
    Ok(())
}

/// Whether the log has keys as Kaal 0.6 writes them, of any run: the rows are of one namespace.
async fn any_prefixed(connection: &mut MySqlConnection, rows: &[Row]) -> sqlx::Result<bool> {
    let Some(prefix) = rows
        .first()
        .and_then(|row| row.prefixed.strip_suffix(&row.record.key))
    else {
        return Ok(false);
    };
    let escape = |text: String, special: &str| text.replace(special, &format!("|{special}"));
    let prefix = ["|", "%", "_"].into_iter().fold(prefix.to_owned(), escape);
    let any = sqlx::query(include_str!("queries/any_record_like.sql")).bind(prefix + "%");
    Ok(any.fetch_optional(connection).await?.is_some())
}

/// Each in place of one of that run.
pub(super) async fn put(
    connection: &mut MySqlConnection,
    records: &[Record],
    has_times: bool,
) -> sqlx::Result<()> {
    let rows = records
        .iter()
        .map(|record| (record, record.dispatched_at.saturating_mul(1_000_000)));
    let mut insert = insertion(rows, has_times);
    insert.push(
        " ON DUPLICATE KEY UPDATE dispatched_at = VALUES(dispatched_at), node_id = VALUES(node_id), \
         status = VALUES(status)",
    );
    if has_times {
        insert.push(", updated_at = VALUES(updated_at)");
    }
    let insert = insert.build().persistent(kept(records.len()));
    insert.execute(connection).await?;
    Ok(())
}

/// By key and fire time: when and by whom.
async fn present(
    connection: &mut MySqlConnection,
    rows: &[Row],
) -> sqlx::Result<HashMap<(String, String), (i64, String)>> {
    let mut select = QueryBuilder::<MySql>::new(include_str!("queries/find_records.sql"));
    select.push(" WHERE (`key`, fire_time) IN ");
    let runs = rows
        .iter()
        .flat_map(|row| [&row.record.key, &row.prefixed].map(|key| (key, row.record.fire_time)));
    select.push_tuples(runs, |mut tuple, (key, fire_time)| {
        tuple
            .push_bind(key)
            .push_bind(time::seconds_text(fire_time));
    });
    let select = select.build().persistent(kept(rows.len()));
    let found = select.fetch_all(connection).await?;
    let record = |row: &sqlx::mysql::MySqlRow| {
        let at = |column| {
            let text: String = row.try_get_unchecked(column)?;
            Ok::<_, sqlx::Error>(time::parse(&text).unwrap_or_default())
        };
        let key = (
            row.try_get_unchecked(0)?,
            time::seconds_text(at(1)?.as_second()),
        );
        Ok((key, (at(2)?.as_microsecond(), row.try_get_unchecked(3)?)))
    };
    found.iter().map(record).collect()
}

fn insertion<'a>(
    rows: impl Iterator<Item = (&'a Record, i64)>,
    has_times: bool,
) -> QueryBuilder<'a, MySql> {
    let times = if has_times {
        ", created_at, updated_at"
    } else {
        ""
    };
    let columns = "`key`, fire_time, dispatched_at, node_id, status";
    let mut insert = QueryBuilder::new(format!("INSERT INTO kaal_dispatches ({columns}{times}) "));
    insert.push_values(rows, |mut row, (record, dispatched_at)| {
        row.push_bind(&record.key)
            .push_bind(time::seconds_text(record.fire_time))
            .push_bind(time::text(dispatched_at))
            .push_bind(&record.node_id)
            .push_bind(&record.status);
        if has_times {
            row.push("UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)");
        }
    });
    insert
}
