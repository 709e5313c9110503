//! Connections to the server, made when they are needed and made anew when they broke.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{FromRedisValue, RedisError, RedisResult, ServerErrorKind};

use super::link::{Link, Request};
use super::options::{Address, Options};
use crate::Error;
use crate::backend::Source;

/// As many connections as there are callers at one time. Those that only a rush needed are closed after it.
pub(crate) struct Connections {
    source: Source<Options>,
    follows: bool,
    pool: Mutex<Pool>,
}

#[derive(Default)]
struct Pool {
    idle: Idle<Link>,
    /// The node of a Redis Cluster that the server has named.
    node: Option<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    /// Empty: that of the server that has named it.
    host: String,
    port: u16,
}

/// What waits for a caller, the last used one at the end: that is the next to be used.
struct Idle<T>(Vec<(T, Instant)>);

/// How long a connection may wait while others are used.
const SPARE_FOR: Duration = Duration::from_secs(5);

/// How often one request is sent to where the answer says: a cluster that is being changed may need two.
const REDIRECTIONS: usize = 3;

impl Connections {
    pub fn new(source: Source<Options>) -> Self {
        Self {
            source,
            follows: false,
            pool: Mutex::default(),
        }
    }

    /// For keys that lie in one slot: where a Redis Cluster has it on another node, goes there.
    pub fn following(source: Source<Options>) -> Self {
        Self {
            follows: true,
            ..Self::new(source)
        }
    }

    /// Sends `request` once. On an error the server may or may not have carried it out.
    pub async fn send_once<T: FromRedisValue>(&self, request: &impl Request) -> RedisResult<T> {
        for _ in 0..REDIRECTIONS {
            match self.exchange(request).await {
                Err(error) if self.goes_elsewhere(&error) => {} // this one has not carried it out
                result => return result,
            }
        }
        self.exchange(request).await
    }

    async fn exchange<T: FromRedisValue>(&self, request: &impl Request) -> RedisResult<T> {
        // Not in the `match`: the lock must not be held while connecting.
        let idle = self.pool().idle.take();
        let mut link = match idle {
            Some(link) => link,
            None => self.connect().await?,
        };
        let result = link.send(request).await;
        match &result {
            Err(error) if is_broken(error) => self.close_idle(),
            _ => drop(self.pool().idle.put(link, Instant::now())),
        }
        result
    }

    fn goes_elsewhere(&self, error: &RedisError) -> bool {
        let node = self.follows.then(|| named_node(error)).flatten();
        if let Some(node) = node {
            let mut pool = self.pool();
            pool.idle.clear();
            pool.node = Some(node);
            return true;
        }
        false
    }

    /// Sends `request`, and once more when the connection turns out to be closed, or that of a server
    /// that is no longer the primary: only for what can be carried out twice.
    pub async fn send<T: FromRedisValue>(&self, request: &impl Request) -> RedisResult<T> {
        match self.send_once(request).await {
            Err(error) if is_left(&error) => self.send_once(request).await,
            result => result,
        }
    }

    /// Closes what is idle: it went to the server that the broken one went to.
    pub fn close_idle(&self) {
        self.pool().idle.clear();
    }

    /// The time that the source takes is its own affair: the server's begins afterwards.
    async fn connect(&self) -> RedisResult<Link> {
        let options = self.source.get().await.map_err(std::io::Error::other)?;
        let node = self.pool().node.clone();
        if let Some(node) = node {
            match Link::open(&node.instead_of(options.clone())).await {
                Ok(link) => return Ok(link),
                Err(_) => self.pool().node = None, // another one may have taken its slots
            }
        }
        Link::open(&options).await
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Idle<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Idle<T> {
    fn take(&mut self) -> Option<T> {
        self.0.pop().map(|(link, _)| link)
    }

    /// Answers with what nobody has needed for long, to be closed.
    fn put(&mut self, link: T, now: Instant) -> Vec<(T, Instant)> {
        let spare = |since: &Instant| now.saturating_duration_since(*since) > SPARE_FOR;
        let spares = self.0.partition_point(|(_, since)| spare(since));
        self.0.push((link, now));
        self.0.drain(..spares).collect()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

impl Node {
    fn instead_of(self, mut options: Options) -> Options {
        if let Address::Tcp(host, port) = &mut options.address {
            if !self.host.is_empty() {
                *host = self.host;
            }
            *port = self.port;
        }
        options
    }
}

/// Where a Redis Cluster has what was asked for, as `MOVED <slot> <host>:<port>` says.
fn named_node(error: &RedisError) -> Option<Node> {
    let errors = error.clone().into_server_errors()?;
    let moved = errors
        .iter()
        .find(|(_, error)| error.kind() == Some(ServerErrorKind::Moved))?;
    let (host, port) = moved
        .1
        .details()?
        .split_ascii_whitespace()
        .nth(1)?
        .rsplit_once(':')?;
    Some(Node {
        host: host.to_owned(),
        port: port.parse().ok()?,
    })
}

/// The server closed the connection, or is no longer the primary: worth another try on a new one.
pub(crate) fn is_left(error: &RedisError) -> bool {
    is_read_only(error) || (error.is_connection_dropped() && !error.is_connection_refusal())
}

/// The server takes no writes: a replica, or a primary that has become one. Redis before 7 says it in
/// other words where a script tried.
pub(super) fn is_read_only(error: &RedisError) -> bool {
    let detail = error.detail().unwrap_or_default();
    error.code() == Some("READONLY") || detail.contains("-READONLY ")
}

/// The driver's error in our words. Redis and the driver never repeat a password.
pub(crate) fn store_error(error: &RedisError) -> Error {
    if error.is_timeout() {
        return Error::store("no answer from Redis in time");
    }
    if is_read_only(error) {
        return Error::store(format!(
            "{error}; a new connection leads to such a server, too: give the address of the primary"
        ));
    }
    match redis_cluster_hint(error) {
        Some(hint) => Error::store(format!("{error}; {hint}")),
        None => Error::store(error.to_string()),
    }
}

/// What to do about an error that only a node of a Redis Cluster answers with.
fn redis_cluster_hint(error: &RedisError) -> Option<&'static str> {
    match error.code()? {
        "MOVED" => Some(
            "this is one node of a Redis Cluster, which has some of the keys only: give the client of the cluster, \
             as Redis.new(cluster: [...])",
        ),
        "ASK" | "TRYAGAIN" => {
            Some("Redis Cluster is moving these keys to another node: it works again when it has")
        }
        "CROSSSLOT" => Some(
            "on Redis Cluster these keys must lie in one slot: give the prefix or namespace a hash tag, as {kaal}; \
             a queue has hash_tag: true for that",
        ),
        _ => None,
    }
}

/// The connection is of no more use. After a time-out a late answer would be taken for that of the
/// next request, and what became read-only is left for the primary.
fn is_broken(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || is_read_only(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rush_needed_is_closed_after_it() {
        let begin = Instant::now();
        let mut idle = Idle::default();
        for name in ["a", "b", "c"] {
            assert!(idle.put(name, begin).is_empty());
        }
        for seconds in 1..=5 {
            assert_eq!(idle.take(), Some("c"));
            assert!(
                idle.put("c", begin + Duration::from_secs(seconds))
                    .is_empty()
            );
        }
        assert_eq!(idle.take(), Some("c"));
        let closed = idle.put("c", begin + Duration::from_millis(5_001));
        assert_eq!(closed, [("a", begin), ("b", begin)]);
        assert_eq!((idle.take(), idle.take()), (Some("c"), None));
    }
}
