//! Adding jobs.

use std::sync::PoisonError;

use redis::{ErrorKind, Pipeline};

use super::{CHUNK, CHUNK_BYTES, NewJob, Queue, store_error};
use crate::backend::redis::connection::is_left;
use crate::{Error, Result};

/// A job as Redis gets it.
struct Entry {
    id: Vec<u8>,
    /// No job ever had this id.
    is_new: bool,
    /// When it is due, in unix seconds; empty: now.
    due: String,
    payload: Vec<u8>,
}

impl Queue {
    /// Adds jobs, in order; their ids. A job whose id is taken by one that waits, runs or is dead is not
    /// added again.
    ///
    /// # Errors
    ///
    /// An argument error when a payload is too large or a time is none; then none was added. A store error;
    /// some may have been added, and with ids of one's own all can be added again.
    pub async fn enqueue(&self, jobs: Vec<NewJob>) -> Result<Vec<Vec<u8>>> {
        for job in &jobs {
            self.check(job)?;
        }
        let entries = self.prepare(jobs);
        for chunk in chunks(&entries) {
            let is_plain = chunk
                .iter()
                .all(|entry| entry.is_new && entry.due.is_empty());
            if !(is_plain && self.add_new(chunk).await?) {
                self.add(chunk).await?;
            }
        }
        if entries.iter().any(|entry| !entry.due.is_empty()) {
            self.delayed_earlier.notify_one();
        }
        Ok(entries.into_iter().map(|entry| entry.id).collect())
    }

    /// Adds jobs of new ids, that are due now, in a transaction: there is nothing for a script to decide, which
    /// costs Redis several times as much. False: they may have been added or not, and can be added again.
    async fn add_new(&self, entries: &[Entry]) -> Result<bool> {
        let ids = || entries.iter().map(|entry| &entry.id[..]);
        let mut payloads = redis::cmd("HSET");
        payloads.arg(&self.keys.payloads);
        for entry in entries {
            payloads.arg(&entry.id).arg(&entry.payload);
        }
        let mut ready = redis::cmd("LPUSH");
        ready.arg(&self.keys.ready);
        for id in ids() {
            ready.arg(id);
        }
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline.atomic();
        pipeline.add_command(payloads).ignore();
        pipeline.add_command(ready).ignore();
        let added = self.commands.send_once::<()>(&pipeline).await;
        let Err(error) = added else {
            return Ok(true);
        };
        if is_left(&error) {
            return Ok(false);
        }
        // The driver knows no other answer to a transaction than that it was carried out.
        let is_refused = error.kind() == ErrorKind::UnexpectedReturnType;
        if !is_refused && error.clone().into_server_errors().is_none() {
            return Err(store_error(&error));
        }
        // Refused as a whole, or where `ready` is no list: a payload that is in none would be there for ever. The
        // script says why, or finds that it works by now.
        let mut withdraw = redis::cmd("HDEL");
        withdraw.arg(&self.keys.payloads);
        for id in ids() {
            withdraw.arg(id);
        }
        let _ = self.query::<()>(&withdraw).await;
        Ok(false)
    }

    async fn add(&self, entries: &[Entry]) -> Result<()> {
        let keys = [
            &self.keys.payloads,
            &self.keys.ready,
            &self.keys.delayed,
            &self.keys.wake,
            &self.keys.leases,
            &self.keys.dead,
            &self.keys.reasons,
        ];
        let arguments: Vec<&[u8]> = entries
            .iter()
            .flat_map(|entry| [&entry.id[..], entry.due.as_bytes(), &entry.payload[..]])
            .collect();
        let script = &self.scripts.enqueue;
        let call = script.call(&keys.map(String::as_bytes), &arguments);
        script.run_one(&self.commands, call).await
    }

    fn check(&self, job: &NewJob) -> Result<()> {
        let (size, most) = (job.payload.len(), self.options.max_payload);
        if size > most {
            return Err(Error::argument(format!(
                "the job has {size} bytes, more than max_payload, which is {most}: keep its data elsewhere and \
                 give the job the place"
            )));
        }
        if job.due.is_some_and(|due| !due.is_finite()) {
            return Err(Error::argument("scheduled_at is not a point in time"));
        }
        if job.id.as_ref().is_some_and(Vec::is_empty) {
            return Err(Error::argument("the id of a job must not be empty"));
        }
        Ok(())
    }

    fn prepare(&self, jobs: Vec<NewJob>) -> Vec<Entry> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let mut id = || tokens.take().to_string().into_bytes();
        jobs.into_iter()
            .map(|job| Entry {
                is_new: job.id.is_none(),
                id: job.id.unwrap_or_else(&mut id),
                due: job.due.map(|due| due.to_string()).unwrap_or_default(),
                payload: job.payload,
            })
            .collect()
    }
}

/// Jobs that can be added at once without holding up others for long.
fn chunks(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    let mut bytes = 0;
    let mut count = 0;
    entries.chunk_by(move |one, next| {
        bytes += one.payload.len();
        count += 1;
        let fits = count < CHUNK && bytes + next.payload.len() <= CHUNK_BYTES;
        if !fits {
            (bytes, count) = (0, 0);
        }
        fits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_thousand_jobs_and_some_megabytes_are_added_at_once() {
        let job = |size| Entry {
            id: Vec::new(),
            is_new: true,
            due: String::new(),
            payload: vec![0; size],
        };
        let many: Vec<_> = (0..2_500).map(|_| job(1)).collect();
        let sizes: Vec<usize> = chunks(&many).map(<[_]>::len).collect();
        assert_eq!(sizes, [1_000, 1_000, 500]);
        let large: Vec<_> = (0..5).map(|_| job(CHUNK_BYTES / 2)).collect();
        let sizes: Vec<usize> = chunks(&large).map(<[_]>::len).collect();
        assert_eq!(sizes, [2, 2, 1]);
    }
}
