//! Delayed jobs of any store, as Ruby asks for them. Jobs are Hashes, with the times in microseconds since 1970
//! and the arguments as JSON.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use kaal_core::delayed::{Claimed, Failed, Job};
use magnus::{Error, RArray, RHash, Ruby};

use crate::convert::option;

type Result<T> = std::result::Result<T, Error>;

/// Defines the methods of delayed jobs, which all take the namespace first. The class has `ask`.
macro_rules! delayed_jobs {
    ($class:ident) => {
        impl $class {
            fn enqueue_job(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                job: RHash,
            ) -> std::result::Result<bool, Error> {
                let job = $crate::delayed::job_from_hash(ruby, job)?;
                rb_self.ask(ruby, |store| async move {
                    store.enqueue(&namespace, &job).await
                })
            }

            /// When the first job is due, in microseconds since 1970, and in how many milliseconds the
            /// first lease ends.
            fn next_due(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
            ) -> std::result::Result<(Option<i64>, Option<i64>), Error> {
                let next = rb_self.ask(
                    ruby,
                    |store| async move { store.next_due(&namespace).await },
                )?;
                Ok((next.run_at, next.lease_ends_in))
            }

            fn take_jobs(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                now: i64,
                most: usize,
                ttl: Value,
            ) -> std::result::Result<RArray, Error> {
                let ttl = $crate::convert::ttl(ruby, ttl)?;
                let taken = rb_self.ask(ruby, |store| async move {
                    store.take(&namespace, now, most, ttl).await
                })?;
                $crate::delayed::hashes(ruby, &taken, $crate::delayed::claimed_to_hash)
            }

            fn extend_jobs(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                ids: Vec<String>,
                ttl: Value,
                attempts: Option<u32>,
            ) -> std::result::Result<Vec<bool>, Error> {
                let ttl = $crate::convert::ttl(ruby, ttl)?;
                rb_self.ask(ruby, |store| async move {
                    store.extend(&namespace, &ids, ttl, attempts).await
                })
            }

            fn close_jobs(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                ids: Vec<String>,
            ) -> std::result::Result<(), Error> {
                rb_self.ask(
                    ruby,
                    |store| async move { store.close(&namespace, &ids).await },
                )
            }

            fn fail_job(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                id: String,
                error: String,
                attempts: u32,
            ) -> std::result::Result<(), Error> {
                rb_self.ask(ruby, |store| async move {
                    store.fail(&namespace, &id, &error, attempts).await
                })
            }

            fn pending_jobs(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                most: usize,
            ) -> std::result::Result<RArray, Error> {
                let jobs = rb_self.ask(ruby, |store| async move {
                    store.pending(&namespace, most).await
                })?;
                $crate::delayed::hashes(ruby, &jobs, $crate::delayed::job_to_hash)
            }

            fn failed_jobs(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                most: usize,
            ) -> std::result::Result<RArray, Error> {
                let failed =
                    rb_self.ask(
                        ruby,
                        |store| async move { store.failed(&namespace, most).await },
                    )?;
                $crate::delayed::hashes(ruby, &failed, $crate::delayed::failed_to_hash)
            }

            fn retry_job(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                id: String,
            ) -> std::result::Result<bool, Error> {
                rb_self.ask(
                    ruby,
                    |store| async move { store.retry(&namespace, &id).await },
                )
            }

            fn discard_job(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
                id: String,
            ) -> std::result::Result<bool, Error> {
                rb_self.ask(
                    ruby,
                    |store| async move { store.discard(&namespace, &id).await },
                )
            }

            /// How many are pending, claimed and failed.
            fn count_jobs(
                ruby: &Ruby,
                rb_self: &Self,
                namespace: String,
            ) -> std::result::Result<(u64, u64, u64), Error> {
                let counts =
                    rb_self.ask(ruby, |store| async move { store.counts(&namespace).await })?;
                Ok((counts.pending, counts.claimed, counts.failed))
            }

            fn define_delayed_jobs(class: magnus::RClass) -> std::result::Result<(), Error> {
                class.define_method("enqueue_job", method!($class::enqueue_job, 2))?;
                class.define_method("next_due", method!($class::next_due, 1))?;
                class.define_method("take_jobs", method!($class::take_jobs, 4))?;
                class.define_method("extend_jobs", method!($class::extend_jobs, 4))?;
                class.define_method("close_jobs", method!($class::close_jobs, 2))?;
                class.define_method("fail_job", method!($class::fail_job, 4))?;
                class.define_method("pending_jobs", method!($class::pending_jobs, 2))?;
                class.define_method("failed_jobs", method!($class::failed_jobs, 2))?;
                class.define_method("retry_job", method!($class::retry_job, 2))?;
                class.define_method("discard_job", method!($class::discard_job, 2))?;
                class.define_method("count_jobs", method!($class::count_jobs, 1))
            }
        }
    };
}
pub(crate) use delayed_jobs;

pub fn job_from_hash(ruby: &Ruby, hash: RHash) -> Result<Job> {
    Ok(Job {
        job_id: hash.fetch(ruby.sym_new("job_id"))?,
        run_at: hash.fetch(ruby.sym_new("run_at"))?,
        job_class: hash.fetch(ruby.sym_new("job_class"))?,
        args: hash.fetch(ruby.sym_new("args"))?,
        queue: option(ruby, hash, "queue")?,
        created_at: option(ruby, hash, "created_at")?,
    })
}

pub fn job_to_hash(ruby: &Ruby, job: &Job) -> Result<RHash> {
    let hash = ruby.hash_new();
    hash.aset(ruby.sym_new("job_id"), job.job_id.as_str())?;
    hash.aset(ruby.sym_new("run_at"), job.run_at)?;
    hash.aset(ruby.sym_new("job_class"), job.job_class.as_str())?;
    hash.aset(ruby.sym_new("args"), job.args.as_str())?;
    hash.aset(ruby.sym_new("queue"), job.queue.as_deref())?;
    hash.aset(ruby.sym_new("created_at"), job.created_at)?;
    Ok(hash)
}

/// A job with its claim: `id`, `attempts`, `retaken`, and `flaw` or nil.
pub fn claimed_to_hash(ruby: &Ruby, claimed: &Claimed) -> Result<RHash> {
    let hash = job_to_hash(ruby, &claimed.job)?;
    hash.aset(ruby.sym_new("id"), claimed.id.as_str())?;
    hash.aset(ruby.sym_new("attempts"), claimed.attempts)?;
    hash.aset(ruby.sym_new("retaken"), claimed.retaken)?;
    hash.aset(ruby.sym_new("flaw"), claimed.flaw.as_deref())?;
    Ok(hash)
}

/// A job with its claim, `error` and `failed_at`.
pub fn failed_to_hash(ruby: &Ruby, failed: &Failed) -> Result<RHash> {
    let hash = claimed_to_hash(ruby, &failed.claimed)?;
    hash.aset(ruby.sym_new("error"), failed.error.as_str())?;
    hash.aset(ruby.sym_new("failed_at"), failed.failed_at)?;
    Ok(hash)
}

pub fn hashes<T>(
    ruby: &Ruby,
    items: &[T],
    to_hash: impl Fn(&Ruby, &T) -> Result<RHash>,
) -> Result<RArray> {
    let hashes = ruby.ary_new_capa(items.len());
    for item in items {
        hashes.push(to_hash(ruby, item)?)?;
    }
    Ok(hashes)
}

/// The answer of a store that never waits.
pub fn at_once<T>(answer: impl Future<Output = T>) -> T {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("a store in memory waits for nothing"),
    }
}
