//! What is done around a fork for the SQLite files that are open.
//!
//! SQLite knows by heart which locks its process has on a file. A child would inherit that, but not the
//! locks: it would write where others do, or wait for ever for itself. So all files are closed when the
//! process forks; both go on with connections of their own. Where that could not be done, as with a fork
//! that Ruby knows nothing of, the child has no use of such files.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kaal_core::backend::database::Database;
use magnus::{Error, Object, RModule, Ruby, function};
use tokio::time::timeout;

use crate::error;
use crate::process;
use crate::wait::{is_trapped, nothing, wait};

/// How long a fork waits for what is going on: a little longer than a writer waits for the others.
const PATIENCE: Duration = Duration::from_secs(16);

// Locked only by threads that hold the global lock, and never while giving it up, so that no thread but
// the forking one can hold them at a fork.
static OPEN: Mutex<Vec<Weak<Database>>> = Mutex::new(Vec::new());
static PAUSED: Mutex<Vec<Arc<Database>>> = Mutex::new(Vec::new());

/// Whether this process was forked while its parent had a file open.
static SPOILT: AtomicBool = AtomicBool::new(false);

/// A file is going to be used, and is closed at forks from now on. Refused where it must not be used.
pub fn watch(ruby: &Ruby, file: &Arc<Database>) -> Result<(), Error> {
    if SPOILT.load(Ordering::Relaxed) {
        return Err(error::store(
            ruby,
            "SQLite cannot be used in this process, which was forked while its parent was using it: its locks \
             would not hold. Fork when no call is going on, by Ruby's own methods",
        ));
    }
    let mut open = lock(&OPEN);
    if !open.iter().any(|known| known.as_ptr() == Arc::as_ptr(file)) {
        open.retain(|file| file.strong_count() > 0);
        open.push(Arc::downgrade(file));
    }
    Ok(())
}

/// Closes the files.
fn before_fork(ruby: &Ruby) -> Result<(), Error> {
    if is_trapped() {
        return Ok(()); // in the middle of a call of this thread, which only goes on afterwards
    }
    let files: Vec<Arc<Database>> = lock(&OPEN).iter().filter_map(Weak::upgrade).collect();
    for file in files {
        let (pausing, paused) = (Arc::clone(&file), Arc::clone(&file));
        let pause = async move { timeout(PATIENCE, pausing.pause()).await.is_ok() };
        let undo = move |is_paused: bool| {
            if is_paused {
                paused.resume();
            }
            nothing(())
        };
        if wait(ruby, pause, undo)? {
            lock(&PAUSED).push(file);
        }
    }
    Ok(())
}

/// In the parent the files may be opened again.
fn after_fork() {
    if process::is_forked() {
        return;
    }
    for file in lock(&PAUSED).drain(..) {
        file.resume();
    }
}

/// In a child: what was its parent's is forgotten.
pub fn inherit() {
    let open = std::mem::take(&mut *lock(&OPEN));
    let paused = std::mem::take(&mut *lock(&PAUSED));
    let is_paused = |file: &Arc<Database>| paused.iter().any(|other| Arc::ptr_eq(file, other));
    let mut open_files = open.iter().filter_map(Weak::upgrade);
    if open_files.any(|file| !is_paused(&file)) {
        SPOILT.store(true, Ordering::Relaxed);
    }
    std::mem::forget((open, paused));
}

fn lock<T>(list: &'static Mutex<T>) -> MutexGuard<'static, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn define(native: RModule) -> Result<(), Error> {
    native.define_singleton_method("before_fork", function!(before_fork, 0))?;
    native.define_singleton_method("after_fork", function!(after_fork, 0))
}
