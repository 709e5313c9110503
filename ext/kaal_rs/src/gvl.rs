//! Working without Ruby's global lock, and what else is unsafe: the one file with such code.

use std::any::Any;
use std::ffi::{c_int, c_void};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};

use magnus::rb_sys::FromRawValue;
use magnus::value::ReprValue;
use magnus::{Ruby, Value};
use rb_sys::{RB_NOGVL_INTR_FAIL, RB_NOGVL_UBF_ASYNC_SAFE, rb_fiber_scheduler_current, rb_nogvl};

use crate::interrupt::Interrupt;

/// What a panic carries.
pub type Panic = Box<dyn Any + Send>;

struct Call<F, R> {
    body: Option<F>,
    result: Option<Result<R, Panic>>,
}

/// Runs `body` without the global lock, so that other Ruby threads run meanwhile.
///
/// `body` must be [`Send`]: then it cannot hold Ruby values, which may be touched under the lock
/// only. When Ruby wants the thread back (a signal, `Thread#raise`, `Thread#kill`, `Timeout`) it
/// raises `interrupt`; `body` should then return soon. `None`: an interrupt was pending already
/// and `body` was not run.
///
/// This is `rb_thread_call_without_gvl2`, which raises nothing after the call (that would skip
/// the destructors of this frame; the caller checks for interrupts itself), with the promise
/// that `interrupt` can be raised in a signal handler. Without that promise Ruby starts and joins
/// a thread for every call that the main thread makes while it is the only one, which doubled
/// the time of a Redis command.
pub fn without_gvl<F, R>(body: F, interrupt: &Interrupt) -> Option<Result<R, Panic>>
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    #[allow(clippy::cast_possible_wrap)] // the constants are 1 and 2
    const FLAGS: c_int = (RB_NOGVL_INTR_FAIL | RB_NOGVL_UBF_ASYNC_SAFE) as c_int;
    let mut call = Call {
        body: Some(body),
        result: None,
    };
    // SAFETY: `call` and `interrupt` outlive the call, and Ruby runs `run` on this thread and
    // `unblock` only while `run` is running.
    unsafe {
        rb_nogvl(
            Some(run::<F, R>),
            (&raw mut call).cast(),
            Some(unblock),
            std::ptr::from_ref(interrupt).cast_mut().cast(),
            FLAGS,
        );
    }
    call.result
}

unsafe extern "C" fn run<F, R>(call: *mut c_void) -> *mut c_void
where
    F: FnOnce() -> R + Send,
    R: Send,
{
    // SAFETY: `without_gvl` passes a `Call` of these types and does not touch it meanwhile.
    let call = unsafe { &mut *call.cast::<Call<F, R>>() };
    if let Some(body) = call.body.take() {
        call.result = Some(catch_unwind(AssertUnwindSafe(body)));
    }
    std::ptr::null_mut()
}

unsafe extern "C" fn unblock(interrupt: *mut c_void) {
    // SAFETY: `without_gvl` passes an `Interrupt` that lives until the call is over.
    unsafe { &*interrupt.cast::<Interrupt>() }.raise();
}

/// Whether the current fiber runs under a fiber scheduler, where a blocking wait would hold up
/// all the other fibers of the thread.
pub fn under_fiber_scheduler(_ruby: &Ruby) -> bool {
    // SAFETY: the handle shows that this is a Ruby thread, and a Value does not outlive the call.
    let scheduler = unsafe { Value::from_raw(rb_fiber_scheduler_current()) };
    // Neither nil nor false, which some versions answer with.
    scheduler.to_bool()
}

/// Closes a descriptor that nothing owns any more but what was forgotten at a fork.
pub fn close(descriptor: RawFd) {
    // SAFETY: what is forgotten neither uses nor closes it.
    drop(unsafe { OwnedFd::from_raw_fd(descriptor) });
}
