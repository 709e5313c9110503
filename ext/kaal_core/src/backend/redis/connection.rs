//! One connection to the server, made when it is needed and made anew when it broke.

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::sentinel::{Sentinel, SentinelNodeConnectionInfo};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, ConnectionInfo,
    FromRedisValue, IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisError, RedisResult,
    TlsCertificates,
};
use tokio::sync::Mutex;

use super::options::{Address, Identity, Options, SentinelNode, Tls};
use crate::{Error, Result};

pub(super) struct Connection {
    target: Target,
    config: AsyncConnectionConfig,
    options: Options,
    current: Mutex<Current>,
}

enum Target {
    Server(Client),
    Sentinel {
        master: String,
        sentinels: Vec<ConnectionInfo>,
    },
}

#[derive(Default)]
struct Current {
    connection: Option<MultiplexedConnection>,
    /// Counts the connections, so that a failure only closes the one that it happened on.
    number: u64,
}

/// What can be sent: a command or a pipeline.
pub(super) trait Request: Sync {
    fn send<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> impl Future<Output = RedisResult<T>> + Send;
}

impl Request for Cmd {
    async fn send<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> RedisResult<T> {
        self.query_async(connection).await
    }
}

impl Request for Pipeline {
    async fn send<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> RedisResult<T> {
        self.query_async(connection).await
    }
}

impl Connection {
    pub fn new(options: Options) -> Result<Self> {
        let target = match &options.address {
            Address::Sentinel { master, sentinels } => Target::Sentinel {
                master: master.clone(),
                sentinels: sentinels.iter().map(sentinel_info).collect::<Result<_>>()?,
            },
            _ => Target::Server(client(&options)?),
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(options.connect_timeout))
            .set_response_timeout(Some(options.response_timeout));
        Ok(Self {
            target,
            config,
            options,
            current: Mutex::default(),
        })
    }

    /// Sends `request` once. On an error the server may or may not have carried it out.
    pub async fn send_once<T: FromRedisValue>(&self, request: &impl Request) -> RedisResult<T> {
        let (mut connection, number) = self.connected().await?;
        let result = request.send(&mut connection).await;
        if result.as_ref().is_err_and(is_broken) {
            self.forget(number).await;
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

    async fn connected(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut current = self.current.lock().await;
        if current.connection.is_none() {
            current.connection = Some(self.connect().await?);
            current.number += 1;
        }
        let connection = current.connection.clone().expect("set above");
        Ok((connection, current.number))
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let found;
        let client = match &self.target {
            Target::Server(client) => client,
            Target::Sentinel { master, sentinels } => {
                let node = SentinelNodeConnectionInfo::default()
                    .set_redis_connection_info(settings(
                        &self.options.identity,
                        self.options.database,
                    ))
                    .set_tcp_settings(tcp_settings());
                let mut sentinel = Sentinel::build(sentinels.clone())?;
                found = sentinel.async_master_for(master, Some(&node)).await?;
                &found
            }
        };
        client
            .get_multiplexed_async_connection_with_config(&self.config)
            .await
    }

    async fn forget(&self, number: u64) {
        let mut current = self.current.lock().await;
        if current.number == number {
            current.connection = None;
        }
    }
}

/// The server closed the connection, or was not there: worth another try on a new one.
pub(super) fn is_dropped(error: &RedisError) -> bool {
    error.is_connection_dropped() && !error.is_connection_refusal()
}

/// The connection is of no more use. After a time-out it may hang for ever, and a server that
/// became read-only is no longer the master.
fn is_broken(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || error.is_timeout() || error.code() == Some("READONLY")
}

/// The driver's error in our words. Redis and the driver never repeat a password.
pub(super) fn store_error(error: &RedisError) -> Error {
    if error.is_timeout() {
        return Error::store("no answer from Redis in time");
    }
    Error::store(error.to_string())
}

fn client(options: &Options) -> Result<Client> {
    let address = match (&options.address, &options.tls) {
        (Address::Tcp(host, port), None) => ConnectionAddr::Tcp(host.clone(), *port),
        (Address::Tcp(host, port), Some(tls)) => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: tls.insecure,
            tls_params: None,
        },
        (Address::Unix(path), None) => ConnectionAddr::Unix(path.clone()),
        (Address::Unix(_), Some(_)) => {
            return Err(Error::argument("Redis: TLS does not go with a Unix socket"));
        }
        (Address::Sentinel { .. }, _) => {
            return Err(Error::argument("Redis: sentinels name the server"));
        }
    };
    let info = address
        .into_connection_info()
        .map_err(unusable)?
        .set_redis_settings(settings(&options.identity, options.database))
        .set_tcp_settings(tcp_settings());
    match &options.tls {
        Some(tls) if tls.roots.is_some() || tls.client.is_some() => {
            Client::build_with_tls(info, certificates(tls)).map_err(unusable)
        }
        _ => Client::open(info).map_err(unusable),
    }
}

fn certificates(tls: &Tls) -> TlsCertificates {
    TlsCertificates {
        root_cert: tls.roots.clone(),
        client_tls: tls
            .client
            .clone()
            .map(|(client_cert, client_key)| ClientTlsConfig {
                client_cert,
                client_key,
            }),
    }
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

/// Small commands must not wait for the acknowledgement of the one before.
fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn unusable(error: RedisError) -> Error {
    Error::argument(format!("Redis connection is not usable: {error}"))
}
