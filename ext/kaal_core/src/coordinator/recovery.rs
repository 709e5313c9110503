//! Runs that were missed while nothing was running.

use std::collections::VecDeque;

use super::timeline::{Missed, Timeline, Which};
use crate::key::Occurrence;
use crate::trigger::Trigger;

/// Walks, job by job, through the occurrences of a stretch of the past. Costs memory only for
/// the batch that is asked for.
pub struct Recovery {
    /// The key of each job and the time after which its occurrences count.
    jobs: VecDeque<(String, i64)>,
    /// Whether the first of them has been looked at.
    begun: bool,
    now: i64,
    until: i64,
}

impl Recovery {
    /// The occurrences of each job after its own start that should have begun by `until` (unix
    /// seconds); where it is `now`, the timeline does the rest.
    pub fn new(jobs: Vec<(String, i64)>, now: i64, until: i64) -> Self {
        Self {
            jobs: jobs.into(),
            begun: false,
            now,
            until,
        }
    }

    /// How many jobs are still to be looked at.
    pub fn jobs_left(&self) -> usize {
        self.jobs.len()
    }

    /// The next occurrences, `limit` at most; none: the walk is over. Expressions and zone are
    /// those of `timeline`; a job that it does not know any more is passed over.
    pub fn next_batch(&mut self, timeline: &Timeline, limit: usize) -> Vec<Occurrence> {
        let mut batch = Vec::new();
        while let Some((key, after)) = self.jobs.front_mut() {
            let Some((trigger, delay, missed)) = timeline.trigger(key) else {
                self.jobs.pop_front();
                continue;
            };
            if !std::mem::replace(&mut self.begun, true) {
                *after = first(*after, trigger, delay, missed, self.now);
            }
            while batch.len() < limit {
                match trigger
                    .next_after(*after)
                    .filter(|next| next.saturating_add(delay) <= self.until)
                {
                    Some(fire_time) => {
                        *after = fire_time;
                        batch.push(Occurrence {
                            fire_time,
                            key: key.clone(),
                        });
                    }
                    None => break,
                }
            }
            if batch.len() == limit {
                return batch;
            }
            self.jobs.pop_front();
            self.begun = false;
        }
        batch
    }
}

/// After when a job's missed runs run: all, the last of those before now, or none.
fn first(after: i64, trigger: &Trigger, delay: i64, missed: Missed, now: i64) -> i64 {
    let now_fires = now.saturating_sub(delay);
    let after = missed
        .within
        .map_or(after, |within| after.max(now_fires.saturating_sub(within)));
    match missed.which {
        Which::All => after,
        Which::Skip => now,
        Which::Latest => {
            let last = trigger.previous_before(now_fires.saturating_add(1));
            last.map_or(after, |last| after.max(last.saturating_sub(1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Job;
    use super::*;
    use crate::cron::{Dst, Zone};

    #[test]
    fn the_ends_of_time_are_no_reason_to_panic() {
        for now in [i64::MIN, 0, i64::MAX] {
            let mut timeline = Timeline::new(Zone::utc(), Dst::default());
            let missed = Missed {
                which: Which::Latest,
                within: Some(i64::MAX),
            };
            let job = Job {
                key: "a".into(),
                cron: "@every 1s".into(),
                start: None,
                dst: None,
                splay: u32::MAX,
                missed,
            };
            timeline.replace(vec![job], now, 0);
            let mut recovery = Recovery::new(vec![("a".into(), i64::MIN)], now, now);
            assert!(recovery.next_batch(&timeline, 5).len() <= 5);
        }
    }

    #[test]
    fn batches_cover_the_past_of_each_job_once() {
        let mut timeline = Timeline::new(Zone::utc(), Dst::default());
        let job = |key: &str, cron: &str| Job {
            key: key.into(),
            cron: cron.into(),
            start: None,
            dst: None,
            splay: 0,
            missed: Missed::default(),
        };
        timeline.replace(vec![job("a", "* * * * *"), job("b", "*/2 * * * *")], 600, 0);
        let starts = vec![("a".into(), 300), ("gone".into(), 0), ("b".into(), 420)];
        let mut recovery = Recovery::new(starts, 600, 600);
        let mut seen = Vec::new();
        loop {
            let batch = recovery.next_batch(&timeline, 3);
            if batch.is_empty() {
                break;
            }
            assert!(batch.len() <= 3);
            seen.extend(batch.into_iter().map(|o| (o.key, o.fire_time)));
        }
        let expected: Vec<(String, i64)> = [360, 420, 480, 540, 600]
            .map(|time| ("a".to_owned(), time))
            .into_iter()
            .chain([480, 600].map(|time| ("b".to_owned(), time)))
            .collect();
        assert_eq!(seen, expected);
    }
}
