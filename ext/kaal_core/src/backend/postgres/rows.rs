//! Between the core's types and what PostgreSQL takes and gives: a batch goes over the wire as one array
//! a column.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;

use crate::backend::database::names::Lease;
use crate::backend::database::{Row, time};
use crate::definition::{Definition, normal_metadata};
use crate::dispatch::Record;
use crate::key::Occurrence;

/// Keys and tokens.
pub(super) fn leases(leases: &[Lease]) -> (Vec<String>, Vec<String>) {
    let keys = leases.iter().map(|lease| lease.text.clone());
    let tokens = leases.iter().map(|lease| time::text(lease.token));
    (keys.collect(), tokens.collect())
}

/// Keys and fire times.
pub(super) fn runs(runs: &[Occurrence]) -> (Vec<String>, Vec<String>) {
    let keys = runs.iter().map(|run| run.key.clone());
    let fire_times = runs.iter().map(|run| time::seconds_text(run.fire_time));
    (keys.collect(), fire_times.collect())
}

/// Keys, keys as Kaal 0.6 writes them, fire times, tokens, nodes, statuses.
pub(super) fn claims(rows: &[Row]) -> [Vec<String>; 6] {
    let column = |of: fn(&Row) -> String| rows.iter().map(of).collect();
    [
        column(|row| row.record.key.clone()),
        column(|row| row.prefixed.clone()),
        column(|row| time::seconds_text(row.record.fire_time)),
        column(|row| time::text(row.token)),
        column(|row| row.record.node_id.clone()),
        column(|row| row.record.status.clone()),
    ]
}

/// Keys, fire times, times of dispatch, nodes, statuses.
pub(super) fn records(records: &[Record]) -> [Vec<String>; 5] {
    let column = |of: fn(&Record) -> String| records.iter().map(of).collect();
    [
        column(|record| record.key.clone()),
        column(|record| time::seconds_text(record.fire_time)),
        column(|record| time::seconds_text(record.dispatched_at)),
        column(|record| record.node_id.clone()),
        column(|record| record.status.clone()),
    ]
}

/// The first column.
pub(super) fn texts(found: &[PgRow]) -> sqlx::Result<Vec<String>> {
    found.iter().map(|row| row.try_get(0)).collect()
}

/// Which of the leases the answer names.
pub(super) fn keys_among(found: &[PgRow], leases: &[Lease]) -> sqlx::Result<Vec<bool>> {
    let keys: HashSet<String> = texts(found)?.into_iter().collect();
    let among = leases.iter().map(|lease| keys.contains(&lease.text));
    Ok(among.collect())
}

/// Which of the runs the answer names.
pub(super) fn runs_among(found: &[PgRow], rows: &[Row]) -> sqlx::Result<Vec<bool>> {
    let runs = found.iter().map(occurrence);
    let runs: HashSet<Occurrence> = runs.collect::<sqlx::Result<_>>()?;
    let run = |row: &Row| runs.contains(&row.record.occurrence());
    Ok(rows.iter().map(run).collect())
}

pub(super) fn occurrence(row: &PgRow) -> sqlx::Result<Occurrence> {
    Ok(Occurrence {
        key: row.try_get(0)?,
        fire_time: row.try_get(1)?,
    })
}

pub(super) fn record(row: &PgRow) -> sqlx::Result<Record> {
    Ok(Record {
        key: row.try_get(0)?,
        fire_time: row.try_get(1)?,
        dispatched_at: row.try_get(2)?,
        node_id: row.try_get(3)?,
        status: row.try_get(4)?,
    })
}

pub(super) fn definition(row: &PgRow) -> sqlx::Result<Definition> {
    let at = |text: Option<&str>| text.and_then(time::parse);
    Ok(Definition {
        key: row.try_get(0)?,
        cron: row.try_get(1)?,
        enabled: row.try_get(2)?,
        source: row.try_get(3)?,
        metadata: normal_metadata(row.try_get(4)?),
        disabled_at: at(row.try_get(5)?),
        created_at: at(row.try_get(6)?),
        updated_at: at(row.try_get(7)?),
    })
}

/// A statement that writes a definition, with its eight values.
pub(super) fn bind<'q>(
    query: Query<'q, sqlx::Postgres, PgArguments>,
    definition: &'q Definition,
) -> Query<'q, sqlx::Postgres, PgArguments> {
    let text = |at: Option<Timestamp>| at.map(|at| time::text(at.as_microsecond()));
    query
        .bind(&definition.key)
        .bind(&definition.cron)
        .bind(definition.enabled)
        .bind(&definition.source)
        .bind(&definition.metadata)
        .bind(text(definition.disabled_at))
        .bind(text(definition.created_at))
        .bind(text(definition.updated_at))
}
