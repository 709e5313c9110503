//! A job as Redis keeps it: JSON with the times in ISO 8601.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Job;
use crate::clock::from_micros;

#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    job_id: Option<String>,
    run_at: Option<String>,
    job_class: Option<String>,
    /// As it is written: a number may have more digits than ours have.
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    queue: Option<String>,
    created_at: Option<String>,
}

impl Job {
    /// The payload; `None` where the arguments are no JSON, or null, which is how others say that there are
    /// none.
    pub fn to_json(&self) -> Option<String> {
        let args: &RawValue = serde_json::from_str(&self.args).ok()?;
        if args.get() == "null" {
            return None;
        }
        let payload = Payload {
            job_id: Some(self.job_id.clone()),
            run_at: Some(written(self.run_at)),
            job_class: Some(self.job_class.clone()),
            args: Some(args),
            queue: self.queue.clone(),
            created_at: self.created_at.map(written),
        };
        serde_json::to_string(&payload).ok()
    }

    /// Reads a payload, of which the store says whose it is and when it is due. With the reason where it
    /// cannot be dispatched: its arguments are then all that is stored.
    pub fn from_json(job_id: &str, run_at: i64, json: &str) -> (Self, Option<String>) {
        let flawed = |reason: String| {
            let job = Self {
                job_id: job_id.to_owned(),
                run_at,
                job_class: String::new(),
                args: json.to_owned(),
                queue: None,
                created_at: None,
            };
            (job, Some(reason))
        };
        if json.is_empty() {
            return flawed("the payload is missing".to_owned());
        }
        let payload = match serde_json::from_str::<Payload>(json) {
            Ok(payload) => payload,
            Err(error) => return flawed(format!("the payload cannot be read: {error}")),
        };
        let (Some(job_class), Some(args)) = (payload.job_class, payload.args) else {
            return flawed("the payload has no job_class or no args".to_owned());
        };
        let job = Self {
            job_id: job_id.to_owned(),
            run_at,
            job_class,
            args: args.get().to_owned(),
            queue: payload.queue,
            created_at: payload.created_at.as_deref().and_then(micros),
        };
        (job, None)
    }
}

fn micros(text: &str) -> Option<i64> {
    text.parse().ok().map(Timestamp::as_microsecond)
}

fn written(micros: i64) -> String {
    format!("{:.6}", from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_back_to_the_byte() {
        let job = Job {
            job_id: "invoice:1".into(),
            run_at: 1_700_000_040_250_000,
            job_class: "Billing::Job".into(),
            args: r#"[123456789012345678901234567890, {"a": 1.0}, "é"]"#.into(),
            queue: Some("low".into()),
            created_at: Some(1_700_000_000_000_000),
        };
        let json = job.to_json().unwrap();
        assert!(json.contains(r#""run_at":"2023-11-14T22:14:00.250000Z""#));
        assert_eq!(
            Job::from_json("invoice:1", job.run_at, &json),
            (job.clone(), None)
        );
        for args in ["no JSON", "null", ""] {
            let args = args.to_owned();
            assert_eq!(
                Job {
                    args,
                    ..job.clone()
                }
                .to_json(),
                None
            );
        }
    }

    #[test]
    fn times_of_all_years_are_read_back() {
        for time in ["-000005-01-01T00:00:00.25Z", "9999-12-30T22:00:00Z"] {
            let json = format!(r#"{{"job_class":"A","args":[],"created_at":"{time}"}}"#);
            let (job, _) = Job::from_json("x", 5, &json);
            let written = job.to_json().unwrap();
            assert_eq!(Job::from_json("x", 5, &written), (job, None), "{written}");
        }
        assert!(written(i64::MIN).starts_with("-009999"));
    }

    #[test]
    fn what_others_write_is_read() {
        let json = r#"{"job_id":"x","run_at":"2023-11-14T23:14:00+01:00","job_class":"A","args":[],
            "queue":null,"created_at":"2023-11-14T22:13:20Z","more":1}"#;
        let (job, flaw) = Job::from_json("x", 5, json);
        assert_eq!(
            (job.run_at, job.created_at, flaw),
            (5, Some(1_700_000_000_000_000), None)
        );
    }

    #[test]
    fn what_cannot_be_read_says_why_and_is_kept() {
        for (json, reason) in [
            ("", "missing"),
            ("{", "cannot be read"),
            ("[]", "cannot be read"),
            (r#"{"job_class":"A"}"#, "no args"),
            (r#"{"job_class":7,"args":[]}"#, "cannot be read"),
        ] {
            let (job, flaw) = Job::from_json("x", 5, json);
            assert!(flaw.unwrap().contains(reason), "{json}");
            assert_eq!((job.job_id.as_str(), job.args.as_str()), ("x", json));
        }
    }
}
