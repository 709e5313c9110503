//! The plain commands that the registries need. All may be sent twice.

use super::Redis;
use super::connection::store_error;
use crate::Result;

impl Redis {
    /// `GET`.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.query(redis::cmd("GET").arg(key)).await
    }

    /// `SETEX` of each (key, seconds, value), in one pipeline.
    ///
    /// # Errors
    ///
    /// A store error; some may have been set.
    pub async fn setex_many(&self, entries: &[(Vec<u8>, u64, Vec<u8>)]) -> Result<()> {
        let mut pipeline = redis::Pipeline::with_capacity(entries.len());
        for (key, seconds, value) in entries {
            pipeline
                .cmd("SETEX")
                .arg(key)
                .arg(*seconds)
                .arg(value)
                .ignore();
        }
        let sent = self.connections.send::<()>(&pipeline).await;
        sent.map_err(|error| store_error(&error))
    }

    /// `HGET`.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn hget(&self, key: &[u8], field: &[u8]) -> Result<Option<Vec<u8>>> {
        self.query(redis::cmd("HGET").arg(key).arg(field)).await
    }

    /// `HVALS`.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn hvals(&self, key: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.query(redis::cmd("HVALS").arg(key)).await
    }

    /// Sets a field if it still holds `old` (`None`: if it does not exist), and then counts up at
    /// `counter`; whether it was set.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn replace_field(
        &self,
        key: &[u8],
        counter: &[u8],
        field: &[u8],
        old: Option<&[u8]>,
        new: &[u8],
    ) -> Result<bool> {
        let script = &self.scripts.replace_field;
        let call = match old {
            Some(old) => script.call(&[key, counter], &[field, new, old]),
            None => script.call(&[key, counter], &[field, new]),
        };
        script.run_one(&self.connections, call).await
    }

    /// Deletes a field, and then counts up at `counter`; whether there was one.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn delete_field(&self, key: &[u8], counter: &[u8], field: &[u8]) -> Result<bool> {
        let script = &self.scripts.delete_field;
        let call = script.call(&[key, counter], &[field]);
        script.run_one(&self.connections, call).await
    }

    async fn query<T: redis::FromRedisValue>(&self, cmd: &redis::Cmd) -> Result<T> {
        let answer = self.connections.send(cmd).await;
        answer.map_err(|error| store_error(&error))
    }
}
