//! Waiting for an answer that is a matter of microseconds.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

const MOMENT: Duration = Duration::from_micros(100);

/// Waits for [`MOMENT`] awake and only then asleep: to be woken by a thread of the same process, as
/// sqlx's for SQLite is, takes longer than most of its answers.
pub(super) async fn promptly<F: Future>(answer: F) -> F::Output {
    let mut answer = pin!(answer);
    let began = Instant::now();
    poll_fn(|context| {
        loop {
            match answer.as_mut().poll(context) {
                Poll::Pending if began.elapsed() < MOMENT => std::thread::yield_now(),
                polled => return polled,
            }
        }
    })
    .await
}
