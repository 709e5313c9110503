//! Which Redis, and how to reach it.

use std::path::PathBuf;
use std::time::Duration;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use crate::{Error, Result};

/// How to reach a Redis. Holds secrets, so it has no `Debug`.
#[derive(Clone)]
pub struct Options {
    /// Where the server is.
    pub address: Address,
    /// The number of the database.
    pub database: i64,
    /// Who we are to the server.
    pub identity: Identity,
    /// Encryption; `None`: plain.
    pub tls: Option<Tls>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub response_timeout: Duration,
}

/// Where a server is.
#[derive(Clone)]
pub enum Address {
    /// Host name or address, and port.
    Tcp(String, u16),
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// Whatever server the sentinels call the master of this name.
    Sentinel {
        /// The name of the group of servers.
        master: String,
        /// Whom to ask, in turn.
        sentinels: Vec<SentinelNode>,
    },
}

/// One sentinel.
#[derive(Clone)]
pub struct SentinelNode {
    /// Host name or address.
    pub host: String,
    /// Port; 26379 is customary.
    pub port: u16,
    /// Who we are to the sentinel.
    pub identity: Identity,
}

/// A user name and password.
#[derive(Clone, Default)]
pub struct Identity {
    /// `None`: the user `default`.
    pub username: Option<String>,
    /// `None`: no authentication.
    pub password: Option<String>,
}

/// Encryption. The defaults verify the server's certificate and name against the system's roots.
#[derive(Clone, Default)]
pub struct Tls {
    /// Accept any certificate.
    pub insecure: bool,
    /// The only roots to trust, PEM.
    pub roots: Option<Vec<u8>>,
    /// Our certificate and its key, PEM.
    pub client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Options {
    /// How long connecting or an answer may take unless said otherwise.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);

    /// Options for an address, with nothing else set.
    pub fn at(address: Address) -> Self {
        Self {
            address,
            database: 0,
            identity: Identity::default(),
            tls: None,
            connect_timeout: Self::DEFAULT_TIMEOUT,
            response_timeout: Self::DEFAULT_TIMEOUT,
        }
    }

    /// Reads a URL: `redis://[user:password@]host[:port][/db]`, `rediss://…` with TLS
    /// (`#insecure` accepts any certificate), `unix:///path[?db=n]`.
    ///
    /// # Errors
    ///
    /// An argument error that says what is wrong, without the URL, which may hold a password.
    pub fn from_url(url: &str) -> Result<Self> {
        let info = url.into_connection_info().map_err(|error| {
            let what = match error.detail() {
                Some(detail) if !url.contains(detail) => detail.to_owned(),
                _ => plain(&error),
            };
            Error::argument(format!(
                "Redis URL is not usable: {what}; expected \
                 redis[s]://[user:password@]host[:port][/db] or unix:///path[?db=n]"
            ))
        })?;
        let (address, tls) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => (Address::Tcp(host.clone(), *port), None),
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure,
                ..
            } => {
                let tls = Tls {
                    insecure: *insecure,
                    ..Tls::default()
                };
                (Address::Tcp(host.clone(), *port), Some(tls))
            }
            ConnectionAddr::Unix(path) => (Address::Unix(path.clone()), None),
            _ => return Err(Error::argument("Redis URL is of an unknown kind")),
        };
        Ok(Self {
            database: info.redis_settings().db(),
            identity: Identity::of(&info),
            tls,
            ..Self::at(address)
        })
    }
}

impl Identity {
    fn of(info: &ConnectionInfo) -> Self {
        let settings = info.redis_settings();
        Self {
            username: settings.username().map(str::to_owned),
            password: settings.password().map(str::to_owned),
        }
    }
}

/// The driver's message without the name of its own error kind.
fn plain(error: &redis::RedisError) -> String {
    let text = error.to_string();
    text.split(" - ").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_who() {
        let options = Options::from_url("rediss://app:s%20cret@db.example:6380/3")
            .ok()
            .unwrap();
        assert!(matches!(&options.address, Address::Tcp(host, 6380) if host == "db.example"));
        assert_eq!(options.database, 3);
        assert_eq!(options.identity.username.as_deref(), Some("app"));
        assert_eq!(options.identity.password.as_deref(), Some("s cret"));
        assert!(options.tls.is_some_and(|tls| !tls.insecure));

        let options = Options::from_url("unix:///run/redis.sock?db=2")
            .ok()
            .unwrap();
        assert!(matches!(&options.address, Address::Unix(path) if path.ends_with("redis.sock")));
        assert_eq!(options.database, 2);
    }

    #[test]
    fn a_bad_url_is_refused_without_its_password() {
        for url in [
            "",
            "nonsense",
            "http://:s3cret@host",
            "redis://:s3cret@",
            "redis://:s3cret@host/first",
            "redis://:s3cret@host:99999",
            "rediss://:s3cret@host#maybe",
        ] {
            let error = Options::from_url(url).err().unwrap();
            assert!(error.is_argument(), "{url}");
            assert!(!error.to_string().contains("s3cret"), "{error}");
            assert!(
                error.to_string().contains("expected redis[s]://"),
                "{error}"
            );
        }
    }
}
