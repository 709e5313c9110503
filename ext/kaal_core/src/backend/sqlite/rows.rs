//! Between the core's types and what SQLite takes and gives.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use crate::backend::database::names::Lease;
use crate::backend::database::{Row, time};
use crate::definition::{Definition, normal_metadata};
use crate::dispatch::Record;
use crate::key::Occurrence;
use crate::lease::Ttl;

/// Microseconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

/// Now, and when what begins now ends.
pub(super) fn lifetime(ttl: Ttl) -> [String; 2] {
    let now = now();
    let ends = now.saturating_add(ttl.as_millis().saturating_mul(1000));
    [now, ends].map(time::text)
}

pub(super) fn runs(runs: &[Occurrence]) -> String {
    array(
        runs.iter()
            .map(|run| json!([run.key, time::seconds_text(run.fire_time)])),
    )
}

pub(super) fn leases(leases: &[Lease]) -> String {
    let row = |lease: &Lease| json!([lease.text, time::text(lease.token)]);
    array(leases.iter().map(row))
}

fn array(rows: impl Iterator<Item = Value>) -> String {
    rows.collect::<Value>().to_string()
}

pub(super) fn claims(rows: &[Row]) -> String {
    let row = |row: &Row| {
        let record = &row.record;
        let fire_time = time::seconds_text(record.fire_time);
        let token = time::text(row.token);
        json!([
            record.key,
            row.prefixed,
            fire_time,
            token,
            record.node_id,
            record.status
        ])
    };
    array(rows.iter().map(row))
}

pub(super) fn records(records: &[Record]) -> String {
    let row = |record: &Record| {
        let [fire_time, dispatched_at] =
            [record.fire_time, record.dispatched_at].map(time::seconds_text);
        json!([
            record.key,
            fire_time,
            dispatched_at,
            record.node_id,
            record.status
        ])
    };
    array(records.iter().map(row))
}

/// Which of the leases the answer names.
pub(super) fn keys_among(found: &[SqliteRow], leases: &[Lease]) -> sqlx::Result<Vec<bool>> {
    let keys: HashSet<String> = found
        .iter()
        .map(|row| row.try_get(0))
        .collect::<sqlx::Result<_>>()?;
    let among = leases.iter().map(|lease| keys.contains(&lease.text));
    Ok(among.collect())
}

/// Which of the rows' runs the answer names.
pub(super) fn runs_among(found: &[SqliteRow], rows: &[Row]) -> sqlx::Result<Vec<bool>> {
    let runs: Vec<Occurrence> = rows.iter().map(|row| row.record.occurrence()).collect();
    among(found, &runs)
}

/// Which of the runs the answer names.
pub(super) fn among(found: &[SqliteRow], runs: &[Occurrence]) -> sqlx::Result<Vec<bool>> {
    let found = found.iter().map(occurrence);
    let found: HashSet<Occurrence> = found.collect::<sqlx::Result<_>>()?;
    Ok(runs.iter().map(|run| found.contains(run)).collect())
}

fn seconds(text: &str) -> i64 {
    time::parse(text).map_or(0, Timestamp::as_second)
}

pub(super) fn occurrence(row: &SqliteRow) -> sqlx::Result<Occurrence> {
    Ok(Occurrence {
        key: row.try_get(0)?,
        fire_time: seconds(row.try_get(1)?),
    })
}

pub(super) fn record(row: &SqliteRow) -> sqlx::Result<Record> {
    Ok(Record {
        key: row.try_get(0)?,
        fire_time: seconds(row.try_get(1)?),
        dispatched_at: seconds(row.try_get(2)?),
        node_id: row.try_get(3)?,
        status: row.try_get(4)?,
    })
}

pub(super) fn definition(row: &SqliteRow) -> sqlx::Result<Definition> {
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
    sql: &'q str,
    definition: &'q Definition,
) -> Query<'q, sqlx::Sqlite, SqliteArguments<'q>> {
    let text = |at: Option<Timestamp>| at.map(|at| time::text(at.as_microsecond()));
    sqlx::query(sql)
        .bind(&definition.key)
        .bind(&definition.cron)
        .bind(definition.enabled)
        .bind(&definition.source)
        .bind(&definition.metadata)
        .bind(text(definition.disabled_at))
        .bind(text(definition.created_at))
        .bind(text(definition.updated_at))
}
