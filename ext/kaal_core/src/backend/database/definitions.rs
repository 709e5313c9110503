//! Definitions: rows of `kaal_definitions`.

use jiff::Timestamp;

use super::engine::{Connection, Engine};
use super::log::fits;
use super::names::random_micros;
use super::{Tables, Trouble, Work, statements};
use crate::definition::Definition;
use crate::{Error, Result};

impl<E: Engine> Tables<E> {
    /// The definition of that key, or all, by key.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn definitions(&self, key: Option<&str>) -> Result<Vec<Definition>> {
        let key = key.map(str::to_owned);
        self.perform(Read { key }).await
    }

    /// A text that differs after each change of a definition that a node of ours made.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn definitions_version(&self) -> Result<String> {
        self.perform(Version {}).await
    }

    /// Writes `after` if what is stored is still `before`, which is as [`Definition::to_json`] gave
    /// it; `None`: if nothing is. True when it was.
    ///
    /// # Errors
    ///
    /// A store error; an argument error when a text is too long, or the database takes the key for
    /// that of another definition.
    pub async fn replace_definition(
        &self,
        before: Option<String>,
        mut after: Definition,
    ) -> Result<bool> {
        fits("job key", &after.key)?;
        fits("cron expression", &after.cron)?;
        // So that two changes within a second make two versions.
        let micros = |at: Timestamp| at.as_second() * 1_000_000 + random_micros();
        after.updated_at = after
            .updated_at
            .and_then(|at| Timestamp::from_microsecond(micros(at)).ok());
        self.perform(Replace { before, after }).await
    }

    /// Removes the definition of a key; answers with what was removed.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn remove_definition(&self, key: &str) -> Result<Option<Definition>> {
        let key = key.to_owned();
        self.perform(Remove { key }).await
    }
}

struct Read {
    key: Option<String>,
}

impl<E: Engine> Work<E> for Read {
    type Output = Vec<Definition>;

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Vec<Definition>, Trouble> {
        let mut found = engine.definitions(connection, self.key.as_deref()).await?;
        if let Some(key) = &self.key {
            found.retain(|definition| definition.key == *key);
        }
        Ok(found)
    }
}

statements! { Engine:
    Version {} -> String = definitions_version();
}

struct Replace {
    before: Option<String>,
    after: Definition,
}

impl<E: Engine> Work<E> for Replace {
    type Output = bool;

    fn in_transaction(&self) -> bool {
        true
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<bool, Trouble> {
        let key = &self.after.key;
        engine.lock_definition(connection, key).await?;
        let stored = engine.definitions(connection, Some(key)).await?.pop();
        if let Some(stored) = &stored {
            if stored.key != *key {
                let message = engine.same_key(key, &stored.key);
                return Err(Trouble::Refused(Error::argument(message)));
            }
        }
        if stored.as_ref().map(Definition::to_json) != self.before {
            return Ok(false);
        }
        if stored.is_some() {
            engine.update_definition(connection, &self.after).await?;
        } else {
            engine.insert_definition(connection, &self.after).await?;
        }
        Ok(true)
    }
}

struct Remove {
    key: String,
}

impl<E: Engine> Work<E> for Remove {
    type Output = Option<Definition>;

    fn in_transaction(&self) -> bool {
        true
    }

    async fn run(
        &self,
        engine: &E,
        connection: &mut Connection<E>,
    ) -> std::result::Result<Option<Definition>, Trouble> {
        engine.lock_definition(connection, &self.key).await?;
        let mut stored = engine.definitions(connection, Some(&self.key)).await?;
        stored.retain(|definition| definition.key == self.key);
        let stored = stored.pop();
        if stored.is_some() {
            engine.delete_definition(connection, &self.key).await?;
        }
        Ok(stored)
    }
}
