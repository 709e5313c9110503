//! Between those that run jobs and the loops that talk to Redis: jobs are laid out for whoever wants one, and
//! what became of them is laid back.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

use super::job::{Job, Notice, Outcome};
use super::pace::Pace;

/// How many notices are kept for an app that does not ask.
const MOST_NOTICES: usize = 1_000;

/// How long a job may lie here that nobody wants.
const LYING: Duration = Duration::from_millis(20);

#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    /// Something is wanted.
    demand: Notify,
    /// Something lies there.
    supply: Notify,
    /// Something has an outcome.
    outcomes: Notify,
    closing: Notify,
}

#[derive(Default)]
struct State {
    /// How many jobs those that wait would take.
    wanted: usize,
    jobs: VecDeque<Job>,
    /// What was taken and whose outcome Redis does not know.
    held: HashMap<Vec<u8>, Held>,
    /// How many of these are being run.
    running: usize,
    pace: Pace,
    /// Whether jobs are taken before they are wanted.
    early: bool,
    settlements: Vec<Settlement>,
    notices: VecDeque<Notice>,
    closed: bool,
    /// It is closed, and nothing is on its way from Redis any more.
    supplied: bool,
    completed: u64,
    failed: u64,
}

struct Held {
    token: u64,
    /// `None`: it lies here.
    begun: Option<Instant>,
    is_settled: bool,
}

/// An outcome that Redis is to be told.
#[derive(Debug, Clone)]
pub(super) struct Settlement {
    pub id: Vec<u8>,
    pub token: u64,
    pub outcome: Outcome,
}

/// How many jobs this process has completed, and how often one failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Completed.
    pub completed: u64,
    /// Failed attempts.
    pub failed: u64,
    /// Taken, and not settled.
    pub held: usize,
}

/// Wants jobs until it has some, for as long as it lives.
struct Wanting<'a> {
    desk: &'a Desk,
    most: usize,
}

impl Held {
    fn runs(&self) -> bool {
        self.begun.is_some() && !self.is_settled
    }
}

impl Wanting<'_> {
    /// As [`Desk::try_take`]. In one step, for what was wanted and is had would be asked for once more.
    fn try_take(&mut self) -> Option<Vec<Job>> {
        let mut state = self.desk.lock();
        let jobs = state.take(self.most)?;
        if !jobs.is_empty() {
            state.wanted -= std::mem::take(&mut self.most);
        }
        Some(jobs)
    }
}

impl Drop for Wanting<'_> {
    fn drop(&mut self) {
        if self.most > 0 {
            self.desk.lock().wanted -= self.most;
        }
    }
}

impl State {
    fn take(&mut self, most: usize) -> Option<Vec<Job>> {
        if self.closed {
            return None;
        }
        let count = most.min(self.jobs.len());
        let jobs: Vec<Job> = self.jobs.drain(..count).collect();
        for job in &jobs {
            match self.held.get_mut(&job.id) {
                Some(held) if held.token == job.token && !held.is_settled => {
                    held.begun = Some(Instant::now());
                    self.running += 1;
                }
                _ => {} // taken again meanwhile, under another token, or given back
            }
        }
        Some(jobs)
    }

    /// Counts a job that has an outcome now.
    fn ended(&mut self, begun: Option<Instant>, outcome: &Outcome) {
        match outcome {
            Outcome::Done => self.completed += 1,
            Outcome::Retry(_) | Outcome::Dead(_) => self.failed += 1,
            Outcome::Back => {}
        }
        if let Some(begun) = begun {
            self.running -= 1;
            if *outcome != Outcome::Back {
                self.pace.note(begun.elapsed());
            }
        }
    }

    /// How many jobs are wanted, or will be before others can be had.
    fn expected(&self) -> usize {
        let soon = if self.early {
            self.pace.soon(self.running)
        } else {
            0
        };
        self.wanted + soon
    }

    /// How many jobs are wanted and do not lie there.
    fn missing(&self) -> usize {
        self.wanted.saturating_sub(self.jobs.len())
    }
}

impl Desk {
    /// With `early` jobs are taken that nobody wants yet, where they are short.
    pub fn new(early: bool) -> Self {
        Self {
            state: Mutex::new(State {
                early,
                ..State::default()
            }),
            ..Self::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to `most` jobs, as soon as there is one; `None`: closed.
    pub async fn take(&self, most: usize) -> Option<Vec<Job>> {
        let mut wanting = self.want(most);
        loop {
            let mut supplied = pin!(self.supply.notified());
            supplied.as_mut().enable(); // before looking: what comes between the two is not missed
            match wanting.try_take() {
                Some(jobs) if jobs.is_empty() => supplied.await,
                answer => return answer,
            }
        }
    }

    /// Up to `most` jobs of those that lie there; `None`: closed.
    pub fn try_take(&self, most: usize) -> Option<Vec<Job>> {
        let (jobs, is_short) = {
            let mut state = self.lock();
            (state.take(most)?, state.missing() > 0)
        };
        if is_short {
            self.demand.notify_one(); // whoever waits for what was taken here needs another
        }
        Some(jobs)
    }

    fn want(&self, most: usize) -> Wanting<'_> {
        self.lock().wanted += most;
        self.demand.notify_one();
        Wanting { desk: self, most }
    }

    /// How many jobs to take from Redis, as soon as one is wanted that does not lie there; `None`: closed. What lies
    /// there for nobody goes back meanwhile.
    pub async fn demand(&self) -> Option<usize> {
        loop {
            let is_empty = {
                let state = self.lock();
                if state.closed {
                    return None;
                }
                if state.missing() > 0 {
                    return Some(state.expected() - state.jobs.len());
                }
                state.jobs.is_empty()
            };
            let changed = self.demand.notified();
            if is_empty {
                changed.await;
            } else if timeout(LYING, changed).await.is_err() {
                self.clear_away();
            }
        }
    }

    /// Lays out what was taken from Redis.
    pub fn supply(&self, jobs: Vec<Job>) {
        let count = jobs.len();
        {
            let mut state = self.lock();
            for job in &jobs {
                let held = Held {
                    token: job.token,
                    begun: None,
                    is_settled: false,
                };
                let before = state.held.insert(job.id.clone(), held);
                state.running -= usize::from(before.is_some_and(|before| before.runs()));
            }
            state.jobs.extend(jobs);
        }
        for _ in 0..count {
            self.supply.notify_one();
        }
        if self.is_closed() {
            self.clear_away();
        }
    }

    /// Nothing comes from Redis any more: it is closed.
    pub fn end_supply(&self) {
        self.lock().supplied = true;
        self.outcomes.notify_one();
    }

    /// What nobody wants goes back: who wanted it has gone, it was taken too early, or it is closed. Each goes to the front, so the
    /// first one goes last.
    fn clear_away(&self) {
        let jobs: Vec<Job> = {
            let mut state = self.lock();
            let wanted = if state.closed { 0 } else { state.wanted };
            let wanted = wanted.min(state.jobs.len());
            state.jobs.drain(wanted..).rev().collect()
        };
        for job in jobs {
            self.settle(job.id, job.token, Outcome::Back);
        }
    }

    /// Notes what became of a job; false where it is not held under this token any more.
    pub fn settle(&self, id: Vec<u8>, token: u64, outcome: Outcome) -> bool {
        {
            let mut state = self.lock();
            match state.held.get_mut(&id) {
                Some(held) if held.token == token && !held.is_settled => {
                    held.is_settled = true;
                    let begun = held.begun;
                    state.ended(begun, &outcome);
                }
                _ => return false,
            }
            state.settlements.push(Settlement { id, token, outcome });
        }
        self.outcomes.notify_one();
        true
    }

    /// Outcomes to be told, as soon as there are any; `None`: it is closed, and none will come.
    pub async fn settlements(&self) -> Option<Vec<Settlement>> {
        loop {
            {
                let mut state = self.lock();
                if !state.settlements.is_empty() {
                    return Some(std::mem::take(&mut state.settlements));
                }
                if state.supplied && state.held.is_empty() {
                    return None;
                }
            }
            self.outcomes.notified().await;
        }
    }

    /// Redis knows these outcomes.
    pub fn settled(&self, settlements: &[Settlement]) {
        let mut state = self.lock();
        for settlement in settlements {
            let held = state.held.get(&settlement.id);
            if held.is_some_and(|held| held.token == settlement.token) {
                state.held.remove(&settlement.id);
            }
        }
    }

    pub fn is_held(&self, id: &[u8]) -> bool {
        self.lock().held.contains_key(id)
    }

    /// Nothing is laid out any more; what lies there goes back.
    pub fn close(&self) {
        self.lock().closed = true;
        self.clear_away();
        self.supply.notify_waiters();
        self.demand.notify_one();
        self.outcomes.notify_one();
        self.closing.notify_waiters();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Ends when it is closed.
    pub async fn closed(&self) {
        let mut closing = pin!(self.closing.notified());
        closing.as_mut().enable();
        if !self.is_closed() {
            closing.await;
        }
    }

    /// Gives back all that is held, whoever runs it.
    pub fn abandon(&self) {
        let mut held: Vec<(u64, Vec<u8>)> = {
            let state = self.lock();
            let held = state.held.iter().filter(|(_, held)| !held.is_settled);
            held.map(|(id, held)| (held.token, id.clone())).collect()
        };
        held.sort_unstable();
        // Each goes to the front, so what was taken first goes last.
        for (token, id) in held.into_iter().rev() {
            self.settle(id, token, Outcome::Back);
        }
    }

    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts {
            completed: state.completed,
            failed: state.failed,
            held: state.held.values().filter(|held| !held.is_settled).count(),
        }
    }

    pub fn notice(&self, notice: Notice) {
        let mut state = self.lock();
        if state.notices.len() == MOST_NOTICES {
            state.notices.pop_front();
        }
        state.notices.push_back(notice);
    }

    pub fn notices(&self) -> Vec<Notice> {
        self.lock().notices.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    fn job(id: &str, token: u64) -> Job {
        Job {
            id: id.into(),
            token,
            attempt: 1,
            payload: Vec::new(),
        }
    }

    #[test]
    fn what_is_wanted_is_what_does_not_lie_there() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let desk = Desk::default();
        runtime.block_on(async {
            let wanting = desk.want(3);
            assert_eq!(desk.demand().await, Some(3));
            desk.supply(vec![job("a", 1)]);
            assert_eq!(desk.demand().await, Some(2));
            assert_eq!(desk.take(2).await, Some(vec![job("a", 1)]));
            drop(wanting);
        });
    }

    #[test]
    fn an_outcome_counts_once_and_under_its_token_only() {
        let desk = Desk::default();
        let _wanting = desk.want(1);
        desk.supply(vec![job("a", 2)]);
        assert!(!desk.settle("a".into(), 1, Outcome::Done));
        assert!(desk.settle("a".into(), 2, Outcome::Done));
        assert!(!desk.settle("a".into(), 2, Outcome::Back));
        assert_eq!(desk.counts().completed, 1);
    }

    #[test]
    fn what_nobody_wants_any_more_goes_back() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let desk = Desk::default();
        runtime.block_on(async {
            let wanting = desk.want(2);
            desk.supply(vec![job("a", 1), job("b", 2)]);
            drop(wanting);
            let back = tokio::select! {
                _ = timeout(LYING * 100, desk.demand()) => None,
                back = desk.settlements() => back,
            };
            let ids: Vec<Vec<u8>> = back.unwrap().into_iter().map(|back| back.id).collect();
            assert_eq!(ids, [b"b", b"a"]);
            assert_eq!(desk.try_take(3), Some(Vec::new()));
        });
    }

    #[test]
    fn who_runs_short_jobs_is_expected_to_want_more() {
        let runtime = Builder::new_current_thread().build().unwrap();
        for (early, first) in [(true, 11), (false, 1)] {
            let desk = Desk::new(early);
            desk.lock().pace.note(Duration::from_micros(100));
            runtime.block_on(async {
                desk.supply(vec![job("a", 1)]);
                assert_eq!(desk.try_take(1).unwrap().len(), 1);
                let _wanting = desk.want(1);
                assert_eq!(desk.demand().await, Some(first));
                assert!(desk.settle("a".into(), 1, Outcome::Done)); // now nobody runs any
                assert_eq!(desk.demand().await, Some(1));
            });
        }
    }

    #[test]
    fn what_goes_back_unbegun_says_nothing_of_how_long_jobs_take() {
        let desk = Desk::new(true);
        desk.supply(vec![job("a", 1), job("b", 2)]);
        assert_eq!(desk.try_take(2).unwrap().len(), 2);
        assert!(desk.settle("a".into(), 1, Outcome::Back));
        assert_eq!(desk.lock().expected(), 0);
    }

    #[test]
    fn a_job_that_was_taken_again_is_run_once_by_the_count() {
        let desk = Desk::new(true);
        desk.supply(vec![job("a", 1), job("a", 2)]);
        assert_eq!(desk.try_take(2).unwrap().len(), 2);
        desk.supply(vec![job("a", 3)]);
        assert_eq!(desk.lock().running, 0);
        assert_eq!(desk.try_take(1).unwrap().len(), 1);
        assert!(!desk.settle("a".into(), 2, Outcome::Done));
        assert!(desk.settle("a".into(), 3, Outcome::Done));
        assert_eq!(desk.lock().running, 0);
    }

    #[test]
    fn closing_gives_back_what_nobody_has_begun() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let desk = Desk::default();
        let wanting = desk.want(1);
        desk.supply(vec![job("a", 1)]);
        desk.close();
        drop(wanting);
        runtime.block_on(async {
            assert_eq!(desk.take(1).await, None);
            assert_eq!(desk.demand().await, None);
            let settlements = desk.settlements().await.unwrap();
            assert_eq!(settlements[0].outcome, Outcome::Back);
            desk.settled(&settlements);
            desk.end_supply();
            assert!(desk.settlements().await.is_none());
        });
    }

    #[test]
    fn what_comes_after_it_was_closed_goes_back() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let desk = Desk::default();
        desk.close();
        runtime.block_on(async {
            let (settlements, ()) = tokio::join!(desk.settlements(), async {
                desk.supply(vec![job("a", 1)]);
                desk.end_supply();
            });
            assert_eq!(settlements.unwrap()[0].outcome, Outcome::Back);
        });
    }

    #[test]
    fn whoever_was_robbed_of_a_job_is_asked_for_again() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let desk = Desk::default();
        runtime.block_on(async {
            let _wanting = desk.want(1);
            assert_eq!(desk.demand().await, Some(1));
            desk.supply(vec![job("a", 1)]);
            let mut demand = pin!(desk.demand());
            let satisfied = std::future::poll_fn(|context| {
                std::task::Poll::Ready(demand.as_mut().poll(context).is_pending())
            });
            assert!(satisfied.await);
            assert_eq!(desk.try_take(1), Some(vec![job("a", 1)]));
            let asked = std::future::poll_fn(|context| {
                std::task::Poll::Ready(demand.as_mut().poll(context).is_ready())
            });
            assert!(asked.await);
        });
    }

    #[test]
    fn who_has_taken_what_he_wanted_wants_no_more() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let desk = Desk::default();
        runtime.block_on(async {
            let mut wanting = desk.want(3);
            desk.supply(vec![job("a", 1)]);
            assert_eq!(wanting.try_take(), Some(vec![job("a", 1)]));
            assert_eq!(desk.lock().missing(), 0);
        });
    }

    #[test]
    fn what_goes_back_to_the_front_goes_back_in_order() {
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            for begun in [0, 3] {
                let desk = Desk::default();
                let wanting = desk.want(3);
                desk.supply(
                    ["a", "b", "c"]
                        .map(|id| job(id, u64::from(id.as_bytes()[0])))
                        .into(),
                );
                assert_eq!(desk.try_take(begun).map(|jobs| jobs.len()), Some(begun));
                desk.close();
                desk.abandon();
                drop(wanting);
                let back = desk.settlements().await.unwrap();
                let ids: Vec<&[u8]> = back.iter().map(|settlement| &settlement.id[..]).collect();
                assert_eq!(ids, [b"c", b"b", b"a"]);
            }
        });
    }
}
