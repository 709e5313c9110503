//! The dispatch log: which run was dispatched when, by whom.

use serde::{Deserialize, Serialize};

use crate::key::Occurrence;

/// One dispatch. As JSON, with the fields in this order, it is what Kaal keeps in Redis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The job's key.
    pub key: String,
    /// The nominal time of the run, unix seconds.
    pub fire_time: i64,
    /// When it was dispatched, unix seconds.
    pub dispatched_at: i64,
    /// The host name of the node that dispatched it.
    pub node_id: String,
    /// [`Record::DISPATCHED`] or [`Record::FAILED`].
    pub status: String,
}

impl Record {
    /// Status of a run whose callback was called.
    pub const DISPATCHED: &'static str = "dispatched";
    /// Status of a run whose callback raised.
    pub const FAILED: &'static str = "failed";

    /// The key of the record in Redis: `<namespace>:cron_dispatch:<key>:<unix seconds>`.
    pub fn redis_key(namespace: &str, key: &str, fire_time: i64) -> String {
        format!("{namespace}:cron_dispatch:{key}:{fire_time}")
    }

    /// The run that it is about.
    pub fn occurrence(&self) -> Occurrence {
        Occurrence {
            fire_time: self.fire_time,
            key: self.key.clone(),
        }
    }

    /// The record as Redis holds it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and integers always serialise")
    }

    /// Reads what [`Record::to_json`] or Kaal wrote; `None` when it is something else.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_to_the_byte_what_kaal_writes() {
        let record = Record {
            key: "team:mail \"ö\"".into(),
            fire_time: 1_700_000_040,
            dispatched_at: 1_700_000_041,
            node_id: "web-1".into(),
            status: Record::DISPATCHED.into(),
        };
        let json = r#"{"key":"team:mail \"ö\"","fire_time":1700000040,"dispatched_at":1700000041,"node_id":"web-1","status":"dispatched"}"#;
        assert_eq!(record.to_json(), json);
        assert_eq!(Record::from_json(json), Some(record));
    }

    #[test]
    fn what_is_no_record_reads_as_none() {
        for json in ["", "nil", "{}", r#"{"key":1}"#] {
            assert_eq!(Record::from_json(json), None, "{json}");
        }
    }
}
