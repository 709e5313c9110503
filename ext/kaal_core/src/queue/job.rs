//! A job that was taken, and what becomes of it.

use std::time::Duration;

use serde_json::value::RawValue;

use crate::{Error, Result};

/// A job that this server has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name; a UUID unless the app gave another.
    pub id: Vec<u8>,
    /// The fencing token: of two holders the later one has the higher number.
    pub token: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// What a coder made of it.
    pub payload: Vec<u8>,
}

/// A job to be added.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// `None`: a UUID. A job whose id is taken is not added again.
    pub id: Option<Vec<u8>>,
    /// When it is due, in unix seconds; `None`: now.
    pub due: Option<f64>,
    /// What a coder made of it.
    pub payload: Vec<u8>,
}

/// The payloads of jobs that were written as one JSON array: its elements, as they stand there.
///
/// # Errors
///
/// An argument error when it is no JSON array.
pub fn elements(document: &[u8]) -> Result<Vec<Vec<u8>>> {
    let elements: Vec<&RawValue> = serde_json::from_slice(document).map_err(|error| {
        Error::argument(format!(
            "the jobs were not written as a JSON array: {error}"
        ))
    })?;
    Ok(elements
        .into_iter()
        .map(|element| element.get().as_bytes().to_vec())
        .collect())
}

/// What became of a job that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and deleted.
    Done,
    /// It is to be tried again after a pause.
    Retry(Duration),
    /// It is not tried again, for this reason.
    Dead(String),
    /// It was not begun, or was cut short through no fault of its own: the attempt does not count.
    Back,
}

/// What the app should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The job's lease had ended before its outcome was written down: it is run by somebody else.
    Lost(Vec<u8>),
    /// The job went among the dead without having been run, for this reason.
    Dead(Vec<u8>, String),
    /// So many jobs of a server that is gone are ready again.
    Recovered(String, usize),
    /// Redis fails, with this message.
    Failing(String),
    /// Redis works again.
    Working,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_of_an_array_are_as_they_stand_there() {
        let elements = |document: &str| {
            elements(document.as_bytes()).map(|payloads| {
                let text = |payload| String::from_utf8(payload).unwrap();
                payloads.into_iter().map(text).collect::<Vec<_>>()
            })
        };
        let (job, deep) = (
            r#"{ "b":1e400,"a":"[,\"\ud800","b":[] }"#,
            "[".repeat(500) + &"]".repeat(500),
        );
        assert_eq!(elements(&format!("[{job},{deep}]")).unwrap(), [job, &deep]);
        assert!(elements("[]").unwrap().is_empty());
        for document in ["", "{}", "[1,]", "[1] 2", "[NaN]"] {
            let message = elements(document).unwrap_err().to_string();
            assert!(
                message.starts_with("the jobs were not written as a JSON array: "),
                "{message}"
            );
        }
    }
}
