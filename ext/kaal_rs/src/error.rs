//! From errors and panics of the core to Ruby's exceptions, whose classes Ruby defines.

use std::panic::{AssertUnwindSafe, catch_unwind};

use magnus::{Class, Error, ExceptionClass, Module, RModule, Ruby, value::ReprValue};

use crate::gvl::Panic;

/// An exception of `class`, made here and now. magnus would make it only when it raises it, and
/// abort the process if Ruby answers with an interrupt (Timeout's throw, `Thread#kill`) just then.
pub fn made(class: ExceptionClass, message: String) -> Error {
    match class.new_instance((message,)) {
        Ok(exception) => exception.into(),
        Err(interrupt) => interrupt,
    }
}

/// The exception for a core error.
#[allow(clippy::needless_pass_by_value)] // for map_err
pub fn exception(ruby: &Ruby, error: kaal_core::Error) -> Error {
    let class = if error.is_argument() {
        Ok(ruby.exception_arg_error())
    } else if error.is_cron() {
        class(ruby, &["CronError"])
    } else {
        class(ruby, &["Backend", "StoreError"])
    };
    match class {
        Ok(class) => positioned(class, &error),
        Err(missing) => missing,
    }
}

fn positioned(class: ExceptionClass, error: &kaal_core::Error) -> Error {
    let made = class.new_instance((error.to_string(),)).and_then(|made| {
        if let Some(position) = error.position() {
            let _: magnus::Value =
                made.funcall("instance_variable_set", ("@position", position))?;
        }
        Ok(made)
    });
    made.map_or_else(|interrupt| interrupt, Error::from)
}

/// The exception for a store that did not do what it was asked.
pub fn store(ruby: &Ruby, message: &str) -> Error {
    exception(ruby, kaal_core::Error::store(message))
}

/// The exception for a process that cannot have a runtime: too many open files, as a rule.
pub fn runtime(ruby: &Ruby, cause: &std::io::Error) -> Error {
    store(ruby, &format!("cannot wait for the store: {cause}"))
}

/// The exception for a panic: a defect of ours, reported as an ordinary error.
pub fn panicked(ruby: &Ruby, panic: &Panic) -> Error {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    match class(ruby, &["InternalError"]) {
        Ok(class) => made(
            class,
            format!("kaal-rs has a defect, please report it: {what}"),
        ),
        Err(missing) => missing,
    }
}

/// Runs `body`, which may call the core but not raise, and turns a panic into an exception.
pub fn guard<R>(ruby: &Ruby, body: impl FnOnce() -> R) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|panic| panicked(ruby, &panic))
}

/// As [`guard`], for a body whose core error becomes an exception too.
pub fn guarded<R>(ruby: &Ruby, body: impl FnOnce() -> kaal_core::Result<R>) -> Result<R, Error> {
    guard(ruby, body)?.map_err(|error| exception(ruby, error))
}

fn class(ruby: &Ruby, path: &[&str]) -> Result<ExceptionClass, Error> {
    let kaal: RModule = ruby.class_object().const_get("Kaal")?;
    let (name, modules) = path.split_last().expect("every path has a last name");
    modules
        .iter()
        .try_fold(kaal, |module, name| module.const_get::<_, RModule>(*name))?
        .const_get::<_, magnus::Value>(*name)
        .and_then(|class| {
            ExceptionClass::from_value(class).ok_or_else(|| {
                made(
                    ruby.exception_type_error(),
                    format!("{} is no exception", class.inspect()),
                )
            })
        })
}
