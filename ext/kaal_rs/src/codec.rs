//! The wire formats for Ruby: lock keys, dispatch records, definitions.

use kaal_core::backend::redis;
use kaal_core::claim::{Log, Terms};
use kaal_core::definition::{Definition, Draft, Registration};
use kaal_core::dispatch::Record;
use kaal_core::key::Occurrence;
use magnus::value::{LazyId, ReprValue};
use magnus::{
    Error, Module as _, Object, RArray, RHash, RModule, RString, Ruby, Time, TryConvert, Value,
    function,
};

use crate::convert::{self, option, timestamp};
use crate::delayed::{claimed_to_hash, job_from_hash, job_to_hash};

// The names in definitions and records: they come by the thousand, and Ruby looks a name up for as long as the rest takes.
static KEY: LazyId = LazyId::new("key");
static FIRE_TIME: LazyId = LazyId::new("fire_time");
static DISPATCHED_AT: LazyId = LazyId::new("dispatched_at");
static NODE_ID: LazyId = LazyId::new("node_id");
static STATUS: LazyId = LazyId::new("status");
static CRON: LazyId = LazyId::new("cron");
static ENABLED: LazyId = LazyId::new("enabled");
static SOURCE: LazyId = LazyId::new("source");
static METADATA: LazyId = LazyId::new("metadata");
static CREATED_AT: LazyId = LazyId::new("created_at");
static UPDATED_AT: LazyId = LazyId::new("updated_at");
static DISABLED_AT: LazyId = LazyId::new("disabled_at");

#[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
fn lock_key(namespace: String, key: String, fire_time: i64) -> RString {
    let ruby = Ruby::get().expect("called by Ruby");
    convert::string(
        &ruby,
        Occurrence { fire_time, key }
            .lock_key(&namespace)
            .as_bytes(),
    )
}

/// `[cron key, unix seconds]`, or nil when it is no lock key.
#[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
fn parse_lock_key(lock_key: String, namespace: String) -> Option<(String, i64)> {
    Occurrence::from_lock_key(&lock_key, &namespace).map(|run| (run.key, run.fire_time))
}

/// Raises where it is no lock key.
fn check_key(ruby: &Ruby, key: Value) -> Result<(), Error> {
    convert::key(ruby, key).map(drop)
}

/// Raises where it is no Array of lock keys.
fn check_keys(ruby: &Ruby, keys: Value) -> Result<(), Error> {
    convert::list(ruby, "lock keys", keys, convert::key).map(drop)
}

/// A ttl in whole milliseconds.
fn ttl_ms(ruby: &Ruby, ttl: Value) -> Result<i64, Error> {
    Ok(convert::ttl(ruby, ttl)?.as_millis())
}

#[allow(clippy::needless_pass_by_value)]
fn record_key(namespace: String, key: String, fire_time: i64) -> String {
    Record::redis_key(&namespace, &key, fire_time)
}

fn record_json(record: RHash) -> Result<String, Error> {
    Ok(record_from_hash(record)?.to_json())
}

fn parse_record(ruby: &Ruby, json: RString) -> Result<Option<RHash>, Error> {
    Record::from_json(&stored(json))
        .map(|record| record_to_hash(ruby, &record))
        .transpose()
}

/// A record from a Hash with the times in unix seconds.
pub fn record_from_hash(hash: RHash) -> Result<Record, Error> {
    Ok(Record {
        key: hash.fetch(*KEY)?,
        fire_time: hash.fetch(*FIRE_TIME)?,
        dispatched_at: hash.fetch(*DISPATCHED_AT)?,
        node_id: hash.fetch(*NODE_ID)?,
        status: hash.fetch(*STATUS)?,
    })
}

/// A Hash with the times in unix seconds.
pub fn record_to_hash(ruby: &Ruby, record: &Record) -> Result<RHash, Error> {
    let hash = ruby.hash_new();
    hash.aset(*KEY, record.key.as_str())?;
    hash.aset(*FIRE_TIME, record.fire_time)?;
    hash.aset(*DISPATCHED_AT, record.dispatched_at)?;
    hash.aset(*NODE_ID, record.node_id.as_str())?;
    hash.aset(*STATUS, record.status.as_str())?;
    Ok(hash)
}

/// The terms of a claim: `namespace`, `ttl` and, with the log on, `log_namespace`, `node_id`,
/// `dispatched_at` (unix seconds), `log_ttl` (seconds) and perhaps `open`.
pub fn terms(ruby: &Ruby, options: RHash) -> Result<Terms, Error> {
    let ttl: Value = options.fetch(ruby.sym_new("ttl"))?;
    let log = match option::<String>(ruby, options, "log_namespace")? {
        Some(namespace) => Some(Log {
            namespace,
            node_id: options.fetch(ruby.sym_new("node_id"))?,
            dispatched_at: options.fetch(ruby.sym_new("dispatched_at"))?,
            ttl_seconds: options.fetch(ruby.sym_new("log_ttl"))?,
            open: option(ruby, options, "open")?.unwrap_or(false),
        }),
        None => None,
    };
    Ok(Terms {
        namespace: options.fetch(ruby.sym_new("namespace"))?,
        ttl: convert::ttl(ruby, ttl)?,
        log,
    })
}

/// The JSON of the definition that `draft` makes of the stored one.
fn upsert_definition(
    ruby: &Ruby,
    before: Option<RString>,
    draft: RHash,
    now: Time,
) -> Result<String, Error> {
    let draft = Draft {
        key: draft.fetch(ruby.sym_new("key"))?,
        cron: draft.fetch(ruby.sym_new("cron"))?,
        enabled: draft.fetch::<_, Value>(ruby.sym_new("enabled"))?.to_bool(),
        source: draft.fetch(ruby.sym_new("source"))?,
        metadata: draft.fetch(ruby.sym_new("metadata"))?,
    };
    let before = before.and_then(|json| Definition::from_json(&stored(json)));
    Ok(Definition::upserted(before.as_ref(), draft, timestamp(ruby, now)?).to_json())
}

/// The keys of definitions; nil for what cannot be read.
fn definition_keys(ruby: &Ruby, records: RArray) -> Result<RArray, Error> {
    let keys = ruby.ary_new_capa(records.len());
    for json in records {
        let definition = Definition::from_json(&stored(RString::try_convert(json)?));
        keys.push(definition.map(|definition| definition.key))?;
    }
    Ok(keys)
}

/// What registering jobs makes of the definitions that are stored. Takes
/// `[[key, cron, options as JSON, JSON before or nil], …]`; answers with `[[key, JSON before or nil, JSON
/// after], …]`.
#[allow(clippy::needless_pass_by_value)] // the types that Ruby's arguments convert to
fn register_definitions(
    ruby: &Ruby,
    jobs: RArray,
    source: String,
    now: Time,
) -> Result<RArray, Error> {
    let now = timestamp(ruby, now)?;
    let changes = ruby.ary_new_capa(jobs.len());
    for job in jobs {
        let (key, cron, options, before) =
            <(RString, String, String, Option<RString>)>::try_convert(job)?;
        let job = Registration {
            key: key.to_string()?,
            cron,
            source: source.clone(),
            options,
        };
        let known = before.and_then(|json| Definition::from_json(&stored(json)));
        let after = Definition::registered(known.as_ref(), job, now).to_json();
        changes.push((key, before, after))?;
    }
    Ok(changes)
}

/// The JSON of the definition enabled or disabled; nil when it cannot be read.
fn switch_definition(
    ruby: &Ruby,
    before: RString,
    enabled: bool,
    now: Time,
) -> Result<Option<String>, Error> {
    let now = timestamp(ruby, now)?;
    Ok(
        Definition::from_json(&stored(before))
            .map(|stored| stored.switched(enabled, now).to_json()),
    )
}

/// A Hash with the metadata as JSON; nil when it cannot be read.
fn parse_definition(ruby: &Ruby, json: RString) -> Result<Option<RHash>, Error> {
    let Some(definition) = Definition::from_json(&stored(json)) else {
        return Ok(None);
    };
    let time =
        |time: Option<jiff::Timestamp>| time.map(|time| convert::time(ruby, time)).transpose();
    let hash = ruby.hash_new();
    hash.aset(*KEY, definition.key)?;
    hash.aset(*CRON, definition.cron)?;
    hash.aset(*ENABLED, definition.enabled)?;
    hash.aset(*SOURCE, definition.source)?;
    hash.aset(*METADATA, definition.metadata)?;
    hash.aset(*CREATED_AT, time(definition.created_at)?)?;
    hash.aset(*UPDATED_AT, time(definition.updated_at)?)?;
    hash.aset(*DISABLED_AT, time(definition.disabled_at)?)?;
    Ok(Some(hash))
}

/// What a store gave, which may be any bytes; what is not UTF-8 is no JSON either.
fn stored(json: RString) -> String {
    String::from_utf8_lossy(&convert::bytes(json)).into_owned()
}

/// The scripts for Redis by their names, for clients that they must be given to.
fn redis_scripts(ruby: &Ruby) -> Result<RHash, Error> {
    let scripts = ruby.hash_new();
    for (name, script) in [
        ("release", redis::RELEASE_SCRIPT),
        ("ended_claims", redis::ENDED_CLAIMS_SCRIPT),
        ("extend_claims", redis::EXTEND_CLAIMS_SCRIPT),
        ("close_claims", redis::CLOSE_CLAIMS_SCRIPT),
        ("advance", redis::ADVANCE_SCRIPT),
        ("poll", redis::POLL_SCRIPT),
    ] {
        scripts.aset(ruby.sym_new(name), script)?;
    }
    for (name, script) in redis::delayed::ALL {
        scripts.aset(ruby.sym_new(*name), *script)?;
    }
    Ok(scripts)
}

/// The payload of a delayed job, as Redis keeps it.
fn delayed_json(ruby: &Ruby, job: RHash) -> Result<Option<String>, Error> {
    Ok(job_from_hash(ruby, job)?.to_json())
}

/// When a delayed job is due, as Redis has it: of microseconds since 1970.
fn delayed_score(micros: i64) -> String {
    redis::delayed::score(micros)
}

/// A delayed job of its claim's name and what is claimed, see the script `take_jobs`.
fn delayed_claim(ruby: &Ruby, id: RString, claimed: RString) -> Result<RHash, Error> {
    claimed_to_hash(
        ruby,
        &redis::delayed::claimed(&stored(id), &stored(claimed)),
    )
}

/// A pending job of its id, when it is due, and its payload.
fn delayed_job(
    ruby: &Ruby,
    job_id: RString,
    score: RString,
    payload: RString,
) -> Result<RHash, Error> {
    let (job_id, score) = (stored(job_id), stored(score));
    job_to_hash(
        ruby,
        &redis::delayed::pending(&job_id, &score, &stored(payload)),
    )
}

/// Microseconds since 1970 of what [`delayed_score`] gave.
fn delayed_micros(score: RString) -> i64 {
    redis::delayed::micros(&stored(score))
}

pub fn define(_ruby: &Ruby, native: RModule) -> Result<(), Error> {
    native.define_singleton_method("lock_key", function!(lock_key, 3))?;
    native.define_singleton_method("parse_lock_key", function!(parse_lock_key, 2))?;
    native.define_singleton_method("check_key", function!(check_key, 1))?;
    native.define_singleton_method("check_keys", function!(check_keys, 1))?;
    native.define_singleton_method("ttl_ms", function!(ttl_ms, 1))?;
    native.define_singleton_method("record_key", function!(record_key, 3))?;
    native.define_singleton_method("record_json", function!(record_json, 1))?;
    native.define_singleton_method("parse_record", function!(parse_record, 1))?;
    native.define_singleton_method("redis_scripts", function!(redis_scripts, 0))?;
    native.const_set("LARGEST_TAKE", kaal_core::delayed::LARGEST)?;
    native.define_singleton_method("delayed_json", function!(delayed_json, 1))?;
    native.define_singleton_method("delayed_score", function!(delayed_score, 1))?;
    native.define_singleton_method("delayed_claim", function!(delayed_claim, 2))?;
    native.define_singleton_method("delayed_job", function!(delayed_job, 3))?;
    native.define_singleton_method("delayed_micros", function!(delayed_micros, 1))?;
    native.define_singleton_method("upsert_definition", function!(upsert_definition, 3))?;
    native.define_singleton_method("definition_keys", function!(definition_keys, 1))?;
    native.define_singleton_method("register_definitions", function!(register_definitions, 3))?;
    native.define_singleton_method("switch_definition", function!(switch_definition, 3))?;
    native.define_singleton_method("parse_definition", function!(parse_definition, 1))
}
