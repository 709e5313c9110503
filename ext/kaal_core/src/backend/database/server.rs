//! Where a database server is, and who we are to it.

use std::path::PathBuf;

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
