//! The scripts; each says itself what it takes.

use crate::backend::redis::scripts::Lua;

pub(super) struct Scripts {
    pub enqueue: Lua,
    pub beat: Lua,
    pub take: Lua,
    pub settle: Lua,
    pub move_due: Lua,
    pub reclaim: Lua,
    pub forget_leases: Lua,
    pub requeue: Lua,
    pub discard: Lua,
}

impl Scripts {
    pub fn new() -> Self {
        Self {
            enqueue: Lua::new(include_str!("scripts/enqueue.lua")),
            beat: Lua::new(include_str!("scripts/beat.lua")),
            take: Lua::new(include_str!("scripts/take.lua")),
            settle: Lua::new(include_str!("scripts/settle.lua")),
            move_due: Lua::new(include_str!("scripts/move_due.lua")),
            reclaim: Lua::new(include_str!("scripts/reclaim.lua")),
            forget_leases: Lua::new(include_str!("scripts/forget_leases.lua")),
            requeue: Lua::new(include_str!("scripts/requeue.lua")),
            discard: Lua::new(include_str!("scripts/discard.lua")),
        }
    }
}
