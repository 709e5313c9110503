//! The stores that coordinate the nodes.

mod attempts;
pub mod database;
pub mod memory;
pub mod mysql;
pub mod postgres;
pub mod redis;
mod source;
pub mod sqlite;

pub use source::{Answer, Source};
