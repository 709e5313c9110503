//! Cron expressions: parsing them, and finding when they fire.

mod field;
mod next;
mod parser;
mod zone;

use std::fmt;

pub use zone::Zone;

use crate::Result;
use field::Fields;

/// A parsed expression, with the zone that it names, if it names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    fields: Fields,
    zone: Option<Zone>,
}

impl Cron {
    /// The longest expression, in bytes.
    pub const MAX_BYTES: usize = 1_024;

    /// Reads `[second] minute hour day-of-month month day-of-week [zone]` or `macro [zone]`.
    ///
    /// # Errors
    ///
    /// A cron error that names the field, the offending text and what is allowed.
    pub fn parse(text: &str) -> Result<Self> {
        parser::parse(text)
    }

    /// The first fire time after `after`, both in unix seconds; `None` when there is none within
    /// 400 years, after which the calendar repeats. `zone` is used where the expression has none.
    pub fn next_after(&self, after: i64, zone: &Zone) -> Option<i64> {
        next::next_after(&self.fields, self.zone.as_ref().unwrap_or(zone), after)
    }

    /// The zone that the expression itself names.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
