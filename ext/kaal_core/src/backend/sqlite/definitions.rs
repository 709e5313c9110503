//! Definitions in SQLite: rows of `kaal_definitions`.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::connection::write;
use super::{Sqlite, time};
use crate::Result;
use crate::definition::{Definition, normal_metadata};

impl Sqlite {
    /// The definition of that key, or all, by key.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn definitions(&self, key: Option<&str>) -> Result<Vec<Definition>> {
        let mut connection = self.connection.get().await?;
        let found = select(&mut connection, key).await;
        found.map_err(|error| self.connection.error(&error))
    }

    /// Changes the definition of a key: `change` gets what is stored and gives what shall be, or
    /// `None` to leave it. Nobody else changes it meanwhile. Answers with what `change` gave.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn change_definition(
        &self,
        key: &str,
        change: impl FnOnce(Option<Definition>) -> Option<Definition> + Send,
    ) -> Result<Option<Definition>> {
        let mut connection = self.connection.get().await?;
        let changed = async {
            let mut transaction = write(&mut connection).await?;
            let stored = select(&mut transaction, Some(key)).await?.pop();
            let next = change(stored);
            if let Some(next) = &next {
                upsert(&mut transaction, next).await?;
            }
            transaction.commit().await?;
            Ok(next)
        };
        changed.await.map_err(|error| self.connection.error(&error))
    }

    /// Removes the definition of a key; answers with what was removed.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn remove_definition(&self, key: &str) -> Result<Option<Definition>> {
        let mut connection = self.connection.get().await?;
        let removed = async {
            let mut transaction = write(&mut connection).await?;
            let stored = select(&mut transaction, Some(key)).await?.pop();
            sqlx::query(include_str!("queries/delete_definition.sql"))
                .bind(key)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(stored)
        };
        removed.await.map_err(|error| self.connection.error(&error))
    }
}

async fn select(
    connection: &mut SqliteConnection,
    key: Option<&str>,
) -> sqlx::Result<Vec<Definition>> {
    let select = sqlx::query(include_str!("queries/all_definitions.sql")).bind(key);
    let rows = select.fetch_all(connection).await?;
    rows.iter().map(definition).collect()
}

async fn upsert(connection: &mut SqliteConnection, definition: &Definition) -> sqlx::Result<()> {
    let text = |at: Option<Timestamp>| at.map(|at| time::text(at.as_microsecond()));
    sqlx::query(include_str!("queries/upsert_definition.sql"))
        .bind(&definition.key)
        .bind(&definition.cron)
        .bind(definition.enabled)
        .bind(&definition.source)
        .bind(&definition.metadata)
        .bind(text(definition.disabled_at))
        .bind(text(definition.created_at))
        .bind(text(definition.updated_at))
        .execute(connection)
        .await?;
    Ok(())
}

fn definition(row: &SqliteRow) -> sqlx::Result<Definition> {
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
