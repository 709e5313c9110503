//! Connections to the server, made when they are needed and made anew when they broke.

use std::sync::{Mutex, MutexGuard, PoisonError};

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::sentinel::{Sentinel, SentinelNodeConnectionInfo};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, ConnectionInfo,
    FromRedisValue, IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisError, RedisFuture,
    RedisResult, TlsCertificates, Value,
};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::options::{Address, Identity, Options, SentinelNode, Tls};
use super::wire::Wire;
use crate::{Error, Result};

/// As many connections as there are callers at one time.
pub(super) struct Connections {
    target: Target,
    options: Options,
    idle: Mutex<Vec<Link>>,
}

enum Target {
    Tcp(String, u16),
    Unix(std::path::PathBuf),
    Tls(Client),
    Sentinel {
        master: String,
        sentinels: Vec<ConnectionInfo>,
    },
}

/// A connection: our own where there is no encryption, else the driver's.
pub(super) enum Link {
    Plain(Wire),
    Tls(MultiplexedConnection),
}

/// What can be sent: a command or a pipeline.
pub(super) trait Request: Sync {
    fn send<T: FromRedisValue>(
        &self,
        link: &mut Link,
    ) -> impl Future<Output = RedisResult<T>> + Send;
}

impl Request for Cmd {
    async fn send<T: FromRedisValue>(&self, link: &mut Link) -> RedisResult<T> {
        self.query_async(link).await
    }
}

impl Request for Pipeline {
    async fn send<T: FromRedisValue>(&self, link: &mut Link) -> RedisResult<T> {
        self.query_async(link).await
    }
}

impl Connections {
    pub fn new(options: Options) -> Result<Self> {
        let target = match (&options.address, &options.tls) {
            (Address::Tcp(host, port), None) => Target::Tcp(host.clone(), *port),
            (Address::Tcp(host, port), Some(tls)) => {
                Target::Tls(tls_client(host, *port, tls, &options)?)
            }
            (Address::Unix(path), None) => Target::Unix(path.clone()),
            (Address::Sentinel { master, sentinels }, None) => Target::Sentinel {
                master: master.clone(),
                sentinels: sentinels.iter().map(sentinel_info).collect::<Result<_>>()?,
            },
            (Address::Unix(_) | Address::Sentinel { .. }, Some(_)) => {
                return Err(Error::argument(
                    "Redis: TLS goes with a host and port, not with a Unix socket or sentinels",
                ));
            }
        };
        Ok(Self {
            target,
            options,
            idle: Mutex::default(),
        })
    }

    /// Sends `request` once. On an error the server may or may not have carried it out.
    pub async fn send_once<T: FromRedisValue>(&self, request: &impl Request) -> RedisResult<T> {
        // Not in the `match`: the lock must not be held while connecting.
        let idle = self.idle().pop();
        let mut link = match idle {
            Some(link) => link,
            None => in_time(self.options.connect_timeout, self.connect()).await?,
        };
        let result = in_time(self.options.response_timeout, request.send(&mut link)).await;
        match &result {
            Err(error) if is_broken(error) => self.idle().clear(),
            _ => self.idle().push(link),
        }
        result
    }

    /// Sends `request`, and once more when the connection turns out to be closed: only for what
    /// can be carried out twice.
    pub async fn send<T: FromRedisValue>(&self, request: &impl Request) -> RedisResult<T> {
        match self.send_once(request).await {
            Err(error) if is_dropped(&error) => self.send_once(request).await,
            result => result,
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> RedisResult<Link> {
        match &self.target {
            Target::Tcp(host, port) => self.connect_tcp(host, *port).await,
            Target::Unix(path) => {
                let stream = UnixStream::connect(path).await?;
                self.open(Box::new(stream)).await
            }
            Target::Tls(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None);
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                connection.await.map(Link::Tls)
            }
            Target::Sentinel { master, sentinels } => {
                let (host, port) = self.ask_sentinels(master, sentinels).await?;
                self.connect_tcp(&host, port).await
            }
        }
    }

    async fn connect_tcp(&self, host: &str, port: u16) -> RedisResult<Link> {
        let stream = TcpStream::connect((host, port)).await?;
        // Small requests must not wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        self.open(Box::new(stream)).await
    }

    async fn open(&self, stream: Box<dyn super::wire::Stream>) -> RedisResult<Link> {
        let Options {
            identity, database, ..
        } = &self.options;
        Wire::open(stream, identity, *database)
            .await
            .map(Link::Plain)
    }

    /// Where the master is. The driver asks the sentinels in turn and checks the master's role.
    async fn ask_sentinels(
        &self,
        master: &str,
        sentinels: &[ConnectionInfo],
    ) -> RedisResult<(String, u16)> {
        let node = SentinelNodeConnectionInfo::default()
            .set_redis_connection_info(settings(&self.options.identity, 0));
        let mut sentinel = Sentinel::build(sentinels.to_vec())?;
        let client = sentinel.async_master_for(master, Some(&node)).await?;
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => Ok((host.clone(), *port)),
            _ => Err(std::io::Error::other("the sentinels named no TCP address").into()),
        }
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Plain(wire) => wire.req_packed_command(cmd),
            Self::Tls(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Plain(wire) => wire.req_packed_commands(pipeline, offset, count),
            Self::Tls(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Plain(wire) => wire.get_db(),
            Self::Tls(connection) => connection.get_db(),
        }
    }
}

/// The server closed the connection: worth another try on a new one.
pub(super) fn is_dropped(error: &RedisError) -> bool {
    error.is_connection_dropped() && !error.is_connection_refusal()
}

/// The driver's error in our words. Redis and the driver never repeat a password.
pub(super) fn store_error(error: &RedisError) -> Error {
    if error.is_timeout() {
        return Error::store("no answer from Redis in time");
    }
    Error::store(error.to_string())
}

/// The connection is of no more use. After a time-out a late answer would be taken for that of the
/// next request, and a server that became read-only is no longer the master. The idle ones went to
/// the same server: they are closed with it.
fn is_broken(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || error.code() == Some("READONLY")
}

async fn in_time<T>(
    longest: std::time::Duration,
    answer: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    match timeout(longest, answer).await {
        Ok(result) => result,
        Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
    }
}

fn tls_client(host: &str, port: u16, tls: &Tls, options: &Options) -> Result<Client> {
    let address = ConnectionAddr::TcpTls {
        host: host.to_owned(),
        port,
        insecure: tls.insecure,
        tls_params: None,
    };
    let info = address
        .into_connection_info()
        .map_err(unusable)?
        .set_redis_settings(settings(&options.identity, options.database))
        .set_tcp_settings(TcpSettings::default().set_nodelay(true));
    if tls.roots.is_none() && tls.client.is_none() {
        return Client::open(info).map_err(unusable);
    }
    let certificates = TlsCertificates {
        root_cert: tls.roots.clone(),
        client_tls: tls
            .client
            .clone()
            .map(|(client_cert, client_key)| ClientTlsConfig {
                client_cert,
                client_key,
            }),
    };
    Client::build_with_tls(info, certificates).map_err(unusable)
}

fn sentinel_info(node: &SentinelNode) -> Result<ConnectionInfo> {
    ConnectionAddr::Tcp(node.host.clone(), node.port)
        .into_connection_info()
        .map(|info| info.set_redis_settings(settings(&node.identity, 0)))
        .map_err(unusable)
}

fn settings(identity: &Identity, database: i64) -> RedisConnectionInfo {
    let mut settings = RedisConnectionInfo::default()
        .set_db(database)
        .set_skip_set_lib_name();
    if let Some(username) = &identity.username {
        settings = settings.set_username(username);
    }
    if let Some(password) = &identity.password {
        settings = settings.set_password(password);
    }
    settings
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn unusable(error: RedisError) -> Error {
    Error::argument(format!("Redis connection is not usable: {error}"))
}
