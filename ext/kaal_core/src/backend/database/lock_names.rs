//! What the databases call the lock of a key. From outside only the fuzzer asks.

use super::engine::SessionEngine;
use super::names;
use crate::backend::{mysql::Mysql, postgres::Postgres};
use crate::key::Key;

/// In the table of SQLite.
pub fn table(key: &Key) -> String {
    names::text(key)
}

/// In the tables of the servers.
pub fn server_table(key: &Key) -> String {
    names::short_text(key)
}

/// The named lock of `MySQL` and `MariaDB`.
pub fn mysql(key: &Key) -> String {
    Mysql::lock_name(key)
}

/// The advisory lock of `PostgreSQL`.
pub fn postgres(key: &Key) -> i64 {
    Postgres::lock_name(key)
}
