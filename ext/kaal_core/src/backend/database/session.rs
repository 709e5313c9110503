//! Leases as locks of a database session: Kaal's on PostgreSQL and MySQL.
//!
//! A session lock ends with its session, is granted again to the session that has it, and knows no
//! time. So the locks are taken on a connection of their own, never granted twice by what this
//! process knows, and given back when the lease ends, by whoever calls next or by the keeper: a thread
//! that calls [`Sessions::tend`] when it is time.
//!
//! A server may look through all locks of a session for each further one. There several sessions have
//! them, which are lost together: with one of them the way to the server, or the server, has failed.

mod held;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use sqlx::Connection as _;
use tokio::sync::{Mutex, MutexGuard as OpenGuard};
use tokio::time::{Instant, timeout_at};

use super::claim::{Entries, lock_keys};
use super::engine::{Connection, SessionEngine};
use super::{Again, Attempt, Tables, is_broken, names, unanswered};
use crate::claim::{Claims, Terms};
use crate::clock::{Clock, MonotonicClock, millis};
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Ttl};
use crate::{Error, Result};
use held::{Held, Released, Taker};
use names::Token;

/// The server ends a session that says nothing for as long as the longest lease, and this at least.
const SHORTEST_IDLE: Duration = Duration::from_secs(10);

/// How many sessions have locks at most.
const MOST: usize = 8;

/// How often we look whether a session that we have lost has ended.
const ENDING: u32 = 100;
const ENDING_PAUSE: Duration = Duration::from_millis(10);

/// Leases by session locks; the log and the definitions are in tables.
pub(crate) struct Sessions<E: SessionEngine> {
    pub tables: Tables<E>,
    open: Mutex<Open<E>>,
    held: StdMutex<Held>,
    clock: MonotonicClock,
    losses: AtomicU64,
    keeper_asked: AtomicBool,
    keeper: OnceLock<Thread>,
    /// When the keeper comes of itself, by the clock.
    keeper_comes: AtomicI64,
}

/// The sessions that have the locks.
struct Open<E: SessionEngine> {
    sessions: Vec<Session<E>>,
    /// How often they were lost.
    generation: u64,
    /// What the server calls those that were lost and may still be there.
    ghosts: Vec<String>,
}

struct Session<E: SessionEngine> {
    connection: Connection<E>,
    /// What the server calls it.
    name: String,
    /// How many locks it has.
    locks: usize,
    /// After how long without a word the server ends it.
    idle_after: Duration,
    used_ms: i64,
}

impl<E: SessionEngine> Session<E> {
    /// When the server must hear of it again.
    fn ping_at(&self) -> i64 {
        self.used_ms + millis(self.idle_after) / 3
    }
}

/// Keys that are asked for together.
struct Ask<'a> {
    keys: &'a [Key],
    ttl: Ttl,
    /// Where the log is on.
    entries: Option<(Entries, Vec<Attempt<Token>>)>,
}

struct Answer {
    won: Vec<bool>,
    /// Whether the lock was free, whatever the log said.
    locked: Vec<bool>,
    /// Whether it was asked for before, and may have been done then.
    repeated: bool,
}

impl<E: SessionEngine> Leases for Sessions<E> {
    async fn acquire_many(&self, keys: &[Key], ttl: Ttl) -> Result<Vec<bool>> {
        let (keys, first) = names::once(keys);
        let ask = Ask {
            keys: &keys,
            ttl,
            entries: None,
        };
        let answer = self.take(ask).await?;
        Ok(names::for_all(&first, answer.won))
    }

    async fn release_many(&self, keys: &[Key]) -> Result<Vec<bool>> {
        let limit = limit::<E>();
        let mut open = self.open(limit).await?;
        let now_ms = self.clock.now_ms();
        let released: Vec<Released> = {
            let mut held = self.held();
            let release = |key| held.release(key, now_ms, open.generation);
            keys.iter().map(release).collect()
        };
        let live = released
            .iter()
            .map(|released| matches!(released, Released::Live(_)));
        let live = live.collect();
        let ours = std::iter::zip(released, keys).filter_map(|(released, key)| match released {
            Released::Live(place) | Released::Ended(place) => Some((place, key.clone())),
            Released::Gone => None,
        });
        let unlock = self.unlock(&mut open, ours.collect(), now_ms);
        let done = timeout_at(limit, unlock).await;
        if let Err(error) = done.unwrap_or_else(|_| Err(unanswered(patience::<E>()))) {
            self.lose(&mut open);
            return Err(self.tables.error(&error));
        }
        Ok(live)
    }
}

impl<E: SessionEngine> Claims for Sessions<E> {
    async fn claim_many(&self, occurrences: &[Occurrence], terms: &Terms) -> Result<Vec<bool>> {
        let (occurrences, first) = names::once(occurrences);
        let keys = lock_keys(&occurrences, terms);
        let Some(log) = &terms.log else {
            return Ok(names::for_all(
                &first,
                self.acquire_many(&keys, terms.ttl).await?,
            ));
        };
        let tries = self.tables.begin(&keys);
        let ask = Ask {
            keys: &keys,
            ttl: terms.ttl,
            entries: Some((Entries::new(&occurrences, log, terms), tries.clone())),
        };
        let answer = self.take(ask).await;
        let mut attempts = self.tables.attempts();
        for (place, (key, attempt)) in std::iter::zip(&keys, &tries).enumerate() {
            let open = match &answer {
                Ok(answer) => (attempt.repeated || answer.repeated) && !answer.locked[place],
                Err(_) => true,
            };
            if open {
                attempts.unanswered(key, attempt.token, terms.ttl);
            }
        }
        if let Ok(answer) = &answer {
            // The tokens of what was won, should nobody hear of it.
            attempts.note(&keys, &tries, terms.ttl, &Ok(answer.won.clone()));
        }
        drop(attempts);
        Ok(names::for_all(&first, answer?.won))
    }

    fn unhear(&self, won: &[Occurrence], terms: &Terms) {
        let (mut held, mut attempts) = (self.held(), self.tables.attempts());
        for key in lock_keys(won, terms) {
            held.unhear(&key);
            attempts.unhear(&key, terms.ttl);
        }
    }
}

impl<E: SessionEngine> Sessions<E> {
    pub fn new(engine: E, connections: usize) -> Self {
        Self {
            tables: Tables::new(engine, connections),
            open: Mutex::new(Open {
                sessions: Vec::new(),
                generation: 0,
                ghosts: Vec::new(),
            }),
            held: StdMutex::default(),
            clock: MonotonicClock::default(),
            losses: AtomicU64::new(0),
            keeper_asked: AtomicBool::new(false),
            keeper: OnceLock::new(),
            keeper_comes: AtomicI64::new(i64::MAX),
        }
    }

    /// How often the sessions were lost while they held locks.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    /// True once: for whoever shall start the keeper.
    pub fn wants_keeper(&self) -> bool {
        !self.keeper_asked.swap(true, Ordering::Relaxed)
    }

    /// The keeper's thread, which parks between its rounds.
    pub fn kept_by(&self, keeper: Thread) {
        let _ = self.keeper.set(keeper); // there is one
    }

    /// Gives back what has ended and shows the server that we are there. Answers when to come again;
    /// `None`: when called.
    pub async fn tend(&self) -> Option<Duration> {
        let mut open = self.open.lock().await;
        let round = tokio::time::timeout(patience::<E>(), self.round(&mut open));
        let next = if let Ok(Ok(next)) = round.await {
            next
        } else {
            self.lose(&mut open);
            None
        };
        self.keeper_comes
            .store(next.unwrap_or(i64::MAX), Ordering::Relaxed);
        let pause = next?.saturating_sub(self.clock.now_ms());
        Some(Duration::from_millis(u64::try_from(pause).unwrap_or(0)))
    }

    async fn round(&self, open: &mut Open<E>) -> sqlx::Result<Option<i64>> {
        let now_ms = self.clock.now_ms();
        let ended = self.held().take_ended(now_ms, open.generation);
        self.unlock(open, ended, now_ms).await?;
        let spare = |last: &Session<E>| last.locks == 0 && now_ms >= last.ping_at();
        while open.sessions.len() > 1 && open.sessions.last().is_some_and(spare) {
            if let Some(last) = open.sessions.pop() {
                last.connection.close().await?;
            }
        }
        for session in &mut open.sessions {
            if now_ms >= session.ping_at() {
                self.tables.engine.ping(&mut session.connection).await?;
                session.used_ms = now_ms;
            }
        }
        let ping_at = open.sessions.iter().map(Session::ping_at).min();
        let next_end = self.held().next_end();
        Ok(ping_at.map(|ping_at| next_end.map_or(ping_at, |end| end.min(ping_at))))
    }

    /// The sessions, when those who were there before have done with them.
    async fn open(&self, limit: Instant) -> Result<OpenGuard<'_, Open<E>>> {
        let open = timeout_at(limit, self.open.lock()).await;
        open.map_err(|_| self.silence())
    }

    fn silence(&self) -> Error {
        self.tables.error(&unanswered(patience::<E>()))
    }

    /// Asks for keys, each named once; once more where the session had died since it was last used.
    async fn take(&self, mut ask: Ask<'_>) -> Result<Answer> {
        let limit = limit::<E>();
        let mut open = self.open(limit).await?;
        let mut round = 1;
        loop {
            let reused = !open.sessions.is_empty();
            let error = match timeout_at(limit, self.ask(&mut open, &ask)).await {
                Ok(Ok(mut answer)) => {
                    answer.repeated = round > 1;
                    self.hear(ask.keys, &answer);
                    return Ok(answer);
                }
                Ok(Err(error)) => error,
                Err(_) => {
                    self.lose(&mut open);
                    return Err(self.silence());
                }
            };
            let again = if is_broken::<E>(&error) {
                self.lose(&mut open);
                if reused {
                    Again::Reconnected
                } else {
                    Again::Never
                }
            } else if E::is_collision(&error) {
                Again::Collided
            } else {
                Again::Never
            };
            if !again.after(round).await {
                return Err(self.tables.error(&error));
            }
            round += 1;
            if let Some((_, tries)) = &mut ask.entries {
                super::lease::repeat(tries);
            }
        }
    }

    /// Whoever asked has heard what it has, only now that nothing can fail any more.
    fn hear(&self, keys: &[Key], answer: &Answer) {
        let mut held = self.held();
        for (key, won) in std::iter::zip(keys, &answer.won) {
            if *won {
                held.hear(key);
            }
        }
    }

    async fn ask(&self, open: &mut Open<E>, ask: &Ask<'_>) -> sqlx::Result<Answer> {
        let now_ms = self.clock.now_ms();
        let mut answer = Answer {
            won: vec![false; ask.keys.len()],
            locked: vec![false; ask.keys.len()],
            repeated: false,
        };
        let ended = self.held().take_ended(now_ms, open.generation);
        let mut free = Vec::new();
        {
            let held = self.held();
            for (place, key) in ask.keys.iter().enumerate() {
                if held.is_unheard(key, open.generation) {
                    (answer.won[place], answer.locked[place]) = (true, true);
                } else if !held.is_taken(key, open.generation) {
                    free.push(place);
                }
            }
        }
        self.unlock(open, ended, now_ms).await?;
        if free.is_empty() {
            return Ok(answer);
        }
        let place = self.session(open, ask.ttl).await?;
        let session = &mut open.sessions[place];
        self.ask_server(&mut session.connection, ask, &free, &mut answer)
            .await?;
        session.used_ms = now_ms;
        let until_ms = now_ms.saturating_add(ask.ttl.as_millis());
        let taker = Taker {
            generation: open.generation,
            place,
        };
        {
            let mut held = self.held();
            for won in free.into_iter().filter(|place| answer.won[*place]) {
                held.hold(ask.keys[won].clone(), until_ms, taker);
                session.locks += 1;
            }
        }
        self.call_keeper(until_ms);
        Ok(answer)
    }

    /// Takes locks and writes records. Whatever of it fails: the session then has none of the locks.
    async fn ask_server(
        &self,
        connection: &mut Connection<E>,
        ask: &Ask<'_>,
        free: &[usize],
        answer: &mut Answer,
    ) -> sqlx::Result<()> {
        let engine = &self.tables.engine;
        let name = |place: &usize| E::lock_name(&ask.keys[*place]);
        let names: Vec<E::Name> = free.iter().map(name).collect();
        let locked = match engine.lock(connection, &names).await {
            Ok(locked) => locked,
            Err(error) => return Err(undo(engine, connection, &names, error).await),
        };
        for (place, locked) in std::iter::zip(free, locked) {
            answer.locked[*place] = locked;
            answer.won[*place] = locked;
        }
        let Some((entries, tries)) = &ask.entries else {
            return Ok(());
        };
        let ours: Vec<usize> = free
            .iter()
            .copied()
            .filter(|place| answer.locked[*place])
            .collect();
        // Record and open claim belong together. The locks are the session's, whatever becomes of this.
        let written = write(engine, connection, entries, tries, &answer.locked).await;
        let written = match written {
            Ok(written) => written,
            Err(error) => {
                let names: Vec<E::Name> = ours.iter().map(name).collect();
                return Err(undo(engine, connection, &names, error).await);
            }
        };
        let vain: Vec<usize> = ours.into_iter().filter(|place| !written[*place]).collect();
        for place in &vain {
            answer.won[*place] = false;
        }
        if !vain.is_empty() {
            let names: Vec<E::Name> = vain.iter().map(name).collect();
            give_back(engine, connection, &names).await?;
        }
        Ok(())
    }

    /// The place of a session that takes locks, and that the server ends when it hears nothing for as long
    /// as the lease.
    async fn session(&self, open: &mut Open<E>, ttl: Ttl) -> sqlx::Result<usize> {
        let sessions = &open.sessions;
        let room = sessions
            .iter()
            .position(|session| session.locks < E::LOCKS_A_SESSION);
        let place = match room {
            Some(place) => place,
            None => self.another(open).await?,
        };
        let session = &mut open.sessions[place];
        let lease = Duration::from_millis(ttl.as_millis().unsigned_abs()).max(SHORTEST_IDLE);
        if session.idle_after < lease {
            let engine = &self.tables.engine;
            engine.end_when_idle(&mut session.connection, lease).await?;
            session.idle_after = lease;
        }
        Ok(place)
    }

    /// The place of a further session; where no more are to be had, of the one that has the fewest locks.
    async fn another(&self, open: &mut Open<E>) -> sqlx::Result<usize> {
        if open.sessions.len() < MOST {
            match self.connect(open).await {
                Err(error) if open.sessions.is_empty() => return Err(error),
                Err(_) => {} // the server has no room for it
                Ok(session) => open.sessions.push(session),
            }
        }
        let sessions = open.sessions.iter().enumerate();
        let (place, _) = sessions
            .min_by_key(|(_, session)| session.locks)
            .expect("there is one");
        Ok(place)
    }

    /// A new session. Those that were lost end first.
    async fn connect(&self, open: &mut Open<E>) -> sqlx::Result<Session<E>> {
        let engine = &self.tables.engine;
        let mut connection = engine.connect().await?;
        while let Some(ghost) = open.ghosts.last() {
            end_session(engine, &mut connection, ghost).await;
            open.ghosts.pop();
        }
        Ok(Session {
            name: engine.session(&mut connection).await?,
            connection,
            locks: 0,
            idle_after: Duration::ZERO,
            used_ms: self.clock.now_ms(),
        })
    }

    /// Gives locks back, each by the session of its place.
    async fn unlock(
        &self,
        open: &mut Open<E>,
        locks: Vec<(usize, Key)>,
        now_ms: i64,
    ) -> sqlx::Result<()> {
        let mut names: BTreeMap<usize, Vec<E::Name>> = BTreeMap::new();
        for (place, key) in locks {
            names.entry(place).or_default().push(E::lock_name(&key));
        }
        for (place, names) in names {
            let session = &mut open.sessions[place];
            give_back(&self.tables.engine, &mut session.connection, &names).await?;
            session.locks -= names.len();
            session.used_ms = now_ms;
        }
        Ok(())
    }

    /// The sessions are gone, or of no more use; the server lets their locks go.
    fn lose(&self, open: &mut Open<E>) {
        if open.sessions.iter().any(|session| session.locks > 0) {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
        let lost = open.sessions.drain(..);
        open.ghosts.extend(lost.map(|session| session.name));
        open.generation += 1; // what they held is no longer of a session
    }

    fn call_keeper(&self, needed_ms: i64) {
        if needed_ms < self.keeper_comes.load(Ordering::Relaxed) {
            self.keeper_comes.store(needed_ms, Ordering::Relaxed);
            if let Some(keeper) = self.keeper.get() {
                keeper.unpark();
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the records of what is locked, all or none.
async fn write<E: SessionEngine>(
    engine: &E,
    connection: &mut Connection<E>,
    entries: &Entries,
    tries: &[Attempt<Token>],
    locked: &[bool],
) -> sqlx::Result<Vec<bool>> {
    if entries.at_once::<E>(tries) {
        return entries.write(engine, connection, tries, locked).await;
    }
    let mut transaction = engine.begin(connection).await?;
    match entries.write(engine, &mut transaction, tries, locked).await {
        Ok(written) => {
            transaction.commit().await?;
            Ok(written)
        }
        Err(error) if is_broken::<E>(&error) => Err(error),
        Err(error) => {
            transaction.rollback().await?;
            Err(error)
        }
    }
}

/// Ends a session that we have lost, and waits until it has: as long as it has its locks, we would take
/// what it holds for that of another node. Where we may not, it ends when it has been idle for long enough.
async fn end_session<E: SessionEngine>(engine: &E, connection: &mut Connection<E>, session: &str) {
    for _ in 0..ENDING {
        if !matches!(engine.end_session(connection, session).await, Ok(true)) {
            return;
        }
        tokio::time::sleep(ENDING_PAUSE).await;
    }
}

/// Gives back what may have been taken before `error`.
async fn undo<E: SessionEngine>(
    engine: &E,
    connection: &mut Connection<E>,
    names: &[E::Name],
    error: sqlx::Error,
) -> sqlx::Error {
    if is_broken::<E>(&error) {
        return error;
    }
    let given = give_back(engine, connection, names).await;
    given.map_or_else(|worse| worse, |()| error)
}

/// Gives locks back. A session that does not is of no more use: nobody would know of its locks.
async fn give_back<E: SessionEngine>(
    engine: &E,
    connection: &mut Connection<E>,
    names: &[E::Name],
) -> sqlx::Result<()> {
    let done = engine.unlock(connection, names).await;
    done.map_err(|error| {
        if is_broken::<E>(&error) {
            return error;
        }
        sqlx::Error::Io(std::io::Error::other(error))
    })
}

/// When a call that begins now must be over, with the waiting for others.
fn limit<E: SessionEngine>() -> Instant {
    Instant::now() + patience::<E>()
}

fn patience<E: SessionEngine>() -> Duration {
    E::PATIENCE.expect("servers have a limit")
}
