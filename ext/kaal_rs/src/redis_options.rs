//! From a Ruby Hash to [`Options`].

use std::time::Duration;

use kaal_core::backend::redis::{Address, Identity, Options, SentinelNode, Tls};
use magnus::{Error, RHash, Ruby, TryConvert, Value, value::ReprValue};

use crate::convert::{list, option};
use crate::error::{exception, made};

/// Reads either `url`, perhaps with `username` and `password` in place of its own, or `host` and `port`,
/// `path`, or `sentinels` and `master`; then `db`, `username`, `password`, `tls` (`insecure`, `roots`,
/// `certificate`, `key`), `connect_timeout`, `response_timeout` (seconds).
pub fn read(ruby: &Ruby, hash: RHash) -> Result<Options, Error> {
    if let Some(url) = option::<String>(ruby, hash, "url")? {
        let mut options = Options::from_url(&url).map_err(|error| exception(ruby, error))?;
        let beside = identity(ruby, hash)?;
        options.identity.username = beside.username.or(options.identity.username);
        options.identity.password = beside.password.or(options.identity.password);
        return Ok(options);
    }
    let mut options = Options::at(address(ruby, hash)?);
    options.database = option(ruby, hash, "db")?.unwrap_or(0);
    options.identity = identity(ruby, hash)?;
    options.tls = option(ruby, hash, "tls")?
        .map(|tls| read_tls(ruby, tls))
        .transpose()?;
    if let Some(timeout) = seconds(ruby, hash, "connect_timeout")? {
        options.connect_timeout = timeout;
    }
    if let Some(timeout) = seconds(ruby, hash, "response_timeout")? {
        options.response_timeout = timeout;
    }
    Ok(options)
}

fn address(ruby: &Ruby, hash: RHash) -> Result<Address, Error> {
    if let Some(path) = option::<String>(ruby, hash, "path")? {
        return Ok(Address::Unix(path.into()));
    }
    if let Some(sentinels) = option::<Value>(ruby, hash, "sentinels")? {
        let node = |ruby: &Ruby, node: Value| {
            let node = RHash::try_convert(node)?;
            Ok(SentinelNode {
                host: node.fetch(ruby.sym_new("host"))?,
                port: node.fetch(ruby.sym_new("port"))?,
                identity: identity(ruby, node)?,
            })
        };
        return Ok(Address::Sentinel {
            master: hash.fetch(ruby.sym_new("master"))?,
            sentinels: list(ruby, "sentinels", sentinels, node)?,
        });
    }
    Ok(Address::Tcp(
        hash.fetch(ruby.sym_new("host"))?,
        hash.fetch(ruby.sym_new("port"))?,
    ))
}

fn identity(ruby: &Ruby, hash: RHash) -> Result<Identity, Error> {
    Ok(Identity {
        username: option(ruby, hash, "username")?,
        password: option(ruby, hash, "password")?,
    })
}

fn read_tls(ruby: &Ruby, hash: RHash) -> Result<Tls, Error> {
    let pem = |name| Ok::<_, Error>(option::<String>(ruby, hash, name)?.map(String::into_bytes));
    Ok(Tls {
        insecure: option::<Value>(ruby, hash, "insecure")?.is_some_and(ReprValue::to_bool),
        roots: pem("roots")?,
        client: pem("certificate")?.zip(pem("key")?),
    })
}

/// A number of seconds above 0.
pub fn seconds(ruby: &Ruby, hash: RHash, name: &str) -> Result<Option<Duration>, Error> {
    let invalid = |seconds: f64| {
        let message = format!("{name} must be a number of seconds above 0, got {seconds}");
        made(ruby.exception_arg_error(), message)
    };
    option::<f64>(ruby, hash, name)?
        .map(|seconds| match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() => Ok(duration),
            _ => Err(invalid(seconds)),
        })
        .transpose()
}
