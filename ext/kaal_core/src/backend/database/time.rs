//! Times as text, in UTC, as Rails keeps them in SQLite and every database takes them.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::Offset;

use crate::clock::from_micros;

const SECONDS: DateTimePrinter = DateTimePrinter::new().separator(b' ').precision(Some(0));
const MICROSECONDS: DateTimePrinter = DateTimePrinter::new().separator(b' ').precision(Some(6));

/// Microseconds since 1970 as `YYYY-MM-DD HH:MM:SS`, with `.` and six digits only where there are
/// microseconds.
pub(crate) fn text(micros: i64) -> String {
    let time = Offset::UTC.to_datetime(from_micros(micros));
    let printer = if micros % 1_000_000 == 0 {
        SECONDS
    } else {
        MICROSECONDS
    };
    printer.datetime_to_string(&time)
}

/// Of whole seconds since 1970.
pub(crate) fn seconds_text(seconds: i64) -> String {
    text(seconds.saturating_mul(1_000_000))
}

/// Reads what Rails or [`text`] wrote; `None` when it is something else.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim_end_matches(" UTC").replace(' ', "T");
    format!("{text}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rails_does_and_read_back() {
        for (micros, written) in [
            (0, "1970-01-01 00:00:00"),
            (1_700_000_040_000_000, "2023-11-14 22:14:00"),
            (1_700_000_040_000_100, "2023-11-14 22:14:00.000100"),
        ] {
            assert_eq!(text(micros), written);
            assert_eq!(parse(written).map(Timestamp::as_microsecond), Some(micros));
        }
        assert_eq!(parse("soon"), None);
        assert!(text(i64::MIN) < text(0) && text(0) < text(i64::MAX));
    }
}
