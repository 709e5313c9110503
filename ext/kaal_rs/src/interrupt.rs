//! Getting a waiting thread back.

use std::future::poll_fn;
use std::io::{self, Write};
use std::os::unix::net::UnixStream as Socket;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::net::UnixStream;

use crate::inherited::Socket as Inherited;

/// Wakes the waits of one process. There is one pair of sockets for all of them: whoever is woken
/// looks whether it was meant.
pub struct Bell {
    rope: Arc<Socket>,
    sound: UnixStream,
}

/// The interrupt of one wait.
pub struct Interrupt {
    raised: AtomicBool,
    rope: Arc<Socket>,
}

impl Bell {
    /// Must be called within the runtime that will drive the waits.
    pub fn new() -> io::Result<Self> {
        let (rope, sound) = Socket::pair()?;
        rope.set_nonblocking(true)?;
        sound.set_nonblocking(true)?;
        Ok(Self {
            rope: Arc::new(rope),
            sound: UnixStream::from_std(sound)?,
        })
    }

    /// What its children inherit of it.
    pub fn sockets(&self) -> Vec<Inherited> {
        let ends = [Inherited::of(&*self.rope), Inherited::of(&self.sound)];
        ends.into_iter().flatten().collect()
    }

    /// An interrupt for one wait.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt {
            raised: AtomicBool::new(false),
            rope: Arc::clone(&self.rope),
        }
    }

    /// Ends when `interrupt` is raised, which may have happened before.
    pub async fn rung_for(&self, interrupt: &Interrupt) {
        let mut sounded = pin!(self.sound.readable());
        poll_fn(|context| {
            loop {
                // First listen, then look: a ring between the two is then not missed, even when
                // another wait answers it.
                let heard = sounded.as_mut().poll(context);
                if interrupt.is_raised() {
                    return Poll::Ready(());
                }
                if heard.is_pending() {
                    return Poll::Pending;
                }
                while matches!(self.sound.try_read(&mut [0; 64]), Ok(1..)) {}
                sounded.set(self.sound.readable());
            }
        })
        .await;
    }
}

impl Interrupt {
    /// Raises it. May be called in a signal handler: it takes no lock and allocates nothing. When
    /// the socket is full a ring is on its way already.
    pub fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        let _ = (&*self.rope).write(&[1]);
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }
}
