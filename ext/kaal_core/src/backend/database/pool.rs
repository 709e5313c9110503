//! The connections of one process, as few as are used at once.
//!
//! Not sqlx's pool: that asks each connection for a sign of life when it is given back, a round trip
//! for each piece of work, and on tasks of its own, for which a runtime without threads has nobody.

use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

pub(super) struct Pool<C> {
    idle: Mutex<Vec<C>>,
    permits: Semaphore,
    most: usize,
}

/// A connection for one piece of work. Dropped, it is closed: whoever knows that it is fit for the
/// next piece gives it back.
pub(super) struct Lent<'a, C> {
    connection: C,
    /// Whether it had been used before, and may have died since.
    pub reused: bool,
    pool: &'a Pool<C>,
    _permit: SemaphorePermit<'a>,
}

impl<C> Pool<C> {
    pub fn new(most: usize) -> Self {
        Self {
            idle: Mutex::default(),
            permits: Semaphore::const_new(most),
            most,
        }
    }

    /// An idle connection, or what `connect` gives; waits for its turn when all are in use.
    pub async fn lend<E>(
        &self,
        connect: impl Future<Output = Result<C, E>> + Send,
    ) -> Result<Lent<'_, C>, E> {
        let permit = self.permits.acquire().await.expect("it is never closed");
        let idle = self.idle().pop();
        Ok(Lent {
            reused: idle.is_some(),
            connection: match idle {
                Some(connection) => connection,
                None => connect.await?,
            },
            pool: self,
            _permit: permit,
        })
    }

    /// Closes what is idle: when one connection has died, the others have too, as a rule.
    pub fn close_idle(&self) {
        self.idle().clear();
    }

    /// Closes all connections by `close` when nothing is in use any more, and then lends none until
    /// [`Pool::resume`].
    pub async fn pause<F: Future>(&self, close: impl Fn(C) -> F) {
        let all = u32::try_from(self.most).expect("few");
        let permits = self.permits.acquire_many(all).await;
        let permits = permits.expect("they are never closed");
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            close(connection).await;
        }
        permits.forget(); // unless it was given up before
    }

    /// Lends again.
    pub fn resume(&self) {
        self.permits.add_permits(self.most);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<C>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Lent<'_, C> {
    pub fn get(&mut self) -> &mut C {
        &mut self.connection
    }

    pub fn give_back(self) {
        self.pool.idle().push(self.connection);
    }
}
