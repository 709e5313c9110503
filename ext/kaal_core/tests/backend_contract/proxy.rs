//! A way to a server on which an answer can get lost.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Both sides learn that the connection has ended.
    Both,
    /// The server does not: as when the network fails.
    Client,
}

pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    server: u16,
    /// How many answers pass before one is lost; below 0: all do.
    passing: AtomicI32,
    end: End,
    /// Connections that the server still has.
    left: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub fn to(server: u16, end: End) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            server,
            passing: AtomicI32::new(-1),
            end,
            left: Mutex::default(),
        });
        let accepting = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                connect(&accepting, client.unwrap());
            }
        });
        Self { port, state }
    }

    /// So many answers pass; the next is lost and the connection with it.
    pub fn lose_after(&self, answers: i32) {
        self.state.passing.store(answers, Ordering::SeqCst);
    }

    /// Whether an answer got lost since.
    pub fn has_lost(&self) -> bool {
        self.state.passing.swap(-1, Ordering::SeqCst) < 0
    }
}

fn connect(state: &Arc<State>, client: TcpStream) {
    let server = TcpStream::connect(("127.0.0.1", state.server)).unwrap();
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let (to_server, from_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let asking = Arc::clone(state);
    thread::spawn(move || {
        pass(from_client, &to_server, || true);
        if asking.end == End::Both {
            let _ = to_server.shutdown(Shutdown::Both);
        } else {
            asking.left.lock().unwrap().push(to_server);
        }
    });
    let answering = Arc::clone(state);
    thread::spawn(move || {
        let armed = |passing| (passing >= 0).then_some(passing - 1);
        let passes = || {
            let passing = answering
                .passing
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, armed);
            passing != Ok(0)
        };
        pass(server, &client, passes);
        let _ = client.shutdown(Shutdown::Both);
    });
}

/// Until one side closes or something may not pass.
fn pass(mut from: TcpStream, mut to: &TcpStream, may: impl Fn() -> bool) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !may() || to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}
