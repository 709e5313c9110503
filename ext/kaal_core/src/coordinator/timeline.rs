//! The schedules of all jobs in the order in which they fire.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use crate::Result;
use crate::cron::{self, Dst, Zone};
use crate::interval::Start;
use crate::key::Occurrence;
use crate::trigger::Trigger;

/// A job that may fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The job's key.
    pub key: String,
    /// The cron expression or the interval, as it is stored.
    pub cron: String,
    /// From when on an interval counts.
    pub start: Option<Start>,
    /// The job's own policy for daylight-saving changes; `None`: the timeline's.
    pub dst: Option<Dst>,
    /// Up to how many seconds after its fire time the job starts, see [`cron::delay`].
    pub splay: u32,
    /// What becomes of runs that were not handed out in time.
    pub missed: Missed,
}

impl Job {
    /// Whether the store knows its last run, so that none is too old to be looked for.
    fn is_remembered(&self) -> bool {
        self.start.is_some_and(|start| start.remembered)
    }
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

impl Now {
    /// The time so many seconds before.
    fn ago(self, seconds: i64) -> i64 {
        self.time.saturating_sub(seconds)
    }
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
    trigger: Option<Arc<Trigger>>,
}

/// What cron expressions say that were read already: of many jobs there are many with the same.
type Known = HashMap<Dst, HashMap<String, Arc<Trigger>>>;

impl Scheduled {
    /// The first start after `after`.
    fn next_start(&self, after: i64) -> Option<i64> {
        let trigger = self.trigger.as_ref()?;
        let next = trigger.next_after(after.saturating_sub(self.delay))?;
        next.checked_add(self.delay)
    }

    /// Up to when starts are too old for this job, where `oldest` is too old for any.
    fn too_old(&self, oldest: i64, now: Now) -> i64 {
        let within = self.job.missed.within.map(|within| now.ago(within));
        let skipped = match self.job.missed.which {
            Which::Skip => Some(now.ago(now.grace)),
            Which::All | Which::Latest => None,
        };
        let oldest = if self.job.is_remembered() {
            i64::MIN
        } else {
            oldest
        };
        oldest
            .max(within.unwrap_or(oldest))
            .max(skipped.unwrap_or(oldest))
    }

    /// The start that stands for `start`: the last one before now, where only that shall run of those
    /// that were missed.
    fn standing_for(&self, start: i64, now: Now) -> i64 {
        if self.job.missed.which != Which::Latest || start > now.ago(now.grace) {
            return start;
        }
        let trigger = self.trigger.as_ref();
        let last = trigger.and_then(|it| it.previous_before(now.ago(self.delay).saturating_add(1)));
        last.map_or(start, |last| start.max(last.saturating_add(self.delay)))
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
    /// new here is due from `look_back` seconds before `now` (unix seconds) on, one whose last run the
    /// store knows from its start; one that changed or came back, from where the timeline had got to.
    ///
    /// Answers with the jobs that were newly rejected.
    pub fn replace(&mut self, jobs: Vec<Job>, now: i64, look_back: i64) -> Vec<Rejected> {
        let mut before = std::mem::take(&mut self.jobs);
        let mut rejected = Vec::new();
        let mut triggers = Known::new();
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
                    let oldest = if job.is_remembered() {
                        i64::MIN
                    } else {
                        now.saturating_sub(look_back)
                    };
                    let from = reached.unwrap_or(i64::MIN).max(oldest);
                    let trigger = self.trigger_of(&job, &mut triggers);
                    let trigger = trigger.map_err(|error| {
                        rejected.push(Rejected {
                            key: job.key.clone(),
                            reason: error.to_string(),
                        });
                    });
                    self.schedule(job, trigger.ok(), from)
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
        let oldest = now.ago(now.horizon);
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
            let start = occurrence.fire_time.saturating_add(job.delay);
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
        let trigger = self.jobs.get(key).and_then(|job| job.trigger.as_ref());
        let times = trigger.map(|trigger| trigger.between(after, until).take(limit).collect());
        times.unwrap_or_default()
    }

    /// When a job fires, how much later it starts, in seconds, and what it says of missed runs.
    pub(super) fn trigger(&self, key: &str) -> Option<(&Trigger, i64, Missed)> {
        let job = self.jobs.get(key)?;
        Some((job.trigger.as_ref()?, job.delay, job.job.missed))
    }

    fn trigger_of(&self, job: &Job, known: &mut Known) -> Result<Arc<Trigger>> {
        let dst = job.dst.unwrap_or(self.dst);
        let read = || Trigger::parse(&job.cron, dst, || Ok(self.zone.clone()));
        if job.start.is_some() {
            return Ok(Arc::new(read()?.starting(job.start)));
        }
        let known = known.entry(dst).or_default();
        if let Some(trigger) = known.get(&job.cron) {
            return Ok(Arc::clone(trigger));
        }
        let trigger = Arc::new(read()?);
        known.insert(job.cron.clone(), Arc::clone(&trigger));
        Ok(trigger)
    }

    fn schedule(&mut self, job: Job, trigger: Option<Arc<Trigger>>, from: i64) -> Scheduled {
        self.last_number += 1;
        let scheduled = Scheduled {
            number: self.last_number,
            delay: cron::delay(&job.key, job.splay).into(),
            trigger,
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
                start: None,
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
    fn the_last_run_of_an_interval_is_looked_for_however_old_it_is() {
        let latest = |remembered, now| {
            let mut timeline = Timeline::new(Zone::utc(), Dst::default());
            let mut jobs = jobs(&[("a", "@every 1h")]);
            jobs[0].start = Some(Start {
                since: 100,
                anchor: None,
                remembered,
            });
            jobs[0].missed.which = Which::Latest;
            timeline.replace(jobs, now, 120);
            (due(&mut timeline, now), timeline.next_due())
        };
        assert_eq!(latest(true, 3_699), (vec![], Some(3_700)));
        let run = |fire_time| vec![(fire_time, "a".to_owned())];
        assert_eq!(latest(true, 10_000), (run(7_300), Some(10_900)));
        assert_eq!(latest(false, 10_000), (vec![], Some(10_900)));
        assert_eq!(latest(false, 7_400), (run(7_300), Some(10_900)));
    }

    #[test]
    fn the_ends_of_time_are_no_reason_to_panic() {
        for (since, anchor, now) in [
            (0, i64::MAX, i64::MAX),
            (i64::MIN, i64::MAX, 0),
            (i64::MAX, i64::MIN, i64::MIN),
        ] {
            let mut timeline = Timeline::new(Zone::utc(), Dst::default());
            let mut jobs = jobs(&[("a", "@every 1s"), ("b", "* * * * * *")]);
            jobs[0].start = Some(Start {
                since,
                anchor: Some(anchor),
                remembered: false,
            });
            for job in &mut jobs {
                job.splay = u32::MAX;
                job.missed.which = Which::Latest;
                job.missed.within = Some(i64::MAX);
            }
            timeline.replace(jobs, now, i64::MAX);
            let due = timeline.due(at_time(now, i64::MAX), 10);
            assert!(due.iter().all(|run| run.fire_time <= now), "{due:?}");
        }
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
