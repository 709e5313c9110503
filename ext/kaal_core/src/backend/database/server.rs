//! Where a database server is, and who we are to it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::backend::Source;
use crate::{Error, Result};

/// What is `None` is the client library's default: environment variables, the local socket, the
/// user's name.
#[derive(Clone, Default)]
pub struct Server {
    /// The name or address of the host.
    pub host: Option<String>,
    /// The TCP port.
    pub port: Option<u16>,
    /// A Unix socket: MySQL's file, or the folder of PostgreSQL's. Instead of a host.
    pub socket: Option<PathBuf>,
    /// The user.
    pub username: Option<String>,
    /// The user's password. Never shown.
    pub password: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// How far to insist on TLS, in the words of the database's own tools.
    pub ssl_mode: Option<String>,
    /// A PEM file with the authorities that the server's certificate may come from.
    pub ssl_root: Option<PathBuf>,
    /// A PEM file with our certificate.
    pub ssl_certificate: Option<PathBuf>,
    /// A PEM file with its key.
    pub ssl_key: Option<PathBuf>,
}

impl Server {
    /// The server's name in messages: no password, no user.
    pub(crate) fn shown(&self) -> String {
        let database = self.database.as_deref().unwrap_or_default();
        match (&self.socket, &self.host) {
            (Some(socket), _) => format!("{}/{database}", socket.display()),
            (None, Some(host)) => match self.port {
                Some(port) => format!("{host}:{port}/{database}"),
                None => format!("{host}/{database}"),
            },
            (None, None) => format!("the local server, database {database:?}"),
        }
    }
}

/// Where the server of an engine is: asked for at each connect, and known by name in messages.
pub(crate) struct Place {
    source: Source<Server>,
    /// That of the last connect.
    shown: Mutex<String>,
}

impl Place {
    pub fn new(source: Source<Server>) -> Self {
        let shown = match &source {
            Source::Fixed(server) => server.shown(),
            Source::Asked(_) => "the server".to_owned(),
        };
        Self {
            source,
            shown: Mutex::new(shown),
        }
    }

    /// The server that is going to be connected to. To ask for it counts as part of the call, which has
    /// `patience`.
    pub async fn server(&self, patience: Duration) -> Result<Server> {
        let began = Instant::now();
        let server = self.source.get().await?;
        let took = began.elapsed();
        if took >= patience {
            return Err(Error::store(format!(
                "it took {} s to be told the address and the password, and a call has {} s",
                took.as_secs(),
                patience.as_secs()
            )));
        }
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = server.shown();
        Ok(server)
    }

    /// The server's name in messages: no password, no user.
    pub fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn run<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn a_server_that_is_asked_for_is_so_each_time_and_known_by_its_last_name() {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let place = Place::new(Source::Asked(Arc::new(move || {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                Ok(Server {
                    host: Some(format!("db{number}")),
                    password: Some("s3cret".into()),
                    ..Server::default()
                })
            })
        })));
        assert_eq!(place.shown(), "the server");
        for name in ["db0/", "db1/"] {
            run(place.server(Duration::from_secs(9))).ok().unwrap();
            assert_eq!(place.shown(), name);
        }
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn an_answer_that_comes_too_late_says_so() {
        let place = Place::new(Source::Asked(Arc::new(|| {
            Box::pin(async { Ok(Server::default()) })
        })));
        let error = run(place.server(Duration::ZERO)).err().unwrap();
        let message = error.to_string();
        assert!(message.starts_with("it took 0 s to be told"), "{message}");
    }
}
