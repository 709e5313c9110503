//! Between Ruby's values and the core's.

use jiff::Timestamp;
use kaal_core::key::Key;
use kaal_core::lease::Ttl;
use magnus::time::{Offset, Timespec};
use magnus::value::ReprValue;
use magnus::{Error, Float, Integer, RArray, RString, Ruby, Symbol, Time, TryConvert, Value};

use crate::error::{exception, made};

/// A lock key: a String, of any encoding, or a Symbol.
pub fn key(ruby: &Ruby, value: Value) -> Result<Key, Error> {
    Key::new(text(ruby, "lock key", value)?).map_err(|error| exception(ruby, error))
}

/// The bytes of a String or Symbol.
pub fn text(ruby: &Ruby, what: &str, value: Value) -> Result<Vec<u8>, Error> {
    if let Some(string) = RString::from_value(value) {
        return Ok(bytes(string));
    }
    if let Some(symbol) = Symbol::from_value(value) {
        return Ok(symbol.name()?.as_bytes().to_vec());
    }
    Err(type_error(ruby, what, "a String", value))
}

/// Each element by `convert`.
pub fn list<T>(
    ruby: &Ruby,
    what: &str,
    value: Value,
    convert: impl Fn(&Ruby, Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let array =
        RArray::from_value(value).ok_or_else(|| type_error(ruby, what, "an Array", value))?;
    array
        .into_iter()
        .map(|element| convert(ruby, element))
        .collect()
}

/// A time to live in seconds: any real number, or an `ActiveSupport::Duration`, which calls
/// itself one.
pub fn ttl(ruby: &Ruby, value: Value) -> Result<Ttl, Error> {
    let seconds = if let Some(float) = Float::from_value(value) {
        float.to_f64()
    } else if Integer::from_value(value).is_some() || is_numeric(ruby, value)? {
        value.funcall::<_, _, f64>("to_f", ())?
    } else {
        return Err(type_error(ruby, "ttl", "a number of seconds", value));
    };
    Ttl::from_seconds(seconds).map_err(|error| exception(ruby, error))
}

/// A Ruby String of UTF-8.
pub fn string(ruby: &Ruby, bytes: &[u8]) -> RString {
    ruby.enc_str_new(bytes, ruby.utf8_encoding())
}

/// A UTC Time.
pub fn time(ruby: &Ruby, timestamp: Timestamp) -> Result<Time, Error> {
    let timespec = Timespec {
        tv_sec: timestamp.as_second(),
        tv_nsec: i64::from(timestamp.subsec_nanosecond()),
    };
    ruby.time_timespec_new(timespec, Offset::utc())
}

/// A UTC Time of whole seconds since 1970.
pub fn seconds(ruby: &Ruby, seconds: i64) -> Result<Time, Error> {
    let timespec = Timespec {
        tv_sec: seconds,
        tv_nsec: 0,
    };
    ruby.time_timespec_new(timespec, Offset::utc())
}

/// A point in time from a Ruby Time.
pub fn timestamp(ruby: &Ruby, time: Time) -> Result<Timestamp, Error> {
    let timespec = time.timespec()?;
    let nanoseconds = i32::try_from(timespec.tv_nsec).unwrap_or(0);
    Timestamp::new(timespec.tv_sec, nanoseconds)
        .map_err(|cause| made(ruby.exception_range_error(), cause.to_string()))
}

/// Ruby's present in milliseconds: what `Time.now` says, so that helpers which freeze or move
/// the time of tests are heeded.
pub fn now_ms(ruby: &Ruby) -> Result<i64, Error> {
    let now: Time = ruby.class_time().funcall("now", ())?;
    let timespec = now.timespec()?;
    Ok(timespec.tv_sec.saturating_mul(1000) + timespec.tv_nsec / 1_000_000)
}

/// A value of a Hash with Symbol keys; `None` where it is absent or nil.
pub fn option<T: TryConvert>(
    ruby: &Ruby,
    hash: magnus::RHash,
    name: &str,
) -> Result<Option<T>, Error> {
    hash.lookup::<_, Option<T>>(ruby.sym_new(name))
}

pub fn bytes(string: RString) -> Vec<u8> {
    string.to_bytes().into()
}

fn is_numeric(ruby: &Ruby, value: Value) -> Result<bool, Error> {
    let numeric: Value = ruby.class_object().funcall("const_get", ("Numeric",))?;
    let complex: Value = ruby.class_object().funcall("const_get", ("Complex",))?;
    Ok(value.funcall::<_, _, bool>("is_a?", (numeric,))?
        && !value.funcall::<_, _, bool>("is_a?", (complex,))?)
}

fn type_error(ruby: &Ruby, what: &str, expected: &str, got: Value) -> Error {
    let message = format!("{what} must be {expected}, got {}", got.class());
    made(ruby.exception_type_error(), message)
}
