//! Closing the sockets that a forked child has of its parent.
//!
//! A server takes a connection for open as long as any process has it open: the locks of a session
//! would outlive a parent that dies before its child. The child may not drop the connections: that
//! says goodbye on them, and takes them out of the epoll instance that it shares with the parent. To
//! close the bare descriptors does neither. No library tells their numbers, but Linux tells what an
//! epoll instance watches, and ours is the one that watches the bell. Elsewhere nothing is closed.

use std::fs;
use std::os::fd::{AsRawFd, RawFd};

use crate::gvl;

/// A socket, and the number it was given. The number may since belong to something else.
#[derive(PartialEq)]
pub struct Socket {
    number: RawFd,
    inode: u64,
}

impl Socket {
    /// What is open under this number now, if it is a socket and the system tells.
    pub fn of(descriptor: &impl AsRawFd) -> Option<Self> {
        let number = descriptor.as_raw_fd();
        let link = link(number)?;
        let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(Self {
            number,
            inode: inode.parse().ok()?,
        })
    }

    /// From what an epoll instance tells: `tfd: 9 events: 19 data: 0 pos:0 ino:174d3 sdev:9`.
    fn watched(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("tfd:")?.split_whitespace();
        let number = words.next()?.parse().ok()?;
        let inode = words.find_map(|word| word.strip_prefix("ino:"))?;
        Some(Self {
            number,
            inode: u64::from_str_radix(inode, 16).ok()?,
        })
    }

    fn close(&self) {
        if Self::of(&self.number).as_ref() == Some(self) {
            gvl::close(self.number);
        }
    }
}

/// How the children of a process find its sockets.
pub struct Inheritance {
    bell: Vec<Socket>,
    epolls: Vec<RawFd>,
}

impl Inheritance {
    /// Looks for the epoll instance by what it watches already: both ends of the bell, or one. To
    /// look through all descriptors takes long where an app has thousands: that is not left to the
    /// children.
    pub fn of(bell: Vec<Socket>) -> Self {
        let open = fs::read_dir("/proc/self/fd").into_iter().flatten();
        let epolls = open
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(|number| link(*number).is_some_and(|link| link == "anon_inode:[eventpoll]"))
            .filter(|number| any_of(&bell, &watched(*number)))
            .collect();
        Self { bell, epolls }
    }

    /// Closes it, in a child: what the epoll instance watches now, that itself, and the bell.
    pub fn close(&self) {
        // tokio has two descriptors of it, and the child may have closed or reused any. Both are read
        // first: where the parent is dead already, what is closed is watched no longer.
        let told = self.epolls.iter().map(|epoll| (*epoll, watched(*epoll)));
        let ours: Vec<_> = told.filter(|(_, told)| any_of(&self.bell, told)).collect();
        for (epoll, sockets) in ours {
            sockets.iter().for_each(Socket::close);
            gvl::close(epoll);
        }
        self.bell.iter().for_each(Socket::close);
    }
}

fn any_of(wanted: &[Socket], sockets: &[Socket]) -> bool {
    sockets.iter().any(|socket| wanted.contains(socket))
}

/// What an epoll instance watches; of any other descriptor nothing is told.
fn watched(epoll: RawFd) -> Vec<Socket> {
    let told = fs::read_to_string(format!("/proc/self/fdinfo/{epoll}")).unwrap_or_default();
    told.lines().filter_map(Socket::watched).collect()
}

fn link(number: RawFd) -> Option<String> {
    let link = fs::read_link(format!("/proc/self/fd/{number}")).ok()?;
    link.into_os_string().into_string().ok()
}
