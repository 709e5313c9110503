//! The one error type of the core.

/// What the core's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal or a failure, with a message made for the person who has to act on it.
///
/// Messages never hold a password: errors of a store are built from its answer, not from
/// the address it was reached at.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    position: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Argument,
    Cron,
    Store,
}

impl Error {
    /// A value that the caller passed cannot be used.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Kind::Argument, message)
    }

    /// A cron expression or a time zone is not valid.
    pub fn cron(message: impl Into<String>) -> Self {
        Self::new(Kind::Cron, message)
    }

    /// As [`Error::cron`], for what stands at byte `position` of the expression.
    pub(crate) fn cron_at(position: usize, message: impl Into<String>) -> Self {
        Self {
            position: Some(position),
            ..Self::cron(message)
        }
    }

    /// The store could not be reached or refused the command.
    pub fn store(message: impl Into<String>) -> Self {
        Self::new(Kind::Store, message)
    }

    /// True for [`Error::argument`].
    pub fn is_argument(&self) -> bool {
        self.kind == Kind::Argument
    }

    /// True for [`Error::cron`].
    pub fn is_cron(&self) -> bool {
        self.kind == Kind::Cron
    }

    /// True for [`Error::store`].
    pub fn is_store(&self) -> bool {
        self.kind == Kind::Store
    }

    /// Where in a cron expression the refused text begins, in bytes, where there is such a place.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            position: None,
        }
    }
}
