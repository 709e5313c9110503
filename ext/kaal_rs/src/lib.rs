//! The binding of `kaal_core` to Ruby: converts values and waits, nothing else.
//!
//! All that it defines lives in `Kaal::Native`, which is private to the gem.

#![allow(missing_docs)] // nothing here is public but the function that `magnus::init` makes

mod asked;
mod class;
mod codec;
mod convert;
mod cron;
mod database;
mod database_options;
mod delayed;
mod error;
mod forks;
mod gvl;
mod inherited;
mod interrupt;
mod intervals;
mod keeper;
mod leases;
mod lent;
mod memory;
mod open_claims;
mod process;
mod queue;
mod redis;
mod redis_options;
#[cfg(feature = "test-hooks")]
mod test_hooks;
mod timeline;
mod wait;

use magnus::{Error, Module, Ruby};

/// What Ruby calls when it loads the extension.
#[magnus::init]
fn init(ruby: &Ruby) -> Result<(), Error> {
    let native = ruby.define_module("Kaal")?.define_module("Native")?;
    codec::define(ruby, native)?;
    cron::define(ruby, native)?;
    memory::define(ruby, native)?;
    redis::define(ruby, native)?;
    queue::define(ruby, native)?;
    database::define(ruby, native)?;
    lent::define(ruby, native)?;
    timeline::define(ruby, native)?;
    forks::define(native)?;
    wait::define(ruby, native)?;
    #[cfg(feature = "test-hooks")]
    test_hooks::define(ruby, native)?;
    Ok(())
}
