-- Those that somebody is just taking over are left alone.
DELETE FROM kaal_locks WHERE id IN (
  SELECT id FROM kaal_locks WHERE expires_at <= statement_timestamp() AT TIME ZONE 'UTC'
  LIMIT $1 FOR UPDATE SKIP LOCKED
)
