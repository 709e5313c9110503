-- ?5: whether a token may be there from an earlier try.
INSERT INTO kaal_locks (key, acquired_at, expires_at/*times*/, created_at, updated_at/**/)
VALUES (?1, ?2, ?3/*times*/, ?4, ?4/**/)
ON CONFLICT (key) DO UPDATE SET
  acquired_at = excluded.acquired_at, expires_at = excluded.expires_at/*times*/, updated_at = excluded.updated_at/**/
WHERE kaal_locks.expires_at <= ?4 OR (?5 AND kaal_locks.acquired_at = excluded.acquired_at)
