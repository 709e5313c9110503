//! Whatever a server answers to what the Redis backend and the queue ask: it is understood or an error,
//! soon, and says of each thing that was asked about.
//!
//! The first byte says what is asked, `~` parts the answers; after the last one the server hangs up.

#![no_main]

use std::io::ErrorKind;
use std::task::Poll as Ready;
use std::time::{Duration, Instant};

use kaal_core::Result;
use kaal_core::backend::redis::{Address, FieldChange, Options, Redis};
use kaal_core::claim::{Claims, Holder, Log, OpenClaims, Terms};
use kaal_core::delayed::{DelayedJobs, Job};
use kaal_core::interval::{Absent, Intervals, Poll, Polls};
use kaal_core::key::{Key, Occurrence};
use kaal_core::lease::{Leases, Ttl};
use kaal_core::queue::{self, NewJob, Outcome, Queue};
use libfuzzer_sys::fuzz_target;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// How long an answer may take: those that never end come often.
const PATIENCE: Duration = Duration::from_millis(2);

/// How long a queue is kept.
const KEPT: Duration = Duration::from_millis(10);

/// How long all requests of one call may take, on a machine that has other things to do.
const LONGEST: Duration = Duration::from_secs(2);

/// How many are asked about at once.
const COUNT: usize = 3;

thread_local! {
    static RUNTIME: Runtime =
        Builder::new_current_thread().enable_all().build().expect("the system has what it takes");
}

fuzz_target!(|bytes: &[u8]| {
    let Some((what, answers)) = bytes.split_first() else {
        return;
    };
    // It is obeyed: a connection would leave this machine.
    if answers.windows(5).any(|word| word == b"MOVED") {
        return;
    }
    let began = Instant::now();
    RUNTIME.with(|runtime| runtime.block_on(serve(*what, answers)));
    assert!(began.elapsed() < LONGEST);
});

async fn serve(what: u8, answers: &[u8]) {
    let listener = TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("there is a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let mut options = Options::at(Address::Tcp("127.0.0.1".to_owned(), port));
    options.connect_timeout = PATIENCE;
    options.response_timeout = PATIENCE;
    tokio::select! {
        biased;
        () = ask(what, options) => {}
        () = answer(&listener, answers) => {}
    }
}

/// Gives each request the next answer, whichever connection it comes on. Once all are given, to be asked
/// again is to hang up.
async fn answer(listener: &TcpListener, answers: &[u8]) {
    let mut answers = answers.split(|byte| *byte == b'~');
    let mut open: Vec<TcpStream> = Vec::new();
    let mut request = vec![0; 65_536];
    loop {
        let asked = tokio::select! {
            biased; // the same input is to do the same
            accepted = listener.accept() => {
                open.extend(accepted.map(|(stream, _)| stream));
                continue;
            }
            asked = first_readable(&open) => asked,
        };
        let mut stream = open.swap_remove(asked);
        match stream.try_read(&mut request) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                open.push(stream);
                continue;
            }
            _ => continue, // the other side has hung up
        }
        let Some(answer) = answers.next() else {
            continue;
        };
        if stream.write_all(answer).await.is_ok() && answers.clone().next().is_some() {
            open.push(stream);
        }
    }
}

/// The place of a connection on which there is something to read, or that was closed.
async fn first_readable(open: &[TcpStream]) -> usize {
    std::future::poll_fn(|context| {
        let ready = open
            .iter()
            .position(|stream| stream.poll_read_ready(context).is_ready());
        ready.map_or(Ready::Pending, Ready::Ready)
    })
    .await
}

async fn ask(what: u8, options: Options) {
    let what = what.wrapping_sub(b'a') % 26;
    if what < 10 {
        let redis = Redis::new(options).expect("the options fit");
        told(coordinate(what, &redis).await);
    } else if what < 18 {
        let redis = Redis::new(options).expect("the options fit");
        told(delay(what - 10, &redis).await);
    } else {
        let queue_options = queue::Options::new("queue").expect("it is a prefix");
        let queue = Queue::new(options, queue_options).expect("the options fit");
        told(queue_up(what - 18, &queue).await);
    }
}

/// What goes wrong is the store's doing, and somebody can read what it was.
fn told(result: Result<()>) {
    if let Err(error) = result {
        assert!(error.is_store() && !error.to_string().is_empty(), "{error}");
    }
}

/// Leases, claims, intervals and plain commands.
async fn coordinate(what: u8, redis: &Redis) -> Result<()> {
    let keys = ["a", "b", "c"].map(|key| Key::new(key.as_bytes()).expect("it is short"));
    let ttl = Ttl::from_seconds(60.0).expect("it is a time");
    let run = |key: &Key| Occurrence {
        fire_time: 1_700_000_000,
        key: String::from_utf8_lossy(key.as_bytes()).into_owned(),
    };
    let runs = keys.each_ref().map(run);
    match what {
        0 => {
            redis.acquire(&keys[0], ttl).await?;
            redis.release(&keys[0]).await?;
        }
        1 => {
            of_each(&redis.acquire_many(&keys, ttl).await?);
            of_each(&redis.release_many(&keys).await?);
        }
        2 => of_each(&redis.claim_many(&runs, &terms(ttl)).await?),
        3 => drop(redis.ended_claims("kaal", 0, COUNT).await?),
        4 => {
            let holder = Holder {
                namespace: "kaal".to_owned(),
                node_id: "node".to_owned(),
                ttl,
            };
            of_each(&redis.extend_claims(&runs, &holder, true).await?);
            redis.close_claims("kaal", &runs).await?;
        }
        5 => of_each(&redis.advance("kaal", "node", &runs).await?),
        6 => {
            let polled = redis.poll(&poll()).await?;
            assert!(
                polled
                    .taken
                    .iter()
                    .chain(&polled.absent)
                    .all(|place| *place < COUNT),
                "{polled:?}"
            );
        }
        7 => {
            let change = || FieldChange {
                field: b"a".to_vec(),
                before: None,
                after: b"b".to_vec(),
            };
            of_each(
                &redis
                    .replace_fields(b"hash", b"counter", &[change(), change(), change()])
                    .await?,
            );
            redis.delete_field(b"hash", b"counter", b"a").await?;
        }
        8 => {
            of_each(
                &redis
                    .exist_many(&[b"a".to_vec(), b"b".to_vec(), b"c".to_vec()])
                    .await?,
            );
            redis
                .setex_many(&[(b"a".to_vec(), 1, b"b".to_vec())])
                .await?;
        }
        _ => {
            redis.get(b"key").await?;
            redis.hget(b"hash", b"field").await?;
            redis.hvals(b"hash").await?;
            redis.time().await?;
        }
    }
    Ok(())
}

fn terms(ttl: Ttl) -> Terms {
    let log = Log {
        namespace: "kaal".to_owned(),
        node_id: "node".to_owned(),
        dispatched_at: 1_700_000_001,
        ttl_seconds: 60,
        open: true,
    };
    Terms {
        namespace: "kaal".to_owned(),
        ttl,
        log: Some(log),
    }
}

fn poll() -> Poll {
    Poll {
        prefix: b"allora".to_vec(),
        poller: "node".to_owned(),
        turn: 1,
        now: 1_700_000_000,
        ttl: None,
        jobs: [b"a", b"b", b"c"]
            .map(|name| (name.to_vec(), 1_700_000_060))
            .to_vec(),
        absent: Absent::Tell,
    }
}

/// Delayed jobs.
async fn delay(what: u8, redis: &Redis) -> Result<()> {
    let ttl = Ttl::from_seconds(60.0).expect("it is a time");
    let ids = ["a", "b", "c"].map(str::to_owned);
    match what {
        0 => drop(redis.enqueue("kaal", &job()).await?),
        1 => drop(redis.next_due("kaal").await?),
        2 => {
            let taken = redis
                .take("kaal", 1_700_000_000_000_000, COUNT, ttl)
                .await?;
            assert!(
                taken
                    .windows(2)
                    .all(|pair| pair[0].job.run_at <= pair[1].job.run_at)
            );
        }
        3 => of_each(&redis.extend("kaal", &ids, ttl, Some(1)).await?),
        4 => {
            redis.close("kaal", &ids).await?;
            redis.fail("kaal", "a", "it failed", 1).await?;
        }
        5 => drop(redis.pending("kaal", COUNT).await?),
        6 => drop(redis.failed("kaal", COUNT).await?),
        _ => {
            redis.retry("kaal", "a").await?;
            redis.discard("kaal", "a").await?;
            redis.counts("kaal").await?;
        }
    }
    Ok(())
}

fn job() -> Job {
    Job {
        job_id: "a".to_owned(),
        run_at: 1_700_000_000_000_000,
        job_class: "A".to_owned(),
        args: "[]".to_owned(),
        queue: None,
        created_at: None,
    }
}

/// The queue: its clients, and a server with a worker.
async fn queue_up(what: u8, queue: &Queue) -> Result<()> {
    match what {
        0 => {
            let added = queue
                .enqueue(vec![new_job(None, None), new_job(None, None)])
                .await?;
            assert_eq!(added.len(), 2);
        }
        1 => {
            let added = queue
                .enqueue(vec![new_job(Some(b"a"), Some(1.7e9))])
                .await?;
            assert_eq!(added, [b"a"]);
        }
        2 => drop(queue.dead(0, COUNT).await?),
        3 => drop(queue.requeue(None).await?),
        4 => drop(queue.discard(None).await?),
        5 => drop(queue.payload(b"a").await?),
        6 => drop(queue.status().await?),
        _ => {
            tokio::select! {
                biased;
                () = queue.keep() => {}
                () = work(queue) => {}
                () = tokio::time::sleep(KEPT) => {}
            }
        }
    }
    Ok(())
}

fn new_job(id: Option<&[u8]>, due: Option<f64>) -> NewJob {
    NewJob {
        id: id.map(<[u8]>::to_vec),
        due,
        payload: b"payload".to_vec(),
    }
}

/// An outcome counts once.
async fn work(queue: &Queue) {
    while let Some(jobs) = queue.take(COUNT).await {
        assert!((1..=COUNT).contains(&jobs.len()));
        for job in jobs {
            let outcome = match job.attempt % 3 {
                0 => Outcome::Done,
                1 => queue.after_failure(job.attempt, "it failed".to_owned()),
                _ => Outcome::Back,
            };
            queue.settle(job.id.clone(), job.token, outcome);
            assert!(!queue.settle(job.id, job.token, Outcome::Done));
        }
    }
}

fn of_each(answers: &[bool]) {
    assert_eq!(answers.len(), COUNT);
}
