//! Which records are looked for.

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::time;

/// `None` stands for any.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The job's key.
    pub key: Option<String>,
    /// The namespace that Kaal 0.6 puts before the key.
    pub namespace: String,
    /// Unix seconds.
    pub fire_time: Option<i64>,
    /// The node that dispatched.
    pub node_id: Option<String>,
    /// The status.
    pub status: Option<String>,
}

impl Filter {
    /// The statement that finds them: `select`, then the conditions that there are, so that the
    /// database can use its indexes. `key` is the column as the database wants it quoted, `time` the
    /// type that a time is compared as.
    pub(crate) fn query<'a, Db: Database>(
        &'a self,
        select: &'a str,
        key: &str,
        time: &str,
    ) -> QueryBuilder<'a, Db>
    where
        String: Encode<'a, Db> + Type<Db>,
    {
        let mut query = QueryBuilder::new(select);
        query.push(" WHERE 1 = 1");
        if let Some(text) = &self.key {
            query
                .push(format!(" AND {key} IN ("))
                .push_bind(text.clone());
            let prefixed = format!("{}:{text}", self.namespace);
            query.push(", ").push_bind(prefixed).push(")");
        }
        if let Some(seconds) = self.fire_time {
            query.push(" AND fire_time = CAST(");
            query.push_bind(time::seconds_text(seconds));
            query.push(format!(" AS {time})"));
        }
        if let Some(node_id) = &self.node_id {
            query.push(" AND node_id = ").push_bind(node_id.clone());
        }
        if let Some(status) = &self.status {
            query.push(" AND status = ").push_bind(status.clone());
        }
        query.push(" ORDER BY fire_time DESC, id DESC");
        query
    }
}
