//! The statements. `/*times*/ … /**/` is for tables that have `created_at` and `updated_at`.

macro_rules! queries {
    ($($name:ident $file:literal)*) => {
        $(pub(super) const $name: &str = include_str!(concat!("queries/", $file));)*
    };
}

queries! {
    CLOSE_CLAIMS "close_claims.sql"
    COLUMNS "columns.sql"
    DEFINITIONS "definitions.sql"
    DEFINITIONS_VERSION "definitions_version.sql"
    DELETE_DEFINITION "delete_definition.sql"
    DELETE_ENDED_LEASES "delete_ended_leases.sql"
    DELETE_LEASES "delete_leases.sql"
    DELETE_RECORDS "delete_records.sql"
    ENDED_CLAIMS "ended_claims.sql"
    END_SESSION "end_session.sql"
    END_WHEN_IDLE "end_when_idle.sql"
    EXTEND_CLAIMS "extend_claims.sql"
    FIND_RECORDS "find_records.sql"
    INSERT_DEFINITION "insert_definition.sql"
    INSERT_LEASES "insert_leases.sql"
    INSERT_RECORDS "insert_records.sql"
    LOCK "lock.sql"
    LOCK_DEFINITION "lock_definition.sql"
    OPEN_CLAIMS "open_claims.sql"
    PUT_RECORDS "put_records.sql"
    SCHEMA "schema.sql"
    SESSION "session.sql"
    UNLOCK "unlock.sql"
    UPDATE_DEFINITION "update_definition.sql"
}
