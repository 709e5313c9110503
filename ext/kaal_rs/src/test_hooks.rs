//! Panics on purpose and waits with no store involved, for the specs of the border.

use std::time::Duration;

use magnus::{Error, Object, RModule, Ruby, function};

use crate::error::{guard, made};
use crate::wait::{nothing, wait};

fn panic_with_gvl(ruby: &Ruby) -> Result<(), Error> {
    guard(ruby, || panic!("injected under the lock"))
}

fn panic_without_gvl(ruby: &Ruby) -> Result<(), Error> {
    wait(ruby, async { panic!("injected without the lock") }, nothing)
}

/// Waits that long, in seconds.
fn pause(ruby: &Ruby, seconds: f64) -> Result<(), Error> {
    let length = Duration::try_from_secs_f64(seconds)
        .map_err(|cause| made(ruby.exception_arg_error(), cause.to_string()))?;
    wait(
        ruby,
        async move { tokio::time::sleep(length).await },
        nothing,
    )
}

pub fn define(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("panic_with_gvl", function!(panic_with_gvl, 0))?;
    native.define_singleton_method("panic_without_gvl", function!(panic_without_gvl, 0))?;
    native.define_singleton_method("pause", function!(pause, 1))
}
