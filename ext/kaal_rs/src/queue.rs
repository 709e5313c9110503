//! `Kaal::Native::Queue`.

use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kaal_core::queue::{self, Backoff, DeadJob, Job, NewJob, Notice, Options, Outcome};
use magnus::{
    Error, Module, Object, RArray, RHash, RModule, RString, Ruby, TryConvert, Value, function,
    method,
};
use tokio::time::timeout;

use crate::class;
use crate::convert::{self, option, string, text};
use crate::error::{exception, guarded, store};
use crate::leases;
use crate::process::{PerProcess, Process};
use crate::redis_options;
use crate::wait::{nothing, wait};

/// The queue of each process. Its keeper ends when Ruby has no use of it any more, or when it was closed.
#[magnus::wrap(class = "Kaal::Native::Queue", free_immediately, size)]
struct Queue {
    queue: PerProcess<queue::Queue>,
}

type Result<T> = std::result::Result<T, Error>;

impl Queue {
    /// Takes how to reach Redis, see [`redis_options::read`], and how the queue works.
    fn new(ruby: &Ruby, redis: RHash, options: RHash) -> Result<Self> {
        let redis = redis_options::read(ruby, redis)?;
        let options = read(ruby, options)?;
        let make = move || queue::Queue::new(redis.clone(), options.clone());
        // Made once here, so that a mistake is reported now and making it later cannot fail.
        guarded(ruby, &make)?;
        let make = move || make().expect("made before from the same options");
        Ok(Self {
            queue: PerProcess::new(make),
        })
    }

    fn id(ruby: &Ruby, rb_self: &Self) -> String {
        rb_self.queue.get(ruby).id().to_owned()
    }

    /// Adds a job for each due time, in unix seconds or nil, with the payload of the same index, and the id,
    /// nil or not there for none. Answers with the ids.
    fn enqueue(
        ruby: &Ruby,
        rb_self: &Self,
        dues: RArray,
        payloads: Value,
        ids: RArray,
    ) -> Result<RArray> {
        let payload = |ruby: &Ruby, payload| text(ruby, "payload", payload);
        let payloads = convert::list(ruby, "payloads", payloads, payload)?;
        rb_self.add(ruby, dues, payloads, ids)
    }

    /// As [`Queue::enqueue`], with payloads that are the elements of JSON arrays.
    fn enqueue_documents(
        ruby: &Ruby,
        rb_self: &Self,
        dues: RArray,
        documents: Value,
        ids: RArray,
    ) -> Result<RArray> {
        let elements = |ruby: &Ruby, document| {
            let document = text(ruby, "document", document)?;
            queue::elements(&document).map_err(|error| exception(ruby, error))
        };
        let payloads = convert::list(ruby, "documents", documents, elements)?;
        rb_self.add(ruby, dues, payloads.concat(), ids)
    }

    fn add(
        &self,
        ruby: &Ruby,
        dues: RArray,
        payloads: Vec<Vec<u8>>,
        ids: RArray,
    ) -> Result<RArray> {
        let (jobs, given) = (dues.len(), payloads.len());
        if given != jobs {
            let message = format!(
                "for {jobs} jobs {given} were written: a to_json of one's own must write one value"
            );
            return Err(exception(ruby, kaal_core::Error::argument(message)));
        }
        let job = |(due, (index, payload)): (Value, (usize, Vec<u8>))| {
            let index = isize::try_from(index).expect("no Array is larger");
            let id: Option<Value> = ids.entry(index)?;
            Ok(NewJob {
                id: id.map(|id| text(ruby, "id", id)).transpose()?,
                due: Option::<f64>::try_convert(due)?,
                payload,
            })
        };
        let payloads = payloads.into_iter().enumerate();
        let jobs: Vec<NewJob> = dues
            .into_iter()
            .zip(payloads)
            .map(job)
            .collect::<Result<_>>()?;
        let ids = self.ask(ruby, |queue| async move { queue.enqueue(jobs).await })?;
        Ok(ruby.ary_from_iter(ids.iter().map(|id| string(ruby, id))))
    }

    /// Starts the thread that serves the queue until it is closed.
    fn keep(ruby: &Ruby, rb_self: &Self) -> Result<()> {
        let process = Process::current(ruby)?;
        let queue = rb_self.queue.get(ruby);
        let keep = move || process.block_on(queue.keep());
        thread::Builder::new()
            .name("kaal-queue".into())
            .spawn(keep)
            .map(drop)
            .map_err(|cause| store(ruby, &format!("cannot start a thread: {cause}")))
    }

    /// Up to `most` jobs as `[[id, token, attempt, payload], …]`, as soon as there is one, none after so
    /// many seconds; nil: closed. What comes for a caller that has given up goes back.
    fn take(ruby: &Ruby, rb_self: &Self, most: usize, seconds: f64) -> Result<Option<RArray>> {
        let queue = rb_self.queue.get(ruby);
        let mut jobs = queue.try_take(most);
        if jobs.as_ref().is_some_and(Vec::is_empty) {
            let giving_back = Arc::clone(&queue);
            let undo = move |jobs: Option<Vec<Job>>| {
                give_back(&giving_back, jobs);
                nothing(())
            };
            let patience = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            let taken = async move {
                let taken = timeout(patience, queue.take(most)).await;
                taken.unwrap_or_else(|_| Some(Vec::new()))
            };
            jobs = wait(ruby, taken, undo)?;
        }
        Ok(jobs.map(|jobs| ruby.ary_from_iter(jobs.iter().map(|job| taken(ruby, job)))))
    }

    /// Notes that a job is done; false where it is not this server's any more.
    fn done(ruby: &Ruby, rb_self: &Self, id: RString, token: u64) -> bool {
        rb_self.settle(ruby, id, token, Outcome::Done)
    }

    /// Notes that an attempt failed for this reason: it is `:retry` or `:dead`, nil where the job is not
    /// this server's any more.
    fn failed(
        ruby: &Ruby,
        rb_self: &Self,
        id: RString,
        token: u64,
        attempt: u32,
        reason: String,
    ) -> Option<magnus::Symbol> {
        let outcome = rb_self.queue.get(ruby).after_failure(attempt, reason);
        let name = match outcome {
            Outcome::Retry(_) => "retry",
            _ => "dead",
        };
        rb_self
            .settle(ruby, id, token, outcome)
            .then(|| ruby.to_symbol(name))
    }

    /// Notes that a job is not to be tried again, for this reason.
    fn bury(ruby: &Ruby, rb_self: &Self, id: RString, token: u64, reason: String) -> bool {
        rb_self.settle(ruby, id, token, Outcome::Dead(reason))
    }

    /// Gives a job back.
    fn give_back(ruby: &Ruby, rb_self: &Self, id: RString, token: u64) -> bool {
        rb_self.settle(ruby, id, token, Outcome::Back)
    }

    fn settle(&self, ruby: &Ruby, id: RString, token: u64, outcome: Outcome) -> bool {
        let queue = self.queue.get(ruby);
        queue.settle(convert::bytes(id), token, outcome)
    }

    fn close(ruby: &Ruby, rb_self: &Self) {
        rb_self.queue.get(ruby).close();
    }

    fn abandon(ruby: &Ruby, rb_self: &Self) {
        rb_self.queue.get(ruby).abandon();
    }

    /// Whether all outcomes are told within so many seconds.
    fn wait_until_left(ruby: &Ruby, rb_self: &Self, seconds: f64) -> Result<bool> {
        let queue = rb_self.queue.get(ruby);
        let patience = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let left = async move { timeout(patience, queue.left()).await.is_ok() };
        wait(ruby, left, nothing)
    }

    fn status(ruby: &Ruby, rb_self: &Self) -> Result<RHash> {
        let status = rb_self.ask(ruby, |queue| async move { queue.status().await })?;
        let hash = ruby.hash_new();
        for (name, number) in [
            ("ready", status.ready),
            ("delayed", status.delayed),
            ("processing", status.pending),
            ("dead", status.dead),
            ("servers", status.servers),
        ] {
            hash.aset(ruby.to_symbol(name), number)?;
        }
        hash.aset(ruby.to_symbol("completed"), status.counts.completed)?;
        hash.aset(ruby.to_symbol("failed"), status.counts.failed)?;
        Ok(hash)
    }

    /// How many jobs were taken and have no outcome.
    fn held(ruby: &Ruby, rb_self: &Self) -> usize {
        rb_self.queue.get(ruby).counts().held
    }

    /// `[[what, id or server, detail], …]` since it was asked last.
    fn notices(ruby: &Ruby, rb_self: &Self) -> RArray {
        let notices = rb_self.queue.get(ruby).notices();
        let told = notices.into_iter().map(|notice| match notice {
            Notice::Lost(id) => ("lost", string(ruby, &id), None),
            Notice::Dead(id, reason) => {
                let reason = string(ruby, reason.as_bytes());
                ("dead", string(ruby, &id), Some(reason))
            }
            Notice::Recovered(server, jobs) => {
                let jobs = string(ruby, jobs.to_string().as_bytes());
                ("recovered", string(ruby, server.as_bytes()), Some(jobs))
            }
            Notice::Failing(message) => ("failing", string(ruby, message.as_bytes()), None),
            Notice::Working => ("working", string(ruby, b""), None),
        });
        ruby.ary_from_iter(told.map(|(what, id, detail)| (ruby.to_symbol(what), id, detail)))
    }

    /// `[[id, unix seconds, reason or nil, attempts], …]`, the latest first.
    fn dead(ruby: &Ruby, rb_self: &Self, skip: usize, most: usize) -> Result<RArray> {
        let dead: Vec<DeadJob> =
            rb_self.ask(ruby, |queue| async move { queue.dead(skip, most).await })?;
        Ok(ruby.ary_from_iter(dead.iter().map(|job| {
            let reason = job.reason.as_ref();
            let reason = reason.map(|reason| string(ruby, reason.as_bytes()));
            (string(ruby, &job.id), job.died_at, reason, job.attempts)
        })))
    }

    fn payload(ruby: &Ruby, rb_self: &Self, id: Value) -> Result<Option<RString>> {
        let id = text(ruby, "id", id)?;
        let payload = rb_self.ask(ruby, |queue| async move { queue.payload(&id).await })?;
        Ok(payload.map(|payload| string(ruby, &payload)))
    }

    /// Takes ids; nil: all.
    fn requeue(ruby: &Ruby, rb_self: &Self, ids: Option<Value>) -> Result<usize> {
        let ids = rb_ids(ruby, ids)?;
        rb_self.ask(ruby, |queue| async move { queue.requeue(ids).await })
    }

    /// Takes ids; nil: all.
    fn discard(ruby: &Ruby, rb_self: &Self, ids: Option<Value>) -> Result<usize> {
        let ids = rb_ids(ruby, ids)?;
        rb_self.ask(ruby, |queue| async move { queue.discard(ids).await })
    }

    fn ask<T, F>(&self, ruby: &Ruby, question: impl FnOnce(Arc<queue::Queue>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = kaal_core::Result<T>> + Send + 'static,
    {
        leases::ask(ruby, &self.queue, question)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.made() {
            queue.close();
        }
    }
}

fn taken(ruby: &Ruby, job: &Job) -> (RString, u64, u32, RString) {
    let (id, payload) = (string(ruby, &job.id), string(ruby, &job.payload));
    (id, job.token, job.attempt, payload)
}

fn give_back(queue: &queue::Queue, jobs: Option<Vec<Job>>) {
    for job in jobs.unwrap_or_default() {
        queue.settle(job.id, job.token, Outcome::Back);
    }
}

fn rb_ids(ruby: &Ruby, ids: Option<Value>) -> Result<Option<Vec<Vec<u8>>>> {
    ids.map(|ids| convert::list(ruby, "ids", ids, |ruby, id| text(ruby, "id", id)))
        .transpose()
}

/// Reads `prefix` and, each nil for its default, `lease`, `resolution` and `backoff` (the first and the longest
/// pause) in seconds, `max_attempts` (0: no limit), `max_payload` in bytes.
fn read(ruby: &Ruby, hash: RHash) -> Result<Options> {
    let prefix: String = hash.fetch(ruby.sym_new("prefix"))?;
    let mut options = Options::new(prefix).map_err(|error| exception(ruby, error))?;
    if let Some(lease) = redis_options::seconds(ruby, hash, "lease")? {
        options.lease = lease;
    }
    if let Some(resolution) = redis_options::seconds(ruby, hash, "resolution")? {
        options.resolution = resolution;
    }
    if let Some((first, longest)) = option::<(f64, f64)>(ruby, hash, "backoff")? {
        options.backoff = Backoff {
            first: Duration::try_from_secs_f64(first).unwrap_or_default(),
            longest: Duration::try_from_secs_f64(longest).unwrap_or(Duration::MAX / 4),
        };
    }
    if let Some(attempts) = option::<u32>(ruby, hash, "max_attempts")? {
        options.max_attempts = if attempts == 0 { u32::MAX } else { attempts };
    }
    if let Some(bytes) = option(ruby, hash, "max_payload")? {
        options.max_payload = bytes;
    }
    Ok(options)
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    let class = class::define::<Queue>(ruby, native, "Queue")?;
    class.define_singleton_method("new", function!(Queue::new, 2))?;
    class.define_method("id", method!(Queue::id, 0))?;
    class.define_method("enqueue", method!(Queue::enqueue, 3))?;
    class.define_method("enqueue_documents", method!(Queue::enqueue_documents, 3))?;
    class.define_method("keep", method!(Queue::keep, 0))?;
    class.define_method("take", method!(Queue::take, 2))?;
    class.define_method("done", method!(Queue::done, 2))?;
    class.define_method("failed", method!(Queue::failed, 4))?;
    class.define_method("bury", method!(Queue::bury, 3))?;
    class.define_method("give_back", method!(Queue::give_back, 2))?;
    class.define_method("close", method!(Queue::close, 0))?;
    class.define_method("abandon", method!(Queue::abandon, 0))?;
    class.define_method("wait_until_left", method!(Queue::wait_until_left, 1))?;
    class.define_method("status", method!(Queue::status, 0))?;
    class.define_method("held", method!(Queue::held, 0))?;
    class.define_method("notices", method!(Queue::notices, 0))?;
    class.define_method("dead", method!(Queue::dead, 2))?;
    class.define_method("payload", method!(Queue::payload, 1))?;
    class.define_method("requeue", method!(Queue::requeue, 1))?;
    class.define_method("discard", method!(Queue::discard, 1))
}
