//! Rows of delayed jobs, whatever the database gives for a time.

use crate::delayed::{Claimed, Counts, Failed, Job};

/// The columns of a row, by place.
pub(crate) trait Fields {
    fn text(&self, place: usize) -> sqlx::Result<Option<String>>;

    fn number(&self, place: usize) -> sqlx::Result<i64>;

    /// Microseconds since 1970.
    fn time(&self, place: usize) -> sqlx::Result<Option<i64>>;
}

/// `job_id run_at job_class args queue created_at`, from a place on.
pub(crate) fn job(row: &impl Fields, from: usize) -> sqlx::Result<Job> {
    Ok(Job {
        job_id: row.text(from)?.unwrap_or_default(),
        run_at: row.time(from + 1)?.unwrap_or_default(),
        job_class: row.text(from + 2)?.unwrap_or_default(),
        args: row.text(from + 3)?.unwrap_or_default(),
        queue: row.text(from + 4)?,
        created_at: row.time(from + 5)?,
    })
}

/// `claim_id attempts`, and the columns of [`job`]: of one that is pending no more.
pub(crate) fn taken(row: &impl Fields) -> sqlx::Result<Claimed> {
    Ok(Claimed {
        id: row.text(0)?.unwrap_or_default(),
        attempts: u32::try_from(row.number(1)?).unwrap_or_default(),
        retaken: false,
        job: job(row, 2)?,
        flaw: None,
    })
}

/// The columns of [`taken`]: of one whose lease has ended.
pub(crate) fn retaken(row: &impl Fields) -> sqlx::Result<Claimed> {
    Ok(Claimed {
        retaken: true,
        ..taken(row)?
    })
}

/// The columns of [`taken`], and `error failed_at`.
pub(crate) fn failed(row: &impl Fields) -> sqlx::Result<Failed> {
    Ok(Failed {
        claimed: taken(row)?,
        error: row.text(8)?.unwrap_or_default(),
        failed_at: row.time(9)?.unwrap_or_default(),
    })
}

/// How many are pending, claimed and failed.
pub(crate) fn counts(row: &impl Fields) -> sqlx::Result<Counts> {
    let count = |place| {
        row.number(place)
            .map(|number| u64::try_from(number).unwrap_or_default())
    };
    Ok(Counts {
        pending: count(0)?,
        claimed: count(1)?,
        failed: count(2)?,
    })
}
