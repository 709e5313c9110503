//! Panics on purpose, for the specs of the border.

use magnus::{Error, Object, RModule, Ruby, function};

use crate::error::guard;
use crate::wait::{nothing, wait};

fn panic_with_gvl(ruby: &Ruby) -> Result<(), Error> {
    guard(ruby, || panic!("injected under the lock"))
}

fn panic_without_gvl(ruby: &Ruby) -> Result<(), Error> {
    wait(ruby, async { panic!("injected without the lock") }, nothing)
}

pub fn define(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("panic_with_gvl", function!(panic_with_gvl, 0))?;
    native.define_singleton_method("panic_without_gvl", function!(panic_without_gvl, 0))
}
