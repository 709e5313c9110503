//! Rows of `kaal_claims`.

use std::collections::HashSet;

use sqlx::mysql::MySqlConnection;
use sqlx::{MySql, QueryBuilder};

use super::{kept, rows};
use crate::backend::database::time;
use crate::claim::Holder;
use crate::key::Occurrence;

pub(super) async fn open(
    connection: &mut MySqlConnection,
    runs: &[Occurrence],
    holder: &Holder,
) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::<MySql>::new(
        "INSERT INTO kaal_claims \
         (namespace, `key`, fire_time, node_id, expires_at, created_at, updated_at) ",
    );
    insert.push_values(runs, |mut row, run| {
        row.push_bind(&holder.namespace)
            .push_bind(&run.key)
            .push_bind(time::seconds_text(run.fire_time))
            .push_bind(&holder.node_id)
            .push("UTC_TIMESTAMP(6) + INTERVAL ")
            .push_bind_unseparated(holder.ttl.as_millis())
            .push_unseparated(" * 1000 MICROSECOND")
            .push("UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)");
    });
    insert.push(
        " ON DUPLICATE KEY UPDATE node_id = VALUES(node_id), expires_at = VALUES(expires_at), \
         updated_at = VALUES(updated_at)",
    );
    let insert = insert.build().persistent(kept(runs.len()));
    insert.execute(connection).await?;
    Ok(())
}

/// Looks first which there are, and keeps others from them until the transaction ends: an update does
/// not tell which rows it has changed.
pub(super) async fn extend(
    connection: &mut MySqlConnection,
    runs: &[Occurrence],
    holder: &Holder,
    take_over: bool,
) -> sqlx::Result<Vec<bool>> {
    let mut select =
        QueryBuilder::<MySql>::new("SELECT `key`, CAST(fire_time AS CHAR) FROM kaal_claims WHERE ");
    those(&mut select, &holder.namespace, runs);
    if take_over {
        select.push(" AND expires_at <= UTC_TIMESTAMP(6)");
    }
    select.push(" FOR UPDATE");
    let select = select.build().persistent(kept(runs.len()));
    let found = select.fetch_all(&mut *connection).await?;
    let found = found.iter().map(rows::occurrence);
    let found: HashSet<Occurrence> = found.collect::<sqlx::Result<_>>()?;
    let extended: Vec<Occurrence> = runs
        .iter()
        .filter(|run| found.contains(run))
        .cloned()
        .collect();
    if !extended.is_empty() {
        let mut update = QueryBuilder::<MySql>::new("UPDATE kaal_claims SET node_id = ");
        update
            .push_bind(&holder.node_id)
            .push(", expires_at = UTC_TIMESTAMP(6) + INTERVAL ")
            .push_bind(holder.ttl.as_millis())
            .push(" * 1000 MICROSECOND, updated_at = UTC_TIMESTAMP(6) WHERE ");
        those(&mut update, &holder.namespace, &extended);
        let update = update.build().persistent(kept(extended.len()));
        update.execute(connection).await?;
    }
    Ok(runs.iter().map(|run| found.contains(run)).collect())
}

pub(super) async fn close(
    connection: &mut MySqlConnection,
    namespace: &str,
    runs: &[Occurrence],
) -> sqlx::Result<()> {
    let mut delete = QueryBuilder::<MySql>::new("DELETE FROM kaal_claims WHERE ");
    those(&mut delete, namespace, runs);
    let delete = delete.build().persistent(kept(runs.len()));
    delete.execute(connection).await?;
    Ok(())
}

fn those<'a>(query: &mut QueryBuilder<'a, MySql>, namespace: &'a str, runs: &'a [Occurrence]) {
    query
        .push("namespace = ")
        .push_bind(namespace)
        .push(" AND (`key`, fire_time) IN ");
    query.push_tuples(runs, |mut tuple, run| {
        tuple
            .push_bind(&run.key)
            .push_bind(time::seconds_text(run.fire_time));
    });
}
