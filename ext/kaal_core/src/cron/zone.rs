//! Time zones by name.

use jiff::tz::{Offset, TimeZone};

use crate::{Error, Result};

/// A time zone: a name of the IANA database, or a fixed offset such as `+05:30`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of that name, from the system's database or the bundled copy.
    ///
    /// # Errors
    ///
    /// A cron error when there is no zone of exactly that name.
    pub fn named(name: &str) -> Result<Self> {
        if let Some(offset) = fixed(name) {
            return Ok(Self(TimeZone::fixed(offset)));
        }
        match TimeZone::get(name) {
            // The database is searched without regard to case; names are refused, not guessed.
            Ok(zone) if zone.iana_name() == Some(name) => Ok(Self(zone)),
            _ => Err(Error::cron(format!(
                "time zone: {name:?} is neither a name of the time-zone database nor an offset \
                 such as +05:30"
            ))),
        }
    }

    /// The zone that the system is set to (ENV `TZ` first); universal time where it is unknown.
    pub fn system() -> Self {
        Self(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    /// The name that the database has for it.
    pub fn name(&self) -> Option<&str> {
        self.0.iana_name()
    }

    pub(super) fn inner(&self) -> &TimeZone {
        &self.0
    }
}

/// `+hh:mm` or `-hh:mm`, hours up to 11.
fn fixed(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str, most: i32| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i32>()
            .ok()
            .filter(|value| digits && *value <= most)
    };
    let seconds = number(hours, 11)? * 3600 + number(minutes, 59)? * 60;
    Offset::from_seconds(sign * seconds).ok()
}
