//! The core of kaal-rs: cron expressions, leases, the dispatch log, delayed jobs and the coordinator's
//! timeline, on every store that kaal-rs supports.
//!
//! The job [`queue`] is on Redis alone.
//!
//! Nothing here knows Ruby. A due occurrence walks: [`definition`] → [`coordinator::Timeline`]
//! → [`claim`] (on a [`backend`]) → the caller's callback → [`dispatch`] record.

#![forbid(unsafe_code)]

pub mod backend;
pub mod claim;
pub mod clock;
pub mod coordinator;
mod crash;
pub mod cron;
pub mod definition;
pub mod delayed;
pub mod dispatch;
pub mod error;
pub mod expiring;
pub mod interval;
pub mod key;
pub mod lease;
pub mod queue;
pub mod trigger;

pub use error::{Error, Result};
