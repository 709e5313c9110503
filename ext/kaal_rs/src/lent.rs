//! What Ruby needs to run the core's statements on a connection of the app's: the statements, and
//! the texts and tokens that go into them.

use kaal_core::backend::sqlite::lent;
use kaal_core::definition::{Definition, normal_metadata};
use magnus::value::ReprValue;
use magnus::{Error, Module, Object, RArray, RHash, RModule, Ruby, Value, function, method};

use crate::class;
use crate::convert::{self, option};
use crate::process::PerProcess;

type Result<T> = std::result::Result<T, Error>;

/// A Hash of all statements, for tables with or without `created_at` and `updated_at`.
fn sqlite_statements(ruby: &Ruby, has_times: bool) -> Result<RHash> {
    let all = ruby.hash_new();
    for (name, sql) in lent::statements(has_times) {
        all.aset(name, &*sql)?;
    }
    Ok(all)
}

/// A lock key as `kaal_locks` has it.
fn lease_text(ruby: &Ruby, key: Value) -> Result<String> {
    Ok(lent::lease_text(&convert::key(ruby, key)?))
}

/// Microseconds since 1970 as the tables have them.
fn time_text(micros: i64) -> String {
    lent::time_text(micros)
}

/// Unix seconds of a time of the tables; 0 when it is none.
#[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
fn time_seconds(text: String) -> i64 {
    lent::parse_time(&text).map_or(0, jiff::Timestamp::as_second)
}

/// Microseconds since 1970 of a time of the tables; nil when it is none.
#[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
fn time_micros(text: Option<String>) -> Option<i64> {
    lent::parse_time(&text?).map(jiff::Timestamp::as_microsecond)
}

/// The JSON of a row of `kaal_definitions`, as a Hash with the times as the table has them.
fn definition_json(ruby: &Ruby, row: RHash) -> Result<String> {
    let time = |name| -> Result<Option<jiff::Timestamp>> {
        let text: Option<String> = option(ruby, row, name)?;
        Ok(text.as_deref().and_then(lent::parse_time))
    };
    let metadata: Option<String> = option(ruby, row, "metadata")?;
    let definition = Definition {
        key: row.fetch(ruby.sym_new("key"))?,
        cron: row.fetch(ruby.sym_new("cron"))?,
        enabled: row.fetch::<_, Value>(ruby.sym_new("enabled"))?.to_bool(),
        source: row.fetch(ruby.sym_new("source"))?,
        metadata: normal_metadata(&metadata.unwrap_or_default()),
        disabled_at: time("disabled_at")?,
        created_at: time("created_at")?,
        updated_at: time("updated_at")?,
    };
    Ok(definition.to_json())
}

/// What the process knows of its leases. A forked child knows of none.
#[magnus::wrap(class = "Kaal::Native::Tries", free_immediately, size)]
struct Tries {
    tries: PerProcess<lent::Tries>,
}

impl Tries {
    fn new() -> Self {
        Self {
            tries: PerProcess::new(lent::Tries::default),
        }
    }

    /// `[token, whether an earlier try with it may have won unnoticed]` for each key.
    fn begin(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<RArray> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        let begun = rb_self.tries.get(ruby).begin(&keys);
        Ok(ruby.ary_from_iter(begun))
    }

    /// Takes for each key whether it was won; nil: nobody knows.
    fn note(
        ruby: &Ruby,
        rb_self: &Self,
        keys: Value,
        tokens: RArray,
        ttl: Value,
        won: Option<RArray>,
    ) -> Result<()> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        let won = won.map(RArray::to_vec::<bool>).transpose()?;
        let ttl = convert::ttl(ruby, ttl)?;
        let tokens = tokens.to_vec::<i64>()?;
        rb_self.tries.get(ruby).note(&keys, &tokens, ttl, won);
        Ok(())
    }

    /// The tokens of the keys that are held, which are held no more; nil for the others.
    fn take_held(ruby: &Ruby, rb_self: &Self, keys: Value) -> Result<RArray> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        let tokens = rb_self.tries.get(ruby).take_held(&keys);
        Ok(ruby.ary_from_iter(tokens))
    }

    /// Holds again what a failed release took out.
    fn keep(ruby: &Ruby, rb_self: &Self, keys: Value, tokens: RArray) -> Result<()> {
        let keys = convert::list(ruby, "lock keys", keys, convert::key)?;
        let tokens = tokens.to_vec::<Option<i64>>()?;
        rb_self.tries.get(ruby).keep(&keys, &tokens);
        Ok(())
    }
}

pub fn define(ruby: &Ruby, native: RModule) -> Result<()> {
    native.define_singleton_method("sqlite_statements", function!(sqlite_statements, 1))?;
    native.define_singleton_method("lease_text", function!(lease_text, 1))?;
    native.define_singleton_method("time_text", function!(time_text, 1))?;
    native.define_singleton_method("time_micros", function!(time_micros, 1))?;
    native.define_singleton_method("time_seconds", function!(time_seconds, 1))?;
    native.define_singleton_method("definition_json", function!(definition_json, 1))?;

    let class = class::define::<Tries>(ruby, native, "Tries")?;
    class.define_singleton_method("new", function!(Tries::new, 0))?;
    class.define_method("begin", method!(Tries::begin, 1))?;
    class.define_method("note", method!(Tries::note, 4))?;
    class.define_method("take_held", method!(Tries::take_held, 1))?;
    class.define_method("keep", method!(Tries::keep, 2))
}
