//! The stores that coordinate the nodes.

pub mod memory;
pub mod redis;
