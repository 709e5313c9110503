//! Times as PostgreSQL keeps them: texts would be written here and read there, for each row.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

use crate::clock::from_micros;

/// A `timestamp`: microseconds since 2000.
#[derive(Clone, Copy)]
pub(super) struct Instant(i64);

/// What its own numbers begin with, in microseconds since 1970.
const YEAR_2000: i64 = 946_684_800_000_000;

/// `timestamp` and `timestamp[]`, the same on every server.
const SINGLE: Oid = Oid(1114);
const ARRAY: Oid = Oid(1115);

impl Instant {
    /// Of microseconds since 1970.
    pub fn of_micros(micros: i64) -> Self {
        Self(from_micros(micros).as_microsecond() - YEAR_2000)
    }

    /// Of seconds since 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        Self::of_micros(seconds.saturating_mul(1_000_000))
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(SINGLE)
    }
}

impl PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(ARRAY)
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(
        &self,
        buffer: &mut PgArgumentBuffer,
    ) -> std::result::Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode(self.0, buffer)
    }
}
