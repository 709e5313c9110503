INSERT INTO kaal_locks (key, acquired_at, expires_at, created_at, updated_at)
VALUES (?1, ?2, ?3, ?4, ?4)
ON CONFLICT (key) DO UPDATE SET
  acquired_at = excluded.acquired_at, expires_at = excluded.expires_at, updated_at = excluded.updated_at
WHERE kaal_locks.expires_at <= excluded.updated_at OR kaal_locks.acquired_at = excluded.acquired_at
