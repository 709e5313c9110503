//! A database as any other client sees it. All values are text, as the database writes it.

use std::path::Path;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row as _};
use tokio::runtime::{Builder, Runtime};

pub struct Plain {
    connection: Connection,
    runtime: Runtime,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mariadb(MySqlConnection),
}

/// One row.
pub type Values = Vec<Option<String>>;

macro_rules! rows {
    ($connection:expr, $sql:expr) => {{
        let found = sqlx::raw_sql($sql).fetch_all($connection).await?;
        let values = found.iter().map(|row| {
            (0..row.len())
                .map(|place| row.try_get_unchecked(place))
                .collect()
        });
        values.collect()
    }};
}

impl Plain {
    pub fn sqlite(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file);
        Self::new(async { Connection::Sqlite(options.connect().await.unwrap()) })
    }

    pub fn postgres(port: u16, database: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username("postgres")
            .database(database);
        Self::new(async { Connection::Postgres(options.connect().await.unwrap()) })
    }

    pub fn mariadb(port: u16, database: &str) -> Self {
        let options = MySqlConnectOptions::new()
            .host("127.0.0.1")
            .port(port)
            .username("root")
            .database(database);
        let mut plain = Self::new(async { Connection::Mariadb(options.connect().await.unwrap()) });
        plain.run("SET SESSION sql_mode = 'ANSI_QUOTES'");
        plain
    }

    fn new(connection: impl Future<Output = Connection>) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self {
            connection: runtime.block_on(connection),
            runtime,
        }
    }

    pub fn try_rows(&mut self, sql: &str) -> sqlx::Result<Vec<Values>> {
        let Self {
            connection,
            runtime,
        } = self;
        runtime.block_on(async {
            match connection {
                Connection::Sqlite(connection) => rows!(connection, sql),
                Connection::Postgres(connection) => rows!(connection, sql),
                Connection::Mariadb(connection) => rows!(connection, sql),
            }
        })
    }

    pub fn rows(&mut self, sql: &str) -> Vec<Values> {
        self.try_rows(sql).unwrap()
    }

    pub fn run(&mut self, sql: &str) {
        self.rows(sql);
    }

    /// The only value.
    pub fn value(&mut self, sql: &str) -> Option<String> {
        self.rows(sql).remove(0).remove(0)
    }

    pub fn number(&mut self, sql: &str) -> i64 {
        self.value(sql).unwrap().parse().unwrap()
    }
}
