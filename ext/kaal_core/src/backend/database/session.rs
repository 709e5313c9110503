//! Leases as locks of a database session: Kaal's on PostgreSQL and MySQL.
//!
//! A session lock ends with its session, is granted again to the session that has it, and knows no
//! time. So the locks are taken on a connection of their own, never granted twice by what this
//! process knows, and given back when the lease ends, by whoever calls next or by the keeper: a thread
//! that calls [`Sessions::tend`] when it is time.

mod held;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard as SessionGuard};
use tokio::time::{Instant, timeout_at};

use super::claim::{Entries, lock_keys};
use super::engine::{Connection, SessionEngine};
use super::{Again, Attempt, Tables, is_broken, names, unanswered};
use crate::claim::{Claims, Terms};
use crate::clock::{Clock, MonotonicClock, millis};
use crate::key::{Key, Occurrence};
use crate::lease::{Leases, Ttl};
use crate::{Error, Result};
use held::{Held, Released};
use names::Token;

/// The server ends a session that says nothing for as long as the longest lease, and this at least.
const SHORTEST_IDLE: Duration = Duration::from_secs(10);

/// How often we look whether a session that we have lost has ended.
const ENDING: u32 = 100;
const ENDING_PAUSE: Duration = Duration::from_millis(10);

/// Leases by session locks; the log and the definitions are in tables.
pub(crate) struct Sessions<E: SessionEngine> {
    pub tables: Tables<E>,
    session: Mutex<Session<E>>,
    held: StdMutex<Held>,
    clock: MonotonicClock,
    losses: AtomicU64,
    keeper_asked: AtomicBool,
    keeper: OnceLock<Thread>,
    /// When the keeper comes of itself, by the clock.
    keeper_comes: AtomicI64,
}

/// The connection that has the locks.
struct Session<E: SessionEngine> {
    connection: Option<Connection<E>>,
    number: u64,
    /// What the server calls it.
    name: String,
    /// After how long without a word the server ends it.
    idle_after: Duration,
    used_ms: i64,
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
        let mut session = self.session(limit).await?;
        let now_ms = self.clock.now_ms();
        let released: Vec<Released> = {
            let mut held = self.held();
            let release = |key| held.release(key, now_ms, session.number);
            keys.iter().map(release).collect()
        };
        let names = std::iter::zip(keys, &released)
            .filter(|(_, released)| **released != Released::Gone)
            .map(|(key, _)| E::lock_name(key))
            .collect::<Vec<_>>();
        self.unlock(&mut session, names, limit)
            .await
            .map_err(|error| self.tables.error(&error))?;
        let live = released.iter().map(|released| *released == Released::Live);
        Ok(live.collect())
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
            session: Mutex::new(Session {
                connection: None,
                number: 0,
                name: String::new(),
                idle_after: Duration::ZERO,
                used_ms: 0,
            }),
            held: StdMutex::default(),
            clock: MonotonicClock::default(),
            losses: AtomicU64::new(0),
            keeper_asked: AtomicBool::new(false),
            keeper: OnceLock::new(),
            keeper_comes: AtomicI64::new(i64::MAX),
        }
    }

    /// How often the session was lost while it held locks.
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
        let mut session = self.session.lock().await;
        let round = tokio::time::timeout(patience::<E>(), self.round(&mut session));
        let next = if let Ok(Ok(next)) = round.await {
            next
        } else {
            self.lose(&mut session);
            None
        };
        self.keeper_comes
            .store(next.unwrap_or(i64::MAX), Ordering::Relaxed);
        let pause = next?.saturating_sub(self.clock.now_ms());
        Some(Duration::from_millis(u64::try_from(pause).unwrap_or(0)))
    }

    async fn round(&self, session: &mut Session<E>) -> sqlx::Result<Option<i64>> {
        let now_ms = self.clock.now_ms();
        let ended = self.held().take_ended(now_ms, session.number);
        let Some(connection) = &mut session.connection else {
            return Ok(None);
        };
        let ping_ms = millis(session.idle_after) / 3;
        if !ended.is_empty() {
            let names: Vec<E::Name> = ended.iter().map(E::lock_name).collect();
            give_back(&self.tables.engine, connection, &names).await?;
            session.used_ms = now_ms;
        } else if now_ms >= session.used_ms + ping_ms {
            self.tables.engine.ping(connection).await?;
            session.used_ms = now_ms;
        }
        let ping_at = session.used_ms + ping_ms;
        let next_end = self.held().next_end();
        Ok(Some(next_end.map_or(ping_at, |end| end.min(ping_at))))
    }

    /// The session, when those who were there before have done with it.
    async fn session(&self, limit: Instant) -> Result<SessionGuard<'_, Session<E>>> {
        let session = timeout_at(limit, self.session.lock()).await;
        session.map_err(|_| self.silence())
    }

    fn silence(&self) -> Error {
        self.tables.error(&unanswered(patience::<E>()))
    }

    /// Asks for keys, each named once; once more where the session had died since it was last used.
    async fn take(&self, mut ask: Ask<'_>) -> Result<Answer> {
        let limit = limit::<E>();
        let mut session = self.session(limit).await?;
        let mut round = 1;
        loop {
            let reused = session.connection.is_some();
            let error = match timeout_at(limit, self.ask(&mut session, &ask)).await {
                Ok(Ok(mut answer)) => {
                    answer.repeated = round > 1;
                    self.hear(ask.keys, &answer);
                    return Ok(answer);
                }
                Ok(Err(error)) => error,
                Err(_) => {
                    self.lose(&mut session);
                    return Err(self.silence());
                }
            };
            let again = if is_broken::<E>(&error) {
                self.lose(&mut session);
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

    async fn ask(&self, session: &mut Session<E>, ask: &Ask<'_>) -> sqlx::Result<Answer> {
        let now_ms = self.clock.now_ms();
        let mut answer = Answer {
            won: vec![false; ask.keys.len()],
            locked: vec![false; ask.keys.len()],
            repeated: false,
        };
        let ended = self.held().take_ended(now_ms, session.number);
        let mut free = Vec::new();
        {
            let held = self.held();
            for (place, key) in ask.keys.iter().enumerate() {
                if held.is_unheard(key, session.number) {
                    (answer.won[place], answer.locked[place]) = (true, true);
                } else if !held.is_taken(key, session.number) {
                    free.push(place);
                }
            }
        }
        if free.is_empty() && ended.is_empty() {
            return Ok(answer);
        }
        let connection = self.open(session, ask.ttl).await?;
        if !ended.is_empty() {
            let names: Vec<E::Name> = ended.iter().map(E::lock_name).collect();
            give_back(&self.tables.engine, connection, &names).await?;
        }
        self.ask_server(connection, ask, &free, &mut answer).await?;
        session.used_ms = now_ms;
        let until_ms = now_ms.saturating_add(ask.ttl.as_millis());
        {
            let mut held = self.held();
            for place in free.iter().filter(|place| answer.won[**place]) {
                held.hold(ask.keys[*place].clone(), until_ms, session.number);
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

    /// The connection, which the server ends when it hears nothing for as long as the lease.
    async fn open<'s>(
        &self,
        session: &'s mut Session<E>,
        ttl: Ttl,
    ) -> sqlx::Result<&'s mut Connection<E>> {
        let engine = &self.tables.engine;
        if session.connection.is_none() {
            let mut connection = engine.connect().await?;
            if !session.name.is_empty() {
                end_session(engine, &mut connection, &session.name).await;
            }
            session.name = engine.session(&mut connection).await?;
            session.number += 1;
            session.idle_after = Duration::ZERO;
            session.connection = Some(connection);
        }
        let connection = session.connection.as_mut().expect("opened above");
        let lease = Duration::from_millis(ttl.as_millis().unsigned_abs()).max(SHORTEST_IDLE);
        if session.idle_after < lease {
            engine.end_when_idle(connection, lease).await?;
            session.idle_after = lease;
        }
        Ok(connection)
    }

    async fn unlock(
        &self,
        session: &mut Session<E>,
        names: Vec<E::Name>,
        limit: Instant,
    ) -> sqlx::Result<()> {
        let Some(connection) = &mut session.connection else {
            return Ok(());
        };
        if names.is_empty() {
            return Ok(());
        }
        let unlock = give_back(&self.tables.engine, connection, &names);
        let done = timeout_at(limit, unlock).await;
        let done = done.unwrap_or_else(|_| Err(unanswered(patience::<E>())));
        if done.is_err() {
            self.lose(session);
        }
        done
    }

    /// The session is gone, or of no more use; the server lets its locks go.
    fn lose(&self, session: &mut Session<E>) {
        if session.connection.take().is_some() && self.held().any_of(session.number) {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
        session.number += 1; // what it held is no longer of this session
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
