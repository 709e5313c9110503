//! Between the core's types and what PostgreSQL takes and gives: a batch goes over the wire as one array
//! a column.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;

use super::instant::Instant;
use crate::backend::database::names::Lease;
use crate::backend::database::{Row, time};
use crate::definition::{Definition, normal_metadata};
use crate::dispatch::Record;
use crate::key::Occurrence;

type Statement<'q> = Query<'q, sqlx::Postgres, PgArguments>;

/// Keys and tokens.
pub(super) fn leases(leases: &[Lease]) -> (Vec<String>, Vec<Instant>) {
    let keys = leases.iter().map(|lease| lease.text.clone());
    let tokens = leases.iter().map(|lease| Instant::of_micros(lease.token));
    (keys.collect(), tokens.collect())
}

/// Keys and fire times.
pub(super) fn runs(runs: &[Occurrence]) -> (Vec<String>, Vec<Instant>) {
    let keys = runs.iter().map(|run| run.key.clone());
    let fire_times = runs.iter().map(|run| Instant::of_seconds(run.fire_time));
    (keys.collect(), fire_times.collect())
}

/// Binds keys, keys as Kaal 0.6 writes them, fire times, tokens, nodes, statuses.
pub(super) fn bind_claims<'q>(query: Statement<'q>, rows: &'q [Row]) -> Statement<'q> {
    let texts = |of: fn(&Row) -> &str| rows.iter().map(of).collect::<Vec<_>>();
    let instants = |of: fn(&Row) -> Instant| rows.iter().map(of).collect::<Vec<_>>();
    query
        .bind(texts(|row| &row.record.key))
        .bind(texts(|row| &row.prefixed))
        .bind(instants(|row| Instant::of_seconds(row.record.fire_time)))
        .bind(instants(|row| Instant::of_micros(row.token)))
        .bind(texts(|row| &row.record.node_id))
        .bind(texts(|row| &row.record.status))
}

/// Binds keys, fire times, times of dispatch, nodes, statuses.
pub(super) fn bind_records<'q>(query: Statement<'q>, records: &'q [Record]) -> Statement<'q> {
    let texts = |of: fn(&Record) -> &str| records.iter().map(of).collect::<Vec<_>>();
    let instants = |of: fn(&Record) -> i64| {
        let seconds = records.iter().map(of);
        seconds.map(Instant::of_seconds).collect::<Vec<_>>()
    };
    query
        .bind(texts(|record| &record.key))
        .bind(instants(|record| record.fire_time))
        .bind(instants(|record| record.dispatched_at))
        .bind(texts(|record| &record.node_id))
        .bind(texts(|record| &record.status))
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

/// Which of the rows' runs the answer names.
pub(super) fn runs_among(found: &[PgRow], rows: &[Row]) -> sqlx::Result<Vec<bool>> {
    let runs: Vec<Occurrence> = rows.iter().map(|row| row.record.occurrence()).collect();
    among(found, &runs)
}

/// Which of the runs the answer names.
pub(super) fn among(found: &[PgRow], runs: &[Occurrence]) -> sqlx::Result<Vec<bool>> {
    let found = found.iter().map(occurrence);
    let found: HashSet<Occurrence> = found.collect::<sqlx::Result<_>>()?;
    Ok(runs.iter().map(|run| found.contains(run)).collect())
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
pub(super) fn bind<'q>(query: Statement<'q>, definition: &'q Definition) -> Statement<'q> {
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
