//! Options of connections that Ruby is asked for, at each connect.
//!
//! A request finds in the middle of its future that it needs a connection. That future is driven without
//! the global lock, within the runtime. To call a proc right there, with the lock taken back, would hold up
//! the connections of all other threads for as long as the proc takes, which could neither be interrupted nor
//! fork nor wait for another store: a runtime is not entered twice. So the future leaves a question and
//! waits for the answer. The thread that drives it looks for a question after each poll, comes out of the
//! runtime, has Ruby answer as any Ruby code would, and goes on with the same future.
//!
//! What the proc raises goes out at once, as does an interrupt, and the future ends on a thread of its own,
//! as always: there nobody can be asked, so its connecting fails. The next connect asks again.

use std::cell::RefCell;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use kaal_core::backend::Source;
use magnus::value::ReprValue;
use magnus::{Error, Module, RHash, RModule, Ruby};
use tokio::sync::oneshot;

use crate::convert::option;
use crate::error;

/// From what Ruby answers with to options.
type Read<O> = fn(&Ruby, RHash) -> Result<O, Error>;

/// Takes what Ruby answers with to the future.
type Take = dyn FnOnce(&Ruby, RHash) -> Result<(), Error> + Send;

/// What a future wants to know.
pub struct Question {
    source: u64,
    take: Box<Take>,
}

/// Where a thread finds the question of the future that it drives.
enum Desk {
    /// Nobody would find it.
    Closed,
    Open,
    Asked(Question),
}

thread_local! {
    static DESK: RefCell<Desk> = const { RefCell::new(Desk::Closed) };
}

/// The options of a Hash, or those that `Kaal::Native.connection_options` is asked for where the Hash has
/// the number of a `source`.
pub fn source_or<O: Send + 'static>(
    ruby: &Ruby,
    options: RHash,
    read: Read<O>,
) -> Result<Source<O>, Error> {
    Ok(match option(ruby, options, "source")? {
        Some(number) => Source::Asked(Arc::new(move || Box::pin(ask(number, read)))),
        None => read(ruby, options)?.into(),
    })
}

async fn ask<O: Send + 'static>(source: u64, read: Read<O>) -> kaal_core::Result<O> {
    let (answer, answered) = oneshot::channel();
    let take = move |ruby: &Ruby, options| {
        let options = read(ruby, options).map_err(|error| refused(ruby, error))?;
        let _ = answer.send(options); // it may have been given up meanwhile
        Ok(())
    };
    let question = Question {
        source,
        take: Box::new(take),
    };
    DESK.with_borrow_mut(|desk| {
        if let Desk::Open = desk {
            *desk = Desk::Asked(question);
        }
    });
    let unanswered = |_| kaal_core::Error::store("nobody was there to say how to connect");
    answered.await.map_err(unanswered)
}

/// Runs `body`, which drives a future on this thread, and looks for its questions by [`question`].
pub fn attended<R>(body: impl FnOnce() -> R) -> R {
    struct Attended;
    impl Drop for Attended {
        fn drop(&mut self) {
            DESK.set(Desk::Closed);
        }
    }
    DESK.set(Desk::Open);
    let _attended = Attended;
    body()
}

/// What the future that was polled just before wants to know.
pub async fn question() -> Question {
    poll_fn(|_| {
        DESK.with_borrow_mut(|desk| match std::mem::replace(desk, Desk::Open) {
            Desk::Asked(question) => Poll::Ready(question),
            unasked => {
                *desk = unasked;
                Poll::Pending
            }
        })
    })
    .await
}

impl Question {
    /// Has Ruby answer it.
    pub fn answer(self, ruby: &Ruby) -> Result<(), Error> {
        let native: RModule = ruby
            .class_object()
            .const_get::<_, RModule>("Kaal")?
            .const_get("Native")?;
        let options = native.funcall("connection_options", (self.source,))?;
        (self.take)(ruby, options)
    }
}

/// Options that cannot be used are a failure of the store by now, no mistake of the caller's.
fn refused(ruby: &Ruby, error: Error) -> Error {
    if !error.is_kind_of(ruby.exception_standard_error()) {
        return error;
    }
    let message = error.value().map(|value| value.funcall("message", ()));
    match message {
        Some(Ok::<String, _>(message)) => error::store(ruby, &message),
        _ => error,
    }
}
