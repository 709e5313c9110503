//! Waiting for a future on a Ruby thread.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use magnus::{Error, Module, RModule, Ruby, method, value::ReprValue};

use crate::asked::{self, Question};
use crate::class;
use crate::error;
use crate::gvl::{under_fiber_scheduler, without_gvl};
use crate::process::Process;

thread_local! {
    /// Whether this thread looks for signals in the middle of a wait.
    static TRAPPED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is a trap that runs in the middle of a wait of the same thread.
pub fn is_trapped() -> bool {
    TRAPPED.get()
}

/// Waits for `future` without the global lock.
///
/// Ruby may want the thread back meanwhile. If all it does is run a trap, the wait goes on with
/// the same future, so that no answer is lost. If it raises (`Timeout`, `Thread#kill`, Ctrl-C),
/// the exception goes out at once, the future runs to its end on a thread of its own, and `undo`
/// gets what it gave: to release what was acquired for nobody.
///
/// Where the future asks for the options of a connection, Ruby answers in between, see [`asked`].
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
        let turn = async {
            tokio::select! {
                biased;
                result = &mut future => Turn::Over(result),
                question = asked::question() => Turn::Asked(question),
                () = process.bell().rung_for(&interrupt) => Turn::Woken,
                () = process.time_to_look() => Turn::Woken,
            }
        };
        let outcome = without_gvl(|| asked::attended(|| process.block_on(turn)), &interrupt);
        let (checked, result) = match outcome {
            Some(Ok(Turn::Over(result))) if !interrupt.is_raised() => return Ok(result),
            Some(Ok(Turn::Over(result))) => (look(ruby), Some(result)),
            Some(Ok(Turn::Asked(question))) => (question.answer(ruby), None),
            Some(Ok(Turn::Woken)) | None => (look(ruby), None),
            Some(Err(panic)) => return Err(error::panicked(ruby, &panic)),
        };
        if !process.is_current() {
            // A trap or a proc forked, and this is the child: the future is the parent's.
            std::mem::forget(future);
            return Err(forked(ruby));
        }
        match (checked, result) {
            (Ok(()), Some(result)) => return Ok(result),
            (Ok(()), None) => {}
            (Err(raised), Some(result)) => {
                process.finish(undo(result));
                return Err(raised);
            }
            (Err(raised), None) => {
                process.finish(async move { undo(future.await).await });
                return Err(raised);
            }
        }
    }
}

/// Why a thread comes back from driving a future.
enum Turn<T> {
    Over(T),
    Asked(Question),
    /// Ruby may want it.
    Woken,
}

/// Looks for signals and interrupts.
fn look(ruby: &Ruby) -> Result<(), Error> {
    let outer = TRAPPED.replace(true);
    let checked = ruby.thread_check_ints();
    TRAPPED.set(outer);
    checked
}

fn forked(ruby: &Ruby) -> Error {
    error::store(ruby, "the process forked while it was waiting")
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

/// Between the thread that waits and the fiber that it waits for.
enum Answer<T> {
    Awaited,
    Given(T),
    /// The fiber has given up: whatever comes now must be undone.
    Unwanted,
}

fn park<F, U, N>(ruby: &Ruby, future: F, undo: N) -> Result<F::Output, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    U: Future<Output = ()> + Send + 'static,
    N: Fn(F::Output) -> U + Send + Sync + 'static,
{
    let process = Process::current(ruby)?;
    let answer = Arc::new(Mutex::new(Answer::Awaited));
    let undo = Arc::new(undo);
    let (its_answer, its_undo) = (Arc::clone(&answer), Arc::clone(&undo));
    let waiting = Waiting {
        wait: Mutex::new(Some(Box::new(move |ruby| {
            if !process.is_current() {
                // A trap forked before this thread was there: the future is the parent's.
                std::mem::forget(future);
                return Err(forked(ruby));
            }
            let undo = Arc::clone(&its_undo);
            let given = drive(ruby, Box::pin(future), move |given| its_undo(given))?;
            if let Some(given) = settle(&its_answer, Answer::Given(given)) {
                process.finish(undo(given));
            }
            Ok(())
        }))),
    };
    let native: RModule = ruby
        .class_object()
        .const_get::<_, RModule>("Kaal")?
        .const_get("Native")?;
    let parked = native.funcall::<_, _, magnus::Value>("park", (waiting,));
    let given = settle(&answer, Answer::Unwanted);
    if !process.is_current() {
        // A trap or another fiber forked, and this is the child: the answer is the parent's.
        return Err(parked.err().unwrap_or_else(|| forked(ruby)));
    }
    match (parked, given) {
        (Ok(_), Some(given)) => Ok(given),
        (Ok(_), None) => Err(error::store(ruby, "the wait ended without an answer")),
        (Err(raised), given) => {
            if let Some(given) = given {
                process.finish(undo(given));
            }
            Err(raised)
        }
    }
}

/// Puts `new` in place, by the thread what it was given, by the fiber that it waits no longer.
/// Answers with what the caller has to take care of: each answer is somebody's, once.
fn settle<T>(answer: &Mutex<Answer<T>>, new: Answer<T>) -> Option<T> {
    let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    match (std::mem::replace(&mut *answer, Answer::Unwanted), new) {
        (Answer::Awaited, new) => {
            *answer = new;
            None
        }
        (Answer::Given(given), _) | (Answer::Unwanted, Answer::Given(given)) => Some(given),
        (Answer::Unwanted, _) => None,
    }
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<(), Error> {
    let class = class::define::<Waiting>(ruby, native, "Waiting")?;
    class.define_method("wait", method!(Waiting::wait, 0))
}
