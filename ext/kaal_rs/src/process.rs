//! What belongs to one process and must not be touched in its children.
//!
//! A fork copies the memory but only the calling thread: a runtime, a connection or a lock that
//! another thread was using would hang or be shared with the parent. So each of these is kept
//! together with the id of the process that made it. In any other process it is forgotten (not
//! dropped: dropping would talk to the parent's sockets, and close numbers that are in use again), its
//! sockets are closed, and it is made anew.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use magnus::{Error, Ruby};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::inherited::Inheritance;
use crate::interrupt::Bell;
use crate::{error, forks};

/// The runtime of one process. It has no threads of its own: whoever waits drives it.
pub struct Process {
    id: u32,
    runtime: Runtime,
    bell: Bell,
    look: Arc<Notify>,
    inheritance: Inheritance,
}

/// Ruby wakes a waiting main thread for a signal only if it was the only thread when the wait
/// began, or if another is there to do it; so every wait looks for itself now and then. One timer
/// does for all waits: to set one for each would cost as much as sending a command.
const LOOK_EVERY: Duration = Duration::from_millis(100);

// Locked only by threads that hold the global lock, and never while giving it up, so that no
// thread but the forking one can hold it at a fork.
static CURRENT: Mutex<Option<&'static Process>> = Mutex::new(None);

impl Process {
    /// That of the running process.
    pub fn current(ruby: &Ruby) -> Result<&'static Self, Error> {
        Self::found_or_made().map_err(|cause| error::runtime(ruby, &cause))
    }

    fn found_or_made() -> io::Result<&'static Self> {
        let mut current = known();
        if let Some(process) = *current {
            return Ok(process);
        }
        let process: &'static Self = Box::leak(Box::new(Self::new()?));
        *current = Some(process);
        Ok(process)
    }

    fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let bell = {
            let _within = runtime.enter();
            Bell::new()?
        };
        let inheritance = Inheritance::of(bell.sockets());
        let look = Arc::new(Notify::new());
        let looks = Arc::clone(&look);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                looks.notify_waiters();
            }
        });
        Ok(Self {
            id: std::process::id(),
            runtime,
            bell,
            look,
            inheritance,
        })
    }

    /// Ends when a wait should look for signals: within [`LOOK_EVERY`].
    pub async fn time_to_look(&self) {
        self.look.notified().await;
    }

    /// What ends a wait when Ruby wants its thread back.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// False in a child of the process that this belongs to.
    pub fn is_current(&self) -> bool {
        self.id == std::process::id()
    }

    /// Drives `future` to its end on this thread.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Drives `future` to its end on a thread of its own, which nobody waits for.
    pub fn finish<F: Future<Output = ()> + Send + 'static>(&'static self, future: F) {
        let thread = std::thread::Builder::new().name("kaal-finish".into());
        // Where no thread can be had the future is dropped: what it had won ends by its time.
        drop(thread.spawn(move || self.runtime.block_on(future)));
    }
}

/// That of the running process, where it has one. In a forked child that of the parent is done with.
fn known() -> MutexGuard<'static, Option<&'static Process>> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(parents) = current.take_if(|process| !process.is_current()) {
        parents.inheritance.close();
        forks::inherit();
    }
    current
}

/// Whether this is a child of the process that has used any of this last, asked for the first time. Then it
/// is done with what it inherited. It neither raises nor takes long.
pub fn is_forked() -> bool {
    let used = CURRENT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .is_some();
    used && known().is_none()
}

/// A value that every process makes for itself.
pub struct PerProcess<T> {
    make: Box<dyn Fn() -> T + Send>,
    made: Mutex<Option<(u32, Arc<T>)>>,
}

impl<T> PerProcess<T> {
    /// `make` is called once in each process that asks.
    pub fn new(make: impl Fn() -> T + Send + 'static) -> Self {
        Self {
            make: Box::new(make),
            made: Mutex::new(None),
        }
    }

    /// The value of the running process.
    pub fn get(&self, _ruby: &Ruby) -> Arc<T> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let id = std::process::id();
        if let Some((maker, value)) = made.as_ref() {
            if *maker == id {
                return Arc::clone(value);
            }
        }
        let value = Arc::new((self.make)());
        std::mem::forget(made.replace((id, Arc::clone(&value))));
        value
    }

    /// The value of the running process, where it has made one.
    pub fn made(&self) -> Option<Arc<T>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let (maker, value) = made.as_ref()?;
        (*maker == std::process::id()).then(|| Arc::clone(value))
    }
}

impl<T> Drop for PerProcess<T> {
    fn drop(&mut self) {
        let made = self.made.get_mut().unwrap_or_else(PoisonError::into_inner);
        if made
            .as_ref()
            .is_some_and(|(maker, _)| *maker != std::process::id())
        {
            std::mem::forget(made.take());
        }
    }
}
