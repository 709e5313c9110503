//! Waiting for a future on a Ruby thread.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use magnus::{Class, Error, Module, Object, RModule, Ruby, function, method, value::ReprValue};

use crate::error;
use crate::gvl::{under_fiber_scheduler, without_gvl};
use crate::process::Process;

/// Waits for `future` without the global lock.
///
/// Ruby may want the thread back meanwhile. If all it does is run a trap, the wait goes on with
/// the same future, so that no answer is lost. If it raises (`Timeout`, `Thread#kill`, Ctrl-C),
/// the exception goes out at once, the future runs to its end on a thread of its own, and `undo`
/// gets what it gave: to release what was acquired for nobody.
///
/// Under a fiber scheduler only the fiber waits, on a thread that waits in its place.
pub fn wait<F, U, N>(ruby: &Ruby, future: F, undo: N) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    U: Future<Output = ()> + Send + 'static,
    N: Fn(F::Output) -> U + Send + Sync + 'static,
{
    if under_fiber_scheduler(ruby) {
        park(ruby, future, undo)
    } else {
        drive(ruby, Box::pin(future), undo)
    }
}

/// For [`wait`]: there is nothing to undo.
pub async fn nothing<T>(_abandoned: T) {}

fn drive<F, U, N>(ruby: &Ruby, mut future: Pin<Box<F>>, undo: N) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    U: Future<Output = ()> + Send + 'static,
    N: FnOnce(F::Output) -> U + Send + 'static,
{
    let process = Process::current(ruby)?;
    loop {
        let interrupt = process.bell().interrupt();
        let outcome = without_gvl(
            || {
                process.block_on(async {
                    tokio::select! {
                        biased;
                        result = &mut future => Some(result),
                        () = process.bell().rung_for(&interrupt) => None,
                        () = process.time_to_look() => None,
                    }
                })
            },
            &interrupt,
        );
        match outcome {
            Some(Ok(Some(result))) => return Ok(result),
            Some(Err(panic)) => return Err(error::panicked(ruby, &panic)),
            Some(Ok(None)) | None => {}
        }
        let checked = ruby.thread_check_ints();
        if !process.is_current() {
            // A trap forked, and this is the child: the future is the parent's.
            std::mem::forget(future);
            return Err(error::store(
                ruby,
                "the process forked while it was waiting",
            ));
        }
        if let Err(raised) = checked {
            process.finish(async move { undo(future.await).await });
            return Err(raised);
        }
    }
}

/// A wait that another Ruby thread does.
#[magnus::wrap(class = "Kaal::Native::Waiting", free_immediately, size)]
struct Waiting {
    wait: Mutex<Option<Box<Wait>>>,
}

type Wait = dyn FnOnce(&Ruby) -> Result<(), Error> + Send;

impl Waiting {
    fn wait(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        let wait = rb_self
            .wait
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        wait.map_or(Ok(()), |wait| wait(ruby))
    }
}

fn park<F, U, N>(ruby: &Ruby, future: F, undo: N) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    U: Future<Output = ()> + Send + 'static,
    N: Fn(F::Output) -> U + Send + Sync + 'static,
{
    let result = Arc::new(Mutex::new(None));
    let undo = Arc::new(undo);
    let (theirs, undo_theirs) = (Arc::clone(&result), Arc::clone(&undo));
    let waiting = Waiting {
        wait: Mutex::new(Some(Box::new(move |ruby| {
            let given = drive(ruby, Box::pin(future), move |given| undo_theirs(given))?;
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(given);
            Ok(())
        }))),
    };
    let native: RModule = ruby
        .class_object()
        .const_get::<_, RModule>("Kaal")?
        .const_get("Native")?;
    let parked = native.funcall::<_, _, magnus::Value>("park", (waiting,));
    let given = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (parked, given) {
        (Ok(_), Some(given)) => Ok(given),
        (Ok(_), None) => Err(error::store(ruby, "the wait ended without an answer")),
        (Err(raised), given) => {
            if let Some(given) = given {
                Process::current(ruby)?.finish(undo(given));
            }
            Err(raised)
        }
    }
}

/// For the specs of the border: waits that long, in seconds, with no store involved.
fn pause(ruby: &Ruby, seconds: f64) -> Result<(), Error> {
    let length = Duration::try_from_secs_f64(seconds)
        .map_err(|cause| Error::new(ruby.exception_arg_error(), cause.to_string()))?;
    wait(
        ruby,
        async move { tokio::time::sleep(length).await },
        nothing,
    )
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = native.define_class("Waiting", ruby.class_object())?;
    class.undef_default_alloc_func();
    class.define_method("wait", method!(Waiting::wait, 0))?;
    native.define_singleton_method("pause", function!(pause, 1))
}
