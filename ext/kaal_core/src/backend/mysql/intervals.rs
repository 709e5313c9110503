//! Rows of `kaal_intervals`.

use std::collections::HashSet;

use sqlx::mysql::MySqlConnection;
use sqlx::{MySql, QueryBuilder};

use super::{kept, rows};
use crate::backend::database::time;
use crate::key::Occurrence;

/// Looks afterwards which rows are the holder's, for an insertion does not tell what it has changed. The
/// transaction keeps others from them meanwhile.
pub(super) async fn advance(
    connection: &mut MySqlConnection,
    namespace: &str,
    holder: &str,
    runs: &[Occurrence],
) -> sqlx::Result<Vec<bool>> {
    let mut insert = QueryBuilder::<MySql>::new(
        "INSERT INTO kaal_intervals \
         (namespace, `key`, last_run_at, holder, created_at, updated_at) ",
    );
    insert.push_values(runs, |mut row, run| {
        row.push_bind(namespace)
            .push_bind(&run.key)
            .push_bind(time::seconds_text(run.fire_time))
            .push_bind(holder)
            .push("UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)");
    });
    // `last_run_at` is the last: the conditions are about it.
    insert.push(
        " ON DUPLICATE KEY UPDATE \
         holder = IF(last_run_at < VALUES(last_run_at), VALUES(holder), holder), \
         updated_at = IF(last_run_at < VALUES(last_run_at), VALUES(updated_at), updated_at), \
         last_run_at = GREATEST(last_run_at, VALUES(last_run_at))",
    );
    let insert = insert.build().persistent(kept(runs.len()));
    insert.execute(&mut *connection).await?;

    let mut select = QueryBuilder::<MySql>::new(
        "SELECT `key`, CAST(last_run_at AS CHAR) FROM kaal_intervals WHERE namespace = ",
    );
    select.push_bind(namespace).push(" AND holder = ");
    select
        .push_bind(holder)
        .push(" AND (`key`, last_run_at) IN ");
    select.push_tuples(runs, |mut tuple, run| {
        tuple
            .push_bind(&run.key)
            .push_bind(time::seconds_text(run.fire_time));
    });
    let select = select.build().persistent(kept(runs.len()));
    let found = select.fetch_all(connection).await?;
    let found = found.iter().map(rows::occurrence);
    let found: HashSet<Occurrence> = found.collect::<sqlx::Result<_>>()?;
    Ok(runs.iter().map(|run| found.contains(run)).collect())
}
