//! One connection to the server.

use std::pin::pin;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::io::tcp::TcpSettings;
use redis::sentinel::{Sentinel, SentinelNodeConnectionInfo};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, ConnectionInfo,
    FromRedisValue, IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisError, RedisFuture,
    RedisResult, TlsCertificates, Value,
};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::yield_now;
use tokio::time::timeout;

use super::options::{Address, Identity, Options, SentinelNode, Tls};
use super::spin::Spin;
use super::wire::{Stream, Wire};
use crate::{Error, Result};

/// A connection, and how an answer is waited for on it.
pub(crate) struct Link {
    way: Way,
    response_timeout: Duration,
    spin: Spin,
}

/// Our own where there is no encryption, else the driver's.
pub(crate) enum Way {
    Plain(Wire),
    Tls(MultiplexedConnection),
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

/// What can be sent: a command or a pipeline.
pub(crate) trait Request: Sync {
    fn send<T: FromRedisValue>(&self, way: &mut Way)
    -> impl Future<Output = RedisResult<T>> + Send;
}

impl Request for Cmd {
    async fn send<T: FromRedisValue>(&self, way: &mut Way) -> RedisResult<T> {
        self.query_async(way).await
    }
}

impl Request for Pipeline {
    async fn send<T: FromRedisValue>(&self, way: &mut Way) -> RedisResult<T> {
        self.query_async(way).await
    }
}

/// Refuses options that contradict each other, and certificates that cannot be read.
pub(crate) fn check(options: &Options) -> Result<()> {
    Target::of(options).map(drop)
}

impl Link {
    /// Connects and logs in. Names are resolved, and sentinels asked, each time.
    pub async fn open(options: &Options) -> RedisResult<Self> {
        // What makes such options is told of their mistakes when it can be; here the connecting fails.
        let target = Target::of(options).map_err(std::io::Error::other)?;
        let way = in_time(options.connect_timeout, target.connect(options)).await?;
        Ok(Self {
            way,
            response_timeout: options.response_timeout,
            spin: Spin::default(),
        })
    }

    pub async fn send<T: FromRedisValue>(&mut self, request: &impl Request) -> RedisResult<T> {
        let answer = self.spin.wait(request.send(&mut self.way));
        in_time(self.response_timeout, answer).await
    }
}

impl Target {
    fn of(options: &Options) -> Result<Self> {
        Ok(match (&options.address, &options.tls) {
            (Address::Tcp(host, port), None) => Self::Tcp(host.clone(), *port),
            (Address::Tcp(host, port), Some(tls)) => {
                Self::Tls(tls_client(host, *port, tls, options)?)
            }
            (Address::Unix(path), None) => Self::Unix(path.clone()),
            (Address::Sentinel { master, sentinels }, None) => Self::Sentinel {
                master: master.clone(),
                sentinels: sentinels.iter().map(sentinel_info).collect::<Result<_>>()?,
            },
            (Address::Unix(_) | Address::Sentinel { .. }, Some(_)) => {
                return Err(Error::argument(
                    "Redis: TLS goes with a host and port, not with a Unix socket or sentinels",
                ));
            }
        })
    }

    async fn connect(&self, options: &Options) -> RedisResult<Way> {
        match self {
            Self::Tcp(host, port) => connect_tcp(host, *port, options).await,
            Self::Unix(path) => {
                let stream = UnixStream::connect(path).await?;
                log_in(Box::new(stream), options).await
            }
            Self::Tls(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(None)
                    .set_response_timeout(None);
                let connection = client.get_multiplexed_async_connection_with_config(&config);
                connection.await.map(Way::Tls)
            }
            Self::Sentinel { master, sentinels } => {
                let (host, port) = ask_sentinels(master, sentinels, options).await?;
                connect_tcp(&host, port, options).await
            }
        }
    }
}

async fn connect_tcp(host: &str, port: u16, options: &Options) -> RedisResult<Way> {
    let stream = TcpStream::connect((host, port)).await?;
    // Small requests must not wait for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    log_in(Box::new(stream), options).await
}

async fn log_in(stream: Box<dyn Stream>, options: &Options) -> RedisResult<Way> {
    let opened = Wire::open(stream, &options.identity, options.database);
    opened.await.map(Way::Plain)
}

/// Where the master is. The driver asks the sentinels in turn and checks the master's role.
async fn ask_sentinels(
    master: &str,
    sentinels: &[ConnectionInfo],
    options: &Options,
) -> RedisResult<(String, u16)> {
    let node = SentinelNodeConnectionInfo::default()
        .set_redis_connection_info(settings(&options.identity, 0));
    let mut sentinel = Sentinel::build(sentinels.to_vec())?;
    let client = sentinel.async_master_for(master, Some(&node)).await?;
    match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, port) => Ok((host.clone(), *port)),
        _ => Err(std::io::Error::other("the sentinels named no TCP address").into()),
    }
}

impl ConnectionLike for Way {
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

async fn in_time<T>(
    longest: Duration,
    answer: impl Future<Output = RedisResult<T>>,
) -> RedisResult<T> {
    let mut answer = pin!(answer);
    if let Ok(result) = timeout(longest, &mut answer).await {
        return result;
    }
    // A process that was stopped has its time-outs at once when it goes on, and looks at its connections only then:
    // a signal ends `epoll_wait` without their events. The answer may have come meanwhile.
    yield_now().await;
    match timeout(Duration::ZERO, answer).await {
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
