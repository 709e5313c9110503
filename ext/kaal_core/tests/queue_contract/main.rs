//! What a queue promises, against a real Redis: whatever is lost, killed or restarted, a job is somewhere.

#![allow(clippy::unwrap_used)] // in helpers of tests

#[path = "../backend_contract/proxy.rs"]
mod proxy;
#[path = "../servers/mod.rs"]
mod servers;

mod dead;
mod delayed;
mod leases;
mod lost_answers;
mod memory;
mod node;
mod recovery;
mod restarts;
mod taking;
