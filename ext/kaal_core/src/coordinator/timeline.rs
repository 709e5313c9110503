//! The schedules of all jobs in the order in which they fire.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use crate::cron::{self, Cron, Dst, Plan, Zone};
use crate::key::Occurrence;

/// A job that may fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The job's key.
    pub key: String,
    /// The cron expression, as it is stored.
    pub cron: String,
    /// The job's own policy for daylight-saving changes; `None`: the timeline's.
    pub dst: Option<Dst>,
    /// Up to how many seconds after its fire time the job starts, see [`cron::delay`].
    pub splay: u32,
    /// What becomes of runs that were not handed out in time.
    pub missed: Missed,
}

/// What becomes of runs that nobody asked for in time: the scheduler, its machine or the store was
/// down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Missed {
    /// Which of them run.
    pub which: Which,
    /// How long after its start a run may still run, in seconds; `None`: as long as any.
    pub within: Option<i64>,
}

/// Which missed runs of a job run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// The last one.
    Latest,
    /// None.
    Skip,
}

/// What is asked of a timeline.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// The time, in unix seconds.
    pub time: i64,
    /// How long ago a run may have started that is handed out, in seconds.
    pub horizon: i64,
    /// How long ago a run may have started that is not missed yet, in seconds.
    pub grace: i64,
}

/// A job whose stored expression cannot be read: it is left out, the others run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The job's key.
    pub key: String,
    /// Why.
    pub reason: String,
}

/// Hands out every occurrence exactly once, in the order in which they start: at their fire time,
/// or a job's delay later.
///
/// A heap holds the next start of each job, so that asking what is due costs only what is
/// due. An occurrence whose claim failed is handed out again until it is too old; what was won
/// or lost never comes back, and neither does anything when the clock is set back.
pub struct Timeline {
    zone: Zone,
    dst: Dst,
    jobs: HashMap<String, Scheduled>,
    /// Next start and job number. A number that no job has any more is passed over.
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    keys: HashMap<u64, String>,
    last_number: u64,
    again: BTreeSet<(i64, Occurrence)>,
    /// Up to when everything was handed out.
    looked_at: Option<i64>,
    /// Jobs that were taken off: what was due before they come back is not theirs to do.
    left: HashSet<String>,
}

struct Scheduled {
    job: Job,
    number: u64,
    delay: i64,
    /// `None`: the expression was rejected.
    plan: Option<Plan>,
}

impl Scheduled {
    /// The first start after `after`.
    fn next_start(&self, after: i64) -> Option<i64> {
        let next = self.plan.as_ref()?.next_after(after - self.delay)?;
        Some(next + self.delay)
    }

    /// Up to when starts are too old for this job, where `oldest` is too old for any.
    fn too_old(&self, oldest: i64, now: Now) -> i64 {
        let within = self.job.missed.within.map(|within| now.time - within);
        let skipped = match self.job.missed.which {
            Which::Skip => Some(now.time - now.grace),
            Which::All | Which::Latest => None,
        };
        oldest
            .max(within.unwrap_or(oldest))
            .max(skipped.unwrap_or(oldest))
    }

    /// The start that stands for `start`: the last one before now, where only that shall run of those
    /// that were missed.
    fn standing_for(&self, start: i64, now: Now) -> i64 {
        if self.job.missed.which != Which::Latest || start > now.time - now.grace {
            return start;
        }
        let plan = self.plan.as_ref();
        let last = plan.and_then(|plan| plan.previous_before(now.time - self.delay + 1));
        last.map_or(start, |last| start.max(last + self.delay))
    }
}

impl Timeline {
    /// An empty timeline; `zone` serves the expressions that name none, `dst` the jobs that have
    /// no policy of their own.
    pub fn new(zone: Zone, dst: Dst) -> Self {
        Self {
            zone,
            dst,
            jobs: HashMap::new(),
            queue: BinaryHeap::new(),
            keys: HashMap::new(),
            last_number: 0,
            again: BTreeSet::new(),
            looked_at: None,
            left: HashSet::new(),
        }
    }

    /// Makes `jobs` the ones that run: adds, changes and takes off what differs. A job that is
    /// new here is due from `look_back` seconds before `now` (unix seconds) on; one that changed
    /// or came back, from where the timeline had got to.
    ///
    /// Answers with the jobs that were newly rejected.
    pub fn replace(&mut self, jobs: Vec<Job>, now: i64, look_back: i64) -> Vec<Rejected> {
        let mut before = std::mem::take(&mut self.jobs);
        let mut rejected = Vec::new();
        for job in jobs {
            let known = before.remove(&job.key);
            let kept = match known {
                Some(known) if known.job == job => known,
                known => {
                    let seen = known.is_some() || self.left.remove(&job.key);
                    let reached = self.looked_at.filter(|_| seen);
                    if let Some(known) = known {
                        self.keys.remove(&known.number);
                    }
                    let from = reached.unwrap_or(i64::MIN).max(now - look_back);
                    self.schedule(job, from, &mut rejected)
                }
            };
            self.jobs.insert(kept.job.key.clone(), kept);
        }
        for (key, gone) in before {
            self.keys.remove(&gone.number);
            self.again.retain(|(_, occurrence)| occurrence.key != key);
            self.left.insert(key);
        }
        rejected
    }

    /// Whether there are no jobs.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// What is due and has not started too long ago: each occurrence once, the earliest first, `limit`
    /// at most. The rest is handed out by the next calls; what is too old by then is left out.
    pub fn due(&mut self, now: Now, limit: usize) -> Vec<Occurrence> {
        let oldest = now.time - now.horizon;
        let jobs = &self.jobs;
        self.again.retain(|(start, occurrence)| {
            let job = jobs.get(&occurrence.key);
            job.is_some_and(|job| {
                *start > job.too_old(oldest, now) && *start == job.standing_for(*start, now)
            })
        });
        let mut due = Vec::new();
        while due.len() < limit {
            let next = self.queue.peek().map(|Reverse((start, _))| *start);
            let again = self.again.first().map(|(start, _)| *start);
            match (again, next) {
                (Some(again), next) if next.is_none_or(|next| again <= next) => {
                    due.extend(self.again.pop_first().map(|(_, occurrence)| occurrence));
                }
                (_, Some(next)) if next <= now.time => due.extend(self.take_next(oldest, now)),
                _ => {
                    self.looked_at = self.looked_at.max(Some(now.time));
                    break;
                }
            }
        }
        due
    }

    /// Takes the first start off the queue and puts the job's next one on it; `None` when nobody
    /// starts then any more, or it is too old.
    fn take_next(&mut self, oldest: i64, now: Now) -> Option<Occurrence> {
        let Reverse((start, number)) = self.queue.pop()?;
        let job = self.keys.get(&number).and_then(|key| self.jobs.get(key))?;
        let oldest = job.too_old(oldest, now);
        let start = job.standing_for(start, now);
        let next = job.next_start(start.max(oldest));
        self.queue.extend(next.map(|next| Reverse((next, number))));
        (start > oldest).then(|| Occurrence {
            fire_time: start - job.delay,
            key: job.job.key.clone(),
        })
    }

    /// Hands `occurrence` out again at the next [`Timeline::due`]: nobody is known to have
    /// claimed it.
    pub fn retry(&mut self, occurrence: Occurrence) {
        if let Some(job) = self.jobs.get(&occurrence.key) {
            let start = occurrence.fire_time + job.delay;
            self.again.insert((start, occurrence));
        }
    }

    /// When the next occurrence is due, unix seconds.
    pub fn next_due(&mut self) -> Option<i64> {
        while let Some(Reverse((start, number))) = self.queue.peek() {
            if self.keys.contains_key(number) {
                return Some(*start);
            }
            self.queue.pop();
        }
        None
    }

    /// When `key` fires after `after` and until `until` (unix seconds), `limit` times at most; of a job
    /// that there is not, never.
    pub fn fire_times(&self, key: &str, after: i64, until: i64, limit: usize) -> Vec<i64> {
        let plan = self.jobs.get(key).and_then(|job| job.plan.as_ref());
        let times = plan.map(|plan| plan.between(after, until).take(limit).collect());
        times.unwrap_or_default()
    }

    /// When a job fires, how much later it starts, in seconds, and what it says of missed runs.
    pub(super) fn plan(&self, key: &str) -> Option<(&Plan, i64, Missed)> {
        let job = self.jobs.get(key)?;
        Some((job.plan.as_ref()?, job.delay, job.job.missed))
    }

    fn schedule(&mut self, job: Job, from: i64, rejected: &mut Vec<Rejected>) -> Scheduled {
        let dst = job.dst.unwrap_or(self.dst);
        let plan = Cron::parse(&job.cron)
            .map(|cron| Plan::new(cron, &self.zone, dst))
            .map_err(|error| {
                rejected.push(Rejected {
                    key: job.key.clone(),
                    reason: error.to_string(),
                });
            })
            .ok();
        self.last_number += 1;
        let scheduled = Scheduled {
            number: self.last_number,
            delay: cron::delay(&job.key, job.splay).into(),
            plan,
            job,
        };
        if let Some(first) = scheduled.next_start(from) {
            self.keys
                .insert(scheduled.number, scheduled.job.key.clone());
            self.queue.push(Reverse((first, scheduled.number)));
        }
        scheduled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;

    fn jobs(pairs: &[(&str, &str)]) -> Vec<Job> {
        pairs
            .iter()
            .map(|(key, cron)| Job {
                key: (*key).into(),
                cron: (*cron).into(),
                dst: None,
                splay: 0,
                missed: Missed::default(),
            })
            .collect()
    }

    fn timeline(pairs: &[(&str, &str)], now: i64) -> Timeline {
        let mut timeline = Timeline::new(Zone::utc(), Dst::default());
        assert_eq!(timeline.replace(jobs(pairs), now, 120), []);
        timeline
    }

    fn at_time(time: i64, horizon: i64) -> Now {
        Now {
            time,
            horizon,
            grace: 5,
        }
    }

    fn due(timeline: &mut Timeline, now: i64) -> Vec<(i64, String)> {
        let due = timeline.due(at_time(now, 120), usize::MAX).into_iter();
        due.map(|occurrence| (occurrence.fire_time, occurrence.key))
            .collect()
    }

    fn at(minute: i64, key: &str) -> (i64, String) {
        (minute * MINUTE, key.to_owned())
    }

    #[test]
    fn each_occurrence_comes_once_and_in_order() {
        let mut timeline = timeline(&[("a", "* * * * *"), ("b", "*/2 * * * *")], 10 * MINUTE);
        assert_eq!(
            due(&mut timeline, 10 * MINUTE),
            [at(9, "a"), at(10, "a"), at(10, "b")]
        );
        assert_eq!(due(&mut timeline, 10 * MINUTE + 59), []);
        assert_eq!(timeline.next_due(), Some(11 * MINUTE));
        assert_eq!(due(&mut timeline, 11 * MINUTE), [at(11, "a")]);
    }

    #[test]
    fn what_a_limit_leaves_comes_next_unless_it_is_too_old_by_then() {
        let jobs = [("a", "* * * * *"), ("b", "* * * * *"), ("c", "* * * * *")];
        let mut timeline = timeline(&jobs, 10 * MINUTE);
        let mut two = |now| -> Vec<String> {
            let due = timeline.due(at_time(now, 120), 2).into_iter();
            due.map(|occurrence| format!("{}{}", occurrence.key, occurrence.fire_time / 60))
                .collect()
        };
        assert_eq!(two(10 * MINUTE), ["a9", "b9"]);
        assert_eq!(two(10 * MINUTE), ["c9", "a10"]);
        assert_eq!(two(11 * MINUTE + 59), ["b10", "c10"]);
        assert_eq!(two(12 * MINUTE + 59), ["a11", "b11"]);
        assert_eq!(two(13 * MINUTE), ["a12", "b12"]); // c11 is 120 seconds old
    }

    #[test]
    fn missed_runs_are_all_done_or_the_last_or_none() {
        let which = |which, within| {
            let mut timeline = Timeline::new(Zone::utc(), Dst::default());
            let mut jobs = jobs(&[("a", "* * * * *")]);
            jobs[0].missed = Missed { which, within };
            timeline.replace(jobs, 10 * MINUTE, 0);
            let late = at_time(14 * MINUTE + 30, 3_600);
            let mut minutes = |now| {
                let due = timeline.due(now, usize::MAX).into_iter();
                due.map(|run| run.fire_time / MINUTE).collect::<Vec<_>>()
            };
            [minutes(late), minutes(at_time(15 * MINUTE + 1, 3_600))]
        };
        assert_eq!(which(Which::All, None), [vec![11, 12, 13, 14], vec![15]]);
        assert_eq!(which(Which::All, Some(100)), [vec![13, 14], vec![15]]);
        assert_eq!(which(Which::Latest, None), [vec![14], vec![15]]);
        assert_eq!(which(Which::Latest, Some(20)), [vec![], vec![15]]);
        assert_eq!(which(Which::Skip, None), [vec![], vec![15]]);
    }

    #[test]
    fn what_failed_is_missed_like_any_other() {
        let again = |which| {
            let mut timeline = Timeline::new(Zone::utc(), Dst::default());
            let mut jobs = jobs(&[("a", "*/10 * * * *")]);
            jobs[0].missed.which = which;
            timeline.replace(jobs, 9 * MINUTE, 0);
            let failed = timeline.due(at_time(10 * MINUTE, 3_600), 1).remove(0);
            timeline.retry(failed);
            let due = timeline.due(at_time(20 * MINUTE + 30, 3_600), usize::MAX);
            due.iter()
                .map(|run| run.fire_time / MINUTE)
                .collect::<Vec<_>>()
        };
        assert_eq!(again(Which::All), [10, 20]);
        assert_eq!(again(Which::Latest), [20]);
        assert_eq!(again(Which::Skip), [0_i64; 0]);
    }

    #[test]
    fn a_clock_set_back_repeats_nothing() {
        let mut timeline = timeline(&[("a", "* * * * *")], 10 * MINUTE);
        due(&mut timeline, 10 * MINUTE);
        assert_eq!(due(&mut timeline, 5 * MINUTE), []);
        assert_eq!(due(&mut timeline, 10 * MINUTE), []);
    }

    #[test]
    fn what_failed_comes_again_until_it_is_too_old() {
        let mut timeline = timeline(&[("a", "*/10 * * * *")], 10 * MINUTE);
        let failed = timeline.due(at_time(10 * MINUTE, 120), 1).remove(0);
        timeline.retry(failed.clone());
        assert_eq!(due(&mut timeline, 10 * MINUTE + 5), [at(10, "a")]);
        timeline.retry(failed);
        assert_eq!(due(&mut timeline, 12 * MINUTE), []);
    }

    #[test]
    fn a_pause_longer_than_the_horizon_costs_no_walk_through_it() {
        let mut timeline = timeline(&[("a", "* * * * * *")], 0);
        due(&mut timeline, 0);
        let much_later = 100 * 365 * 86_400;
        let started = std::time::Instant::now();
        assert_eq!(due(&mut timeline, much_later).len(), 120);
        assert!(started.elapsed().as_secs() < 1);
    }

    #[test]
    fn a_job_that_comes_back_does_not_repeat_what_it_did() {
        let mut timeline = timeline(&[("a", "* * * * *")], 10 * MINUTE);
        due(&mut timeline, 10 * MINUTE);
        timeline.replace(Vec::new(), 10 * MINUTE + 10, 120);
        assert_eq!(due(&mut timeline, 10 * MINUTE + 20), []);
        timeline.replace(jobs(&[("a", "* * * * *")]), 10 * MINUTE + 30, 120);
        assert_eq!(due(&mut timeline, 10 * MINUTE + 40), []);
        assert_eq!(due(&mut timeline, 11 * MINUTE), [at(11, "a")]);
    }

    #[test]
    fn a_changed_expression_counts_from_now() {
        let mut timeline = timeline(&[("a", "*/10 * * * *")], 10 * MINUTE);
        due(&mut timeline, 10 * MINUTE + 30);
        timeline.replace(jobs(&[("a", "* * * * *")]), 10 * MINUTE + 40, 120);
        assert_eq!(due(&mut timeline, 11 * MINUTE), [at(11, "a")]);
        assert_eq!(due(&mut timeline, 20 * MINUTE).len(), 2);
    }

    #[test]
    fn a_bad_expression_is_reported_once_and_stops_nobody() {
        let mut timeline = Timeline::new(Zone::utc(), Dst::default());
        let pairs = [("bad", "*/0 * * * *"), ("good", "* * * * *")];
        let rejected = timeline.replace(jobs(&pairs), 10 * MINUTE, 60);
        assert_eq!(rejected.len(), 1);
        assert_eq!(rejected[0].key, "bad");
        assert_eq!(timeline.replace(jobs(&pairs), 10 * MINUTE, 60), []);
        assert_eq!(due(&mut timeline, 10 * MINUTE), [at(10, "good")]);
    }

    #[test]
    fn a_splayed_job_starts_later_and_keeps_its_fire_times() {
        let mut timeline = Timeline::new(Zone::utc(), Dst::default());
        let delay = i64::from(cron::delay("a", 50));
        assert!(delay > 0);
        let job = Job {
            splay: 50,
            ..jobs(&[("a", "* * * * *")]).remove(0)
        };
        timeline.replace(vec![job], 10 * MINUTE, 60);
        assert_eq!(timeline.next_due(), Some(9 * MINUTE + delay));
        assert_eq!(due(&mut timeline, 10 * MINUTE), [at(9, "a")]);
        assert_eq!(due(&mut timeline, 10 * MINUTE + delay - 1), []);
        let late = timeline.due(at_time(10 * MINUTE + delay, 120), 1).remove(0);
        assert_eq!(late.fire_time, 10 * MINUTE);
        timeline.retry(late);
        let horizon = 10 * MINUTE + delay + 119;
        assert!(due(&mut timeline, horizon).contains(&at(10, "a")));
    }
}
