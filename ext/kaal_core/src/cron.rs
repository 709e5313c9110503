//! Cron expressions: parsing them, and finding when they fire.
//!
//! The language is that of the gem fugit, whose meaning every construct keeps.

mod calendar;
mod canonical;
mod day;
mod describe;
mod field;
mod lint;
mod list;
mod local;
mod parser;
mod plan;
mod policy;
mod search;
mod splay;
mod zone;

pub use describe::Fields;
pub use plan::Plan;
pub use policy::{Dst, Gap, Overlap};
pub use splay::delay;
pub use zone::Zone;

use crate::Result;
use day::DayRule;
use field::Set;

/// A parsed expression, with the zone that it names, if it names one. Two are equal that fire
/// alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cron {
    schedule: Schedule,
    zone: Option<Zone>,
}

/// What the fields say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Schedule {
    seconds: Set,
    minutes: Set,
    hours: Set,
    months: Set,
    days: DayRule,
    /// Whether `*` or a step stands in the minute field.
    minute_steps: bool,
    /// The same of the hour field.
    hour_steps: bool,
}

impl Schedule {
    /// Whether the expression means an interval rather than times of the day.
    fn is_interval(&self) -> bool {
        self.minute_steps || self.hour_steps
    }
}

impl Cron {
    /// The longest expression, in bytes.
    pub const MAX_BYTES: usize = 1_024;

    /// Reads `[second] minute hour day-of-month month day-of-week [zone]` or `macro [zone]`.
    ///
    /// # Errors
    ///
    /// A cron error that names the field, the offending text and what is allowed, and has its
    /// [`position`](crate::Error::position).
    pub fn parse(text: &str) -> Result<Self> {
        parser::parse(text)
    }

    /// The words that [`Cron::parse`] takes `text` for: fields or a macro, and perhaps a zone.
    ///
    /// # Errors
    ///
    /// A cron error when it is longer than any expression.
    pub fn words(text: &str) -> Result<Vec<&str>> {
        Ok(parser::words(text)?.iter().map(|word| word.text).collect())
    }

    /// The zone that the expression itself names.
    pub fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }

    /// Whether it fires at other seconds than 0.
    pub fn has_seconds(&self) -> bool {
        self.schedule.seconds.bits() != 1
    }
}
