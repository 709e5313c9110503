//! Times are text, as Rails writes them; `/*times*/ … /**/` is for tables that have `created_at` and
//! `updated_at`.

macro_rules! queries {
    ($($name:ident $file:literal)*) => {
        $(
            #[doc = concat!("`", $file, "`")]
            pub const $name: &str = include_str!(concat!("queries/", $file));
        )*

        /// Each by the name of its file.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

queries! {
    ADVANCE "advance.sql"
    CLOSE_CLAIMS "close_claims.sql"
    CLOSE_JOBS "close_jobs.sql"
    COLUMNS "columns.sql"
    COUNT_JOBS "count_jobs.sql"
    DEFINITIONS "definitions.sql"
    DEFINITIONS_VERSION "definitions_version.sql"
    DELETE_DEFINITION "delete_definition.sql"
    DELETE_ENDED_LEASES "delete_ended_leases.sql"
    DELETE_JOBS "delete_jobs.sql"
    DELETE_LEASES "delete_leases.sql"
    DELETE_RECORDS "delete_records.sql"
    DISCARD_JOB "discard_job.sql"
    ENDED_CLAIMS "ended_claims.sql"
    EXTEND_CLAIMS "extend_claims.sql"
    EXTEND_JOBS "extend_jobs.sql"
    FAILED_JOBS "failed_jobs.sql"
    FAIL_JOB "fail_job.sql"
    FIND_JOB "find_job.sql"
    FIND_RECORDS "find_records.sql"
    INSERT_DEFINITION "insert_definition.sql"
    INSERT_JOB "insert_job.sql"
    INSERT_LEASE "insert_lease.sql"
    INSERT_LEASES "insert_leases.sql"
    INSERT_RECORDS "insert_records.sql"
    LOCK_DEFINITION "lock_definition.sql"
    NEXT_DUE "next_due.sql"
    OPEN_CLAIMS "open_claims.sql"
    PENDING_JOBS "pending_jobs.sql"
    PUT_RECORDS "put_records.sql"
    RETRY_JOB "retry_job.sql"
    SCHEMA "schema.sql"
    TAKE_CLAIMS "take_claims.sql"
    TAKE_JOBS "take_jobs.sql"
    UPDATE_DEFINITION "update_definition.sql"
}
