-- As insert_lease.sql, of a JSON array of [key, token].
INSERT INTO kaal_locks (key, acquired_at, expires_at/*times*/, created_at, updated_at/**/)
SELECT value ->> 0, value ->> 1, ?2/*times*/, ?3, ?3/**/ FROM json_each(?1) WHERE true
ON CONFLICT (key) DO UPDATE SET
  acquired_at = excluded.acquired_at, expires_at = excluded.expires_at/*times*/, updated_at = excluded.updated_at/**/
WHERE kaal_locks.expires_at <= ?3 OR (?4 AND kaal_locks.acquired_at = excluded.acquired_at)
RETURNING key
