//! How to connect to PostgreSQL.

use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{IDLE_TIMEOUT, LOCK_TIMEOUT, unusable};
use crate::Result;
use crate::backend::Source;
use crate::backend::database::Server;

/// A server and how to talk to it.
#[derive(Clone)]
pub struct Options {
    /// Where it is.
    pub server: Source<Server>,
    /// The schemas in which the tables are looked for, as PostgreSQL's `search_path`.
    pub search_path: Option<String>,
    /// False for a proxy that pools transactions: everything is then said within transactions, and no
    /// statement is kept.
    pub prepared_statements: bool,
}

impl Options {
    /// What holds for any server. It reads the environment, which Ruby may change meanwhile unless its
    /// global lock is held: so not at each connect.
    pub(super) fn base(&self) -> PgConnectOptions {
        let mut options = PgConnectOptions::new()
            .application_name("kaal-rs")
            .extra_float_digits(None)
            .disable_statement_logging();
        if self.prepared_statements {
            let settings = [
                ("lock_timeout", LOCK_TIMEOUT),
                ("idle_in_transaction_session_timeout", IDLE_TIMEOUT),
            ];
            options = options.options(settings);
            if let Some(path) = &self.search_path {
                options = options.options([("search_path", escaped(path))]);
            }
        } else {
            options = options.statement_cache_capacity(0);
        }
        options
    }

    /// What starts a transaction where a setting of the session does not last.
    pub(super) fn begin(&self) -> String {
        let path = self.search_path.as_ref().map_or_else(String::new, |path| {
            format!(
                "; SELECT set_config('search_path', {}, true)",
                literal(path)
            )
        });
        format!(
            "BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; \
             SET LOCAL idle_in_transaction_session_timeout = '{IDLE_TIMEOUT}'{path}"
        )
    }
}

/// How to connect to a server.
pub(super) fn of(base: &PgConnectOptions, server: &Server) -> Result<PgConnectOptions> {
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
    let mut options = base.clone();
    if let Some(port) = port {
        options = options.port(*port);
    }
    if let Some(host) = host {
        options = options.host(host);
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
        options = options.ssl_mode(PgSslMode::from_str(mode).map_err(|_| {
                unusable(&format!(
                    "sslmode must be disable, allow, prefer, require, verify-ca or verify-full, got {mode:?}"
                ))
            })?);
    }
    if let Some(file) = ssl_root {
        options = options.ssl_root_cert(file);
    }
    if let Some(file) = ssl_certificate {
        options = options.ssl_client_cert(file);
    }
    if let Some(file) = ssl_key {
        options = options.ssl_client_key(file);
    }
    Ok(options)
}

/// A value among the options of a connection, which blanks separate.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(' ', "\\ ")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
