-- $1 keys, $2 tokens, $3 the time to live in milliseconds, $4 whether a token may be there from an earlier
-- try. In the order of the keys, so that no two wait for each other.
INSERT INTO kaal_locks (key, acquired_at, expires_at/*times*/, created_at, updated_at/**/)
SELECT key, acquired_at, now + $3 * interval '1 millisecond'/*times*/, now, now/**/
FROM unnest($1::text[], $2::timestamp[]) AS lease (key, acquired_at),
  (SELECT statement_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
ORDER BY key
ON CONFLICT (key) DO UPDATE SET
  acquired_at = excluded.acquired_at, expires_at = excluded.expires_at/*times*/, updated_at = excluded.updated_at/**/
WHERE kaal_locks.expires_at <= statement_timestamp() AT TIME ZONE 'UTC'
  OR ($4 AND kaal_locks.acquired_at = excluded.acquired_at)
RETURNING key::text
