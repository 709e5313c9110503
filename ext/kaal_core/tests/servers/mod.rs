//! Servers for the tests, on free ports of the loopback, each in a folder that is thrown away. A server
//! ends when its handle is dropped, and when the test binary ends, in whatever way.
//!
//! To make a data folder takes a second, so a test binary starts each server once, in a `OnceLock`.

#![allow(dead_code)] // a test binary uses some of them
#![allow(clippy::unwrap_used)] // in helpers of tests

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(10);

/// A Redis that keeps nothing, unless told to.
pub struct Redis {
    pub port: u16,
    pub server: Server,
}

impl Redis {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these settings, as `--name value`.
    pub fn start_with(settings: &[&str]) -> Self {
        let (port, server) = Server::start("redis", include_str!("redis.sh"), settings);
        Self { port, server }
    }
}

/// A PostgreSQL with a database `kaal_test`. Its superuser is `postgres`, whom it trusts; of the user
/// `kaal` it demands the password `secret`.
pub struct Postgres {
    pub port: u16,
    pub server: Server,
}

impl Postgres {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these settings, as `name=value`.
    pub fn start_with(settings: &[&str]) -> Self {
        let arguments: Vec<&str> = settings.iter().flat_map(|set| ["-c", set]).collect();
        let (port, server) = Server::start("postgres", include_str!("postgres.sh"), &arguments);
        Self { port, server }
    }

    /// The folder of the socket, whose name has the port in it.
    pub fn socket_dir(&self) -> &Path {
        &self.server.folder
    }
}

/// A MariaDB, with a database `kaal_test`. Its `root` has no password, the user `kaal` has `secret`.
pub struct Mariadb {
    pub port: u16,
    pub server: Server,
}

impl Mariadb {
    pub fn start() -> Self {
        let (port, server) = Server::start("mariadb", include_str!("mariadb.sh"), &[]);
        Self { port, server }
    }

    pub fn socket(&self) -> PathBuf {
        self.server.folder.join("socket")
    }
}

/// A shell that starts the server, and ends it when its standard input closes.
pub struct Server {
    folder: PathBuf,
    shell: Child,
    log: File,
}

impl Server {
    /// Kills it; its data and port stay.
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// Starts it once more, after [`Server::stop`].
    pub fn launch(&mut self) {
        self.order("launch");
    }

    fn order(&mut self, order: &str) {
        fs::remove_file(self.folder.join("ready")).unwrap();
        let mut shell = self.shell.stdin.as_ref().unwrap();
        writeln!(shell, "{order}").unwrap();
        self.wait_until_it_answers();
    }

    fn start(name: &str, script: &str, arguments: &[&str]) -> (u16, Self) {
        let (folder, port) = (new_folder(name), free_port());
        // The shell removes it when nothing comes of the server; what is open can be read even so.
        let log = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(folder.join("log"))
            .unwrap();
        let shell = Command::new("sh")
            .args(["-c", &[include_str!("guard.sh"), script].concat()])
            .args([&folder, Path::new(&port.to_string())])
            .args(arguments)
            .current_dir(&folder)
            .process_group(0) // what kills the group of the tests leaves it
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { folder, shell, log };
        server.wait_until_it_answers();
        (port, server)
    }

    fn wait_until_it_answers(&mut self) {
        while !self.folder.join("ready").exists() {
            if self.shell.try_wait().unwrap().is_some() {
                let mut text = String::new();
                self.log.rewind().unwrap();
                self.log.read_to_string(&mut text).unwrap();
                panic!("no server (bin/setup installs them): {text}");
            }
            sleep(PAUSE);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

fn new_folder(name: &str) -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("kaal-{name}-{}-{number}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
