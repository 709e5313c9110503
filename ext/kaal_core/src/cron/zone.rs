//! Time zones by name, as stretches of constant offset.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase, TimeZoneTransition};

use crate::{Error, Result};

/// A time zone: a name of the IANA database, or a fixed offset such as `+05:30`.
#[derive(Clone)]
pub struct Zone(Arc<Data>);

struct Data {
    name: Box<str>,
    zone: TimeZone,
    /// Start and offset of each stretch that touches the years of the table, and of two before and
    /// after: one look-up here takes the place of four questions to the zone.
    table: Box<[(i64, i32)]>,
}

/// A stretch of time in which local time is universal time plus `offset`. All in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub start: i64,
    /// Excluded.
    pub end: i64,
    pub offset: i64,
    /// The offset before `start`, and since when it was in force.
    pub before: (i64, i64),
    /// The offset from `end` on, and until when it is in force.
    pub after: (i64, i64),
}

/// 1970-01-01 and 2100-01-01.
const TABLE: std::ops::Range<i64> = 0..4_102_444_800;

/// Zones by name. Never locked while anything else is: a fork happens under Ruby's lock, as every
/// use does.
static KNOWN: LazyLock<RwLock<HashMap<Box<str>, Zone>>> = LazyLock::new(RwLock::default);

static BUNDLED: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

impl Zone {
    /// Universal time.
    pub fn utc() -> Self {
        static UTC: LazyLock<Zone> = LazyLock::new(|| Zone::new("UTC", TimeZone::UTC));
        UTC.clone()
    }

    /// The zone of that name: from the system's database, or from the bundled copy if the system
    /// lacks it. Read once in the life of the process.
    ///
    /// # Errors
    ///
    /// A cron error when there is no zone of exactly that name.
    pub fn named(name: &str) -> Result<Self> {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Ok(zone.clone());
        }
        drop(known);
        let found = match fixed(name) {
            Some(offset) => Some(TimeZone::fixed(offset)),
            None => find(jiff::tz::db(), name).or_else(|| find(&BUNDLED, name)),
        };
        let zone = Self::new(name, found.ok_or_else(|| unknown(name))?);
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.into(), zone.clone());
        Ok(zone)
    }

    /// Whether the time-zone database has that name, in this spelling.
    pub fn is_name(name: &str) -> bool {
        let known = |database| lookup(database, name).is_some();
        known(jiff::tz::db()) || known(&BUNDLED)
    }

    /// Whether `text` is a zone in the notation of POSIX, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub fn is_posix(text: &str) -> bool {
        TimeZone::posix(text).is_ok()
    }

    /// A zone of the caller's own, called `name`.
    pub fn new(name: &str, zone: TimeZone) -> Self {
        let table = table(&zone);
        let name = name.into();
        Self(Arc::new(Data { name, zone, table }))
    }

    /// The zone that the system is set to (ENV `TZ` first); universal time where it is unknown.
    pub fn system() -> Self {
        match TimeZone::try_system() {
            Ok(zone) => match zone.iana_name().map(Self::named) {
                Some(Ok(named)) => named,
                _ => Self::new("system", zone),
            },
            Err(_) => Self::utc(),
        }
    }

    /// As it was asked for; `system` for the system's where that has no name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The stretch that `time` (unix seconds) lies in.
    pub(super) fn stretch(&self, time: i64) -> Stretch {
        let table = &self.0.table;
        let (past, future) = table.split_at(table.partition_point(|(start, _)| *start <= time));
        if let ([.., earlier, this], [later, farther, ..]) = (past, future) {
            return Stretch {
                start: this.0,
                end: later.0,
                offset: this.1.into(),
                before: (earlier.1.into(), earlier.0),
                after: (later.1.into(), farther.0),
            };
        }
        self.search(time)
    }

    /// The slow way: asks the zone.
    fn search(&self, time: i64) -> Stretch {
        let zone = &self.0.zone;
        let (start, offset) = at_or_before(zone, time);
        let (since, before) = at_or_before(zone, start.saturating_sub(1));
        let (end, after) = self::after(zone, time);
        let (until, _) = self::after(zone, end);
        Stretch {
            start,
            end,
            offset,
            before: (before, since),
            after: (after, until),
        }
    }
}

/// Names that no database has, but the gem fugit takes (the table of Windows names in et-orbi).
const ALIASES: [(&str, &str); 4] = [
    ("CST5CDT", "CST6CDT"),
    ("UTC-11", "Etc/GMT+11"),
    ("UTC-02", "Etc/GMT+2"),
    ("UTC+12", "Etc/GMT-12"),
];

fn find(database: &TimeZoneDatabase, name: &str) -> Option<TimeZone> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    lookup(database, alias.map_or(name, |(_, meant)| *meant))
}

fn lookup(database: &TimeZoneDatabase, name: &str) -> Option<TimeZone> {
    // What the directory holds beside the names, such as posix/ and right/, begins with a small
    // letter. The database is searched without regard to case; names are refused, not guessed.
    let capital = name.starts_with(|first: char| first.is_ascii_uppercase());
    let found = database.get(name).ok().filter(|_| capital)?;
    (found.iana_name() == Some(name)).then_some(found)
}

fn unknown(name: &str) -> Error {
    Error::cron(format!(
        "time zone: {name:?} is neither a name of the time-zone database, in its exact spelling, \
         nor an offset such as +05:30 (hours up to 11, minutes 00, 15, 30 or 45)"
    ))
}

/// `+hh:mm`, `-hh:mm` or without the colon, as the gem fugit takes them.
fn fixed(text: &str) -> Option<Offset> {
    let (sign, rest) = text.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = rest.split_at_checked(2)?;
    let hours = (0..=11).find(|hour| hours == format!("{hour:02}"))?;
    let minutes = match minutes.strip_prefix(':').unwrap_or(minutes) {
        "00" => 0,
        "15" => 15,
        "30" => 30,
        "45" => 45,
        _ => return None,
    };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Two entries lie before the table's years and two after.
fn table(zone: &TimeZone) -> Box<[(i64, i32)]> {
    let first = at_or_before(zone, TABLE.start);
    let mut table = vec![at_or_before(zone, first.0.saturating_sub(1)), first];
    let mut beyond = 0;
    let mut last = TABLE.start;
    while beyond < 2 {
        let next = after(zone, last);
        table.push(next);
        last = next.0;
        beyond += i32::from(last >= TABLE.end);
    }
    let short = |(start, offset)| (start, i32::try_from(offset).unwrap_or(0));
    table.into_iter().map(short).collect()
}

/// The last change of offset at or before `time`: when, and the offset from then on. Where there
/// is none, the first offset holds for ever before.
fn at_or_before(zone: &TimeZone, time: i64) -> (i64, i64) {
    let current = offset(zone, time);
    let mut start = None;
    for change in zone.preceding(timestamp(time.saturating_add(1))) {
        // Changes of the abbreviation alone are none.
        if i64::from(change.offset().seconds()) != current {
            break;
        }
        start = Some(change.timestamp().as_second());
    }
    // The first entry of a zone may tell nothing new.
    let start = start.filter(|start| offset(zone, start - 1) != current);
    (start.unwrap_or(i64::MIN), current)
}

/// The first change of offset after `time`, as [`at_or_before`].
fn after(zone: &TimeZone, time: i64) -> (i64, i64) {
    let current = offset(zone, time);
    let offset = |change: &TimeZoneTransition<'_>| i64::from(change.offset().seconds());
    zone.following(timestamp(time))
        .find(|change| offset(change) != current)
        .map_or((i64::MAX, current), |change| {
            (change.timestamp().as_second(), offset(&change))
        })
}

fn offset(zone: &TimeZone, time: i64) -> i64 {
    zone.to_offset(timestamp(time)).seconds().into()
}

/// Beyond what the library's timestamps reach, the offset of the edge.
fn timestamp(time: i64) -> Timestamp {
    let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    Timestamp::from_second(time.clamp(*range.start(), *range.end())).unwrap_or_default()
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.name == other.0.name
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_they_are_spelled() {
        for name in [
            "UTC",
            "Europe/Paris",
            "US/Eastern",
            "EST5EDT",
            "Etc/GMT+5",
            "GB-Eire",
            "CST5CDT",
        ] {
            assert_eq!(Zone::named(name).unwrap().name(), name);
        }
        for name in [
            "utc",
            "europe/Paris",
            "Europe/Londo",
            "posix/UTC",
            "right/UTC",
            "",
            "\0",
        ] {
            assert!(Zone::named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn names_of_the_database_are_told_from_other_notations() {
        for name in ["UTC", "Europe/Paris", "EST5EDT"] {
            assert!(Zone::is_name(name), "{name}");
        }
        // As ENV TZ it means the opposite of what the gem fugit takes it for.
        for name in ["UTC+12", "+05:30", "europe/Paris", "Mars/Olympus", ""] {
            assert!(!Zone::is_name(name), "{name}");
        }
        assert!(Zone::is_posix("UTC+12") && Zone::is_posix("CET-1CEST,M3.5.0,M10.5.0/3"));
        assert!(!Zone::is_posix("Mars/Olympus") && !Zone::is_posix(""));
    }

    #[test]
    fn fixed_offsets_reach_from_minus_to_plus_eleven() {
        for (name, seconds) in [("+05:45", 20_700), ("-0930", -34_200), ("-11:45", -42_300)] {
            assert_eq!(Zone::named(name).unwrap().stretch(0).offset, seconds);
        }
        for name in ["+12:00", "+05:40", "+5:30", "05:30", "+05:3", "+", "+é5:30"] {
            assert!(Zone::named(name).is_err(), "{name}");
        }
    }

    #[test]
    fn the_table_says_what_the_zone_says() {
        for name in [
            "Europe/Dublin",
            "Africa/Casablanca",
            "Pacific/Apia",
            "Asia/Kathmandu",
            "UTC",
        ] {
            let zone = Zone::named(name).unwrap();
            let mut time = -100_000_000;
            while time < 4_200_000_000 {
                let stretch = zone.stretch(time);
                assert_eq!(stretch, zone.search(time), "{name} at {time}");
                assert!((stretch.start..stretch.end).contains(&time));
                if stretch.end == i64::MAX {
                    break;
                }
                assert_eq!(zone.stretch(stretch.end).before.0, stretch.offset);
                assert_eq!(zone.stretch(stretch.end).offset, stretch.after.0);
                time = stretch.end;
            }
        }
    }
}
