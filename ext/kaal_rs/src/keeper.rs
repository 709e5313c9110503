//! The thread that looks after session locks while nobody calls.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kaal_core::backend::database::Database;

use crate::process::Process;

/// After so long it looks whether its store is still there.
const LONGEST: Duration = Duration::from_secs(60);

/// Starts the keeper of `store`. It ends with the store. Where no thread can be had locks are given
/// back late: by the next call, or when the server ends the idle session.
pub fn start(process: &'static Process, store: &Arc<Database>) {
    let kept = Arc::downgrade(store);
    let keep = move || {
        while let Some(store) = kept.upgrade() {
            let pause = process.block_on(store.tend());
            drop(store);
            thread::park_timeout(pause.unwrap_or(LONGEST));
        }
    };
    if let Ok(keeper) = thread::Builder::new()
        .name("kaal-keeper".into())
        .spawn(keep)
    {
        store.kept_by(keeper.thread().clone());
    }
}
