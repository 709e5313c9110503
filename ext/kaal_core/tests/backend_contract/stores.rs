//! The stores: where each test has its own place, and who uses it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use kaal_core::backend::database::{Database, LeaseKind, Server};
use kaal_core::backend::memory::Memory;
use kaal_core::backend::redis::{Address, Options, Redis};
use kaal_core::backend::{mysql, postgres};
use kaal_core::claim::{Holder, Log, Terms};
use kaal_core::clock::MonotonicClock;
use kaal_core::key::{Key, Occurrence};
use kaal_core::lease::Ttl;

use crate::node::{Node, Store};
use crate::plain::Plain;
use crate::servers;

/// A place in a store that nobody else uses.
pub struct World {
    pub namespace: String,
    pub place: Place,
}

pub enum Place {
    Memory(Arc<Memory>),
    Redis { port: u16 },
    Sqlite { folder: PathBuf },
    Postgres { port: u16, lease: LeaseKind },
    Mariadb { port: u16, lease: LeaseKind },
}

pub fn memory() -> World {
    let memory = Memory::new(Arc::new(MonotonicClock::default()));
    World::new(Place::Memory(Arc::new(memory)))
}

pub fn redis() -> World {
    static SERVER: OnceLock<servers::Redis> = OnceLock::new();
    let port = SERVER.get_or_init(servers::Redis::start).port;
    World::new(Place::Redis { port })
}

pub fn sqlite() -> World {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let folder = format!("kaal-sqlite-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    std::fs::create_dir(&folder).unwrap();
    World::new(Place::Sqlite { folder }).with_tables()
}

pub fn postgres_session() -> World {
    World::on_postgres(postgres_port(), LeaseKind::Session)
}

pub fn postgres_table() -> World {
    World::on_postgres(postgres_port(), LeaseKind::Table)
}

pub fn mariadb_session() -> World {
    World::on_mariadb(mariadb_port(), LeaseKind::Session)
}

pub fn mariadb_table() -> World {
    World::on_mariadb(mariadb_port(), LeaseKind::Table)
}

fn postgres_port() -> u16 {
    static SERVER: OnceLock<servers::Postgres> = OnceLock::new();
    let start = || servers::Postgres::start_with(&["max_connections=300"]);
    SERVER.get_or_init(start).port
}

fn mariadb_port() -> u16 {
    static SERVER: OnceLock<servers::Mariadb> = OnceLock::new();
    SERVER.get_or_init(servers::Mariadb::start).port
}

impl World {
    fn new(place: Place) -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Self {
            namespace: format!("kaal_{number}"),
            place,
        }
    }

    /// A new database, with the tables.
    pub fn on_postgres(port: u16, lease: LeaseKind) -> Self {
        let world = Self::new(Place::Postgres { port, lease });
        let create = format!("CREATE DATABASE {} OWNER kaal", world.namespace);
        Plain::postgres(port, "postgres").run(&create);
        world.with_tables()
    }

    /// As [`World::on_postgres`].
    pub fn on_mariadb(port: u16, lease: LeaseKind) -> Self {
        let world = Self::new(Place::Mariadb { port, lease });
        let name = &world.namespace;
        let mut plain = Plain::mariadb(port, "kaal_test");
        plain.run(&format!("CREATE DATABASE {name}"));
        plain.run(&format!("GRANT ALL ON {name}.* TO kaal@'%'"));
        world.with_tables()
    }

    fn with_tables(self) -> Self {
        let node = self.node();
        node.wait(node.database().create_tables()).unwrap();
        self
    }

    /// A node of the application, which shares with the others what processes share.
    pub fn node(&self) -> Node {
        self.node_by(None, "secret")
    }

    /// Whose way to the server goes by another port.
    pub fn node_through(&self, port: u16) -> Node {
        self.node_by(Some(port), "secret")
    }

    pub fn node_by(&self, by: Option<u16>, password: &str) -> Node {
        let server = |port| Server {
            host: Some("127.0.0.1".into()),
            port: Some(by.unwrap_or(port)),
            username: Some("kaal".into()),
            password: Some(password.into()),
            database: Some(self.namespace.clone()),
            ..Server::default()
        };
        Node::new(match &self.place {
            Place::Memory(memory) => Store::Memory(Arc::clone(memory)),
            Place::Redis { port } => {
                let address = Address::Tcp("127.0.0.1".into(), by.unwrap_or(*port));
                Store::Redis(Box::new(Redis::new(Options::at(address)).unwrap()))
            }
            Place::Sqlite { .. } => {
                Store::Database(Box::new(Database::sqlite(self.file()).unwrap()))
            }
            Place::Postgres { port, lease } => {
                let options = postgres::Options {
                    server: server(*port).into(),
                    search_path: None,
                    prepared_statements: true,
                };
                Store::Database(Box::new(Database::postgres(&options, *lease, 2).unwrap()))
            }
            Place::Mariadb { port, lease } => {
                let server = server(*port).into();
                let options = mysql::Options { server };
                Store::Database(Box::new(Database::mysql(&options, *lease, 2).unwrap()))
            }
        })
    }

    /// The database as any other client sees it, with all rights.
    pub fn plain(&self) -> Plain {
        match &self.place {
            Place::Sqlite { .. } => Plain::sqlite(&self.file()),
            Place::Postgres { port, .. } => Plain::postgres(*port, &self.namespace),
            Place::Mariadb { port, .. } => Plain::mariadb(*port, &self.namespace),
            Place::Memory(_) | Place::Redis { .. } => panic!("no database"),
        }
    }

    /// Where the server listens, if there is one.
    pub fn port(&self) -> u16 {
        match &self.place {
            Place::Redis { port } | Place::Postgres { port, .. } | Place::Mariadb { port, .. } => {
                *port
            }
            Place::Memory(_) | Place::Sqlite { .. } => panic!("no server"),
        }
    }

    pub fn is_session(&self) -> bool {
        let (Place::Postgres { lease, .. } | Place::Mariadb { lease, .. }) = &self.place else {
            return false;
        };
        *lease == LeaseKind::Session
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.place, Place::Sqlite { .. })
    }

    pub fn is_mariadb(&self) -> bool {
        matches!(self.place, Place::Mariadb { .. })
    }

    fn file(&self) -> PathBuf {
        let Place::Sqlite { folder } = &self.place else {
            panic!("no file");
        };
        folder.join("kaal.sqlite3")
    }

    pub fn key(&self, rest: impl AsRef<[u8]>) -> Key {
        let start = format!("{}:", self.namespace);
        Key::new([start.as_bytes(), rest.as_ref()].concat()).unwrap()
    }

    pub fn keys(&self, count: usize) -> Vec<Key> {
        (0..count)
            .map(|number| self.key(number.to_string()))
            .collect()
    }

    /// Claims without the log.
    pub fn terms(&self, seconds: f64) -> Terms {
        Terms {
            namespace: self.namespace.clone(),
            ttl: ttl(seconds),
            log: None,
        }
    }

    /// Claims with it, made 1 s after [`FIRE_TIME`].
    pub fn terms_with_log(&self, seconds: f64) -> Terms {
        let log = Log {
            namespace: self.namespace.clone(),
            node_id: "web-1".into(),
            dispatched_at: FIRE_TIME + 1,
            ttl_seconds: 604_800,
            open: false,
        };
        Terms {
            log: Some(log),
            ..self.terms(seconds)
        }
    }

    /// Who renews claims or takes them over.
    pub fn holder(&self, seconds: f64) -> Holder {
        Holder {
            namespace: self.namespace.clone(),
            node_id: "web-2".into(),
            ttl: ttl(seconds),
        }
    }

    /// Claims that stay open.
    pub fn open_terms(&self, seconds: f64) -> Terms {
        let mut terms = self.terms_with_log(seconds);
        terms.log = terms.log.map(|log| Log { open: true, ..log });
        terms
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Place::Sqlite { folder } = &self.place {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// 2023-11-14 22:14:00.
pub const FIRE_TIME: i64 = 1_700_000_040;

pub fn run(key: &str) -> Occurrence {
    Occurrence {
        fire_time: FIRE_TIME,
        key: key.into(),
    }
}

pub fn ttl(seconds: f64) -> Ttl {
    Ttl::from_seconds(seconds).unwrap()
}

/// Asks every few milliseconds until it is so.
pub fn wait_until(limit: Duration, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "not within {limit:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
