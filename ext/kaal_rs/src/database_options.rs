//! From a Ruby Hash to where a database server is and how it is used.

use std::path::PathBuf;

use kaal_core::backend::database::{LeaseKind, Server};
use kaal_core::backend::{mysql, postgres};
use magnus::{Error, RHash, Ruby, Value, value::ReprValue};

use crate::asked::source_or;
use crate::convert::option;

/// Reads `host`, `port`, `socket`, `username`, `password`, `database`, `ssl_mode`, `ssl_root`,
/// `ssl_certificate`, `ssl_key`; none must be there.
fn server(ruby: &Ruby, hash: RHash) -> Result<Server, Error> {
    let path = |name| Ok::<_, Error>(option::<String>(ruby, hash, name)?.map(PathBuf::from));
    Ok(Server {
        host: option(ruby, hash, "host")?,
        port: option(ruby, hash, "port")?,
        socket: path("socket")?,
        username: option(ruby, hash, "username")?,
        password: option(ruby, hash, "password")?,
        database: option(ruby, hash, "database")?,
        ssl_mode: option(ruby, hash, "ssl_mode")?,
        ssl_root: path("ssl_root")?,
        ssl_certificate: path("ssl_certificate")?,
        ssl_key: path("ssl_key")?,
    })
}

/// Reads what [`server`] does, or the number of a `source` that is asked for it; and `search_path` and
/// `prepared_statements`.
pub fn postgres(ruby: &Ruby, hash: RHash) -> Result<postgres::Options, Error> {
    let prepared = option::<Value>(ruby, hash, "prepared_statements")?;
    Ok(postgres::Options {
        server: source_or(ruby, hash, server)?,
        search_path: option(ruby, hash, "search_path")?,
        prepared_statements: prepared.is_none_or(ReprValue::to_bool),
    })
}

/// Reads what [`server`] does, or the number of a `source` that is asked for it.
pub fn mysql(ruby: &Ruby, hash: RHash) -> Result<mysql::Options, Error> {
    Ok(mysql::Options {
        server: source_or(ruby, hash, server)?,
    })
}

/// `table` chooses rows; else leases are locks of a session.
pub fn lease(table: bool) -> LeaseKind {
    if table {
        LeaseKind::Table
    } else {
        LeaseKind::Session
    }
}
