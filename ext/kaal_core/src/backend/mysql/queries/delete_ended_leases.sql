DELETE FROM kaal_locks WHERE expires_at <= UTC_TIMESTAMP(6) LIMIT ?
