//! The stores that coordinate the nodes.

mod attempts;
pub mod memory;
pub mod redis;
pub mod sqlite;
