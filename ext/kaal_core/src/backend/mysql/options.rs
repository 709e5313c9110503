//! How to connect to MySQL or MariaDB.

use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use super::unusable;
use crate::Result;
use crate::backend::Source;
use crate::backend::database::Server;

/// A server and how to talk to it.
#[derive(Clone)]
pub struct Options {
    /// Where it is.
    pub server: Source<Server>,
}

/// How to connect to a server.
pub(super) fn of(server: &Server) -> Result<MySqlConnectOptions> {
    let Server {
        host,
        port,
        socket,
        username,
        password,
        database,
        ssl_mode,
        ssl_root,
        ssl_certificate,
        ssl_key,
    } = server;
    let mut options = MySqlConnectOptions::new()
        .pipes_as_concat(false)
        .disable_statement_logging();
    if let Some(host) = host {
        options = options.host(host);
    }
    if let Some(port) = port {
        options = options.port(*port);
    }
    if let Some(socket) = socket {
        options = options.socket(socket);
    }
    if let Some(username) = username {
        options = options.username(username);
    }
    if let Some(password) = password {
        options = options.password(password);
    }
    if let Some(database) = database {
        options = options.database(database);
    }
    if let Some(mode) = ssl_mode {
        options = options.ssl_mode(MySqlSslMode::from_str(mode).map_err(|_| {
                unusable(&format!(
                    "ssl_mode must be disabled, preferred, required, verify_ca or verify_identity, got {mode:?}"
                ))
            })?);
    }
    if let Some(file) = ssl_root {
        options = options.ssl_ca(file);
    }
    if let Some(file) = ssl_certificate {
        options = options.ssl_client_cert(file);
    }
    if let Some(file) = ssl_key {
        options = options.ssl_client_key(file);
    }
    Ok(options)
}
