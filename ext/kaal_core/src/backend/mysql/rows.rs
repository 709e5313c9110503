//! Between the core's types and what MySQL takes and gives.
//!
//! Texts are read unchecked: to sqlx a text whose collation compares bytes is none.

use jiff::Timestamp;
use sqlx::mysql::{MySqlArguments, MySqlRow};
use sqlx::query::Query;
use sqlx::{MySql, Row as _};

use crate::backend::database::time;
use crate::definition::{Definition, normal_metadata};
use crate::dispatch::Record;
use crate::key::Occurrence;

fn seconds(text: &str) -> i64 {
    time::parse(text).map_or(0, Timestamp::as_second)
}

pub(super) fn occurrence(row: &MySqlRow) -> sqlx::Result<Occurrence> {
    Ok(Occurrence {
        key: row.try_get_unchecked(0)?,
        fire_time: seconds(row.try_get_unchecked(1)?),
    })
}

pub(super) fn record(row: &MySqlRow) -> sqlx::Result<Record> {
    Ok(Record {
        key: row.try_get_unchecked(0)?,
        fire_time: seconds(row.try_get_unchecked(1)?),
        dispatched_at: seconds(row.try_get_unchecked(2)?),
        node_id: row.try_get_unchecked(3)?,
        status: row.try_get_unchecked(4)?,
    })
}

pub(super) fn definition(row: &MySqlRow) -> sqlx::Result<Definition> {
    let at = |text: Option<&str>| text.and_then(time::parse);
    Ok(Definition {
        key: row.try_get_unchecked(0)?,
        cron: row.try_get_unchecked(1)?,
        enabled: row.try_get_unchecked::<i64, _>(2)? != 0,
        source: row.try_get_unchecked(3)?,
        metadata: normal_metadata(row.try_get_unchecked(4)?),
        disabled_at: at(row.try_get_unchecked(5)?),
        created_at: at(row.try_get_unchecked(6)?),
        updated_at: at(row.try_get_unchecked(7)?),
    })
}

/// A statement that writes a definition, with the six values that may change.
pub(super) fn bind<'q>(
    query: Query<'q, MySql, MySqlArguments>,
    definition: &'q Definition,
) -> Query<'q, MySql, MySqlArguments> {
    query
        .bind(&definition.cron)
        .bind(definition.enabled)
        .bind(&definition.source)
        .bind(&definition.metadata)
        .bind(text(definition.disabled_at))
        .bind(text(definition.updated_at))
}

pub(super) fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| time::text(at.as_microsecond()))
}
