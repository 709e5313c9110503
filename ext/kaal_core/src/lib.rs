//! The core of kaal-rs: cron expressions, leases, the dispatch log and the coordinator's
//! timeline, on every store that kaal-rs supports.
//!
//! Nothing here knows Ruby. A due occurrence walks: [`definition`] → [`coordinator::Timeline`]
//! → [`claim`] (on a [`backend`]) → the caller's callback → [`dispatch`] record.

#![forbid(unsafe_code)]

pub mod backend;
pub mod claim;
pub mod clock;
pub mod coordinator;
pub mod cron;
pub mod definition;
pub mod dispatch;
pub mod error;
pub mod expiring;
pub mod key;
pub mod lease;

pub use error::{Error, Result};
