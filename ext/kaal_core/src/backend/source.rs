//! Where the options of connections come from.

use std::pin::Pin;
use std::sync::Arc;

use crate::Result;

/// What an asked source answers with, sooner or later.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The options of connections: an address, a password.
///
/// They are kept apart from the connections because they change while a process runs: passwords are
/// rotated, another server takes over.
#[derive(Clone)]
pub enum Source<T> {
    /// The same for each connection.
    Fixed(T),
    /// Called at each connect. An error of it ends the connecting; the next connect asks again.
    Asked(Arc<dyn Fn() -> Answer<T> + Send + Sync>),
}

impl<T: Clone> Source<T> {
    /// The options of a connection that is going to be made.
    pub(super) async fn get(&self) -> Result<T> {
        match self {
            Self::Fixed(options) => Ok(options.clone()),
            Self::Asked(ask) => ask().await,
        }
    }

    /// Looks at options that are known before anyone connects, to refuse them early.
    pub(super) fn check<U>(&self, check: impl FnOnce(&T) -> Result<U>) -> Result<()> {
        match self {
            Self::Fixed(options) => check(options).map(drop),
            Self::Asked(_) => Ok(()),
        }
    }
}

impl<T> From<T> for Source<T> {
    fn from(options: T) -> Self {
        Self::Fixed(options)
    }
}
