//! What is due when.

mod recovery;
mod timeline;

pub use recovery::Recovery;
pub use timeline::{Job, Missed, Now, Rejected, Timeline, Which};
