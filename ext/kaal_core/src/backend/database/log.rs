//! The dispatch log: rows of `kaal_dispatches`.

use super::engine::{Connection, Engine};
use super::{Filter, Tables, Trouble, Work, statements};
use crate::dispatch::Record;
use crate::{Error, Result};

/// How many rows are deleted at once, so that others get their turn.
const CHUNK: i64 = 1_000;

/// What `key`, `cron` and `node_id` have room for, in characters.
pub(super) const ROOM: usize = 255;

impl<E: Engine> Tables<E> {
    /// Writes records, each in place of one of that run, all or none.
    ///
    /// # Errors
    ///
    /// A store error; an argument error when a text is too long.
    pub async fn log_many(&self, records: &[Record]) -> Result<()> {
        for record in records {
            fits("job key", &record.key)?;
            fits("node id", &record.node_id)?;
        }
        // The last of a run's records counts.
        let run = |record: &Record| (record.key.clone(), record.fire_time);
        let last: std::collections::BTreeMap<_, _> = records
            .iter()
            .map(|record| (run(record), record.clone()))
            .collect();
        let records: Vec<Record> = last.into_values().collect();
        if records.is_empty() {
            return Ok(());
        }
        self.perform(Put { records }).await
    }

    /// The records that the filter lets through, newest fire time first.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn dispatches(&self, filter: Filter) -> Result<Vec<Record>> {
        self.perform(Find { filter }).await
    }

    /// Deletes the records of runs before `fire_time` (unix seconds); answers how many.
    ///
    /// # Errors
    ///
    /// A store error.
    pub async fn delete_dispatches_before(&self, fire_time: i64) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let done = self.perform(Delete { fire_time }).await?;
            deleted += done;
            if done < CHUNK.unsigned_abs() {
                return Ok(deleted);
            }
        }
    }
}

/// Refuses what a column would refuse or, worse, cut.
pub(super) fn fits(what: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if length > ROOM {
        return Err(Error::argument(format!(
            "{what} is {length} characters long, the tables take {ROOM}"
        )));
    }
    Ok(())
}

statements! { Engine:
    Put { records: Vec<Record> } -> () = put_records(records), in transaction if |put| put.records.len() > E::RECORDS_AT_ONCE;
    Find { filter: Filter } -> Vec<Record> = find_records(filter);
    Delete { fire_time: i64 } -> u64 = delete_records(*fire_time, CHUNK);
}
