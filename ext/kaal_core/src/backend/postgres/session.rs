//! Advisory locks.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row as _};

use super::{Postgres, queries};
use crate::backend::database::digest::md5_i64;
use crate::backend::database::engine::SessionEngine;
use crate::backend::database::read_only;
use crate::key::Key;

impl SessionEngine for Postgres {
    type Name = i64;

    fn lock_name(key: &Key) -> i64 {
        md5_i64(key.as_bytes())
    }

    async fn session(&self, connection: &mut PgConnection) -> sqlx::Result<String> {
        let row = self.query(queries::SESSION).fetch_one(connection).await?;
        row.try_get(0)
    }

    async fn end_session(
        &self,
        connection: &mut PgConnection,
        session: &str,
    ) -> sqlx::Result<bool> {
        let end = self.query(queries::END_SESSION).bind(session);
        Ok(end.fetch_optional(connection).await?.is_some())
    }

    async fn end_when_idle(
        &self,
        connection: &mut PgConnection,
        after: Duration,
    ) -> sqlx::Result<()> {
        // The setting is an int of milliseconds.
        let after = after.as_millis().min(i32::MAX.unsigned_abs().into());
        let set = self.query(queries::END_WHEN_IDLE).bind(after.to_string());
        set.fetch_optional(connection).await?;
        Ok(())
    }

    async fn lock(&self, connection: &mut PgConnection, names: &[i64]) -> sqlx::Result<Vec<bool>> {
        let lock = self.query(queries::LOCK).bind(names);
        let locked: Option<Vec<bool>> = lock.fetch_one(connection).await?.try_get(0)?;
        locked.ok_or_else(read_only)
    }

    async fn unlock(&self, connection: &mut PgConnection, names: &[i64]) -> sqlx::Result<()> {
        let unlock = self.query(queries::UNLOCK).bind(names);
        unlock.fetch_one(connection).await?;
        Ok(())
    }

    async fn ping(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        connection.ping().await
    }
}
