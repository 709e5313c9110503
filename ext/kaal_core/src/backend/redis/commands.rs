//! The plain commands that the registries need. All may be sent twice.

use super::Redis;
use super::connection::store_error;
use super::scripts::of_each;
use crate::Result;

/// How many fields a script sets: a few milliseconds' work, for others have to wait meanwhile.
const FIELDS: usize = 500;

/// A change of a hash's field.
#[derive(Debug)]
pub struct FieldChange {
    /// The field's name.
    pub field: Vec<u8>,
    /// What it must hold; `None`: it must not exist.
    pub before: Option<Vec<u8>>,
    /// What it shall hold.
    pub after: Vec<u8>,
}

impl FieldChange {
    fn arguments(&self) -> [&[u8]; 4] {
        let (known, before): (&[u8], &[u8]) = match &self.before {
            Some(before) => (b"1", before),
            None => (b"0", b""),
        };
        [&self.field, known, before, &self.after]
    }
}

impl Redis {
    /// `GET`.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.query(redis::cmd("GET").arg(key)).await
    }

    /// `EXISTS` of each key, in one pipeline.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn exist_many(&self, keys: &[Vec<u8>]) -> Result<Vec<bool>> {
        let mut pipeline = redis::Pipeline::with_capacity(keys.len());
        for key in keys {
            pipeline.cmd("EXISTS").arg(key);
        }
        let sent = self.connections.send(&pipeline).await;
        sent.map_err(|error| store_error(&error))
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

    /// `TIME`, in unix seconds.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn time(&self) -> Result<f64> {
        let (seconds, micros): (f64, f64) = self.query(&redis::cmd("TIME")).await?;
        Ok(seconds + micros / 1e6)
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

    /// Sets fields, each if it still holds what it held before, and counts up at `counter` when one was
    /// set. True for those that were set.
    ///
    /// # Errors
    ///
    /// A store error; some may have been set.
    pub async fn replace_fields(
        &self,
        key: &[u8],
        counter: &[u8],
        changes: &[FieldChange],
    ) -> Result<Vec<bool>> {
        let script = &self.scripts.replace_fields;
        let mut set = Vec::with_capacity(changes.len());
        for changes in changes.chunks(FIELDS) {
            let arguments: Vec<&[u8]> = changes.iter().flat_map(FieldChange::arguments).collect();
            let call = script.call(&[key, counter], &arguments);
            let answers: Vec<bool> = script.run_one(&self.connections, call).await?;
            set.extend(of_each(answers, changes.len())?);
        }
        Ok(set)
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
