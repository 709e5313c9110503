-- What has ended is nobody's to release: it is left to those that delete such.
DELETE FROM kaal_locks USING unnest($1::text[], $2::timestamp[]) AS lease (key, acquired_at)
WHERE kaal_locks.key = lease.key AND kaal_locks.acquired_at = lease.acquired_at
  AND expires_at > statement_timestamp() AT TIME ZONE 'UTC'
RETURNING kaal_locks.key::text
