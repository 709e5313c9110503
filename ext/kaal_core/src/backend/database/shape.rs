//! Which of the tables have `created_at` and `updated_at`: those that Kaal 0.6 makes have not.

use std::borrow::Cow;
use std::sync::OnceLock;

/// What is known of one table, for as long as the process lives.
#[derive(Default)]
pub(crate) struct Shape {
    has_times: OnceLock<bool>,
}

impl Shape {
    /// What is known, if anything is.
    pub fn known(&self) -> Option<bool> {
        self.has_times.get().copied()
    }

    /// Takes note of the names of the table's columns. That of a table which does not exist is not
    /// known; what is asked of it fails whatever we assume.
    pub fn learn(&self, columns: &[String]) -> bool {
        if columns.is_empty() {
            return true;
        }
        *self
            .has_times
            .get_or_init(|| columns.iter().any(|column| column == "created_at"))
    }
}

/// A statement for a table that has the times, or else without what stands between `/*times*/` and
/// `/**/`.
pub(crate) fn shaped(sql: &'static str, has_times: bool) -> Cow<'static, str> {
    if has_times {
        return Cow::Borrowed(sql);
    }
    let mut parts = sql.split("/*times*/");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once("/**/").map_or("", |(_, rest)| rest));
    Cow::Owned(first + &rest.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_loses_what_the_table_has_not() {
        let sql = "INSERT INTO t (a/*times*/, c, u/**/) VALUES (1/*times*/, 2, 2/**/)";
        assert_eq!(shaped(sql, true), sql);
        assert_eq!(shaped(sql, false), "INSERT INTO t (a) VALUES (1)");
    }

    #[test]
    fn a_table_that_is_not_there_is_not_known() {
        let shape = Shape::default();
        assert!(shape.learn(&[]));
        assert_eq!(shape.known(), None);
        assert!(!shape.learn(&["key".to_owned()]));
        assert_eq!(shape.known(), Some(false));
    }
}
